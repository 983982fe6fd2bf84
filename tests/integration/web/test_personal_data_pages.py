"""A person's data on pages: read, downloaded and erased by themselves, by an administrator, and by a link in a mail."""

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import AuditEvent, User
from kb.accounts.queries import plain_email
from kb.alerts.models import Alert
from kb.core.db import Database
from kb.core.mail import Email
from kb.privacy.erasure import erase_person
from kb.privacy.signed_links import ticket_for
from kb.questions.models import CityQuestion
from kb.web.accounts.views import personal_data
from tests.factories import PASSWORD, ask_city, make_city, make_user
from tests.sign_in import send, signed_in, token_in

READER = "reader@bay.example"


@pytest.fixture
def reader(session: Session) -> CityQuestion:
    """Somebody without an account, who asked a city and gets mails."""
    question = ask_city(session, make_city(session), email=READER, name="Made-up Reader")
    session.add(Alert(email=READER, question="q=flood", words="flood", language="en", frequency="daily", stamp="s"))
    session.commit()
    return question


def test_people_read_and_download_what_is_kept_of_them(client: FlaskClient, session: Session) -> None:
    person = make_user(session, organisation="Made-up Office")
    session.commit()
    signed_in(client, person)
    page = client.get("/account/data")
    assert page.status_code == 200
    assert "Made-up Office" in page.text
    assert "signed in" in page.text
    file = client.get("/account/data.json")
    assert file.mimetype == "application/json"
    assert "attachment" in file.headers["Content-Disposition"]
    assert "no-store" in file.headers["Cache-Control"]
    given = json.loads(file.text)
    assert given["account"][0]["email"] == person.email


def test_people_erase_themselves_by_their_password(client: FlaskClient, session: Session) -> None:
    person = make_user(session)
    number, name = person.id, person.name
    session.commit()
    signed_in(client, person)
    wrong = send(client, "/account/erase", old_password="another password")
    assert wrong.status_code == 422
    assert "another password" not in wrong.text
    done = send(client, "/account/erase", old_password=PASSWORD)
    assert (done.status_code, done.headers["Location"]) == (303, "/privacy")
    assert "Your account was erased." in client.get("/privacy").text
    assert client.get("/account").status_code == 302
    session.rollback()
    assert session.scalar(select(User.id).where(User.id == number)) is None
    event = session.scalars(select(AuditEvent).where(AuditEvent.verb == "erase-person")).one()
    assert event.actor_name is None
    assert session.scalars(select(AuditEvent).where(AuditEvent.actor_name == name)).all() == []


def test_whoever_has_no_password_confirms_by_the_address_soon_after_signing_in(
    client: FlaskClient, session: Session
) -> None:
    person = make_user(session)
    session.commit()
    signed_in(client, person)
    session.get_one(User, person.id, populate_existing=True).password_hash = None
    session.commit()
    assert send(client, "/account/erase", email="other@city.example").status_code == 422
    with client.session_transaction() as cookie:
        signed_in_at = cookie.pop("confirmed")
    left_open = send(client, "/account/erase", email=person.email)
    assert left_open.status_code == 409
    assert "sign out and in again" in left_open.text
    with client.session_transaction() as cookie:
        cookie["confirmed"] = signed_in_at
    assert send(client, "/account/erase", email=person.email.upper()).status_code == 303


def test_the_last_administrator_is_told_why_the_account_stays(client: FlaskClient, session: Session) -> None:
    person = make_user(session, "administrator")
    session.commit()
    signed_in(client, person)
    answer = send(client, "/account/erase", old_password=PASSWORD)
    assert answer.status_code == 409
    assert "This is the last administrator who can sign in." in answer.text
    assert client.get("/account").status_code == 200


def test_an_administrator_gives_and_erases_data_of_a_reader(
    client: FlaskClient, session: Session, reader: CityQuestion
) -> None:
    administrator = make_user(session, "administrator")
    session.commit()
    signed_in(client, administrator)
    ask = "/desk/personal-data"
    assert send(client, ask, email="nobody@bay.example").status_code == 404
    assert send(client, ask, email="no address").status_code == 422
    shown = send(client, ask, email=f" {READER.upper()} ")
    assert "Made-up Reader" in shown.text
    file = send(client, f"{ask}/file", ask, email=READER)
    assert json.loads(file.text)["questions"][0]["asker_name"] == "Made-up Reader"
    wrong = send(client, f"{ask}/erase", ask, email=READER, again="other@bay.example")
    assert wrong.status_code == 422
    assert "Made-up Reader" in wrong.text
    assert send(client, f"{ask}/erase", ask, email=READER, again=READER).status_code == 303
    session.rollback()
    assert session.get_one(CityQuestion, reader.id, populate_existing=True).email is None
    assert session.scalars(select(Alert)).all() == []
    verbs = session.scalars(select(AuditEvent.verb).where(AuditEvent.actor_id == administrator.id)).all()
    assert verbs[-2:] == ["export-person", "erase-person"]


def test_an_administrator_who_is_erased_meanwhile_erases_nobody(
    client: FlaskClient, session: Session, database: Database, reader: CityQuestion, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss, _other = make_user(session, "administrator"), make_user(session, "administrator")
    session.commit()
    token = token_in(signed_in(client, boss).get("/desk/personal-data").text)

    def erase_then_plain(address: str) -> str:
        with database.writing(alone=True) as writing:
            erase_person(writing, boss.email)
        return plain_email(address)

    monkeypatch.setattr(personal_data, "plain_email", erase_then_plain)
    fields = {"email": READER, "again": READER, "csrf_token": token}
    assert client.post("/desk/personal-data/erase", data=fields).status_code == 401
    session.rollback()
    assert session.scalars(select(CityQuestion.email)).all() == [READER]


def test_a_reader_gets_a_link_by_mail_and_erases_the_address(
    client: FlaskClient, session: Session, reader: CityQuestion, app_with_mail_in: list[Email]
) -> None:
    assert send(client, "/privacy/data", email=READER).status_code == 303
    (letter,) = app_with_mail_in
    assert letter.to == READER
    path = re.search(r"/privacy/data/\S+", letter.text)
    assert path
    page = client.get(path[0])
    assert "Made-up Reader" in page.text
    assert json.loads(client.get(f"{path[0]}/file").text)["alerts"][0]["words"] == "flood"
    assert send(client, f"{path[0]}/erase", path[0]).status_code == 303
    session.rollback()
    assert session.get_one(CityQuestion, reader.id, populate_existing=True).asker_name is None
    assert "No data is stored." in client.get(path[0]).text


@pytest.fixture
def app_with_mail_in(app: Flask, letters: list[Email]) -> list[Email]:
    """The letters of a site that can send mail."""
    assert app.extensions["kb_mail"].can_send
    return letters


def test_a_link_opens_no_account(app: Flask, client: FlaskClient, session: Session) -> None:
    person = make_user(session, organisation="Made-up Office")
    session.commit()
    path = f"/privacy/data/{ticket_for(app.config['KB'].secret_key, person.email)}"
    page = client.get(path)
    assert "Made-up Office" not in page.text
    assert "There is an account with this e-mail address." in page.text
    assert "Made-up Office" not in client.get(f"{path}/file").text
    assert send(client, f"{path}/erase", "/privacy/data").status_code == 409
    session.rollback()
    assert session.scalar(select(User.id).where(User.id == person.id)) == person.id


def test_a_link_that_is_none_of_ours_opens_nothing(client: FlaskClient) -> None:
    for path in ("/privacy/data/made-up", "/privacy/data/made-up/file"):
        answer = client.get(path)
        assert answer.status_code == 410
        assert "This link no longer works" in answer.text
        assert "Ask for a new one" in answer.text
