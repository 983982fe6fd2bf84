"""An editor brings a spreadsheet in: maps a column, reads what is wrong, goes on, and undoes it again."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from config import Config
from kb.app import create_app
from kb.core.db import Database
from tests.factories import make_user
from tests.spreadsheets import HEADING, as_csv, rows

from .browser_pages import served, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(browser: Browser, seeded_config: Config, tmp_path: Path) -> Iterator[Page]:
    """An editor signed in at a seeded site of the test's own, since it is written to."""
    file = tmp_path / "own.sqlite3"
    shutil.copy(seeded_config.database_url.removeprefix("sqlite:///"), file)
    config = Config(database_url=f"sqlite:///{file}", search_index=tmp_path / "index", development=True)
    database = Database(config.database_url)
    with database.writing() as session:
        editor = make_user(session, role="editor")
    database.dispose()
    app = create_app(config)
    with served(app) as site:
        context = browser.new_context(base_url=site)
        page = context.new_page()
        sign_in(page, editor.email)
        yield page
        context.close()
    app.extensions["kb_imports"].wait()
    app.extensions["kb_search"].close()
    app.extensions["kb_database"].dispose()


def hurdles(page: Page) -> list[str]:
    return [violation["id"] for violation in Axe().run(page).response["violations"]]


def test_an_editor_brings_a_spreadsheet_in_and_undoes_it(desk: Page, tmp_path: Path) -> None:
    lines = list(rows(20))
    lines[3][2] = "Atlantis"
    lines[5][8] = lines[6][8] = "Flying beacons"
    file = tmp_path / "network.csv"
    file.write_bytes(as_csv(lines, ";", ("Project ID", "What it is called", *HEADING[2:])))
    desk.goto("/desk/imports")
    assert hurdles(desk) == []
    desk.get_by_label("File", exact=True).set_input_files(file)
    desk.get_by_role("button", name="Upload and check").click()
    desk.get_by_label("What it is called").select_option(label="Title")
    assert hurdles(desk) == []
    desk.get_by_role("button", name="Check the rows").click()
    expect(desk.get_by_role("heading", name="Result of the check")).to_be_visible(timeout=60_000)
    expect(desk.get_by_role("link", name="17 Added")).to_be_visible()
    assert hurdles(desk) == []
    desk.get_by_label("Flying beacons").select_option(label="Sensors and connected devices")
    desk.get_by_role("button", name="Check again with these meanings").click()
    expect(desk.get_by_role("link", name="19 Added")).to_be_visible(timeout=60_000)
    expect(desk.get_by_text("No place over 15,000 people is called Atlantis")).to_be_visible()
    desk.get_by_role("button", name="Import as proposals").click()
    expect(desk.get_by_role("button", name="Undo the whole import")).to_be_visible(timeout=60_000)
    desk.goto("/desk/queue")
    expect(desk.get_by_text("Made-up project 1:")).to_be_visible()
    desk.goto("/desk/imports")
    desk.get_by_role("link", name="network.csv").click()
    desk.get_by_role("button", name="Undo the whole import").click()
    expect(desk.locator(".import-state").first).to_have_text("Undone")
    desk.goto("/desk/queue")
    expect(desk.get_by_text("Made-up project 1:")).to_have_count(0)
