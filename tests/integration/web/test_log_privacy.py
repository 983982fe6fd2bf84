"""The log holds no personal data: people do what they do with marked names and words, and no mark is in the log."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from sqlalchemy import text

from kb.accounts.models import User
from kb.cli.alerts import sender_of as sender_of_alerts
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.mail import Email, Mail
from tests.factories import make_city, make_initiative, make_place, make_user
from tests.log_capture import captured_logs
from tests.sign_in import send, signed_in_by_form, token_in
from tests.smtp_server import Mailbox
from tests.spreadsheets import as_csv
from tests.unit.importing.importing import HEADING, line

MARK = "zebedee"
NAME, ADDRESS, PASSWORD = "Zebedee Quirk", "Zebedee.Quirk@Zebedee.example", "zebedee-password-1"
NETWORK_ADDRESS = "203.0.113.77"
HEADERS = {"User-Agent": f"{NAME}/1.0", "Referer": f"http://localhost/?q={NAME}"}

Lines = Callable[[], list[dict[str, Any]]]


class ReadingClient(FlaskClient):
    """A client that reads each answer to its end, as servers do."""

    def open(self, *args: Any, **named: Any) -> Any:
        """The answer, read."""
        return super().open(*args, **{**named, "buffered": True})


@pytest.fixture
def app(app_with: Callable[..., Flask], arrived: Mailbox) -> Flask:
    """The site in production, with mail, which notes each request."""
    made = app_with(
        development=False,
        secret_key="x" * 32,
        site_url="http://localhost",
        smtp_url=arrived.url,
        mail_from="CityPeers <desk@city.example>",
        log_requests=True,
        proxies=1,
    )

    @made.post("/fault/name")
    def fault() -> str:
        raise ValueError(f"cannot use {request.form['name']}") from KeyError(request.form["name"])

    @made.post("/fault/twice")
    def twice() -> str:
        with made.extensions["kb_database"].writing() as session:
            make_user(session, name=NAME, email=ADDRESS.lower())
            make_user(session, name=NAME, email=ADDRESS.lower())
        return ""

    @made.post("/fault/statement")
    def statement() -> str:
        with made.extensions["kb_database"].reading() as session:
            session.execute(text("SELECT nothing FROM nowhere WHERE name = :name"), {"name": NAME})
        return ""

    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor with marks in whatever a browser and a proxy tell."""
    app.test_client_class = ReadingClient
    client = app.test_client()
    client.environ_base = {
        **client.environ_base,
        "HTTP_USER_AGENT": HEADERS["User-Agent"],
        "HTTP_X_FORWARDED_FOR": NETWORK_ADDRESS,
    }
    return client


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str], app: Flask) -> Iterator[Lines]:
    """The log as JSON since it was last asked for; nothing personal is in it."""
    with captured_logs(capsys, "INFO", "json") as read:

        def checked() -> list[dict[str, Any]]:
            written = read()
            for line in written:
                assert MARK not in line.lower(), line
                assert NETWORK_ADDRESS not in line, line
            return [json.loads(line) for line in written]

        yield checked
        app.extensions["kb_mail"].close()
        checked()


def events(lines: Lines) -> set[str]:
    return {line["event"] for line in lines()}


def test_signing_in_and_failing_to(client: FlaskClient, database: Database, lines: Lines) -> None:
    with database.writing() as session:
        person = make_user(session, "editor", name=NAME, email=ADDRESS.lower())
    send(client, "/sign-in", email=ADDRESS, password=PASSWORD)
    send(client, "/sign-in/forgotten", email=ADDRESS)
    signed_in_by_form(client, person)
    send(client, "/account/name", "/account", name=f"{NAME} the second")
    client.get(f"/reset/{MARK}-{MARK}")
    routes = [line["route"] for line in lines() if line["event"] == "request"]
    assert {"signing_in.sign_in_submit", "resets.ask_submit"} <= set(routes)


def test_searching_and_what_is_not_there(client: FlaskClient, lines: Lines) -> None:
    for path in ("/search?q={}", "/suggest?q={}", "/cities/{}", "/{}", "/api/v1/search?q={}", "/search?country={}"):
        client.get(path.format(MARK), headers={"Referer": HEADERS["Referer"]})
    assert [line["status"] for line in lines() if line["event"] == "request"] == [200, 200, 404, 404, 200, 200]


def test_asking_a_city_while_the_mail_server_refuses_by_name(
    app: Flask, client: FlaskClient, database: Database, arrived: Mailbox, lines: Lines
) -> None:
    with database.writing() as session:
        city = make_city(session, "Made-up Port")
        make_user(session, name="Made-up Clerk", email="clerk@port.example", city_id=city.id)
        session.flush()
        slug = city.slug
    arrived.answer = f"550 5.1.1 Mailbox of {NAME} <{ADDRESS}> unknown"
    try:
        fields = {"name": NAME, "own_city": MARK, "email": ADDRESS, "question": f"{NAME} wonders what it cost?"}
        assert send(client, f"/ask?city={slug}", city=slug, **fields).status_code == 303
        app.extensions["kb_mail"].close()
        told = [line for line in lines() if line["event"] == "mail was not sent"]
    finally:
        arrived.answer = "250 Message accepted"
    assert {line["problem"] for line in told} == {"SMTPDataError, 550 5.1.1"}


def test_an_alert_that_cannot_be_sent(
    app: Flask, client: FlaskClient, database: Database, arrived: Mailbox, lines: Lines
) -> None:
    arrived.answer = f"451 4.7.1 Greylisted: {ADDRESS}"
    try:
        assert send(client, f"/alerts?q={MARK}", email=ADDRESS, frequency="daily").status_code == 303
        app.extensions["kb_mail"].close()
        with database.writing() as session:
            session.execute(text("UPDATE alerts SET state = 'waiting', due_at = :now"), {"now": now().isoformat()})
            make_initiative(session, f"A {MARK} dyke", cities=(make_city(session, "Made-up Port"),))
        sender_of_alerts(app).send_due()
        told = {line["problem"] for line in lines() if line["event"] == "mail was not sent"}
    finally:
        arrived.answer = "250 Message accepted"
        app.extensions["kb_mail"] = Mail(arrived.url, "CityPeers <desk@city.example>")
    assert told == {"SMTPDataError, 451 4.7.1"}


@pytest.mark.both_databases
@pytest.mark.parametrize("fault", ["name", "twice", "statement"])
def test_an_error_of_ours_that_holds_what_was_typed(client: FlaskClient, lines: Lines, fault: str) -> None:
    answer = client.post(f"/fault/{fault}", data={"name": NAME, "csrf_token": token_in(client.get("/sign-in").text)})
    assert answer.status_code == 500
    (error,) = [line for line in lines() if line["event"] == "unexpected error"]
    assert {"name": "ValueError", "twice": "IntegrityError", "statement": "Error"}[fault] in error["exception"]
    assert f"in {fault if fault != 'name' else 'fault'}\n" in error["exception"]
    assert error["request_id"] == answer.headers["X-Request-ID"]
    assert error["request_id"] in answer.text


def test_a_file_of_an_import_and_one_that_cannot_be_read(
    app: Flask, client: FlaskClient, database: Database, lines: Lines
) -> None:
    with database.writing() as session:
        make_place(session, "Made-up Alpha")
        editor: User = make_user(session, "editor", name=NAME, email=ADDRESS.lower())
    desk = signed_in_by_form(client, editor)
    content = as_csv([line("1"), line("2", f"{NAME} <{ADDRESS}>", MARK)], heading=HEADING)
    for name, sent in ((f"{MARK}.csv", content), (f"{MARK}.xlsx", b"PK\x03\x04" + MARK.encode() * 100)):
        token = token_in(desk.get("/desk/imports").text)
        data = {"file": (io.BytesIO(sent), name), "csrf_token": token, "collection": NAME}
        desk.post("/desk/imports", data=data, content_type="multipart/form-data")
    app.extensions["kb_imports"].wait()
    assert events(lines) == {"request"}


def test_the_mail_that_is_sent_by_a_thread_names_the_request(
    app: Flask, client: FlaskClient, arrived: Mailbox, lines: Lines
) -> None:
    @app.get("/mail/later")
    def later() -> str:
        app.extensions["kb_mail"].send_later(Email(ADDRESS, NAME, NAME))
        return ""

    arrived.answer = f"550 {NAME}"
    try:
        answer = client.get("/mail/later")
        app.extensions["kb_mail"].close()
        (told,) = [line for line in lines() if line["event"] == "mail was not sent"]
    finally:
        arrived.answer = "250 Message accepted"
    assert told["request_id"] == answer.headers["X-Request-ID"]
