"""Every view, on every kind of source, in every size and theme."""

import pytest

SOURCES = ["machine", "scenario", "armhf", "amd64"]
VIEWS = ["space", "walk", "compare", "frames", "lab", "audit"]


@pytest.mark.parametrize("width,scheme", [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("source", SOURCES)
def test_a_view_fits_and_says_something(opened, servers, source, view, width, scheme):
    if view not in servers(source).get("/source")["views"]:
        pytest.skip(f"this source has no view {view}")
    page = opened(source, width=width, scheme=scheme)
    page.open(f"#/{view}")
    page.check()
    page.picture(f"{source}-{view}-{width}-{scheme}", full=width < 600)
    assert page.page.locator(".problem").count() == 0, page.text(".problem")
    assert page.page.locator("main h1").count() == 1
    assert len(page.text("main")) > 80


@pytest.mark.parametrize("source", SOURCES)
def test_the_header_names_the_source(opened, servers, source):
    answer = servers(source).get("/source")
    page = opened(source)
    page.open()
    assert answer["name"] in page.text("#header")
    if "release" in answer:
        assert answer["release"] in page.text("#header")
    assert page.page.locator("nav a").count() == len(answer["views"])


@pytest.mark.parametrize("source", SOURCES)
def test_themes_differ_and_both_are_legible(opened, source):
    grounds = {}
    for scheme in ("light", "dark"):
        page = opened(source, scheme=scheme)
        page.open("#/space")
        style = "(name) => getComputedStyle(document.body.parentElement)[name].match(/\\d+/g).slice(0, 3).map(Number)"
        ground, ink = page.page.evaluate(style, "backgroundColor"), page.page.evaluate(style, "color")
        grounds[scheme] = sum(ground)
        assert contrast(ground, ink) >= 7
    assert grounds["dark"] < 200 < 600 < grounds["light"]


def contrast(a, b):
    """The ratio that the Web Content Accessibility Guidelines (2.1, 1.4.3) define."""
    def light(colour):
        parts = [c / 255 for c in colour]
        parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    high, low = sorted((light(a), light(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_a_view_that_does_not_exist_is_a_sentence(opened):
    page = opened("machine")
    page.page.goto(page.origin + "/#/nothing")
    page.page.wait_for_selector(".problem")
    assert "no view called" in page.text(".problem")


def test_an_error_of_the_source_is_a_sentence_where_the_answer_would_be(opened):
    page = opened("machine")
    page.open("#/space?pid=4194304")
    said = page.text("main .problem")
    assert "no process" in said and "4194304" in said
    # A refused question is an answer here, though browsers log it.
    page.complaints = [one for one in page.complaints if "Failed to load resource" not in one]
