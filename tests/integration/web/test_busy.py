"""A form that met others who were writing for too long: its words come back, to be sent again."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from kb.core.db import Database
from tests.factories import make_user
from tests.sign_in import send, signed_in


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """Of both databases this one can be held for as long as a test likes."""
    return sqlite_database


def test_whoever_saves_while_others_are_writing_is_asked_to_send_it_again(
    app: Flask, client: FlaskClient, database: Database, session: Session
) -> None:
    person = make_user(session, name="Made-up Editor")
    session.commit()
    signed_in(client, person)
    client.get("/account")
    event.listen(
        app.extensions["kb_database"].engine, "checkout", lambda raw, *_: raw.execute("PRAGMA busy_timeout=10").close()
    )
    with database.writing() as others:
        others.connection()
        answer = send(client, "/account/name", "/account", name="A longer made-up name")
    assert answer.status_code == 503
    assert "Other people were using the site at the same time" in answer.text
    assert "A longer made-up name" in answer.text
    assert send(client, "/account/name", "/account", name="A longer made-up name").status_code == 303
