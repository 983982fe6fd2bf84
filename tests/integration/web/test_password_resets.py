"""A forgotten password: a link by real mail, which works once; and nobody learns who has an account."""

import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts import signed_links
from kb.accounts.models import AuditEvent, User
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.mail import Email
from kb.web.accounts.views import mailed_links
from tests.factories import PASSWORD, make_user
from tests.sign_in import send, signed_in_by_form, token_in
from tests.smtp_server import Mailbox, link_in

NEW = "seven quiet harbours"
ASK = "/sign-in/forgotten"


@pytest.fixture
def app(app_with_mail: Flask) -> Flask:
    """The site in production, with mail."""
    return app_with_mail


@pytest.fixture
def adviser(session: Session) -> User:
    """A mayor's adviser who forgot the password."""
    adviser = make_user(session, email="adviser@city.example")
    session.commit()
    return adviser


def mailed_link(app: Flask, arrived: Mailbox) -> str:
    """The path in the only letter, once it has arrived."""
    app.extensions["kb_mail"].close()
    (letter,) = arrived.messages
    return link_in(letter)


@pytest.mark.both_databases
def test_a_link_comes_by_mail_and_lets_its_reader_choose_a_new_password_once(
    app: Flask, arrived: Mailbox, adviser: User, database: Database
) -> None:
    elsewhere = signed_in_by_form(app.test_client(), adviser)
    client = app.test_client()
    asked = send(client, ASK, None, email=" Adviser@City.Example")
    assert "we have sent a link to it" in client.get(asked.headers["Location"]).text
    link = mailed_link(app, arrived)
    assert arrived.messages[0]["To"] == "adviser@city.example"

    page = client.get(link)
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cache-Control"] == "private, no-store"
    assert client.get(link).status_code == 200, "looking at it does not use it up"
    assert "easy to guess" in send(client, link, None, password="password123").text
    late = client.post(link, data={"password": NEW, "csrf_token": "old"})
    assert late.status_code == 400
    assert NEW not in late.text
    assert send(client, link, None, password=NEW).status_code == 303
    assert client.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302, "other browsers are signed out"
    assert client.get(link).status_code == 410
    assert (
        client.post(link, data={"password": NEW, "csrf_token": token_in(client.get("/account").text)}).status_code
        == 410
    )
    signed_in_by_form(app.test_client(), adviser, NEW)
    with database.reading() as reading:
        verbs = list(reading.scalars(select(AuditEvent.verb).order_by(AuditEvent.id)))
    assert verbs == ["sign-in", "ask-reset", "reset-password", "sign-in", "sign-in"]


def test_the_answer_is_the_same_where_there_is_no_account(app: Flask, arrived: Mailbox, session: Session) -> None:
    make_user(session, email="closed@city.example", disabled_at=now())
    make_user(session, email="open@city.example")
    session.commit()
    answers = []
    for email in ("nobody@city.example", "closed@city.example", "open@city.example"):
        client = app.test_client()
        asked = send(client, ASK, None, email=email)
        page = client.get(asked.headers["Location"]).text
        page = re.sub(r'nonce="[^"]+"', "", page.replace(token_in(page), ""))
        answers.append((asked.status_code, asked.headers["Location"], page))
    assert answers[0] == answers[1] == answers[2]
    app.extensions["kb_mail"].close()
    assert [letter["To"] for letter in arrived.messages] == ["open@city.example"]


def test_the_letter_is_sent_once_the_answer_was_given(
    app: Flask, adviser: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters: list[Email] = []
    monkeypatch.setattr(app.extensions["kb_mail"], "send_later", letters.append)
    client = app.test_client()
    asked = client.post(ASK, data={"email": adviser.email, "csrf_token": token_in(client.get(ASK).text)})
    assert (asked.status_code, letters) == (303, [])
    asked.close()
    assert [letter.to for letter in letters] == [adviser.email]


def test_a_link_ends_after_an_hour(
    app: Flask, arrived: Mailbox, adviser: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(app.test_client(), ASK, None, email=adviser.email)
    link = mailed_link(app, arrived)
    assert app.test_client().get(link).status_code == 200
    monkeypatch.setitem(signed_links.SECONDS, "reset", -1)
    assert app.test_client().get(link).status_code == 410


def test_a_link_of_one_kind_opens_no_door_of_the_other(app: Flask, arrived: Mailbox, adviser: User) -> None:
    send(app.test_client(), ASK, None, email=adviser.email)
    ticket = urlsplit(mailed_link(app, arrived)).path.rsplit("/", 1)[1]
    assert app.test_client().get(f"/invitations/{ticket}").status_code == 410
    for forged in ("x", ticket[:-1], ticket + "x", "%00"):
        assert app.test_client().get(f"/sign-in/new-password/{forged}").status_code in {404, 410}


def ask_from(app: Flask, address: str, email: str, client: FlaskClient | None = None) -> int:
    """Ask for a link from an address, in a new browser or in one that is given; the status of the answer."""
    client = client or app.test_client()
    data = {"email": email, "csrf_token": token_in(client.get(ASK).text)}
    return client.post(ASK, data=data, environ_base={"REMOTE_ADDR": address}, buffered=True).status_code


def test_nobodys_mailbox_is_filled_and_nobody_who_asks_stops_the_owner(
    app: Flask, arrived: Mailbox, adviser: User
) -> None:
    most = int(mailed_links.RESETS_BY_ACCOUNT.split()[0])
    assert [ask_from(app, f"192.0.2.{number}", adviser.email) for number in range(most + 3)] == [303] * (most + 3)
    assert ask_from(app, "198.51.100.7", adviser.email) == 303, "the owner is answered as everybody is"
    app.extensions["kb_mail"].close()
    assert len(arrived.messages) == most
    link = link_in(arrived.messages[-1])
    assert app.test_client().get(link).status_code == 200, "the mailbox has a link that is still good"


def test_letters_stop_for_half_as_long_as_links_last() -> None:
    """So whoever is sent no letter has a link that can still be used."""
    assert parse(mailed_links.RESETS_BY_ACCOUNT).get_expiry() * 2 <= signed_links.SECONDS["reset"]


def test_whoever_chose_a_new_password_and_forgets_it_again_is_sent_another_link(
    app: Flask, arrived: Mailbox, adviser: User
) -> None:
    most = int(mailed_links.RESETS_BY_ACCOUNT.split()[0])
    for number in range(most + 1):
        ask_from(app, f"192.0.2.{number}", adviser.email)
    deadline = time.monotonic() + 30
    while len(arrived.messages) < most and time.monotonic() < deadline:
        time.sleep(0.01)
    link = link_in(arrived.messages[-1])
    assert send(app.test_client(), link, None, password=NEW).status_code == 303
    ask_from(app, "198.51.100.7", adviser.email)
    app.extensions["kb_mail"].close()
    assert len(arrived.messages) == most + 1
    link = link_in(arrived.messages[-1])
    assert app.test_client().get(link).status_code == 200


def test_one_address_cannot_ask_without_end_but_the_owner_can_in_a_known_browser(app: Flask, adviser: User) -> None:
    known = signed_in_by_form(app.test_client(), adviser)
    send(known, "/sign-out", "/account")
    often = int(mailed_links.RESETS_BY_ADDRESS.split()[0])
    codes = [ask_from(app, "127.0.0.1", f"nobody-{number}@city.example") for number in range(often + 1)]
    assert codes == [303] * often + [429]
    assert ask_from(app, "127.0.0.1", adviser.email) == 429
    assert ask_from(app, "127.0.0.1", adviser.email, known) == 303


def test_a_server_that_refuses_loses_no_invitation(app: Flask, arrived: Mailbox, session: Session) -> None:
    boss = make_user(session, "administrator")
    session.commit()
    client = signed_in_by_form(app.test_client(), boss)
    arrived.answer = "451 Try again later"
    form = {"name": "Made-up Far", "email": "far@city.example", "role": "editor"}
    page = client.get(send(client, "/desk/people/invite", None, **form).headers["Location"])
    assert "the e-mail could not be sent" in page.text
    assert "/invitations/" in page.text
    arrived.answer = "250 OK"
    again = send(client, page.request.path + "/invite-again", page.request.path)
    assert "The invitation was sent." in client.get(again.headers["Location"]).text
    assert arrived.messages[0]["To"] == "far@city.example"
    assert "/invitations/" in arrived.messages[0].get_content()


def test_without_mail_the_page_says_so(app_with: Callable[..., Flask]) -> None:
    app = app_with(development=False, secret_key="x" * 32, site_url="http://localhost")
    page = app.test_client().get(ASK).text
    assert "This site is not set up to send mail." in page
    assert 'name="email"' not in page


def test_an_address_that_is_none_is_told(app: Flask) -> None:
    page = send(app.test_client(), ASK, None, email="no address")
    assert page.status_code == 422
    assert "This is not an e-mail address" in page.text
    assert PASSWORD not in page.text
