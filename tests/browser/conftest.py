"""The seeded site on a real port, and Chromium to visit it with."""

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect, sync_playwright

from kb.core.db import Database

from .browser_pages import PATIENCE, Visit, served
from .windows import Window, Windows

_PROVOKED = re.compile(r"Failed to load resource: (the server responded with a status of 4\d\d|net::ERR_)")

expect.set_options(timeout=PATIENCE)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Axe runs once in each page, which is too short to make up for the optimizing of what it does, and leaves much to
    # collect: without the one, and with room for the other, the browser takes a sixth less.
    "--js-flags=--no-lazy-feedback-allocation --max-optimized-bytecode-size=0 --min-semi-space-size=64",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for a page needs Chromium."""
    for item in items:
        if "visit" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def seeded_site(seeded_app: Flask) -> Iterator[str]:
    """The address of the whole seeded site."""
    # Made before the first visitor asks, as where the site is served: on a busy machine it takes as long as a page may.
    peers = seeded_app.extensions["kb_peers"]
    _ = peers.feature_matrix, peers.gazetteer
    with served(seeded_app) as address:
        yield address


@pytest.fixture
def site(seeded_site: str) -> str:
    """The address of what `visit` visits: a file of tests may have another."""
    return seeded_site


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """The database of a site of a test's own: SQLite alone, since what is looked at here is the browser."""
    return sqlite_database


@pytest.fixture
def own_site(app: Flask) -> Iterator[str]:
    """The address of a site of the test's own, which people write to."""
    with served(app) as address:
        yield address


def chromium(name: str = "chromium-headless-shell") -> str:
    """The program: the one without windows, or the whole."""
    program = shutil.which(name)
    if program is None:
        pytest.fail(f"Chromium is missing; install it with: apt-get install {name}")
    return program


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without windows, which opens a page with a fifth of the work of the whole one."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def windows(browser: Browser) -> Windows:
    """The windows that tests have left."""
    return Windows(browser)


@pytest.fixture
def visit(windows: Windows, site: str) -> Iterator[Visit]:
    """Open a page of the site in a window of its own; what the browser complains about fails the test.

    `anew` makes it one that nobody has visited before, whose browser keeps no file.
    """
    opened: list[Window] = []

    def open_page(path: str = "/", *, anew: bool = False, **options: Any) -> Page:
        window = windows.open(site, options, anew=anew)
        opened.append(window)
        window.page.goto(path)
        return window.page

    yield open_page
    windows.leave(opened)
    complaints = [text for window in opened for text in window.complaints]
    # What a test provokes, an answer that refuses or a line that is cut, the browser notes too.
    assert [text for text in complaints if not _PROVOKED.search(text)] == []
