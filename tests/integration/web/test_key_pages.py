"""The page of one's own keys for programs: made, shown once, listed and revoked by their owner alone."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts import api_keys
from kb.accounts.api_keys import ApiKeys
from kb.accounts.models import ApiKey, User
from kb.core.db import Database
from kb.core.mail import Email
from tests.factories import make_user
from tests.sign_in import send, signed_in, token_in

from .page_readers import words_of

FORM = {"name": "Made-up program", "days": "90", "scope_read": "1", "scope_draft": "1"}


@pytest.fixture
def person(session: Session) -> User:
    """A contributor."""
    person = make_user(session)
    session.commit()
    return person


@pytest.fixture
def browser(client: FlaskClient, person: User) -> FlaskClient:
    """The contributor's browser."""
    return signed_in(client, person)


def key_in(page: str) -> str | None:
    match = re.search(r'id="made"[^>]*>([^<]+)<', page)
    return match and match[1]


def keys_in(database: Database) -> list[ApiKey]:
    with database.reading() as session:
        return list(session.scalars(select(ApiKey).order_by(ApiKey.id)))


def filled(page: str, **changed: str) -> dict[str, str]:
    """The form with the keys of this page."""
    match = re.search(r'name="submission" value="([^"]+)"', page)
    assert match
    return {**FORM, **changed, "csrf_token": token_in(page), "submission": match[1]}


def test_a_key_is_shown_once_and_can_be_revoked(
    browser: FlaskClient, database: Database, person: User, letters: list[Email]
) -> None:
    page = browser.post("/account/keys", data=filled(browser.get("/account/keys").text))
    key = key_in(page.text)
    assert page.status_code == 201
    assert page.headers["Cache-Control"] == "private, no-store"
    assert key
    with database.reading() as session:
        row = ApiKeys(browser.application.config["SECRET_KEY"]).find(session, key)
        assert (row.user_id, row.scopes, (row.expires_at - row.created_at).days) == (person.id, ["read", "draft"], 90)
    assert [(letter.to, "Made-up program" in letter.text, key[14:] in letter.text) for letter in letters] == [
        (person.email, True, False)
    ]
    again = browser.get("/account/keys").text
    assert key[14:] not in again
    assert key[:13] in again
    assert "Never" in again
    answer = send(browser, f"/account/keys/{row.id}/revoke", "/account/keys")
    assert (answer.status_code, answer.location) == (303, "/account/keys")
    after = words_of(browser.get("/account/keys").text)
    assert "The key “Made-up program” is revoked." in after
    assert "Revoked" in after


def test_who_clicks_twice_gets_one_key_and_sees_it(
    browser: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = filled(browser.get("/account/keys").text)
    pages = [browser.post("/account/keys", data=form) for _ in range(2)]
    assert len(keys_in(database)) == 1
    assert key_in(pages[0].text) == key_in(pages[1].text) is not None
    changed = browser.post("/account/keys", data={**form, "name": "Made-up other"})
    assert key_in(changed.text) not in {None, key_in(pages[0].text)}
    monkeypatch.setattr(api_keys, "SHOWN_FOR", -api_keys.SHOWN_FOR)
    late = browser.post("/account/keys", data=form)
    assert (late.status_code, late.location) == (303, "/account/keys")
    assert len(keys_in(database)) == 2


def test_a_form_that_lacks_something_comes_back_as_it_was(browser: FlaskClient, database: Database) -> None:
    page = browser.get("/account/keys").text
    nothing = browser.post("/account/keys", data={"csrf_token": token_in(page), "scope_submit": "0", "days": "4000"})
    assert nothing.status_code == 422
    assert "3 things to correct" in words_of(nothing.text) or "2 things to correct" in words_of(nothing.text)
    told = words_of(nothing.text)
    assert "Please choose how long the key works." in told
    without = {name: value for name, value in filled(page).items() if not name.startswith("scope_")}
    refused = browser.post("/account/keys", data=without)
    assert refused.status_code == 422
    assert "Please choose at least one thing that the program may do." in words_of(refused.text)
    assert 'value="Made-up program"' in refused.text
    assert keys_in(database) == []


def test_keys_are_their_owners_alone(browser: FlaskClient, session: Session, database: Database) -> None:
    browser.post("/account/keys", data=filled(browser.get("/account/keys").text))
    (row,) = keys_in(database)
    boss = make_user(session, "administrator")
    session.commit()
    theirs = signed_in(browser.application.test_client(), boss)
    assert "Made-up program" not in theirs.get("/account/keys").text
    assert send(theirs, f"/account/keys/{row.id}/revoke", "/account/keys").status_code == 404
    assert keys_in(database)[0].revoked_at is None


def test_a_person_with_all_keys_there_can_be_is_told_so(
    browser: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "MOST_KEYS", 0)
    refused = browser.post("/account/keys", data=filled(browser.get("/account/keys").text))
    assert refused.status_code == 409
    assert "First revoke one that you no longer use." in words_of(refused.text)
    assert 'value="Made-up program"' in refused.text
    assert keys_in(database) == []
