"""A reader reports an error on a page; an editor finds it at the desk, and closes it."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind
from kb.editorial import actions
from kb.editorial.models import Report
from tests.factories import make_city, make_initiative, make_leader, make_user, make_vision
from tests.sign_in import send, signed_in

from .page_readers import words_of

BOARD = "/desk/boards/reports"


@pytest.fixture
def path(session: Session) -> str:
    """Where the errors of a published initiative are reported."""
    slug = make_initiative(session, title="Made-up sirens").slug
    session.commit()
    return f"/initiatives/{slug}/report"


def test_a_reader_reports_an_error_and_an_editor_closes_it(
    app: Flask, session: Session, client: FlaskClient, path: str
) -> None:
    answer = send(client, path, message="The cost is <b>wrong</b>.\n\nIt was 5.", email="Reader@City.Example")
    assert (answer.status_code, answer.location) == (303, path)
    assert "Thank you. The editors will read it." in words_of(client.get(path).text)

    editor = make_user(session, "editor")
    session.commit()
    desk = signed_in(app.test_client(), editor)
    assert "1 Reports from readers" in words_of(desk.get("/desk").text)
    assert "1 Reports from readers" in words_of(desk.get("/desk/boards").text)
    board = desk.get(BOARD).text
    assert "Made-up sirens" in board
    assert "<p>The cost is &lt;b&gt;wrong&lt;/b&gt;.</p><p>It was 5.</p>" in board
    assert 'href="mailto:reader@city.example"' in board

    report = session.scalars(select(Report)).one()
    session.commit()
    assert send(desk, f"/desk/reports/{report.id}/close", BOARD).status_code == 303
    assert "No report is open." in words_of(desk.get(BOARD).text)
    session.expire_all()
    assert (report.closed_at is not None, report.email) == (True, None)


def test_every_kind_of_entry_has_the_form(session: Session, client: FlaskClient) -> None:
    city = make_city(session)
    entries = {
        "cities": city,
        "initiatives": make_initiative(session, cities=(city,)),
        "leaders": make_leader(session, city=city),
        "visions": make_vision(session, city),
    }
    session.commit()
    for folder, entry in entries.items():
        path = f"/{folder}/{entry.slug}/report"
        assert f'href="{path}"' in client.get(f"/{folder}/{entry.slug}").text
        assert client.get(path).headers["X-Robots-Tag"] == "noindex, nofollow"
    assert client.get("/cities/nowhere/report").status_code == 404


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"message": " \u200b", "email": "me@city.example"}, "Please fill this in."),
        ({"message": "a" * 4_001, "email": "me@city.example"}, "This is too long."),
        ({"message": "The year is wrong.", "email": "nobody"}, "This is not an e-mail address"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    session: Session, client: FlaskClient, path: str, fields: dict[str, str], words: str
) -> None:
    answer = send(client, path, **fields)
    assert answer.status_code == 422
    assert words in words_of(answer.text)
    assert f'value="{fields["email"]}"' in answer.text
    assert fields["message"].strip() in answer.text
    assert session.scalars(select(Report)).all() == []


def test_what_was_typed_stays_when_too_many_are_sent(
    session: Session, client: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.web.catalogue.reports.BY_ADDRESS", "1 per hour")
    assert send(client, path, message="First.").status_code == 303
    answer = send(client, path, message="Second, and long to type.")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Second, and long to type." in answer.text
    assert [report.message for report in session.scalars(select(Report))] == ["First."]


@pytest.mark.both_databases
def test_the_same_sent_twice_is_one_report(session: Session, client: FlaskClient, path: str) -> None:
    for email in ("me@city.example", ""):
        assert send(client, path, message="The year is wrong.", email=email).status_code == 303
    reports = session.scalars(select(Report)).all()
    assert [(report.message, report.email) for report in reports] == [("The year is wrong.", "me@city.example")]


def test_a_form_without_its_token_is_kept_and_stores_nothing(session: Session, client: FlaskClient, path: str) -> None:
    headers = {"Sec-Fetch-Site": "same-origin"}
    answer = client.post(path, data={"message": "The year is wrong."}, headers=headers)
    assert answer.status_code == 400
    assert "The year is wrong." in answer.text
    assert session.scalars(select(Report)).all() == []


def test_the_form_of_an_entry_that_was_withdrawn_says_so(session: Session, client: FlaskClient) -> None:
    entry = make_initiative(session)
    editor = make_user(session, "editor")
    session.commit()
    actions.withdraw(session, editor, EntryKind.INITIATIVE, entry.id, "A made-up reason.")
    session.commit()
    answer = client.get(f"/initiatives/{entry.slug}/report")
    assert answer.status_code == 410
    assert "A made-up reason." in answer.text


def test_a_page_of_reports_asks_as_often_for_three_as_for_one(
    app: Flask, session: Session, counted: Callable[[str, FlaskClient], int]
) -> None:
    editor = make_user(session, "editor")
    session.commit()
    desk = signed_in(app.test_client(), editor)
    for number in range(3):
        actions.report(session, EntryKind.CITY, f"made-up-{number}", "Made-up", "Wrong.", None)
        session.commit()
        if number == 0:
            first = counted(BOARD, desk)
    assert counted(BOARD, desk) == first


@pytest.fixture
def counted(app: Flask) -> Callable[[str, FlaskClient], int]:
    """How many queries a page makes."""
    from .page_readers import counted_queries

    def count(path: str, client: FlaskClient) -> int:
        with counted_queries(app) as statements:
            assert client.get(path).status_code == 200
        return len(statements)

    return count
