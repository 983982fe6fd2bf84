"""A reader says what has changed or is wrong on a page; an editor finds it at the desk, and closes it with a note."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import AuditEvent
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import Initiative
from kb.core.column_types import now
from kb.editorial import actions
from kb.editorial.models import Report
from tests.factories import make_city, make_initiative, make_leader, make_user, make_vision
from tests.sign_in import send, signed_in

from .page_readers import words_of

BOARD = "/desk/boards/reports"
REMARK = {"about": "wrong", "message": "The year is wrong.", "source": "https://source.example/a?b=1"}


@pytest.fixture
def path(session: Session) -> str:
    """Where the errors of a published initiative are reported."""
    slug = make_initiative(session, title="Made-up sirens").slug
    session.commit()
    return f"/initiatives/{slug}/report"


def test_a_reader_reports_an_error_and_an_editor_closes_it(
    app: Flask, session: Session, client: FlaskClient, path: str
) -> None:
    form = words_of(client.get(path).text)
    assert "Your report goes to the editors. It is not published." in form
    assert "The report is deleted 365 days after it was closed." in form
    remark = {**REMARK, "message": "The cost is <b>wrong</b>.\n\nIt was 5."}
    answer = send(client, path, **remark, email="Reader@City.Example")
    assert (answer.status_code, answer.location) == (303, path)
    assert "Thank you. The editors will read your report." in words_of(client.get(path).text)

    editor = make_user(session, "editor")
    session.commit()
    desk = signed_in(app.test_client(), editor)
    assert "1 Reports from readers" in words_of(desk.get("/desk").text)
    assert "1 Reports from readers" in words_of(desk.get("/desk/boards").text)
    board = desk.get(BOARD).text
    assert "Made-up sirens" in board
    assert "<p>The cost is &lt;b&gt;wrong&lt;/b&gt;.</p><p>It was 5.</p>" in board
    assert 'href="mailto:reader@city.example"' in board
    assert "<strong>This is wrong</strong>" in board
    assert '<a href="https://source.example/a?b=1" rel="nofollow noopener external">' in board
    before = session.scalars(select(Initiative.version)).one()

    report = session.scalars(select(Report)).one()
    session.commit()
    note = "It was 5 in 2020, so both stand."
    assert send(desk, f"/desk/reports/{report.id}/close", BOARD, note=note).status_code == 303
    assert "No report is open." in words_of(desk.get(BOARD).text)
    session.expire_all()
    assert (report.closed_at is not None, report.email, report.note) == (True, None, note)
    assert "close-report" in session.scalars(select(AuditEvent.verb)).all()
    closed = words_of(desk.get(f"{BOARD}?closed=1").text)
    assert "Made-up sirens" in closed
    assert note in closed
    assert session.scalars(select(Initiative.version)).one() == before, "a report changes nothing by itself"


def test_the_desks_page_of_an_entry_shows_its_reports_to_editors(
    app: Flask, session: Session, client: FlaskClient, path: str
) -> None:
    send(client, path, **REMARK | {"about": "changed", "source": "I work there. <Ask me>"})
    editor, contributor = make_user(session, "editor"), make_user(session)
    session.commit()
    entry = f"/desk/entries/initiative/{path.split('/')[2]}"
    assert "The year is wrong." not in signed_in(app.test_client(), contributor).get(entry).text
    desk = signed_in(app.test_client(), editor)
    page = desk.get(entry).text
    assert "This has changed" in page
    assert "I work there. &lt;Ask me&gt;" in page
    key = session.scalars(select(Report.id)).one()
    session.commit()
    answer = send(desk, f"/desk/reports/{key}/close", entry, note="Changed the year.", back="entry")
    assert (answer.status_code, answer.location) == (303, entry)
    assert "Changed the year." in words_of(desk.get(entry).text)


def test_a_note_that_is_too_long_comes_back(app: Flask, session: Session, client: FlaskClient, path: str) -> None:
    send(client, path, **REMARK)
    key, editor = session.scalars(select(Report.id)).one(), make_user(session, "editor")
    session.commit()
    desk = signed_in(app.test_client(), editor)
    answer = send(desk, f"/desk/reports/{key}/close", BOARD, note="a" * 4_001)
    assert answer.status_code == 422
    assert "a" * 4_001 in answer.text
    assert send(desk, "/desk/reports/999/close", BOARD, note="a" * 4_001).status_code == 404
    assert session.scalars(select(Report.closed_at)).one() is None


def test_closed_reports_are_deleted_after_a_year(session: Session) -> None:
    editor = make_user(session, "editor")
    for number, days in enumerate((400, 300)):
        report = actions.report(session, EntryKind.CITY, f"made-up-{number}", "Made-up", REMARK | {"email": None})
        actions.close_report(session, editor, report.id)
        report.closed_at = now() - timedelta(days=days)
    actions.report(session, EntryKind.CITY, "made-up-open", "Made-up", REMARK | {"email": None})
    session.commit()
    actions.delete_old_reports(session)
    session.commit()
    assert {*session.scalars(select(Report.slug))} == {"made-up-1", "made-up-open"}


@pytest.mark.parametrize("message", ["洪水" * 5_000, "مرحبا\nبالعالم", "\U0001f30a é ń ß"])
def test_a_report_may_be_long_and_in_any_script(session: Session, client: FlaskClient, path: str, message: str) -> None:
    assert send(client, path, **REMARK | {"message": message}).status_code == 303
    assert session.scalars(select(Report.message)).one() == message


def test_what_fills_in_every_field_is_not_taken_and_a_person_may_send_again(
    session: Session, client: FlaskClient, path: str
) -> None:
    answer = send(client, path, **REMARK, homepage="https://spam.example")
    assert answer.status_code == 422
    assert "The year is wrong." in answer.text
    assert "spam.example" not in answer.text
    assert session.scalars(select(Report)).all() == []
    session.commit()
    assert send(client, path, **REMARK).status_code == 303


def test_the_address_of_the_form_may_say_what_it_is_about(client: FlaskClient, path: str) -> None:
    page = client.get(f"{path}?about=changed").text
    (checked,) = [tag for tag in page.split("<input") if "checked" in tag]
    assert 'value="changed"' in checked
    assert "checked" not in client.get(f"{path}?about=nonsense").text


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
        assert send(client, path, **REMARK).status_code == 303, folder
    assert set(session.scalars(select(Report.kind))) == {"city", "initiative", "leader", "vision"}
    assert client.get("/cities/nowhere/report").status_code == 404


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"message": " \u200b"}, "Please fill this in."),
        ({"message": "a" * 10_001}, "This is too long: 10,001 characters. At most 10,000 are allowed."),
        ({"source": ""}, "Source: Please fill this in."),
        ({"source": "a" * 1_001}, "This is too long: 1,001 characters. At most 1,000 are allowed."),
        ({"about": ""}, "Please choose one of these."),
        ({"about": "nonsense"}, "Please choose one of these."),
        ({"email": "nobody"}, "This is not an e-mail address"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    session: Session, client: FlaskClient, path: str, fields: dict[str, str], words: str
) -> None:
    fields = {**REMARK, "email": "me@city.example", **fields}
    answer = send(client, path, **fields)
    assert answer.status_code == 422
    assert words in words_of(answer.text)
    assert "?:" not in words_of(answer.text)
    assert f'value="{fields["email"]}"' in answer.text
    assert fields["message"].strip() in answer.text
    assert fields["source"] in answer.text
    assert session.scalars(select(Report)).all() == []


def test_what_was_typed_stays_when_too_many_are_sent(
    session: Session, client: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.web.catalogue.reports.BY_ADDRESS", "1 per hour")
    assert send(client, path, **REMARK | {"message": "First."}).status_code == 303
    answer = send(client, path, **REMARK | {"message": "Second, and long to type."})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Second, and long to type." in answer.text
    assert [report.message for report in session.scalars(select(Report))] == ["First."]


@pytest.mark.both_databases
def test_the_same_sent_twice_is_one_report(session: Session, client: FlaskClient, path: str) -> None:
    for email in ("me@city.example", ""):
        assert send(client, path, **REMARK, email=email).status_code == 303
    assert send(client, path, **REMARK | {"source": "Another page."}).status_code == 303
    first, second = session.scalars(select(Report).order_by(Report.id))
    assert second.source == "Another page.", "another source is another report"
    reports = [first]
    assert [(report.message, report.email) for report in reports] == [("The year is wrong.", "me@city.example")]


def test_a_form_without_its_token_is_kept_and_stores_nothing(session: Session, client: FlaskClient, path: str) -> None:
    headers = {"Sec-Fetch-Site": "same-origin"}
    answer = client.post(path, data=REMARK, headers=headers)
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
        actions.report(session, EntryKind.CITY, f"made-up-{number}", "Made-up", REMARK | {"email": None})
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
