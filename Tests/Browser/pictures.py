"""Make the pictures of Documentation/Pictures: the explorer's own screenshots.

    scripts/test-browser --documentation SERVER COMMAND
"""

import argparse
import io
from pathlib import Path

from conftest import SCENARIO, Command, Page, Server
from PIL import Image
from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).resolve().parents[2] / "Documentation" / "Pictures"
LIMIT_BYTES = 150_000


def keep(page, name, height):
    """The upper part of the page as a small PNG."""
    data = page.page.screenshot(clip={"x": 0, "y": 0, "width": 1280, "height": height}, full_page=True)
    file = FOLDER / f"{name}.png"
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    # The 256 colours that most of it has stay as they are; the rims of letters get the nearest.
    common = sorted(picture.getcolors(picture.width * picture.height), reverse=True)[:256]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _, colour in common for part in colour])
    picture.quantize(palette=palette, dither=Image.Dither.NONE).save(file, optimize=True)
    size = file.stat().st_size
    assert size <= LIMIT_BYTES, f"{file}: {size} bytes"
    print(f"{file.name}: {size} bytes")


def pid_of(command, source, name):
    return next(line["pid"] for line in command.lines("ps", "-s", source) if line["command"] == name)


def draw(browser, options):
    command = Command(options.command)
    arm, x86 = (str(Path(options.guests) / name / "dump.elf") for name in ("armhf", "amd64"))
    story = f"lab:{SCENARIO.name}"
    # Where a file lies is no part of a picture.
    servers = {
        arm: Server(options.server, "dump.elf", Path(arm).parent), x86: Server(options.server, "dump.elf", Path(x86).parent),
        story: Server(options.server, story, SCENARIO.parent)}
    pages = []

    def page(source, fragment):
        made = Page(browser, servers[source].url)
        pages.append(made)
        made.open(fragment)
        return made

    try:
        probe = pid_of(command, x86, "probe")
        keep(page(x86, f"#/space?pid={probe}"), "space", 800)
        code = next(line for line in command.lines("map", "-s", x86, str(probe), "--areas") if line.get("presentBytes"))
        keep(page(x86, f"#/walk?pid={probe}&address={code['start']}"), "walk", 800)
        keep(page(arm, "#/compare"), "compare", 640)
        frame = int(command.lines("walk", "-s", x86, str(probe), code["start"])[0]["physical"], 16) // 4096
        keep(page(x86, f"#/frames?frame={frame:#x}"), "frames", 900)
        lab = page(story, f"#/lab?story={SCENARIO.stem}&step=8")
        lab.page.wait_for_selector('html[data-step="8"]', state="attached")
        keep(lab, "lab", 900)
        keep(page(x86, "#/audit"), "audit", 640)
    finally:
        for one in pages:
            one.close()
        for server in servers.values():
            server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("server", "command", "guests"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-lcd-text"])
        draw(browser, options)
        browser.close()


if __name__ == "__main__":
    main()
