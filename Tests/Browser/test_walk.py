"""The walk as a picture: bits, tables, entries, bytes; and the ways on."""

import pytest

SOURCES = ["machine", "scenario", "armhf", "amd64"]
LETTERS = {".": "absent", "t": "table", "l": "page", "h": "huge page", "s": "not present", "x": "invalid"}


def first_walk(opened, source, **options):
    page = opened(source, **options)
    page.open("#/walk")
    return page


def digits(text):
    return "".join(letter for letter in text if letter in "01")


@pytest.mark.parametrize("source", [*SOURCES, "amd64-la57"])
def test_a_walk_is_what_the_command_prints(opened, command, sources, source):
    page = first_walk(opened, source)
    state = page.fragment()[1]
    walk = command.lines("walk", "-s", sources[source], state["pid"], state["address"], "--length", "16")[0]
    cards = page.page.locator(".card")
    assert cards.count() == len(walk["steps"]) + 1
    for i, step in enumerate(walk["steps"]):
        said = cards.nth(i).inner_text()
        assert step["level"] in said
        assert f"at {int(step['table'], 16):x} " in said
        assert f"[{step['index']}] {int(step['entry'], 16):x}" in said
        for flag in step["flags"]:
            assert flag in said
        assert f"[{step['index']}]" in cards.nth(i).locator(".readout").inner_text()
        assert "this walk's entry" in cards.nth(i).locator(".readout").inner_text()
    assert walk["outcome"] == "mapped"
    end = cards.last.inner_text()
    assert f"{int(walk['physical'], 16):x}" in end
    # The marked byte is the one at the address, and those after it follow.
    marked = cards.last.locator(".hexview mark").first.inner_text()
    assert marked == walk["value"][:2]
    shown = cards.last.locator(".hexview").inner_text().replace(" ", "").replace("\n", "")
    assert walk["value"][:8] in shown


@pytest.mark.parametrize("source", [*SOURCES, "amd64-la57"])
def test_the_fields_hold_the_address_bit_by_bit(opened, source):
    page = first_walk(opened, source)
    address = int(page.fragment()[1]["address"], 16)
    fields = page.page.locator(".field")
    bits = "".join(digits(fields.nth(i).locator(".bits").inner_text()) for i in range(fields.count()))
    assert int(bits, 2) == address & ((1 << len(bits)) - 1)
    # A line leads from each field to its table, and from each entry to what it points at. The bits above the
    # address's own only repeat its sign, and lead nowhere.
    cards = page.page.locator(".card").count()
    signs = page.page.locator(".field", has_text="sign").count()
    assert page.page.locator("path.lead").count() == fields.count() - signs == cards
    assert page.page.locator("path.points").count() == cards - 1


@pytest.mark.parametrize("source", SOURCES)
def test_any_entry_can_be_walked_from(opened, servers, source):
    page = first_walk(opened, source)
    state = page.fragment()[1]
    level = page.page.locator(".card").first.get_attribute("data-part")
    table = servers(source).get("/table", pid=state["pid"], address=state["address"], level=level)
    canvas = page.page.locator(".card").first.locator("canvas")
    canvas.focus()
    page.page.keyboard.press("Home")
    readout = page.page.locator(".card").first.locator(".readout")
    step = next(i for i, letter in enumerate(table["classes"]) if letter != table["classes"][0])
    for _ in range(min(step, 40)):
        page.page.keyboard.press("ArrowRight")
    at = min(step, 40)
    assert f"[{at}] {LETTERS[table['classes'][at]]}" in readout.inner_text()
    page.page.keyboard.press("Enter")
    wanted = int(table["base"], 16) + at * table["spanBytes"]
    page.settled(f"address={wanted:#x}")
    assert page.page.locator(".card").first.locator(".entry").inner_text().startswith(f"[{at}]")


@pytest.mark.parametrize("source", SOURCES)
def test_entries_are_drawn_by_their_kind(opened, servers, source):
    """Every kind of entry in the table has its colour in its cell."""
    colours = {"t": (0, 114, 178), "l": (0, 158, 115), "h": (230, 159, 0), ".": (233, 235, 237)}
    page = first_walk(opened, source)
    state = page.fragment()[1]
    checked = set()
    for i in range(page.page.locator(".card canvas").count()):
        card = page.page.locator(".card").nth(i)
        table = servers(source).get("/table", pid=state["pid"], address=state["address"], level=card.get_attribute("data-part"))
        total = len(table["classes"])
        columns = 64 if total >= 2048 else 32 if total >= 512 else 16
        canvas = card.locator("canvas")
        canvas.scroll_into_view_if_needed()
        side = (canvas.bounding_box()["width"] - 8) / columns
        for letter, colour in colours.items():
            used = int(card.locator(".entry").inner_text().split("]")[0][1:])
            at = next((j for j, one in enumerate(table["classes"]) if one == letter and abs(j % columns - used % columns) > 2), None)
            if at is None:
                continue
            x, y = 4 + (at % columns + 0.4) * side, 4 + (at // columns + 0.6) * side
            assert page.pixel(canvas, x, y) == colour, (letter, at)
            checked.add(letter)
    assert {"t", "."} <= checked


def test_a_walk_that_stops_says_where_and_why(opened, servers, command, sources):
    page = opened("scenario")
    page.open("#/walk?pid=1&address=0x0")
    walk = command.lines("walk", "-s", sources["scenario"], "1", "0")[0]
    assert walk["outcome"] == "not-mapped"
    assert walk["explanation"].rstrip(".") in page.text(".sentence")
    assert page.page.locator(".card.stop").count() == 1
    assert page.page.locator(".card.end").count() == 0
    assert page.page.locator("path.lead").count() == len(walk["steps"])


def test_an_address_that_is_none_is_refused_with_words(opened):
    page = first_walk(opened, "machine")
    before = page.page.url
    page.page.fill("#address", "xyz")
    page.page.keyboard.press("Enter")
    assert page.page.locator("#address").evaluate("(input) => input.validationMessage").startswith("An address")
    assert page.page.url == before
    page.page.goto(page.origin + "/#/walk?pid=614&address=xyz")
    page.page.wait_for_selector(".problem")
    assert "is not an address" in page.text(".problem")


def test_rights_narrow_from_level_to_level(opened, servers):
    """A right is struck out at the level that took it away, and is not there below."""
    page = first_walk(opened, "armhf")
    state = page.fragment()[1]
    walk = servers("armhf").get("/walk", pid=state["pid"], address=state["address"])
    for i, step in enumerate(walk["steps"]):
        if "effective" not in step:
            continue
        for j, who in enumerate(("kernel", "user")):
            row = page.page.locator(".card").nth(i).locator(".who").nth(j)
            for k, right in enumerate("rwx"):
                has = right in step["effective"].get(who, "")
                before = walk["steps"][i - 1]["effective"].get(who, "") if i else "rwx"
                wanted = "has" if has else "lost" if right in before else "gone"
                assert wanted in row.locator(".right").nth(k).get_attribute("class").split(), (step["level"], who, right)


def test_the_frame_leads_to_who_maps_it(opened, servers):
    page = first_walk(opened, "machine")
    pid = page.fragment()[1]["pid"]
    page.page.get_by_text("who maps it").click()
    page.settled("#/frames")
    assert pid in page.text(".details tbody")


@pytest.mark.parametrize("source", SOURCES)
def test_a_link_reproduces_the_view(opened, source):
    page = first_walk(opened, source)
    other = opened(source)
    other.open("#" + page.page.url.split("#")[1])
    assert other.text("main") == page.text("main")
