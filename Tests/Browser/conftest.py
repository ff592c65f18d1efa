"""What the browser tests share: the programs, servers over sources, a browser, and what a page must never do."""

import json
import os
import re
import select
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = ROOT / "Examples" / "Scenarios" / "deferred-vmalloc-arm.lab"
ELEMENTS = 2500
PATIENCE = 90


def pytest_addoption(parser):
    parser.addoption("--server", help="the program pagewalk-serve")
    parser.addoption("--command", help="the program pagewalk")
    parser.addoption("--guests", help="the folder that holds guests' memory")
    parser.addoption("--pictures", help="where screenshots go")


class Server:
    """The explorer over one source."""

    def __init__(self, program, source, folder=None):
        self.source = source
        self.process = subprocess.Popen(
            [program, "-s", source, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder)
        self.url = self._address()

    def _address(self):
        """The first address that the server prints."""
        said = b""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if not select.select([self.process.stdout], [], [], 1)[0]:
                continue
            piece = os.read(self.process.stdout.fileno(), 4096)
            said += piece
            found = re.search(rb"(http://[0-9.]+:\d+)/", said)
            if found:
                return found[1].decode()
            if not piece:
                break
        self.stop()
        raise AssertionError(f"the server over {self.source} names no address: {said.decode(errors='replace')}")

    def get(self, path, **query):
        """An answer of the interface, asked past the browser. Waits while the server counts."""
        url = f"{self.url}/api{path}" + ("?" + urllib.parse.urlencode(query) if query else "")
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(url, timeout=60) as answer:
                    if answer.status == 200:
                        return json.load(answer)
            except urllib.error.HTTPError as error:
                raise AssertionError(f"{url}: {error.code} {error.read().decode()}") from error
            assert time.monotonic() < until, f"{url} is not answered"
            time.sleep(0.2)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


class Command:
    """The command, as the other witness of what a page shows."""

    def __init__(self, program):
        self.program = program

    def lines(self, *arguments):
        """The objects that `--format json` prints."""
        run = subprocess.run([self.program, *arguments, "--format", "json"], capture_output=True, text=True, check=False)
        assert run.returncode in (0, 1), f"{arguments}: {run.stderr}"
        return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.fixture(scope="session")
def command(request):
    return Command(request.config.getoption("--command"))


@pytest.fixture(scope="session")
def sources(request):
    """Name and source: the built-in machine, a scenario's, and a real kernel's memory where there is one."""
    found = {"machine": "lab", "scenario": f"lab:{SCENARIO}"}
    guests = request.config.getoption("--guests")
    if guests:
        for name in ("armhf", "amd64", "amd64-la57"):
            image = Path(guests) / name / "dump.elf"
            if image.exists():
                found[name] = str(image)
    return found


@pytest.fixture(scope="session")
def servers(request, sources):
    """A server for a source by its name, started when it is first asked for."""
    running = {}

    def server(name):
        if name not in sources:
            pytest.skip(f"no image of the guest {name}")
        if name not in running:
            running[name] = Server(request.config.getoption("--server"), sources[name])
        return running[name]

    yield server
    for one in running.values():
        one.stop()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        # Without a sandbox of its own: in containers there are no namespaces, and only our own page is opened.
        program = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield program
        program.close()


class Page:
    """A page of the explorer that notes whatever it must not do."""

    def __init__(self, browser, origin, width=1280, scheme="light", pictures=None):
        self.origin = origin
        self.pictures = pictures
        self.complaints = []
        self.context = browser.new_context(
            viewport={"width": width, "height": 800 if width > 600 else 844}, color_scheme=scheme,
            reduced_motion="reduce")
        self.context.set_default_timeout(PATIENCE * 1000)
        self.page = self.context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("request", self._request)
        self.page.on("requestfailed", self._failed)
        self.page.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => console.error('policy: ' + e.violatedDirective))")

    def _console(self, message):
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def _request(self, request):
        if not request.url.startswith((self.origin, "data:", "about:")):
            self.complaints.append(f"asks elsewhere: {request.url}")

    def _failed(self, request):
        # Leaving a view gives up its questions.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"request failed: {request.url} {request.failure}")

    def open(self, fragment=""):
        self.page.goto("about:blank")
        self.page.goto(f"{self.origin}/{fragment}")
        return self.settled()

    def settled(self, view=None):
        """Wait until the view has its answers; `view` as part of the fragment."""
        if view:
            self.page.wait_for_url(re.compile(re.escape(view)))
        # Asked from here: a function that the browser evaluates again and again is what the page's policy forbids.
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            ready, fragment = self.page.evaluate("[document.documentElement.dataset.ready, location.hash]")
            if ready == fragment:
                return self.page
            self.page.wait_for_timeout(20)
        raise AssertionError(f"{fragment} is not drawn (the last was {ready}): {self.text('main')[:400]}")

    def fragment(self):
        """View and parameters of the address bar."""
        path, _, query = self.page.evaluate("location.hash").removeprefix("#/").partition("?")
        return path, dict(urllib.parse.parse_qsl(query))

    def check(self):
        """What holds for every view."""
        page = self.page
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, "the page scrolls sideways"
        count = page.evaluate("document.querySelectorAll('*').length")
        assert count <= ELEMENTS, f"{count} elements"
        assert page.locator(".wait").count() == 0, page.locator(".wait").first.inner_text()

    def picture(self, name, full=False):
        if self.pictures:
            self.page.screenshot(path=str(Path(self.pictures) / f"{name}.png"), full_page=full)

    def text(self, selector):
        return self.page.locator(selector).first.inner_text()

    def pixel(self, canvas, x, y):
        """The colour of a canvas at a place, in the page's pixels."""
        return tuple(canvas.evaluate(
            "(c, [x, y]) => [...c.getContext('2d').getImageData(x * c.width / c.clientWidth,"
            " y * c.height / c.clientHeight, 1, 1).data].slice(0, 3)", [x, y]))

    def close(self):
        self.context.close()
        assert self.complaints == [], self.complaints


@pytest.fixture
def opened(request, browser, servers):
    """Open pages of a source; at the end none of them may have complained."""
    pages = []
    pictures = request.config.getoption("--pictures")

    def make(name, **options):
        page = Page(browser, servers(name).url, pictures=pictures, **options)
        pages.append(page)
        return page

    yield make
    for page in pages:
        page.close()
