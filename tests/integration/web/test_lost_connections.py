"""Connections to PostgreSQL that end during a request: pages come all the same, and forms say what was saved."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, func, select, text

from kb.core import commits
from kb.core.db import Database
from kb.editorial.models import Proposal, Report
from kb.web.core import submissions
from tests.api_keys import Program, make_key
from tests.factories import make_initiative, make_user
from tests.postgresql_proxy import Proxy, proxy
from tests.sign_in import signed_in, token_in

from .page_readers import words_of

pytestmark = [pytest.mark.both_databases, pytest.mark.postgresql]

PAGE = "/initiatives/made-up-sirens"
FORM = f"{PAGE}/report"
REMARK = {"about": "wrong", "message": "The year is wrong.", "source": "https://source.example/", "submission": "key"}
HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def between(postgresql_database: Database) -> Iterator[Proxy]:
    """Stands before the database of the application."""
    with proxy(postgresql_database.url.render_as_string(hide_password=False)) as made:
        yield made


@pytest.fixture
def database(postgresql_database: Database) -> Database:
    """Of both databases this one is reached by connections; it has an initiative."""
    with postgresql_database.writing() as session:
        make_initiative(session, slug="made-up-sirens")
    return postgresql_database


@pytest.fixture
def app(app_with: Callable[..., Flask], between: Proxy) -> Flask:
    """The application, whose connections can be lost."""
    return app_with(database_url=between.url)


@contextmanager
def ended_before(app: Flask, database: Database, statement: str) -> Iterator[list[str]]:
    """Have the server end a connection, as an operator does, before it gets a statement; once. Gives what was ended."""
    ended: list[str] = []

    def end(connection: Connection, _cursor: object, sql: str, *_: object) -> None:
        if statement in sql and not ended:
            ended.append(sql)
            raw: Any = connection.connection.dbapi_connection
            with database.reading() as session:
                session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": raw.info.backend_pid})

    engine = app.extensions["kb_database"].engine
    event.listen(engine, "before_cursor_execute", end)
    try:
        yield ended
    finally:
        event.remove(engine, "before_cursor_execute", end)


def send(client: FlaskClient) -> Any:
    """The answer to a reader's form, sent by a browser from its page."""
    token = token_in(client.get(FORM).text)
    return client.post(FORM, data={**REMARK, "csrf_token": token}, headers=HERE)


def send_again(client: FlaskClient, page: str) -> Any:
    """The answer to the form that a page has kept, as the browser sends it."""
    form = re.search(r'<form class="form".*?</form>', page, re.DOTALL)
    assert form, "the page has kept no form"
    fields = re.findall(r'name="([^"]+)"\s+value="([^"]*)"', form[0])
    return client.post(FORM, data={name: unescape(value) for name, value in fields}, headers=HERE)


def reports_in(database: Database) -> int:
    """How many reports there are."""
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Report)) or 0


@pytest.mark.parametrize("statement", ["max(changes.id)", "FROM initiatives"])
def test_a_page_comes_though_its_connection_ends_while_it_is_made(
    app: Flask, client: FlaskClient, database: Database, statement: str
) -> None:
    whole = client.get(PAGE)
    with ended_before(app, database, statement) as ended:
        page = client.get(PAGE)
    assert ended
    assert (page.status_code, words_of(page.text)) == (200, words_of(whole.text))


def test_a_page_that_is_made_twice_goes_by_nothing_of_the_first_time(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    left_over: list[object] = []

    def work_out() -> None:
        left_over.append(g.get("worked_out"))
        g.worked_out = "made up"

    app.before_request(work_out)
    with ended_before(app, database, "FROM initiatives") as ended:
        assert client.get(PAGE).status_code == 200
    assert ended
    assert left_over == [None, None]


def test_a_signed_in_person_stays_signed_in_when_the_connection_ends(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    with database.writing() as session:
        editor = make_user(session, "editor")
    signed_in(client, editor)
    with ended_before(app, database, "FROM users") as ended:
        assert client.get("/desk").status_code == 200
    assert ended


def test_a_page_that_is_made_twice_counts_once(
    app_with: Callable[..., Flask], between: Proxy, database: Database
) -> None:
    app = app_with(database_url=between.url, rate_limit="2 per minute")
    client = app.test_client()
    with ended_before(app, database, "FROM initiatives") as ended:
        assert client.get(PAGE).status_code == 200
    assert ended
    assert [client.get(PAGE).status_code for _ in range(2)] == [200, 429]


def test_a_file_comes_whole_though_the_connection_ends_before_its_first_line(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    whole = client.get("/initiatives.csv", buffered=True)
    with ended_before(app, database, "initiatives.summary") as ended:
        file = client.get("/initiatives.csv", buffered=True)
    assert ended
    assert (file.status_code, file.data) == (200, whole.data)


def test_a_form_whose_connection_ends_before_it_is_saved_says_so_and_can_be_sent_again(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    with ended_before(app, database, "INSERT INTO reports") as ended:
        refused = send(client)
    assert ended
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
    assert "Nothing was saved. Please send your changes again in a minute." in words_of(refused.text)
    assert reports_in(database) == 0
    assert send_again(client, refused.text).status_code == 303
    assert reports_in(database) == 1


def test_a_form_that_was_saved_is_answered_as_saved_though_the_answer_of_the_database_was_lost(
    client: FlaskClient, database: Database, between: Proxy
) -> None:
    token_in(client.get(FORM).text)
    between.loses_answer = True
    answer = send(client)
    assert not between.loses_answer
    assert answer.status_code == 303
    assert "Thank you. The editors will read your report." in words_of(client.get(FORM).text)
    assert reports_in(database) == 1


def test_a_form_whose_commit_never_came_is_told_as_not_saved(
    client: FlaskClient, database: Database, between: Proxy
) -> None:
    between.loses_commit = True
    refused = send(client)
    assert refused.status_code == 503
    assert "Nothing was saved. Please send your changes again in a minute." in words_of(refused.text)
    assert reports_in(database) == 0
    assert send_again(client, refused.text).status_code == 303
    assert reports_in(database) == 1


@pytest.mark.parametrize(("lost", "saved"), [("loses_answer", 1), ("loses_commit", 0)])
def test_where_nobody_can_tell_whether_a_form_was_saved_it_says_so_and_is_saved_once(
    client: FlaskClient, database: Database, between: Proxy, monkeypatch: pytest.MonkeyPatch, lost: str, saved: int
) -> None:
    monkeypatch.setattr(commits, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(submissions, "_WAIT", timedelta(0))
    between.refuses_after = True
    setattr(between, lost, True)
    refused = send(client)
    assert refused.status_code == 503
    assert "we do not know if they were saved. Please send them again" in words_of(refused.text)
    assert "Nothing was saved" not in words_of(refused.text)
    assert reports_in(database) == saved
    between.is_closed = False
    again = send_again(client, refused.text)
    assert again.status_code == (409 if saved else 303)
    assert ("This form was already sent and saved." in again.text) == bool(saved)
    assert reports_in(database) == 1


def test_a_program_is_told_as_much(
    app: Flask, client: FlaskClient, database: Database, between: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commits, "LOOK_SECONDS", 0.2)
    with database.writing() as session:
        program = Program(client, make_key(session, app.config["SECRET_KEY"], make_user(session)))
    proposed = {"title": "Made-up Drain", "summary": "Short."}
    with ended_before(app, database, "INSERT INTO proposals"):
        refused = program.send("POST", "/initiatives", proposed, Idempotency_Key="one")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
    assert "Nothing was saved" in refused.json["detail"]
    between.loses_answer = between.refuses_after = True
    refused = program.send("POST", "/initiatives", proposed, Idempotency_Key="one")
    assert (refused.status_code, refused.mimetype) == (503, "application/problem+json")
    assert "they will be saved only once" in refused.json["detail"]
    between.is_closed = False
    made = program.send("POST", "/initiatives", proposed, Idempotency_Key="one")
    assert (made.status_code, made.headers["Idempotency-Replayed"]) == (201, "true")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Proposal)) == 1
