"""Windows of Chromium: on a site that is served, signed in, and read by axe in every look.

A click does not wait for the page that it leads to: whatever reads a page says first, with `expect`, what it waits for.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from weakref import WeakKeyDictionary

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import CDPSession, Page, ViewportSize, expect
from werkzeug.serving import make_server

from tests.factories import PASSWORD
from tests.sign_in import token_in

Visit = Callable[..., Page]

PATIENCE = 60_000
"""Milliseconds until a test gives up: a busy machine is no fault of the page."""

PDF_PATIENCE = 240_000
"""The same for a PDF: it is made at low priority, and the server has five minutes for it."""

PHONE = {"viewport": {"width": 390, "height": 844}}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Look = tuple[Literal["light", "dark"], int]
LOOKS: list[Look] = [("light", 1280), ("dark", 390)]
"""Both colours and both widths: nothing but its style sheets knows of them, so a page need not be loaded anew."""

EVERY_LOOK: list[Look] = [("light", 1280), ("dark", 1280), ("dark", 390), ("light", 390)]
"""For pages that show much on wide screens alone, or on phones alone, to which the dark colours come as to others."""

_AXE = Axe().axe_script + Path(__file__).with_name("contrast.js").read_text("utf-8")
_ALL_RULES = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
_RULES_OF_COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}

_READ = """async ([options, passed]) => {
    // The browser may find out while it draws that the colours are others, and tells scripts of the page before it
    // draws again; what they do then, as for a change of width, is done before our second turn.
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
    // A transition that has begun goes on though less motion is asked for; at its end another may begin further within.
    const isEnding = ({ effect, playState }) => (
        playState === "running" && Number.isFinite(effect.getComputedTiming().endTime)
    );
    let moving;
    while ((moving = document.getAnimations().filter(isEnding)).length) moving.forEach((one) => one.finish());
    const { scrollWidth, clientWidth } = document.documentElement;
    return { ...await findFaults(options, passed), isWider: scrollWidth > clientWidth };
}"""
_tools: WeakKeyDictionary[Page, CDPSession] = WeakKeyDictionary()
_passed: list[str] = []
"""The looks of letters whose contrast suffices: see `contrast.js`."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of an application on a real port, while the block lasts; what it keeps open is closed after."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign in at the form that is open, or by way of the sign-in page, and wait until it is done."""
    if "/sign-in" not in page.url:
        page.goto("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.locator(".person-menu")).to_be_attached()


def let_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign a window in as the sign-in page does, without showing it."""
    token = token_in(page.context.request.get("/sign-in").text())
    form = {"email": email, "password": password, "csrf_token": token}
    assert page.context.request.post("/sign-in", form=form, max_redirects=0).status == 303


def tools(page: Page) -> CDPSession:
    """The tools of the browser for a page: the same each time, since what some do ends when they are put away."""
    if page not in _tools:
        _tools[page] = page.context.new_cdp_session(page)
    return _tools[page]


def faults(page: Page, name: str = "", looks: Sequence[Look] = LOOKS) -> dict[str, str]:
    """What axe finds wrong with a page in each of the looks, and in which it is wider than its window.

    All rules are asked at each width; in the other colours of a width only the rules that look at colours.

    Where a page has a shadow tree, the window must have been opened with `bypass_csp`: axe reads its style sheets by a
    style element.
    """
    found: dict[str, str] = {}
    size = page.viewport_size
    # A script of the browser's tools: the policy of the site does not keep it out.
    tools(page).send("Runtime.evaluate", {"expression": _AXE})
    widths = set()
    for scheme, width in looks:
        resize(page, {"width": width, "height": 900})
        # Without motion colours change at once, so that axe reads none on its way from one look to the next.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        look = f"{name or page.url}, {scheme}, {width} pixels"
        options = _RULES_OF_COLOURS if width in widths else _ALL_RULES
        widths.add(width)
        answer = page.evaluate(_READ, [options, _passed])
        _passed[:] = answer["passed"]
        for rule, element in answer["faults"]:
            found[f"{look}: {rule}"] = element[:300]
        if answer["isWider"]:
            found[f"{look}: width"] = "wider than the window"
    resize(page, size)
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    return found


def resize(page: Page, size: ViewportSize | None) -> None:
    """Give a window another size, if it has not got it."""
    if size and size != page.viewport_size:
        page.set_viewport_size(size)


def picture(page: Page, name: str) -> None:
    """Save the page as it looks on a desk and on a phone, where `KB_TEST_PICTURES` names a folder; else do nothing."""
    folder = os.environ.get("KB_TEST_PICTURES")
    if not folder:
        return
    size = page.viewport_size
    for width, height in ((1280, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    if size:
        page.set_viewport_size(size)
