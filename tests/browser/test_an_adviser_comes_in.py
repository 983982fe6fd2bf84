"""An administrator invites a mayor's adviser, who opens the account and signs in; without JavaScript, and under axe."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from kb.accounts.models import User
from kb.db import Database
from tests.factories import PASSWORD, make_city, make_user

from .test_everyone_can_read_every_page import RULES

# A site that people write to: SQLite alone, since what is looked at here is the browser.
NEW = "seven quiet harbours"


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    return sqlite_database


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The address of a site of the test's own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def boss(session: Session) -> User:
    """An administrator."""
    make_city(session, "Made-up Haven", slug="made-up-haven")
    boss = make_user(session, "administrator", name="Made-up Administrator", email="boss@city.example")
    session.commit()
    return boss


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
    """A window of its own."""
    contexts = []

    def open_one(**options: Any) -> Page:
        context = browser.new_context(base_url=site, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.browser
def test_an_invited_adviser_opens_the_account_and_signs_in_without_javascript(
    open_page: Callable[..., Page], boss: User
) -> None:
    desk = open_page(java_script_enabled=False)
    sign_in(desk, boss.email, PASSWORD)
    desk.goto("/desk/people")
    desk.get_by_role("link", name="Invite somebody").click()
    desk.get_by_label("Name", exact=True).fill("Made-up Adviser")
    desk.get_by_label("E-mail").fill("adviser@city.example")
    desk.get_by_label("City (if any)").fill("made-up-haven")
    desk.get_by_role("button", name="Invite").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Made-up Adviser")
    link = desk.get_by_label("Link").input_value()

    theirs = open_page(java_script_enabled=False)
    theirs.goto(link)
    theirs.get_by_label("Password").fill("password123")
    theirs.get_by_role("button", name="Open my account").click()
    expect(theirs.get_by_role("alert")).to_contain_text("easy to guess")
    expect(theirs.get_by_label("Your name")).to_have_value("Made-up Adviser")
    theirs.get_by_label("Password").fill(NEW)
    theirs.get_by_role("button", name="Open my account").click()
    menu = theirs.locator("summary", has_text="Made-up Adviser")
    menu.click()
    theirs.get_by_role("button", name="Sign out").click()
    expect(theirs.get_by_role("link", name="Sign in")).to_be_visible()

    theirs.goto("/account")
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Sign in")
    theirs.get_by_label("E-mail").fill("adviser@city.example")
    theirs.get_by_label("Password").fill(NEW)
    theirs.get_by_role("button", name="Sign in").click()
    expect(theirs.get_by_role("heading", level=1)).to_have_text("Your account")


@pytest.mark.browser
def test_what_was_typed_survives_an_ended_sign_in_without_javascript(
    open_page: Callable[..., Page], boss: User
) -> None:
    page = open_page(java_script_enabled=False)
    sign_in(page, boss.email, PASSWORD)
    page.goto("/desk/people/invite")
    page.get_by_label("Name", exact=True).fill("Made-up Late")
    page.get_by_label("E-mail").fill("late@city.example")
    page.context.clear_cookies()
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_role("status")).to_contain_text("What you typed is kept")
    page.get_by_label("E-mail").fill(boss.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Made-up Late")


@pytest.mark.browser
def test_a_summary_of_errors_is_where_the_keyboard_is_and_leads_to_the_field(
    open_page: Callable[..., Page], boss: User
) -> None:
    page = open_page()
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("link", name="Password: Please fill this in.").click()
    expect(page.get_by_label("Password")).to_be_focused()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_people_sign_in_and_are_looked_after(
    open_page: Callable[..., Page], boss: User, scheme: str, width: int
) -> None:
    # The policy is lifted for axe alone, which must be put into the page.
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    found: dict[str, str] = {}

    def look(name: str) -> None:
        result = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        for violation in result.response["violations"]:
            found[f"{name} {violation['id']}"] = violation["nodes"][0]["html"][:200]
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), name

    for path in ("/sign-in", "/sign-in/forgotten", "/sign-in/new-password/over"):
        page.goto(path)
        look(path)
    sign_in(page, "", "")
    look("errors")
    sign_in(page, boss.email, PASSWORD)
    page.locator(".person-menu summary").click()
    look("menu")
    page.goto("/desk/people/invite")
    page.get_by_role("button", name="Invite").click()
    look("errors of an invitation")
    page.get_by_label("Name", exact=True).fill("Made-up Adviser")
    page.get_by_label("E-mail").fill("adviser@city.example")
    page.get_by_role("button", name="Invite").click()
    look("person")
    link = page.get_by_label("Link").input_value()
    for path in ("/account", "/desk/people", "/desk/people?q=nobody", "/desk/audit", link):
        page.goto(path)
        look(path)
    assert found == {}
