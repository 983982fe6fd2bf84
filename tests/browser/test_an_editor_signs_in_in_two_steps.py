"""An editor adds a passkey and signs in with it, by Chromium's own authenticator, under axe."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from kb.accounts.models import User
from tests.factories import PASSWORD, make_user

from .browser_pages import Visit, faults, picture, sign_in


@pytest.fixture
def site(own_site: str) -> str:
    """The address of a site of the test's own, by a name, since passkeys belong to one."""
    return own_site.replace("127.0.0.1", "localhost")


@pytest.fixture
def editor(session: Session) -> User:
    """An editor with a password."""
    editor = make_user(session, "editor", name="Made-up Editor", email="editor@city.example")
    session.commit()
    return editor


def with_authenticator(page: Page) -> None:
    """Give a window a device that keeps passkeys and always agrees."""
    client = page.context.new_cdp_session(page)
    client.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    client.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def first_step(page: Page, person: User) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Second step of sign-in")


def sign_out(page: Page) -> None:
    page.locator(".person-menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_passkey_is_added_and_signs_in(visit: Visit, editor: User) -> None:
    page = visit("/sign-in")
    with_authenticator(page)
    sign_in(page, editor.email)
    page.goto("/account")
    page.get_by_role("link", name="Set up a second step").click()
    page.get_by_role("link", name="Add a passkey").click()
    found = faults(page, "new passkey")
    page.get_by_label("Name").fill("Made-up laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("textbox", name="Recovery codes")).to_have_value(re.compile(r"^(\w\w-\w{5}-\w{5}\s?){10}$"))
    found |= faults(page, "recovery codes")
    picture(page, "recovery-codes")
    page.get_by_role("link", name="I have saved the codes").click()
    expect(page.get_by_role("rowheader", name="Made-up laptop")).to_be_visible()
    found |= faults(page, "second factors")
    picture(page, "second-factors")
    # The device has one for this account already, and says so.
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("Your device did not answer")
    expect(page.get_by_role("button", name="Add a passkey")).to_be_focused()
    sign_out(page)

    first_step(page, editor)
    found |= faults(page, "second step")
    picture(page, "second-step")
    page.get_by_role("button", name="Use a passkey").press("Enter")
    expect(page.locator(".person-menu")).to_be_attached()
    expect(page).to_have_url(re.compile("/desk$"))

    # Another browser, whose device does not have it.
    other = visit("/sign-in")
    with_authenticator(other)
    first_step(other, editor)
    other.get_by_role("button", name="Use a passkey").click()
    expect(other.get_by_role("alert")).to_contain_text("Your device did not answer")
    other.goto("/desk")
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert found == {}
