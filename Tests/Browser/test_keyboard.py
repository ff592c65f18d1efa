"""Everything can be done without a mouse, and one sees where one is."""

import pytest

VIEWS = ["space", "walk", "compare", "frames", "lab", "audit"]


@pytest.mark.parametrize("view", VIEWS)
def test_tab_reaches_everything_and_focus_shows(opened, view):
    page = opened("scenario")
    page.open(f"#/{view}")
    wanted = page.page.evaluate(
        "[...document.querySelectorAll('a[href], button:not(:disabled), input, select, canvas[tabindex]')]"
        ".filter((e) => e.checkVisibility()).length")
    seen = set()
    for _ in range(min(wanted, 150) + 20):
        page.page.keyboard.press("Tab")
        focus = page.page.evaluate(
            "(() => { const e = document.activeElement; if (e === document.body) return null;"
            " e.dataset.number ??= String(document.querySelectorAll('[data-number]').length);"
            " const s = getComputedStyle(e);"
            " return { number: e.dataset.number, tag: e.tagName, outline: s.outlineStyle, width: parseFloat(s.outlineWidth),"
            "   named: (e.getAttribute('aria-label') ?? e.innerText ?? '') + (e.labels?.[0]?.innerText ?? '') }; })()")
        if focus is None:
            continue
        assert focus["outline"] != "none" and focus["width"] >= 1, focus
        assert focus["named"].strip(), focus
        seen.add(focus["number"])
    assert len(seen) >= min(wanted, 150)


def test_digits_lead_to_the_views(opened):
    page = opened("scenario")
    page.open("#/space")
    for number, view in enumerate(VIEWS, start=1):
        page.page.keyboard.press(str(number))
        page.settled(f"#/{view}")
        assert page.page.locator('nav a[aria-current="page"]').get_attribute("id") == f"tab-{view}"


def test_the_keys_are_told(opened):
    page = opened("scenario")
    page.open("#/space")
    page.page.keyboard.press("?")
    assert "choose a process" in page.text("dialog")
    page.page.keyboard.press("Escape")
    page.page.wait_for_selector("dialog", state="detached")
