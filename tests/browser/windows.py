"""Windows of Chromium that one test after the other looks through: a new one costs twice what a page in it costs.

Nothing of a test is left in a window that is opened again, but for the files that the browser keeps and may keep.
"""

import collections
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page

from .browser_pages import PATIENCE, resize, tools

_LOOKS = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light", "reduced_motion": "no-preference"}
"""What an open window can be told, as it is where a test says nothing."""

_KINDS = {"bypass_csp", "java_script_enabled", "base_url"}
"""What else windows that may be opened again can differ in."""

_LASTING = (
    "add_init_script", "add_locator_handler", "expose_binding", "expose_function", "new_cdp_session", "on", "once",
    "route_web_socket", "set_default_navigation_timeout", "set_default_timeout", "set_extra_http_headers",
    "set_geolocation",
)  # fmt: skip
"""What a test may do with a page, or with what the page is in, that cannot be taken back or is not worth it."""

_MOST_KEPT = 6


@dataclass
class Window:
    """A page, what it was opened with, and what the browser has complained about since."""

    page: Page
    options: dict[str, Any]
    complaints: list[str] = field(default_factory=list)
    may_be_kept: bool = True

    def __post_init__(self) -> None:
        self.page.on(
            "console", lambda message: self.complaints.append(message.text) if message.type == "error" else None
        )
        self.page.on("pageerror", lambda problem: self.complaints.append(str(problem)))
        # Made before tests are watched, since it is kept.
        tools(self.page)
        self._watch(self.page)
        self._watch(self.page.context)

    def _watch(self, where: Page | BrowserContext) -> None:
        """Note it where a test does one of what is `_LASTING`."""
        for name in _LASTING:
            if hasattr(where, name):
                setattr(where, name, partial(self._note, getattr(where, name)))

    def _note(self, act: Callable[..., Any], *args: Any, **options: Any) -> Any:
        self.may_be_kept = False
        return act(*args, **options)


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
        context = self._browser.new_context(**looks, **kind)
        context.set_default_timeout(PATIENCE)
        return Window(context.new_page(), kind, may_be_kept=not anew and kind.keys() <= _KINDS)

    def leave(self, windows: list[Window]) -> None:
        """Close windows, or keep them where a test has visited the same site before, as the next one then may."""
        for window in windows:
            site = window.options["base_url"]
            if not (self._visited[site] and window.may_be_kept and _is_emptied(window)):
                window.page.context.close()
            else:
                self._kept.append(window)
        self._visited.update({window.options["base_url"] for window in windows})
        while len(self._kept) > _MOST_KEPT:
            self._kept.pop(0).page.context.close()

    def close(self) -> None:
        """Close the windows that were kept."""
        while self._kept:
            self._kept.pop().page.context.close()


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
        page.evaluate("() => { window.name = ''; }")
        page.mouse.move(-1, -1)
        page.emulate_media(media="null", forced_colors="null", contrast="null")
        context.clear_cookies()
        context.clear_permissions()
        storage = {"origin": window.options["base_url"], "storageTypes": "all"}
        tools(page).send("Storage.clearDataForOrigin", storage)
    except Error:
        return False
    return True
