"""An organiser drafts a session, finds leaders while typing, puts the run of show in order by keyboard and by mouse,
announces it, and reads the chair's brief; axe reads all of it.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from config import Config
from kb.app import create_app
from kb.core.db import Database
from tests.factories import make_user

from .browser_pages import PHONE, Visit, faults, let_in, served


@pytest.fixture
def own_config(seeded_config: Config, tmp_path: Path) -> Config:
    """The seeded site in a database of the test's own."""
    file = tmp_path / "site.sqlite3"
    shutil.copy(seeded_config.database_url.removeprefix("sqlite:///"), file)
    return replace(seeded_config, database_url=f"sqlite:///{file}", search_index=tmp_path / "index")


@pytest.fixture
def organiser(own_config: Config) -> str:
    """The address of an organiser who may sign in there."""
    database = Database(own_config.database_url)
    with database.writing() as session:
        email = make_user(session, "editor").email
    database.dispose()
    return email


@pytest.fixture
def site(own_config: Config) -> Iterator[str]:
    """The address of that site."""
    app = create_app(own_config)
    # Made before the first visitor asks, as where the site is served.
    _ = app.extensions["kb_peers"].gazetteer
    with served(app) as address:
        yield address
    app.extensions["kb_search"].close()
    app.extensions["kb_database"].dispose()


@pytest.fixture
def at_desk(visit: Visit, organiser: str) -> Visit:
    """Open the site as the organiser."""

    def open_desk(**options: Any) -> Page:
        page = visit("/robots.txt", **options)
        let_in(page, organiser)
        return page

    return open_desk


def draft(page: Page) -> None:
    page.goto("/desk/forum/new")
    page.get_by_label("Title").fill("Made-up dialogue on water")
    page.get_by_label("New event").fill("Made-up Forum")
    page.get_by_label("Day").fill("2027-06-01")
    page.get_by_label("Time", exact=True).fill("14:30")
    page.get_by_label("Minutes").fill("60")
    page.get_by_label("Language 1").select_option("French")
    page.get_by_label("Language 2").select_option("Portuguese")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Made-up dialogue on water")


def add_leader(page: Page, typed: str, name: str) -> None:
    page.get_by_role("link", name="Add a speaker or chair").click()
    page.get_by_label("Find a person").press_sequentially(typed)
    page.locator("#found").get_by_role("link", name=name).click()
    expect(page.get_by_label("Name", exact=True)).to_have_value(name)
    page.get_by_role("button", name="Save", exact=True).click()


def look_up_a_city_without_a_page(page: Page) -> None:
    page.get_by_role("link", name="Add a speaker or chair").click()
    page.get_by_role("combobox", name=re.compile("^City")).press_sequentially("Beira")
    page.get_by_role("option", name=re.compile("^Beira ?Mozambique")).click()
    expect(page.get_by_role("combobox", name=re.compile("^City"))).to_have_value("Beira")
    expect(page.get_by_label("Country")).to_have_value("MZ")
    page.go_back()


def expect_kinds(page: Page, first: int, *kinds: str) -> None:
    """Wait until the run of show has these kinds of slots from the one with that number, counted from 0."""
    for number, kind in enumerate(kinds, first):
        expect(page.locator(".desk-show .show-kind").nth(number)).to_have_text(kind)


def test_a_session_is_prepared_from_draft_to_announcement(at_desk: Visit) -> None:
    # High enough that a row is dragged without scrolling.
    page = at_desk(viewport={"width": 1280, "height": 1600})
    draft(page)
    look_up_a_city_without_a_page(page)
    add_leader(page, "freetown", "Yvonne Aki-Sawyerr")
    add_leader(page, "surabaya", "Tri Rismaharini")
    expect(page.locator(".desk-rows").first).to_contain_text("Mayor (former)")
    page.get_by_role("button", name="Add the usual programme").click()
    expect_kinds(page, 0, "Opening", "Thematic presentation", "How the session will go", "Introduction", "Talk")

    button = page.get_by_role("button", name=re.compile("^Down How the session will go"))
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Moved to place 4 of 12.")).to_be_attached()
    expect_kinds(page, 2, "Introduction", "How the session will go")
    expect(page.get_by_role("button", name=re.compile("^Down How the session will go"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Moved to place 5 of 12.")).to_be_attached()

    rows = page.locator(".desk-show > li")
    rows.nth(4).drag_to(rows.nth(0))
    expect(page.get_by_role("status").filter(has_text="Moved to place 1 of 12.")).to_be_attached()
    expect_kinds(page, 0, "How the session will go")
    page.reload()
    expect_kinds(page, 0, "How the session will go")
    expect(rows.nth(0).locator(".show-time")).to_contain_text("14:30")

    minutes = page.get_by_label("Minutes of Opening")
    minutes.fill("9")
    minutes.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Saved. The session now takes")).to_be_attached()
    expect(minutes).to_have_value("9")
    expect(minutes).to_be_focused()
    minutes.fill("many")
    minutes.press("Tab")
    expect(page.get_by_role("alert")).to_have_text("This is not a whole number.")
    expect(minutes).to_have_value("many")
    expect(minutes).to_be_focused()
    minutes.fill("8")
    minutes.press("Tab")
    expect(page.locator("#length")).to_contain_text("in all")
    expect(minutes).to_have_attribute("value", "8")
    page.reload()
    expect(minutes).to_have_value("8")

    page.get_by_role("button", name="Announce", exact=True).click()
    page.get_by_role("link", name="Public page").click()
    expect(page.locator("main")).to_contain_text("Yvonne Aki-Sawyerr")
    expect(page.locator(".glance")).to_contain_text("French, Portuguese")


def test_what_is_typed_before_the_script_comes_is_found_when_it_comes(at_desk: Visit) -> None:
    page = at_desk()
    draft(page)
    slow: list[Route] = []
    page.route("**/js/find.js*", lambda route: slow.append(route))  # noqa: PLW0108 - Playwright takes no built-in
    with page.expect_request("**/js/find.js*"):
        page.get_by_role("link", name="Add a speaker or chair").click()
    page.get_by_label("Find a person").press_sequentially("freetown")
    expect(page.locator("#found").get_by_role("link", name="Yvonne Aki-Sawyerr")).to_have_count(0)
    slow[0].continue_()
    expect(page.locator("#found").get_by_role("link", name="Yvonne Aki-Sawyerr")).to_be_visible()


def test_without_javascript_the_same_buttons_work(at_desk: Visit) -> None:
    page = at_desk(java_script_enabled=False)
    draft(page)
    page.get_by_role("link", name="Add a speaker or chair").click()
    page.get_by_label("Find a person").fill("amman")
    page.get_by_role("button", name="Find").click()
    page.locator("#found").get_by_role("link", name="Yousef Shawarbeh").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Add the usual programme").click()
    page.get_by_role("button", name=re.compile("^Down Opening")).click()
    expect_kinds(page, 0, "Thematic presentation", "Opening")
    page.get_by_label("Minutes of Opening").fill("12")
    page.get_by_role("button", name="Save Minutes of Opening").click()
    expect(page.get_by_label("Minutes of Opening")).to_have_attribute("value", "12")


def test_axe_finds_nothing_at_the_desk_of_the_forum(at_desk: Visit) -> None:
    page = at_desk()
    draft(page)
    add_leader(page, "freetown", "Yvonne Aki-Sawyerr")
    add_leader(page, "surabaya", "Tri Rismaharini")
    page.get_by_role("button", name="Add the usual programme").click()
    slot = page.get_by_role("link", name=re.compile("^Edit Talk")).first.get_attribute("href")
    here = page.url
    leaving = page.get_by_role("link", name=re.compile("^Remove Yvonne")).get_attribute("href")
    paths = [
        "/desk/forum", "/desk/forum/new", here, f"{here}/details", f"{here}/speakers/new?q=cape", slot,
        f"{here}/statements/new", f"{here}/brief", leaving, f"{here.replace('/desk', '')}/chairs", "/desk/questions",
        "/forum",
        "/forum/smart-city-leaders-talk-safe-smart-cities-and-climate-frustration",
        "/forum/mayors-dialogue-smart-cities-drivers-of-innovative-sustainable-development",
    ]  # fmt: skip
    found: dict[str, str] = {}
    for path in paths:
        page.goto(str(path))
        found |= faults(page)
    assert found == {}


def test_the_list_of_sessions_at_the_desk_fits_a_phone(at_desk: Visit) -> None:
    page = at_desk(**PHONE)
    page.goto("/desk/forum")
    rows = page.locator(".desk-rows > li")
    expect(rows).to_have_count(2)
    for row in rows.all():
        expect(row.locator(".state")).to_be_in_viewport(ratio=1) if row == rows.first else None
        assert row.evaluate("row => row.scrollWidth <= row.clientWidth")
    assert page.locator(".desk").evaluate(
        "desk => [...desk.querySelectorAll('*')].every(one => one.scrollWidth <= innerWidth)"
    )
