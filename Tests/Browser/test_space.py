"""The address space: what is drawn is what was answered, and leads on."""

import re

import pytest

SOURCES = ["machine", "scenario", "armhf", "amd64"]
GUTTER = 46
# Okabe and Ito's palette, as /assets/style.css has it for the light theme.
BY_ACCESS = {"rwx": (213, 94, 0), "rw": (230, 159, 0), "rx": (0, 158, 115), "r": (86, 180, 233)}


def halves(answer):
    """The cells of each half, in the order in which they are drawn."""
    result, column = {}, 0
    for piece in answer["pieces"]:
        cells = answer["cells"][column:column + piece["columns"]]
        result.setdefault(piece["half"], []).extend((piece, cell) for cell in cells)
        column += piece["columns"]
    return result


def nearest(pixel):
    """Whose colour this is, with what smoothing and stripes leave of it."""
    distance, kind = min((sum(abs(a - b) for a, b in zip(pixel, colour, strict=True)), kind)
                         for kind, colour in BY_ACCESS.items())
    return kind if distance < 60 else None


def readout(page, half):
    return page.text(f'[data-part="{half}"] .readout')


@pytest.mark.parametrize("source", SOURCES)
def test_columns_tell_and_show_what_was_answered(opened, servers, source):
    page = opened(source)
    page.open("#/space")
    pid = page.fragment()[1]["pid"]
    answer = servers(source).get("/strip", pid=pid)
    assert sum(piece["columns"] for piece in answer["pieces"]) == len(answer["cells"]) <= 1024
    seen = set()
    for half, cells in halves(answer).items():
        canvas = page.page.locator(f'[data-part="{half}"] canvas')
        box = canvas.bounding_box()
        unit = (box["width"] - GUTTER) / len(cells)
        # Inside a run: at its rim a column is smoothed.
        mapped = [i for i in range(1, len(cells) - 1)
                  if len({(cell["mapped"], cell.get("access"), piece["gap"]) for piece, cell in cells[i - 1:i + 2]}) == 1
                  and cells[i][1]["mapped"] >= 1]
        gaps = [i for i, (piece, _) in enumerate(cells) if piece["gap"]]
        for i in mapped[:: max(1, len(mapped) // 6)] + gaps[:2]:
            piece, cell = cells[i]
            x = GUTTER + (i + 0.5) * unit
            canvas.hover(position={"x": x, "y": 30})
            said = readout(page, half)
            if piece["gap"]:
                assert int(said.split("–")[0], 16) == int(piece["start"], 16)
                assert "a hole" in said
                continue
            assert int(said.split("–")[0], 16) == int(cell["start"], 16)
            rights = "".join(right if right in cell["access"] else "-" for right in "rwxu")
            assert f"mapped {rights}" in said
            kind = "".join(right for right in "rwx" if right in cell["access"])
            kind = {"wx": "rwx", "w": "rw", "x": "rx"}.get(kind, kind)
            column = [page.pixel(canvas, x, y) for y in range(26, 56, 3)]
            assert any(nearest(pixel) == kind for pixel in column), (half, i, kind, column)
            others = {nearest(pixel) for pixel in column} - {kind, None}
            assert not others, (half, i, kind, others)
            seen.add(kind)
    assert seen


@pytest.mark.parametrize("source", SOURCES)
def test_areas_are_those_that_map_prints(opened, servers, command, sources, source):
    page = opened(source)
    page.open("#/space")
    pid = page.fragment()[1]["pid"]
    answer = servers(source).get("/strip", pid=pid)
    rows = page.page.locator('[data-part="areas"] tbody tr')
    assert rows.count() == min(60, len(answer["areas"]))
    if source in ("armhf", "amd64"):
        printed = command.lines("map", "-s", sources[source], pid, "--areas")
        known = {(int(area["start"], 16), int(area["end"], 16)) for area in answer["areas"]}
        for area in printed:
            if "start" in area:
                assert (int(area["start"], 16), int(area["end"], 16)) in known


@pytest.mark.parametrize("source", SOURCES)
def test_arrows_move_and_enter_walks(opened, source):
    page = opened(source)
    page.open("#/space")
    page.page.locator('[data-part="kernel"] canvas').focus()
    before = readout(page, "kernel")
    page.page.keyboard.press("ArrowRight")
    after = readout(page, "kernel")
    assert after != before
    page.page.keyboard.press("ArrowLeft")
    assert readout(page, "kernel") == before
    page.page.keyboard.press("Enter")
    page.settled("#/walk")
    first, last = (int(part.split()[0], 16) for part in before.split("–", 1))
    assert first <= int(page.fragment()[1]["address"], 16) <= last
    assert page.page.locator(".fields .field").count() >= 2


@pytest.mark.parametrize("source", SOURCES)
def test_plus_zooms_in_and_zero_shows_all_again(opened, servers, source):
    page = opened(source)
    page.open("#/space")
    pid = page.fragment()[1]["pid"]
    page.page.locator('[data-part="kernel"] canvas').focus()
    at = int(readout(page, "kernel").split("–")[0], 16)
    page.page.keyboard.press("+")
    page.settled("from=")
    _, state = page.fragment()
    assert int(state["from"], 16) <= at < int(state["to"], 16)
    whole = servers(source).get("/strip", pid=pid)
    zoomed = servers(source).get("/strip", pid=pid, **{"from": state["from"], "to": state["to"]})
    assert span(zoomed) < span(whole)
    assert int(zoomed["pieces"][0]["start"], 16) >= int(state["from"], 16)
    # The keyboard stays where it was, so that one can go on.
    assert page.page.evaluate("document.activeElement.tagName") == "CANVAS"
    page.check()
    page.page.keyboard.press("0")
    page.page.wait_for_url(re.compile(r"#/space\?pid=\w+$"))


def span(answer):
    return int(answer["to"], 16) - int(answer["from"], 16)


def test_a_drag_zooms(opened):
    page = opened("machine")
    page.open("#/space")
    box = page.page.locator('[data-part="user"] canvas').bounding_box()
    page.page.mouse.move(box["x"] + 100, box["y"] + 30)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + 400, box["y"] + 30, steps=4)
    page.page.mouse.up()
    page.settled("from=")
    assert page.fragment()[0] == "space"


def test_back_leads_to_where_one_was(opened):
    page = opened("machine")
    page.open("#/space")
    first = page.page.url
    page.page.locator('[data-part="areas"] tbody a').first.click()
    page.settled("#/walk")
    page.page.go_back()
    page.settled("#/space")
    assert page.page.url == first


def test_the_chooser_finds_by_command_and_by_pid(opened, servers):
    page = opened("scenario")
    page.open("#/space")
    processes = servers("scenario").get("/source")["processes"]
    target = processes[-1]
    page.page.keyboard.press("/")
    page.page.keyboard.type(target["command"])
    assert target["command"] in page.text('[role="option"][aria-selected="true"]')
    page.page.keyboard.press("Enter")
    page.settled(f"pid={target['pid']}")
    assert target["command"] in page.text("h1")
    page.page.keyboard.press("/")
    page.page.keyboard.type("no such process")
    assert "no process is called so" in page.text("#process-list")
    page.page.keyboard.press("Escape")
    assert page.page.locator("#process-list").is_hidden()


def test_the_kernel_page_table_is_a_choice(opened):
    page = opened("machine")
    page.open("#/space?pid=kernel")
    assert "kernel page table" in page.text("h1")
    page.check()
