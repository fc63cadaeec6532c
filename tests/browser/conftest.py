"""The app in a real browser: one server, one Chromium and two tabs for this folder, a fresh visit for each test.

A fresh tab would take seconds to read Plotly; an address that is opened again does not.
"""

import re

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.serving import serving

expect.set_options(timeout=30_000)  # the machine may be busy

# Chromium refuses its sandbox to root; the rest keeps it from calling home.
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
ELSEWHERE = re.compile(r"^(?!(?:https?|wss?)://(?:127\.0\.0\.1|localhost|\[::1\])[:/])")
# The page's validator answers 422, and Chromium logs every such answer as an error.
EXPECTED_CONSOLE = re.compile(r"the server responded with a status of 422")


@pytest.fixture(scope="package")  # not session: Playwright's event loop must not run beside other tests
def chromium(chromium_path):
    """A running headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def server(tmp_path_factory):
    """The address of a running app.py."""
    with serving(tmp_path_factory.mktemp("server") / "log.txt", HF_HUB_OFFLINE="1") as address:
        yield address


@pytest.fixture(scope="package")
def seen_problems():
    """Where every page notes what went wrong."""
    return []


@pytest.fixture
def page_problems(seen_problems):
    """What went wrong on the pages of this test so far; what is left at its end fails it."""
    seen_problems.clear()
    yield seen_problems
    assert not seen_problems, "\n".join(seen_problems)


@pytest.fixture(scope="package")
def open_page(chromium, server, seen_problems):
    """Opens empty pages whose relative addresses mean the server; options are those of a Playwright context."""

    def note_request(request):
        if ELSEWHERE.match(request.url) and not request.url.startswith(("data:", "blob:", "file:")):
            seen_problems.append(f"request left the machine: {request.url}")

    def note_socket(socket):
        if ELSEWHERE.match(socket.url):
            seen_problems.append(f"WebSocket left the machine: {socket.url}")

    def note_console(message):
        if message.type == "error" and not EXPECTED_CONSOLE.search(message.text):
            seen_problems.append(f"console error: {message.text}")

    def open_page(**options):
        # A service worker's requests would not be seen here.
        context = chromium.new_context(base_url=server, service_workers="block", **options)
        # Not `route`: that switches the cache off, and every visit would take seconds more.
        context.on("request", note_request)
        context.on("page", lambda page: page.on("websocket", note_socket))
        context.on("console", note_console)
        context.on("weberror", lambda problem: seen_problems.append(f"page error: {problem.error}"))
        return context.new_page()

    return open_page


@pytest.fixture(scope="package")
def tab(open_page):
    """The page of an English browser."""
    return open_page(locale="en-US")


@pytest.fixture(scope="package")
def chinese_tab(open_page):
    """The page of a Chinese browser."""
    return open_page(locale="zh-CN")


@pytest.fixture
def page(tab, page_problems):
    """A page in English; a problem left at the end of the test fails it."""
    return tab


@pytest.fixture
def chinese_page(chinese_tab, page_problems):
    """A page in Chinese, of another visitor."""
    return chinese_tab
