"""A window that is opened again has nothing of the test before, and one that cannot be emptied is closed."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from .browser_pages import served
from .windows import Window, Windows

pytestmark = pytest.mark.browser

WRITE = """async () => {
    localStorage.setItem("made", "up");
    sessionStorage.setItem("made", "up");
    window.name = "made-up";
    document.cookie = "made=up";
    await new Promise((done) => { indexedDB.open("made-up").onsuccess = done; });
    await (await caches.open("made-up")).put("/made-up", new Response("made up"));
    await navigator.serviceWorker.register("/worker.js");
    await navigator.serviceWorker.ready;
}"""
READ = """async () => ({
    local: localStorage.length,
    session: sessionStorage.length,
    name: window.name,
    cookies: document.cookie,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    clipboard: (await navigator.permissions.query({ name: "clipboard-read" })).state,
    isOnline: navigator.onLine,
    isDark: matchMedia("(prefers-color-scheme: dark)").matches,
    isCalm: matchMedia("(prefers-reduced-motion: reduce)").matches,
    isPaper: matchMedia("print").matches,
    hasForcedColours: matchMedia("(forced-colors: active)").matches,
    width: innerWidth,
    text: document.body.innerText,
})"""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of two pages and a service worker."""
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "<title>Made up</title><p>From the server", endpoint="page")
    app.add_url_rule("/robots.txt", view_func=lambda: "", endpoint="robots")
    app.add_url_rule("/worker.js", view_func=lambda: ("", {"Content-Type": "text/javascript"}), endpoint="worker")
    with served(app) as address:
        yield address


@pytest.fixture
def windows(browser: Browser, site: str) -> Iterator[Windows]:
    """Windows of a site that has been visited before, so that they may be kept."""
    made = Windows(browser)
    made.leave([made.open(site, {}, anew=False)])
    yield made
    made.close()


def opened(windows: Windows, site: str, **options: object) -> Window:
    window = windows.open(site, options, anew=False)
    window.page.goto("/")
    return window


def test_a_window_has_nothing_of_the_test_before(windows: Windows, site: str) -> None:
    window = opened(windows, site)
    as_new = window.page.evaluate(READ)
    assert as_new["text"] == "From the server"
    windows.leave([window])

    window = opened(windows, site, color_scheme="dark", viewport={"width": 390, "height": 844})
    page = window.page
    page.evaluate(WRITE)
    page.context.add_cookies([{"name": "hidden", "value": "up", "url": site, "httpOnly": True}])
    page.context.grant_permissions(["clipboard-read"])
    page.emulate_media(media="print", reduced_motion="reduce", forced_colors="active")
    page.route("**/", lambda route: route.fulfill(body="From the test"))
    page.context.route("**/", lambda route: route.fulfill(body="From the test too"))
    page.context.new_page().goto("/")
    page.context.set_offline(True)
    page.evaluate("console.error('made up')")
    assert all(value != as_new[name] for name, value in page.evaluate(READ).items() if name != "text")
    windows.leave([window])

    again = opened(windows, site)
    assert again is window
    assert again.page.evaluate(READ) == as_new
    assert again.complaints == []
    assert len(page.context.pages) == 1
    assert page.context.cookies() == []
    windows.leave([again])


@pytest.mark.parametrize(
    "act",
    [
        lambda page: page.on("request", lambda: None),
        lambda page: page.add_init_script("window.name = 'made-up'"),
        lambda page: page.context.new_cdp_session(page),
        lambda page: page.close(),
    ],
    ids=["listened to", "written to before each page", "in the hands of the tools", "closed"],
)
def test_a_window_that_cannot_be_emptied_is_closed(windows: Windows, site: str, act: Callable[[Page], object]) -> None:
    window = opened(windows, site)
    act(window.page)
    windows.leave([window])
    assert window.page.is_closed()
    assert opened(windows, site) is not window


def test_a_window_is_not_opened_again_for_another_site_or_as_a_new_one(windows: Windows, site: str) -> None:
    window = opened(windows, site)
    windows.leave([window])
    others = [
        windows.open(site, {"java_script_enabled": False}, anew=False),
        windows.open(site.replace("127.0.0.1", "localhost"), {}, anew=False),
        windows.open(site, {}, anew=True),
    ]
    assert window not in others
    windows.leave(others)
    assert others[2].page.is_closed()
    assert not window.page.is_closed()
