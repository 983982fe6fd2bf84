"""Mails about new entries: asked for by anybody, begun by a button behind a link, ended by one click."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.alerts.models import Alert
from kb.alerts.sending import Sent
from kb.cli.alerts import sender_of
from kb.core.column_types import now
from kb.core.db import Database
from kb.web.alerts import views
from tests.factories import make_city, make_initiative
from tests.sign_in import send
from tests.smtp_server import Mailbox, link_in

ASK = "/alerts?q=dyke&challenge=flooding"
ADVISER = {"email": "Adviser@City.example", "frequency": "daily"}


@pytest.fixture
def app(app_with_mail: Flask) -> Flask:
    """The site in production, with mail."""
    return app_with_mail


def ask(app: Flask, arrived: Mailbox, client: FlaskClient, path: str = ASK) -> str:
    """Ask for mails; the path of the link that came."""
    before = len(arrived.messages)
    assert send(client, path, **ADVISER).status_code == 303
    app.extensions["kb_mail"].close()
    app.extensions["kb_mail"] = type(app.extensions["kb_mail"])(arrived.url, "CityPeers <desk@city.example>")
    return link_in(arrived.messages[before])


def alerts_in(database: Database) -> list[Alert]:
    with database.reading() as session:
        return list(session.scalars(select(Alert).order_by(Alert.id)))


def test_from_a_search_to_a_mail_and_to_its_end(
    app: Flask, arrived: Mailbox, client: FlaskClient, database: Database
) -> None:
    search = client.get("/search?q=dyke&challenge=flooding&sort=title&page=2").text
    assert ASK.replace("&", "&amp;") in search
    page = client.get(ASK)
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "/search.atom?q=dyke&amp;challenge=flooding" in page.text
    assert "“dyke” · Challenge: Flooding" in page.text

    link = ask(app, arrived, client)
    assert arrived.messages[0]["To"] == "adviser@city.example"
    assert "dyke" not in arrived.messages[0].get_content(), "nobody can write to strangers by the words of a search"
    assert client.get(link).status_code == 200
    assert client.head(link).status_code == 200
    (alert,) = alerts_in(database)
    assert alert.confirmed_at is None, "programs that open links confirm nothing"
    confirmed = send(client, link)
    assert confirmed.status_code == 303
    assert "Confirmed. You will get a mail once a day" in client.get(confirmed.headers["Location"]).text
    assert send(client, link, ASK).status_code == 303, "a second click changes nothing"

    with database.writing() as session:
        make_initiative(
            session, "A made-up dyke", cities=(make_city(session, "Made-up Port"),), challenges=("flooding",)
        )
        session.get_one(Alert, alert.id).due_at = now()
    assert sender_of(app).send_due() == Sent(accepted=1)
    letter = arrived.messages[1]
    text = letter.get_content().replace("\r", "")
    assert letter["Subject"] == "New in CityPeers: “dyke” · Challenge: Flooding"
    assert "There is 1 new entry" in text
    assert "A made-up dyke\nInitiative · Made-up Port\nhttp://localhost/initiatives/a-made-up-dyke" in text.replace(
        "\r", ""
    )
    assert "http://localhost/search?q=dyke&challenge=flooding" in text
    end = link_in(letter)
    assert letter["List-Unsubscribe"] == f"<http://localhost{end}>"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    assert "adviser@city.example" in client.get(end).text
    assert len(alerts_in(database)) == 1, "looking at it ends nothing"
    mail_program = app.test_client()
    ended = mail_program.post(end, data={"List-Unsubscribe": "One-Click"})
    assert (ended.status_code, ended.headers.get("Set-Cookie")) == (200, None)
    assert alerts_in(database) == [], "the address is gone"
    assert mail_program.post(end).status_code == 200, "again does no harm"
    assert "The mails have stopped" in client.get(end).text
    assert client.get(link).status_code == 410


def test_an_alert_of_a_city_is_of_that_city_alone(client: FlaskClient, session: Session) -> None:
    city = make_city(session, "Made-up Port")
    session.commit()
    assert f'href="/alerts?city={city.slug}"' in client.get(f"/cities/{city.slug}").text
    assert "City: Made-up Port" in client.get(f"/alerts?city={city.slug}").text


def test_nobody_learns_whether_an_address_is_known(app: Flask, arrived: Mailbox, database: Database) -> None:
    client = app.test_client()
    send(client, ask(app, arrived, client))
    answers = []
    for email in ("adviser@city.example", "nobody@city.example"):
        asker = app.test_client()
        asked = send(asker, ASK, email=email, frequency="weekly")
        page = asker.get(asked.headers["Location"]).text
        answers.append((asked.status_code, re.sub(r'(nonce|name="(csrf_token|submission)"\s+value)="[^"]+"', "", page)))
    assert answers[0] == answers[1]
    assert "We have sent a link to this address" in answers[0][1]
    app.extensions["kb_mail"].close()


def test_links_end_and_forged_ones_open_nothing(
    app: Flask, arrived: Mailbox, client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = ask(app, arrived, client)
    # The last sign of a signature holds bits that say nothing, the first one does not.
    head, _, signature = link.rpartition(".")
    forged = f"{head}.{'x' if signature[0] != 'x' else 'y'}{signature[1:]}"
    for path in (forged, "/alerts/confirm/1-a.b.c", "/alerts/end/1-a.b"):
        assert client.get(path).status_code == 410
        assert send(client, path, ASK).status_code == 410
    late = now() + timedelta(days=3, minutes=1)
    monkeypatch.setattr("itsdangerous.timed.time.time", late.timestamp)
    answer = client.get(link)
    assert answer.status_code == 410
    assert "older than 3 days" in answer.text
    assert client.post(link).status_code == 400, "only the end needs no token"
    assert len(alerts_in(database)) == 1


def test_what_is_wrong_is_said_beside_it_and_nothing_typed_is_lost(app: Flask, client: FlaskClient) -> None:
    answer = send(client, ASK, email="nobody at all", frequency="hourly")
    assert answer.status_code == 422
    assert 'value="nobody at all"' in answer.text
    assert "This is not an e-mail address" in answer.text
    assert "Please choose how often." in answer.text
    forum = send(client, "/alerts?kind=session&kind=talk", ASK, **ADVISER)
    assert (forum.status_code, "finds only sessions of the forum" in forum.text) == (409, True)
    assert "there is no “made-up”. It was left out." in client.get("/alerts?challenge=made-up&q=dyke").text


def test_mails_are_limited_by_who_asks_and_by_who_gets_them(
    app: Flask, arrived: Mailbox, client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MAILS_TO_RECIPIENT", "2 per day")
    monkeypatch.setattr(views, "ASKED_BY_ADDRESS", "4 per hour")
    for number in range(4):
        assert send(client, f"/alerts?q=made-up-{number}", **ADVISER).status_code == 303
    app.extensions["kb_mail"].close()
    assert len(arrived.messages) == 2
    refused = send(client, ASK, **ADVISER)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "Adviser@City.example" in refused.text


def test_without_a_mail_server_there_is_the_feed(app_with: Callable[..., Flask], session: Session) -> None:
    session.commit()
    client = app_with(development=False, secret_key="x" * 32, site_url="http://localhost").test_client()
    page = client.get(ASK).text
    assert "not set up to send mail" in page
    assert 'name="email"' not in page
    assert "/search.atom?q=dyke" in page
