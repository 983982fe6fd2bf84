"""An administrator invites a mayor's adviser, who opens the account and signs in; without JavaScript, and under axe."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from kb.accounts import actions
from kb.accounts.models import User
from kb.core.db import Database
from tests.factories import PASSWORD, make_city, make_user

from .browser_pages import Visit, faults, sign_in

NEW = "seven quiet harbours"


@pytest.fixture
def site(own_site: str) -> str:
    return own_site


@pytest.fixture
def boss(session: Session) -> User:
    """An administrator."""
    make_city(session, "Made-up Haven", slug="made-up-haven")
    boss = make_user(session, "administrator", name="Made-up Administrator", email="boss@city.example")
    session.commit()
    return boss


def test_an_invited_adviser_opens_the_account_and_signs_in_without_javascript(visit: Visit, boss: User) -> None:
    desk = visit("/sign-in", java_script_enabled=False)
    sign_in(desk, boss.email)
    desk.goto("/desk/people")
    desk.get_by_role("link", name="Invite a person").click()
    desk.get_by_label("Name", exact=True).fill("Made-up Adviser")
    desk.get_by_label("E-mail").fill("adviser@city.example")
    desk.get_by_label("City (optional)").fill("made-up-haven")
    desk.get_by_role("button", name="Invite").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Made-up Adviser")
    link = desk.get_by_label("Link").input_value()

    theirs = visit(link, java_script_enabled=False)
    theirs.get_by_label("Password").fill("password123")
    theirs.get_by_role("button", name="Create my account").click()
    expect(theirs.get_by_role("alert")).to_contain_text("easy to guess")
    expect(theirs.get_by_label("Your name")).to_have_value("Made-up Adviser")
    theirs.get_by_label("Password").fill(NEW)
    theirs.get_by_role("button", name="Create my account").click()
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


def test_what_was_typed_survives_an_ended_sign_in_without_javascript(
    visit: Visit, boss: User, database: Database
) -> None:
    page = visit("/sign-in", java_script_enabled=False)
    sign_in(page, boss.email)
    page.goto("/desk/new/initiative")
    page.get_by_label("Title").fill("Made-up late initiative")
    with database.writing() as session:
        actions.sign_out_everywhere(session, session.get_one(User, boss.id), session.get_one(User, boss.id))
    page.get_by_role("button", name="Save and continue").click()
    expect(page.get_by_role("status")).to_contain_text("Your text is kept")
    page.get_by_label("E-mail").fill(boss.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("main")).to_contain_text("Made-up late initiative")


def test_a_summary_of_errors_is_where_the_keyboard_is_and_leads_to_the_field(visit: Visit, boss: User) -> None:
    page = visit("/sign-in")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("link", name="Password: Please fill this in.").click()
    expect(page.get_by_label("Password")).to_be_focused()


def test_axe_finds_nothing_where_people_sign_in_and_are_looked_after(visit: Visit, boss: User) -> None:
    page = visit("/sign-in")
    found: dict[str, str] = {}
    for path in ("/sign-in", "/sign-in/forgotten", "/sign-in/new-password/over"):
        page.goto(path)
        found |= faults(page)
    page.goto("/sign-in")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found |= faults(page, "errors")
    sign_in(page, boss.email)
    page.locator(".person-menu summary").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    found |= faults(page, "menu")
    for path in ("/account/data", "/account/erase"):
        page.goto(path)
        found |= faults(page)
    page.goto("/desk/personal-data")
    page.get_by_label("E-mail address").fill(boss.email)
    page.get_by_role("button", name="Show the data").click()
    expect(page.get_by_role("button", name="Erase this person")).to_be_visible()
    found |= faults(page, "data of a person")
    page.goto("/desk/people/invite")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_role("alert")).to_be_visible()
    found |= faults(page, "errors of an invitation")
    page.get_by_label("Name", exact=True).fill("Made-up Adviser")
    page.get_by_label("E-mail").fill("adviser@city.example")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Made-up Adviser")
    found |= faults(page, "person")
    link = page.get_by_label("Link").input_value()
    second_step = ("/account/second-step/app", "/account/confirm")
    for path in ("/account", *second_step, "/desk/people", "/desk/people?q=nobody", "/desk/audit", link):
        page.goto(path)
        found |= faults(page)
    page.goto("/account/keys")
    page.get_by_label("Name").fill("Made-up program")
    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_label("Key", exact=True)).to_have_value(re.compile("^kb_[0-9a-f_]{75}$"))
    found |= faults(page, "keys")
    assert found == {}
