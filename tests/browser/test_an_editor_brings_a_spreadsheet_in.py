"""An editor imports a spreadsheet: is asked for columns, corrects cells in place, goes on, and undoes it again."""

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from config import Config
from kb.app import create_app
from kb.core.db import Database
from tests.factories import make_user
from tests.spreadsheets import HEADING, as_csv, rows

from .browser_pages import faults, let_in, picture, served

pytestmark = pytest.mark.browser


@pytest.fixture
def open_desk(browser: Browser, seeded_config: Config, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Sign an editor in at a seeded site of the test's own, since it is written to."""
    file = tmp_path / "own.sqlite3"
    shutil.copy(seeded_config.database_url.removeprefix("sqlite:///"), file)
    config = Config(database_url=f"sqlite:///{file}", search_index=tmp_path / "index", development=True)
    database = Database(config.database_url)
    with database.writing() as session:
        editor = make_user(session, role="editor")
    database.dispose()
    app = create_app(config)
    # Made before the file comes, as where the site is served.
    _ = app.extensions["kb_peers"].gazetteer
    contexts = []
    with served(app) as site:

        def opened(**options: Any) -> Page:
            contexts.append(browser.new_context(base_url=site, **options))
            page = contexts[-1].new_page()
            let_in(page, editor.email)
            return page

        yield opened
        for context in contexts:
            context.close()
    app.extensions["kb_imports"].wait()
    app.extensions["kb_search"].close()
    app.extensions["kb_database"].dispose()


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
def test_an_editor_brings_a_spreadsheet_in_and_undoes_it(
    open_desk: Callable[..., Page], tmp_path: Path, script: bool
) -> None:
    desk = open_desk(java_script_enabled=script)
    lines = list(rows(20))
    lines[3][2] = "Atlantis"
    lines[5][8] = lines[6][8] = "Flying beacons"
    lines[8][:4] = ["P-900", "PetaJakarta: flood map from social media", "Jakarta", "Indonesia"]
    file = tmp_path / "network.csv"
    file.write_bytes(as_csv(lines, ";", ("Project ID", "What it is called", "Town or place", *HEADING[3:])))
    desk.goto("/desk/imports")
    read_by_axe(desk, script)
    desk.get_by_label("File", exact=True).set_input_files(file)
    desk.get_by_role("button", name="Upload and check").click()
    expect(desk.get_by_text("Which column holds the city?")).to_be_visible()
    picture(desk, "import-1-columns")
    read_by_axe(desk, script)
    desk.get_by_label("Which column holds the title?").select_option("B")
    desk.get_by_label("Which column holds the city?").select_option("C")
    desk.get_by_role("button", name="Check the rows").click()
    finished(desk, script)
    expect(desk.get_by_role("link", name="16 Added")).to_be_visible()
    expect(desk.get_by_text("Skipped: it may exist already")).to_be_visible()
    picture(desk, "import-2-rows")
    read_by_axe(desk, script)
    all_columns_scroll_in_their_table(desk)
    desk.get_by_label("Flying beacons").select_option(label="Sensors and connected devices")
    desk.get_by_role("button", name="Check again with these meanings").click()
    finished(desk, script)
    expect(desk.get_by_role("link", name="18 Added")).to_be_visible()
    city = desk.get_by_role("textbox", name="City row 5")
    expect(city).to_have_accessible_description(re.compile("called Atlantis"))
    city.fill("Amman")
    desk.get_by_label("Import anyway row 10").check()
    desk.get_by_role("button", name="Save corrections and check again").click()
    finished(desk, script)
    expect(desk.get_by_role("link", name="20 Added")).to_be_visible()
    desk.get_by_role("button", name="Import as proposals").click()
    finished(desk, script)
    expect(desk.get_by_role("button", name="Undo the whole import")).to_be_visible()
    picture(desk, "import-3-done")
    read_by_axe(desk, script)
    desk.goto("/desk/queue")
    expect(desk.get_by_text("Made-up project 4:")).to_be_visible()
    desk.goto("/desk/imports")
    desk.get_by_role("link", name="network.csv").click()
    desk.get_by_role("button", name="Undo the whole import").click()
    finished(desk, script)
    expect(desk.locator(".import-state").first).to_have_text("Undone")
    desk.goto("/desk/queue")
    expect(desk.get_by_text("Made-up project 4:")).to_have_count(0)


def finished(desk: Page, script: bool) -> None:
    """Wait until the work is done; without scripts somebody asks for the page again."""
    result = desk.get_by_role("heading", name="Result").first
    if not script:
        deadline = time.monotonic() + 60
        while desk.get_by_role("link", name="Show progress").count() and time.monotonic() < deadline:
            desk.get_by_role("link", name="Show progress").click()
    expect(result).to_be_visible(timeout=60_000)


def all_columns_scroll_in_their_table(desk: Page) -> None:
    """Look at all columns, where the page is no wider than its window, and go back."""
    desk.get_by_role("link", name="Show all columns").click()
    expect(desk.locator("[name=cell-5-M]")).to_be_attached()
    assert desk.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert desk.get_by_role("region", name="Rows to check").evaluate("table => table.scrollWidth > table.clientWidth")
    desk.go_back()


def read_by_axe(desk: Page, script: bool) -> None:
    """Let axe read the page on a desk and on a phone; it is a script itself."""
    if script:
        assert faults(desk) == {}
