"""Kernel page table against process page tables."""

import pytest

ORANGE = (230, 159, 0)
KINDS = {"d": "deferred", "s": "stale", "x": "different", "e": "explained"}


def totals(answer):
    result = {}
    for row in answer["rows"]:
        for letter, column in zip(row["cells"], answer["columns"], strict=True):
            result[letter] = result.get(letter, 0) + column.get("count", 1)
    return result


@pytest.mark.parametrize("source", ["scenario", "armhf"])
def test_deferred_cells_are_there_to_see(opened, servers, command, sources, source):
    page = opened(source)
    page.open("#/compare")
    answer = servers(source).get("/compare", **{"from": 0, "count": 64})
    printed = command.lines("compare", "-s", sources[source])
    deferred = sum(len(one["deferred"]) for one in printed)
    assert deferred > 0
    assert totals(answer)["d"] == deferred
    assert f"{deferred} deferred" in page.text(".sentence")
    # The cursor is on the first of them: where the mouse finds it, the cell is orange and says so.
    canvas = page.page.locator('[data-part="grid"] canvas')
    canvas.focus()
    readout = page.text(".readout")
    first = next(one for one in printed if one["deferred"])
    assert readout.startswith(f"{first['pid']} {first['command']}")
    assert "deferred" in readout and f"{int(first['deferred'][0]['start'], 16):08x}" in readout
    box = canvas.bounding_box()
    found = False
    row = next(i for i, one in enumerate(answer["rows"]) if "d" in one["cells"])
    y = 34 + 20 * row + 5
    for x in range(150, int(box["width"]) - 2, 3):
        canvas.hover(position={"x": x, "y": y})
        if "· deferred" in page.text(".readout"):
            # Not where the letter is drawn.
            found = ORANGE in {page.pixel(canvas, x + dx, y) for dx in (-4, 0, 4)}
            if found:
                break
    assert found
    page.picture(f"{source}-compare-deferred")


def test_enter_walks_to_the_hole(opened, command, sources):
    page = opened("armhf")
    page.open("#/compare")
    page.page.locator('[data-part="grid"] canvas').focus()
    page.page.keyboard.press("Enter")
    page.settled("#/walk")
    state = page.fragment()[1]
    walk = command.lines("walk", "-s", sources["armhf"], state["pid"], state["address"])[0]
    assert walk["outcome"] == "not-mapped"
    assert page.page.locator(".card.stop").count() == 1


def test_every_column_can_be_shown(opened, servers):
    page = opened("armhf")
    page.open("#/compare")
    page.page.locator('[data-part="all"]').click()
    page.settled("all=1")
    answer = servers("armhf").get("/compare", **{"from": 0, "count": 64})
    page.page.locator('[data-part="grid"] canvas').focus()
    page.page.keyboard.press("Home")
    moved = 0
    last = None
    page.page.keyboard.press("End")
    end = page.text(".readout")
    page.page.keyboard.press("Home")
    while page.text(".readout") != end and moved <= len(answer["columns"]):
        assert page.text(".readout") != last
        last = page.text(".readout")
        page.page.keyboard.press("ArrowRight")
        moved += 1
    assert moved == len(answer["columns"]) - 1
    page.check()


def test_where_nothing_is_copied_the_view_says_so(opened, servers):
    answer = servers("amd64").get("/compare", **{"from": 0, "count": 64})
    page = opened("amd64")
    page.open("#/compare")
    counts = totals(answer)
    for letter, name in KINDS.items():
        assert (f"{counts.get(letter, 0)} {name}" in page.text(".sentence")) == (counts.get(letter, 0) > 0)
