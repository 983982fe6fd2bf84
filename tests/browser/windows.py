"""Windows of Chromium that one test after the other looks through: a new one costs three times what a page in it costs.

Nothing of a test is left in a window that is opened again, but for the files that the browser keeps and may keep.
"""

import collections
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Error, Page

from .browser_pages import resize, tools

PATIENCE = 60_000
"""Milliseconds until a test gives up: a busy machine is no fault of the page."""

_LOOKS = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light", "reduced_motion": "no-preference"}
"""What an open window can be told, as it is where a test says nothing."""

_KINDS = {"bypass_csp", "java_script_enabled", "base_url"}
"""What else windows that may be opened again can differ in."""

_MOST_KEPT = 6


@dataclass
class Window:
    """A page, what it was opened with, and what the browser has complained about since."""

    page: Page
    options: dict[str, Any]
    complaints: list[str] = field(default_factory=list)


class Windows:
    """Opens windows, and keeps those that may be opened again."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._kept: list[Window] = []
        self._visited = collections.Counter[str]()

    def open(self, site: str, options: dict[str, Any], *, anew: bool) -> Window:
        """A window for a site, whose relative paths lead there; the options are those of `new_context`."""
        looks = _LOOKS | {name: value for name, value in options.items() if name in _LOOKS}
        kind = {"base_url": site} | {name: value for name, value in options.items() if name not in _LOOKS}
        for window in [] if anew else self._kept:
            if window.options == kind:
                self._kept.remove(window)
                window.complaints.clear()
                resize(window.page, looks.pop("viewport"))
                window.page.emulate_media(**looks)
                return window
        return self._new(looks, kind)

    def leave(self, windows: list[Window]) -> None:
        """Close windows, or keep them where a test has visited the same site before, as the next one then may."""
        for window in windows:
            site = window.options["base_url"]
            if not (self._visited[site] and window.options.keys() <= _KINDS and _is_emptied(window)):
                window.page.context.close()
            else:
                self._kept.append(window)
        self._visited.update({window.options["base_url"] for window in windows})
        while len(self._kept) > _MOST_KEPT:
            self._kept.pop(0).page.context.close()

    def _new(self, looks: dict[str, Any], kind: dict[str, Any]) -> Window:
        context = self._browser.new_context(**looks, **kind)
        context.set_default_timeout(PATIENCE)
        window = Window(context.new_page(), kind)
        page, complaints = window.page, window.complaints
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda problem: complaints.append(str(problem)))
        return window


def _is_emptied(window: Window) -> bool:
    """Take out of a window what its test has put there; whether that succeeded."""
    page = window.page
    context = page.context
    try:
        for other in context.pages:
            if other != page:
                other.close()
        page.unroute_all()
        context.unroute_all()
        context.set_offline(False)
        # With its last page of a site the process would end that draws them.
        page.goto("/robots.txt")
        page.mouse.move(-1, -1)
        page.emulate_media(media="null")
        context.clear_cookies()
        context.clear_permissions()
        storage = {"origin": window.options["base_url"], "storageTypes": "all"}
        tools(page).send("Storage.clearDataForOrigin", storage)
    except Error:
        return False
    return True
