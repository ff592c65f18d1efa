"""How long a person waits: from starting the server over an image to the first view, and from opening the page.

    scripts/test-browser --first-view SERVER IMAGE...
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from conftest import Server
from playwright.sync_api import sync_playwright

PATIENCE = 60


def first_view(browser, url):
    """Seconds from opening the page to its first view, and to the last part of that view."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        page = context.new_page()
        start = time.perf_counter()
        page.goto(url)
        page.locator(".view-space canvas, .view-space .error").first.wait_for(timeout=PATIENCE * 1000)
        drawn = time.perf_counter() - start
        assert page.locator(".view-space canvas").count() > 0, page.locator("main").inner_text()
        while not page.evaluate("document.documentElement.dataset.ready"):
            assert time.perf_counter() - start < PATIENCE, "the first view never ends"
            page.wait_for_timeout(10)
        return drawn, time.perf_counter() - start
    finally:
        context.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("images", nargs="+", type=Path)
    options = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        first_view(browser, "data:text/html,<main class=view-space><canvas></canvas></main>"
                   "<script>document.documentElement.dataset.ready = 1</script>")  # the browser itself is warm
        for image in options.images:
            rows = []
            for _ in range(options.runs):
                start = time.perf_counter()
                server = Server(options.server, str(image.resolve()), folder)
                try:
                    listening = time.perf_counter() - start
                    rows.append((listening, *first_view(browser, server.url)))
                finally:
                    server.stop()
            best, median = ([pick(column) for column in zip(*rows, strict=True)] for pick in (min, statistics.median))
            print(f"{image}, {image.stat().st_size >> 20} MiB, {options.runs} runs, best (median):")
            for name, low, middle in zip(
                    ("the server listens after", "the page's first view after", "all of that view after"),
                    best, median, strict=True):
                print(f"  {name:28} {low:.2f} s ({middle:.2f})")
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
