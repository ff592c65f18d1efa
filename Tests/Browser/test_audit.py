"""Findings and statistics."""

import pytest


@pytest.mark.parametrize("source", ["armhf", "amd64"])
def test_findings_are_those_of_the_command(opened, command, sources, source):
    found = [line for line in command.lines("audit", "-s", sources[source], "--all") if "rule" in line]
    unexplained = [one for one in found if "explanation" not in one]
    page = opened(source)
    page.open("#/audit?all=1")
    rows = page.page.locator('[data-part="audit"] tbody tr')
    assert rows.count() == min(50, len(found))
    page.open("#/audit")
    assert page.page.locator('[data-part="audit"] tbody tr').count() == min(50, len(unexplained))
    if found and not unexplained:
        assert "Nothing was found that is not explained" in page.text('[data-part="audit"]')


def test_a_finding_leads_to_its_walk(opened):
    page = opened("armhf")
    page.open("#/audit?all=1")
    link = page.page.locator('[data-part="audit"] td:nth-child(5) a').first
    address = int(link.inner_text(), 16)
    link.click()
    page.settled("#/walk")
    assert int(page.fragment()[1]["address"], 16) == address
    assert page.page.locator(".card").count() >= 2


@pytest.mark.parametrize("source", ["armhf", "amd64"])
def test_page_table_memory_is_that_of_the_command(opened, command, sources, source):
    told = {str(line.get("pid", "")): line for line in command.lines("stats", "-s", sources[source])
            if line.get("scope") in ("process", "kernel")}
    page = opened(source)
    page.open("#/audit?sort=pid")
    rows = page.page.locator('[data-part="statistics"] tbody tr')
    assert rows.count() == min(50, len(told))
    for i in range(rows.count()):
        pid = rows.nth(i).locator("td").first.inner_text()
        kib = told[pid]["bytes"] / 1024
        assert f"{kib:g} KiB" in rows.nth(i).inner_text() or kib >= 1024


def test_an_order_can_be_chosen(opened):
    page = opened("armhf")
    page.open("#/audit")
    page.page.locator('[data-part="statistics"] th a', has_text="command").click()
    page.settled("sort=command")
    cells = page.page.locator('[data-part="statistics"] tbody td:nth-child(2)').all_inner_texts()
    # The kernel's own table comes first in every order.
    assert cells[0] == "kernel"
    processes = cells[1:]
    assert processes == sorted(processes, key=str.lower) or processes == sorted(processes)
