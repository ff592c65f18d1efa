"""The report: one file, opened without a server."""

import subprocess
from pathlib import Path

import pytest
from conftest import Page


@pytest.fixture(scope="module")
def report(request, tmp_path_factory, sources, command):
    if "armhf" not in sources:
        pytest.skip("no image of the guest armhf")
    pid = str(next(line["pid"] for line in command.lines("ps", "-s", sources["armhf"]) if line["command"] == "probe"))
    file = tmp_path_factory.mktemp("report") / "armhf.html"
    run = subprocess.run(
        [request.config.getoption("--command"), "report", "-s", sources["armhf"], "-o", str(file), "--walk", pid, "10000"],
        capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return file, pid


@pytest.fixture
def page(request, browser, report):
    made = Page(browser, report[0].as_uri(), pictures=request.config.getoption("--pictures"))
    made.file = report[0].as_uri()
    yield made
    made.close()


def go(page, fragment):
    page.page.goto("about:blank")
    page.page.goto(page.file + fragment)
    page.settled()


@pytest.mark.parametrize("view", ["space", "compare", "frames", "audit"])
def test_a_view_is_there_without_a_server(page, report, view):
    go(page, f"#/{view}" + (f"?pid={report[1]}" if view == "space" else ""))
    page.check()
    page.picture(f"report-{view}")
    assert page.page.locator(".problem").count() == 0, page.text(".problem")
    assert page.page.locator("main canvas").count() + page.page.locator("main table").count() > 0


def test_the_walk_that_was_asked_for_is_in_it(page, report, command, sources):
    go(page, f"#/walk?pid={report[1]}&address=0x10000")
    walk = command.lines("walk", "-s", sources["armhf"], report[1], "10000")[0]
    assert f"{int(walk['physical'], 16):x}" in page.text(".card.end")
    assert page.page.locator(".card canvas").count() == len(walk["steps"])


def test_what_is_not_in_it_is_said(page, report):
    go(page, f"#/walk?pid={report[1]}&address=0x123000")
    assert "not part of this report" in page.text(".problem")


def test_it_names_no_other_place(report):
    text = Path(report[0]).read_text(encoding="utf-8")
    assert "/assets/" not in text.split("<script type=\"application/json\"")[0]
