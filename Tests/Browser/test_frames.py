"""Physical memory as a map, and the reverse map."""

import re

import pytest

SOURCES = ["machine", "scenario", "armhf"]
BLUE = (0, 114, 178)
COLOURS = {"1": BLUE, "2": BLUE, "3": BLUE, "4": BLUE, "a": (230, 159, 0), "f": (0, 158, 115), "F": (233, 235, 237),
           "k": (139, 148, 157)}


def kept(cells):
    """The cells that are drawn: long stretches without RAM are left out."""
    holes = {i for run in re.finditer(" {33,}", cells) for i in range(*run.span())}
    return [i for i in range(len(cells)) if i not in holes]


@pytest.mark.parametrize("source", SOURCES)
def test_cells_are_drawn_by_kind_and_told(opened, servers, source):
    page = opened(source)
    page.open("#/frames?order=rows")
    answer = servers(source).get("/frames")
    assert len(answer["cells"]) <= 16384
    names = {item["letter"]: item["name"] for item in answer["legend"]}
    canvas = page.page.locator('[data-part="map"] canvas')
    box = canvas.bounding_box()
    shown = kept(answer["cells"])
    assert (len(shown) < len(answer["cells"])) == ("without RAM are left out" in page.text(".title p"))
    columns = min(256, len(shown))
    side = (box["width"] - 8) / columns
    lines = -(-len(shown) // columns)
    height = (box["height"] - 8) / lines
    first = int(answer["from"])
    checked = 0
    for letter, name in names.items():
        at = next((i for i, cell in enumerate(shown) if answer["cells"][cell] == letter), None)
        if at is None:
            continue
        x, y = 4 + (at % columns + 0.5) * side, 4 + (at // columns + 0.5) * height
        canvas.hover(position={"x": x, "y": y})
        said = page.text('[data-part="map"] .readout')
        assert said.endswith(name)
        assert f"{first + shown[at] * answer['framesPerCell']:x}" in said
        if letter in COLOURS:
            assert page.pixel(canvas, x, y) == COLOURS[letter]
            checked += 1
    assert checked == len([letter for letter in COLOURS if letter in answer["cells"]])


@pytest.mark.parametrize("source", SOURCES)
def test_a_click_tells_everyone_who_maps_the_frame(opened, command, sources, source):
    page = opened(source)
    page.open("#/frames")
    canvas = page.page.locator('[data-part="map"] canvas')
    canvas.click(position={"x": 60, "y": 60})
    page.settled("frame=")
    frame = page.fragment()[1]["frame"]
    page.page.wait_for_selector(".details h2")
    assert f"Frame {int(frame, 16):x}" in page.text(".details h2")
    printed = command.lines("frames", "-s", sources[source], frame)[0]
    rows = page.page.locator(".details tbody tr").count()
    assert rows == min(100, len(printed["mappings"]))
    for mapping in printed["mappings"][:10]:
        assert f"{int(mapping['virtual'], 16):x}" in page.text(".details")


def test_a_mapping_leads_to_its_walk(opened, servers):
    page = opened("machine")
    page.open("#/walk")
    state = page.fragment()[1]
    walk = servers("machine").get("/walk", pid=state["pid"], address=state["address"])
    frame = int(walk["physical"], 16) // 4096
    page.open(f"#/frames?frame={frame:#x}")
    page.page.locator(".details tbody a").first.click()
    page.settled("#/walk")
    assert f"{frame:x}" in page.text(".card.end")


@pytest.mark.parametrize("order", ["", "order=rows"])
def test_zoom_and_back(opened, order):
    page = opened("armhf")
    page.open(f"#/frames?{order}")
    title = page.text(".title p")
    page.page.locator('[data-part="map"] canvas').focus()
    page.page.keyboard.press("End")
    page.page.keyboard.press("+")
    page.settled("from=")
    assert page.text(".title p") != title
    page.check()
    page.page.locator('[data-part="map"] canvas').focus()
    page.page.keyboard.press("0")
    page.settled("#/frames")
    assert "from" not in page.fragment()[1]


def test_one_kind_can_be_singled_out(opened, servers):
    page = opened("scenario")
    page.open("#/frames?order=rows")
    answer = servers("scenario").get("/frames")
    letter = next(item["letter"] for item in answer["legend"] if item["letter"] in answer["cells"])
    other = next(item for item in answer["legend"] if item["letter"] != letter and item["letter"] in answer["cells"])
    canvas = page.page.locator('[data-part="map"] canvas')
    shown = kept(answer["cells"])
    columns = min(256, len(shown))
    box = canvas.bounding_box()
    side = (box["width"] - 8) / columns
    height = (box["height"] - 8) / -(-len(shown) // columns)
    at = next(i for i, cell in enumerate(shown) if answer["cells"][cell] == letter)
    place = (4 + (at % columns + 0.5) * side, 4 + (at // columns + 0.5) * height)
    full = page.pixel(canvas, *place)
    page.page.locator(".kinds button", has_text=other["name"]).first.click()
    assert page.pixel(canvas, *place) != full
    assert page.page.locator('.kinds button[aria-pressed="true"]').count() == 1
