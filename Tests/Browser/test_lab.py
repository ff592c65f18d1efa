"""The lab: steps forwards and backwards, played, edited."""

import re
import time

from conftest import PATIENCE

STORY = "deferred-vmalloc-arm"
TEXT = "#/lab?story=" + STORY


def step(page, number):
    """Wait until the page has come to a step, or past it: it may be playing."""
    until = time.monotonic() + PATIENCE
    while int(page.page.evaluate("document.documentElement.dataset.step ?? -1")) < number:
        assert time.monotonic() < until, f"step {number} does not come"
        page.page.wait_for_timeout(20)


def deferred(page):
    found = re.search(r"(\d+) deferred", page.text('[data-part="lab-grid"]').replace("\u2009", ""))
    return int(found[1]) if found else 0


def actions(command, root):
    return [line for line in command.lines("lab", "run", str(root)) if "action" in line]


def test_steps_forwards_tell_what_the_command_tells(opened, command, sources):
    page = opened("machine")
    page.open(TEXT)
    told = actions(command, sources["scenario"].removeprefix("lab:"))
    assert page.page.locator(".actions li").count() == len(told)
    for number, action in enumerate(told, start=1):
        page.page.locator('[data-part="next"]').click()
        step(page, number)
        assert page.text(".action") == action["action"]
        said = page.text(".explanation") if page.page.locator(".explanation li").count() else ""
        for line in action.get("explanation", []):
            assert line in said
        met = page.page.locator(".statements .met").count()
        assert met == len(action.get("checks", []))
        assert page.page.locator(".statements .unmet").count() == 0
    assert page.page.locator('[data-part="next"]').is_disabled()
    page.check()
    page.picture("lab-end")


def test_the_grid_fills_in_as_processes_touch_the_area(opened, command, sources):
    page = opened("machine")
    page.open(TEXT)
    told = actions(command, sources["scenario"].removeprefix("lab:"))
    comparison = next(line for line in told if line["action"] == "compare")
    wanted = sum(int(re.search(r"(\d+) deferred", line)[1]) for line in comparison["results"])
    seen = []
    for number in range(1, len(told) + 1):
        page.page.locator('[data-part="next"]').click()
        step(page, number)
        seen.append(deferred(page))
    assert seen[comparison["number"] - 1] == wanted == max(seen)
    touched = next(line["number"] for line in told if line["action"].startswith("read kernel"))
    assert 0 < seen[touched - 1] < wanted
    assert seen[-1] < seen[touched - 1]


def test_backwards_shows_what_was_there(opened):
    page = opened("machine")
    page.open(TEXT)
    texts = {}
    for number in range(1, 7):
        page.page.locator('[data-part="next"]').click()
        step(page, number)
        texts[number] = page.text(".action"), deferred(page), page.text(".explanation") if number else ""
    for number in range(5, 0, -1):
        page.page.locator('[data-part="back"]').click()
        page.page.wait_for_selector(f'html[data-step="{number}"]', state="attached")
        assert (page.text(".action"), deferred(page), page.text(".explanation")) == texts[number]


def test_it_plays_to_the_end_by_itself_and_pauses(opened):
    page = opened("machine")
    page.open(TEXT)
    total = page.page.locator(".actions li").count()
    page.page.locator('[data-part="play"]').click()
    step(page, 2)
    page.page.locator('[data-part="play"]').click()
    paused = page.page.evaluate("document.documentElement.dataset.step")
    assert page.text('[data-part="play"]') == "Play"
    page.page.locator('[data-part="play"]').click()
    step(page, total)
    assert int(paused) < total
    assert page.page.locator(".problem").count() == 0
    page.page.wait_for_selector('[data-part="play"]:text("Play")')


def test_a_link_leads_to_the_step(opened):
    page = opened("machine")
    page.open(TEXT + "&step=5")
    step(page, 5)
    first = page.text(".machine")
    other = opened("machine")
    other.open("#" + page.page.url.split("#")[1])
    step(other, 5)
    assert other.text(".machine") == first


def test_edited_text_runs_and_errors_say_the_line(opened):
    page = opened("machine")
    page.open(TEXT)
    page.page.locator(".editor summary").click()
    page.page.fill("textarea", "machine arm,ram=256M\nspawn one\nswitch one\n")
    page.page.locator('[data-part="run"]').click()
    page.page.wait_for_selector('.actions li:has-text("spawn one")')
    assert page.page.locator(".actions li").count() == 2
    page.page.fill("textarea", "machine arm,ram=256M\nspawn one\nfly away\n")
    page.page.locator('[data-part="run"]').click()
    page.page.wait_for_selector(".problem")
    assert "line 3" in page.text(".problem")


def test_every_story_runs_to_its_end(opened, servers):
    page = opened("machine")
    page.open("#/lab")
    for story in servers("machine").get("/lab/stories"):
        page.open(f"#/lab?story={story['name']}")
        total = int(page.page.locator('[data-part="slider"]').get_attribute("max"))
        assert total > 0, story["name"]
        page.page.locator('[data-part="last"]').click()
        step(page, total)
        assert page.page.locator(".statements .unmet").count() == 0, story["name"]
        page.check()
