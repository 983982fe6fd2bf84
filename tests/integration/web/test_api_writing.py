"""Writing by the interface for programs: proposals of the key's owner, made once, and never published."""

import json
import re
import threading
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import Config
from kb.accounts import actions as accounts
from kb.accounts import idempotency
from kb.accounts.models import ApiKey, AuditEvent, IdempotentRequest, User
from kb.api.writing import saving
from kb.api.writing.authentication import scope_of
from kb.api.writing.documentation import CHANGE_EXAMPLE, ENTRY_EXAMPLES, SAVED_EXAMPLE, SCHEME
from kb.api.writing.preconditions import VersionChanged, require_version
from kb.api.writing.saving import READ_ONLY
from kb.catalogue.entries import ENTRIES, EntryKind, schema_of, snapshot
from kb.catalogue.models import Initiative
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.mail import Email
from kb.editorial import actions
from kb.editorial.models import Proposal
from kb.editorial.validation import validate
from kb.web.core import program_keys
from tests.api_keys import Program, make_key
from tests.entries import full_entry, publish
from tests.factories import make_city, make_initiative, make_user
from tests.log_capture import captured_logs
from tests.sign_in import signed_in
from tests.waiting import somebody_waits

from .page_readers import counted_queries

PROBLEM = "application/problem+json"


@pytest.fixture
def author(session: Session) -> User:
    """A contributor of no city."""
    author = make_user(session)
    session.commit()
    return author


@pytest.fixture
def program(client: FlaskClient, app: Flask, session: Session, author: User) -> Program:
    """A program of the contributor that may do everything a program may."""
    key = make_key(session, app.config["SECRET_KEY"], author)
    session.commit()
    return Program(client, key)


@pytest.fixture
def entry(session: Session) -> Initiative:
    """A published initiative."""
    entry = make_initiative(session, "Made-up Drain")
    session.commit()
    return entry


def proposals_in(database: Database) -> list[Proposal]:
    with database.reading() as session:
        return list(session.scalars(select(Proposal).order_by(Proposal.id)))


def sound(session: Session) -> dict[str, object]:
    """An initiative that can be published."""
    data = full_entry(session, EntryKind.INITIATIVE)
    session.commit()
    return data


@pytest.mark.both_databases
def test_a_program_proposes_corrects_and_sends_a_new_initiative(
    program: Program, session: Session, database: Database, author: User
) -> None:
    made = program.send("POST", "/initiatives?note=From+the+list", {"title": "Made-up Gate", "start_year": 2020})
    assert made.status_code == 201, made.json
    assert made.headers["Location"] == made.json["url"]
    assert (made.json["state"], made.json["version"], made.json["slug"]) == ("draft", 1, None)
    assert {"summary", "stage"} <= made.json["problems"].keys()
    path = f"/proposals/{made.json['id']}"
    early = program.send("POST", f"{path}/submit")
    assert (early.status_code, early.mimetype) == (422, PROBLEM)
    assert early.json["errors"]["summary"]

    read = program.send("GET", path)
    assert (read.json["data"]["title"], read.json["data"]["start_year"]) == ("Made-up Gate", 2020)
    whole = sound(session)
    assert program.send("PUT", path, whole).status_code == 428
    assert program.send("PUT", path, whole, If_Match='"9"').status_code == 412
    saved = program.send("PUT", path, whole, If_Match=read.headers["ETag"])
    assert (saved.status_code, saved.json["problems"], saved.headers["ETag"]) == (200, {}, '"2"')
    changed = program.send("PATCH", path, {"title": "Made-up Sluice", "end_year": None}, If_Match=saved.headers["ETag"])
    assert changed.json["data"] == {**saved.json["data"], "title": "Made-up Sluice", "end_year": None}

    sent = program.send("POST", f"{path}/submit", {"note": "Please look at the cost."})
    assert (sent.status_code, sent.json["state"], sent.json["problems"]) == (200, "submitted", {})
    (proposal,) = proposals_in(database)
    assert (proposal.author_id, proposal.origin, proposal.note) == (author.id, "api", "Please look at the cost.")
    with database.reading() as reading:
        event = reading.scalars(select(AuditEvent).where(AuditEvent.verb == "submit")).one()
        assert (event.actor_id, event.details["program"].startswith("Made-up program")) == (author.id, True)
        assert reading.scalar(select(func.count(Initiative.id)).where(Initiative.title == "Made-up Sluice")) == 0
    listed = program.send("GET", "/proposals?state=submitted").json["items"]
    assert [(each["id"], "data" in each) for each in listed] == [(proposal.id, False)]

    gone = program.send("DELETE", path)
    assert (gone.status_code, gone.data, program.send("DELETE", path).status_code) == (204, b"", 204)
    assert program.send("GET", path).json["state"] == "withdrawn"
    assert program.send("POST", f"{path}/submit").status_code == 409


@pytest.mark.parametrize("kind", EntryKind)
def test_every_kind_is_proposed_whole_and_sent_at_once(program: Program, session: Session, kind: EntryKind) -> None:
    data = full_entry(session, kind)
    session.commit()
    made = program.send("POST", f"/{ENTRIES[kind].folder}?submit=true", data)
    assert (made.status_code, made.json["state"], made.json["problems"]) == (201, "submitted", {}), made.json
    read = program.send("GET", f"/proposals/{made.json['id']}").json
    assert (read["kind"], read["data"].keys()) == (kind, data.keys())


def test_editors_are_told_by_mail_and_not_of_hundreds(
    program: Program, session: Session, letters: list[Email], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "MAIL_RATE", "1 per hour")
    make_user(session, "editor")
    data = sound(session)
    for number in range(3):
        request = {"Idempotency_Key": f"key-{max(1, number)}"}
        sent = program.send(
            "POST", "/initiatives?submit=true", {**data, "title": f"Made-up {max(1, number)}"}, **request
        )
        assert (sent.status_code, sent.json["state"]) == (201, "submitted")
    assert [letter.subject for letter in letters] == ["Waiting for review: Made-up 1"]


@pytest.mark.both_databases
def test_a_change_is_of_the_version_that_was_read(
    program: Program, entry: Initiative, session: Session, database: Database
) -> None:
    path = f"/initiatives/{entry.slug}"
    assert program.send("PATCH", path, {"lessons": "Made-up"}).status_code == 428
    made = program.send("PATCH", path, {"lessons": "Made-up"}, If_Match='"1"')
    assert (made.status_code, made.json["slug"], made.json["base_version"]) == (202, entry.slug, 1)
    assert made.headers["Location"] == made.json["url"]
    again = program.send("PATCH", path, {"lessons": "Made-up"}, If_Match='"1"')
    assert (again.json, again.headers["Idempotency-Replayed"]) == (made.json, "true")
    with database.reading() as reading:
        now_published = snapshot(EntryKind.INITIATIVE, reading.get_one(Initiative, entry.id))
    whole = {**now_published, "summary": "Made-up otherwise.", "version": 1, "id": entry.id}
    assert program.send("PUT", path, whole, If_Match='"1-abc:br"').status_code == 202
    same = program.send("PUT", path, now_published, If_Match="*")
    assert (same.status_code, "nothing to propose" in same.json["detail"]) == (409, True)

    editor = make_user(session, "editor")
    publish(
        session, editor, EntryKind.INITIATIVE, {**now_published, "lessons": "Theirs", "problem": "Theirs too"}, entry.id
    )
    session.commit()
    late = program.send("PATCH", path, {"results": "Made-up"}, If_Match='W/"1"')
    assert (late.status_code, late.json["version"], late.headers["ETag"]) == (412, 2, '"2"')
    conflict = program.send("POST", f"/proposals/{made.json['id']}/submit")
    assert (conflict.status_code, conflict.json["fields"]) == (409, ["lessons"])
    assert conflict.json["current"] == {"lessons": "Theirs"}
    assert [proposal.state for proposal in proposals_in(database)] == ["draft", "draft"]
    joined = program.send("POST", f"/proposals/{proposals_in(database)[1].id}/submit")
    assert (joined.status_code, joined.json["state"]) == (200, "submitted")
    path = f"/proposals/{made.json['id']}"
    both = program.send("PATCH", f"{path}?rebase=true", {"lessons": "Theirs. Made-up"}, If_Match='"1"')
    assert (both.status_code, both.json["base_version"]) == (200, 2)
    assert (both.json["data"]["lessons"], both.json["data"]["problem"]) == ("Theirs. Made-up", "Theirs too")
    assert program.send("POST", f"{path}/submit").json["state"] == "submitted"


def test_a_precondition_that_names_no_version_of_ours_is_not_met(program: Program, entry: Initiative) -> None:
    for tag in ("2", '"0"', '"-1"', '"\u0661"', "W/", '"1', '"v1"', '"99999999999999999999"', "\u00e9", '"2", "3"'):
        answer = program.send("PATCH", f"/initiatives/{entry.slug}", {"results": "Made-up"}, If_Match=tag)
        assert (answer.status_code, answer.json["version"]) == (412, 1), tag


@pytest.mark.both_databases
def test_a_change_waits_for_who_publishes_at_the_same_moment(
    program: Program, entry: Initiative, session: Session, database: Database
) -> None:
    editor = make_user(session, "editor")
    theirs = {**snapshot(EntryKind.INITIATIVE, session.get_one(Initiative, entry.id)), "lessons": "Theirs"}
    publish(session, editor, EntryKind.INITIATIVE, theirs, entry.id)
    assert _changed_once_committed(program, entry, session, database) == [412]


@pytest.mark.both_databases
def test_a_change_of_what_is_withdrawn_at_the_same_moment_is_told_so(
    program: Program, entry: Initiative, session: Session, database: Database
) -> None:
    actions.withdraw(session, make_user(session, "editor"), EntryKind.INITIATIVE, entry.id, "Made-up reason")
    assert _changed_once_committed(program, entry, session, database) == [410]


def _changed_once_committed(program: Program, entry: Initiative, session: Session, database: Database) -> list[int]:
    """The status of a change that waits for the session to commit."""
    answers = []
    path = f"/initiatives/{entry.slug}"
    thread = threading.Thread(
        target=lambda: answers.append(program.send("PATCH", path, {"results": "Made-up"}, If_Match='"1"'))
    )
    thread.start()
    # On SQLite who writes waits from the beginning.
    while thread.is_alive() and not database.is_sqlite and not somebody_waits(database):
        thread.join(0.01)
    session.commit()
    thread.join()
    return [answer.status_code for answer in answers]


def test_what_was_withdrawn_or_merged_is_told_apart_from_what_never_was(program: Program, session: Session) -> None:
    editor = make_user(session, "editor")
    gone, kept, double = (make_initiative(session, f"Made-up {name}") for name in ("Gone", "Kept", "Double"))
    slugs = [gone.slug, double.slug]
    actions.withdraw(session, editor, EntryKind.INITIATIVE, gone.id, "Made-up reason")
    actions.merge(session, editor, EntryKind.INITIATIVE, kept.id, double.id)
    session.commit()
    for slug, code, said in (
        (slugs[0], 410, "withdrawn"),
        (slugs[1], 409, kept.slug),
        ("nope", 404, "nope"),
    ):
        answer = program.send("PATCH", f"/initiatives/{slug}", {"lessons": "x"}, If_Match='"1"')
        assert (answer.status_code, answer.mimetype, said in answer.json["detail"]) == (code, PROBLEM, True)


def test_what_is_wrong_is_said_by_field_and_nothing_is_saved(program: Program, database: Database) -> None:
    wrong = {
        "start_year": 20200,
        "stage": "made-up",
        "sources": [{"url": "javascript:alert(1)"}],
        "outcomes": [{"measure": "Made-up", "year": "last"}],
        "cities": ["nowhere"],
    }
    answer = program.send("POST", "/initiatives", {"title": "Made-up", **wrong})
    assert (answer.status_code, answer.mimetype) == (422, PROBLEM), answer.json
    assert {"start_year", "stage", "outcomes.0.year", "cities.0", "sources.0.url"} == answer.json["errors"].keys()
    unknown = program.send("POST", "/initiatives", {"title": "Made-up", "colour": "red"})
    assert unknown.json["errors"] == {"colour": ["There is no field of this name."]}
    many = program.send("POST", "/initiatives", {f"made-up-{number}" * 100: 1 for number in range(150)})
    assert len(many.json["errors"]) == 100
    assert len(many.data) < 50_000
    assert proposals_in(database) == []


def test_a_contributor_of_a_city_writes_for_that_city_alone(program: Program, author: User, session: Session) -> None:
    author.city_id = make_city(session, "Made-up Haven").id
    session.merge(author)
    other = make_city(session)
    session.commit()
    answer = program.send("POST", "/initiatives", {"title": "Made-up", "cities": [other.slug]})
    assert (answer.status_code, "Made-up Haven" in answer.json["errors"]["cities"][0]) == (422, True)


def test_proposals_of_others_are_not_there(program: Program, app: Flask, session: Session) -> None:
    theirs = Program(program.client, make_key(session, app.config["SECRET_KEY"], make_user(session, "editor")))
    session.commit()
    key = program.send("POST", "/initiatives", {"title": "Made-up"}).json["id"]
    for method, path in (("GET", ""), ("PATCH", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/submit")):
        body = None if method in {"GET", "DELETE"} else {}
        assert theirs.send(method, f"/proposals/{key}{path}", body, If_Match='"1"').status_code == 404, method
    assert theirs.send("GET", "/proposals").json == {"items": [], "next": None}
    assert program.send("GET", f"/proposals/{key}").json["state"] == "draft"


def test_a_list_goes_on_until_each_proposal_was_given_once(program: Program) -> None:
    made = [program.send("POST", "/initiatives", {"title": f"Made-up {number}"}).json["id"] for number in range(5)]
    path, found = "/proposals?limit=2&state=draft&kind=initiative", []
    while path:
        page = program.send("GET", path).json
        found += [each["id"] for each in page["items"]]
        path = page["next"] and page["next"].partition("/api/v1")[2]
    assert found == made[::-1]
    assert program.send("GET", "/proposals?kind=leader").json["items"] == []
    counts = []
    for limit in (1, 5):
        with counted_queries(program.client.application) as statements:
            program.send("GET", f"/proposals?limit={limit}")
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 4
    assert program.send("GET", "/proposals?state=lost").status_code == 422


# The same request again


@pytest.mark.both_databases
def test_the_same_request_again_gets_the_same_answer(program: Program, database: Database) -> None:
    first = program.send("POST", "/initiatives", {"title": "Made-up", "summary": "Short."}, Idempotency_Key="one")
    assert "Idempotency-Replayed" not in first.headers
    program.send("PATCH", f"/proposals/{first.json['id']}", {"title": "Made-up otherwise"}, If_Match='"1"')
    again = program.send("POST", "/initiatives", {"summary": "Short.", "title": "Made-up"}, Idempotency_Key="one")
    assert (again.status_code, again.json, again.headers["Location"]) == (201, first.json, first.headers["Location"])
    assert again.headers["Idempotency-Replayed"] == "true"
    for path, body in (("/initiatives", {"title": "Other"}), ("/leaders", {"title": "Made-up", "summary": "Short."})):
        other = program.send("POST", path, body, Idempotency_Key="one")
        assert (other.status_code, "Idempotency-Key" in other.json["detail"]) == (422, True)
    assert len(proposals_in(database)) == 1


def test_what_was_refused_is_not_remembered(program: Program, database: Database) -> None:
    assert program.send("POST", "/initiatives", {"stage": "made-up"}, Idempotency_Key="one").status_code == 422
    assert program.send("POST", "/initiatives", {"title": "Made-up"}, Idempotency_Key="one").status_code == 201
    assert len(proposals_in(database)) == 1


def test_a_key_of_a_request_is_of_one_program_and_lasts_a_day(
    program: Program, app: Flask, session: Session, author: User, database: Database
) -> None:
    other = Program(program.client, make_key(session, app.config["SECRET_KEY"], author))
    session.commit()
    numbers = [
        each.send("POST", "/initiatives", {"title": "Made-up"}, Idempotency_Key="1").json["id"]
        for each in (program, other)
    ]
    assert numbers[0] != numbers[1]
    for row in session.scalars(select(IdempotentRequest)):
        row.at -= idempotency.KEPT
    session.commit()
    later = program.send("POST", "/initiatives", {"title": "Made-up"}, Idempotency_Key="1")
    assert later.json["id"] not in numbers
    with database.reading() as reading:
        assert reading.scalar(select(func.count(IdempotentRequest.id))) == 1


def test_a_post_without_a_sound_idempotency_key_is_refused(program: Program) -> None:
    for key in ("", "a b", "é", "x" * 256, "\t"):
        answer = program.send("POST", "/initiatives", {"title": "Made-up"}, Idempotency_Key=key)
        assert (answer.status_code, "such as a UUID" in answer.json["detail"]) == (400, True), key


@pytest.mark.both_databases
def test_of_two_who_send_the_same_at_once_one_does_it_and_both_are_told_the_same(
    program: Program, app: Flask, database: Database, app_with: Callable[..., Flask]
) -> None:
    """Two applications stand for two workers: they share nothing but the database."""
    apps = [app, app_with()]
    barrier, answers = threading.Barrier(8), []

    def send(number: int) -> None:
        each = Program(apps[number % 2].test_client(), program.key)
        barrier.wait()
        answers.append(each.send("POST", "/initiatives", {"title": "Made-up"}, Idempotency_Key="at-once"))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({json.dumps(answer.json) for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 7
    assert len(proposals_in(database)) == 1


def test_the_programs_of_a_person_send_so_much_a_day(
    program: Program, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "MOST", 2)
    codes = [program.send("POST", "/initiatives", {"title": "Made-up"}).status_code for _ in range(3)]
    assert codes == [201, 201, 429]
    refused = program.send("PATCH", "/initiatives", {"title": "Made-up"})
    assert refused.status_code == 405
    refused = program.send("POST", "/initiatives", {"title": "Made-up"})
    assert 86_000 < int(refused.headers["Retry-After"]) <= 86_400
    assert len(proposals_in(database)) == 2


# Who gets in


def test_every_address_that_needs_a_key_is_closed_without_one_and_for_a_session_cookie(
    app: Flask, session: Session
) -> None:
    browser = signed_in(app.test_client(), make_user_committed(session, "administrator"))
    adapter, seen = app.url_map.bind("localhost"), set()
    for rule in app.url_map.iter_rules():
        if scope_of(app.view_functions[rule.endpoint]) is None:
            continue
        path = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 1), method=next(iter(rule.methods)))
        for method in rule.methods - {"OPTIONS"}:
            answer = browser.open(path, method=method, json={"title": "Made-up"}, headers={"Idempotency-Key": "x"})
            assert (answer.status_code, answer.mimetype) == (401, PROBLEM), path
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="CityPeers"'
            assert method == "HEAD" or "Keys for programs" in answer.json["detail"]
            assert "Set-Cookie" not in answer.headers
            seen.add(method)
    assert seen == {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
    assert session.scalar(select(func.count(Proposal.id))) == 0


def make_user_committed(session: Session, role: str) -> User:
    user = make_user(session, role)
    session.commit()
    return user


WRONG_KEYS = [
    ("Basic a2I6a2I=", "send the header"),
    ("Bearer", "send the header"),
    ("kb_0123456789", "send the header"),
    ("Bearer kb_0123456789", "begins with kb_"),
    ("Bearer " + "k" * 5_000, "begins with kb_"),
    (f"Bearer kb_{'0' * 10}_{'0' * 64}", "do not know this key"),
    (f"Bearer kb_{'0' * 10}_{'0' * 63}\u00e9", "begins with kb_"),
    (f"Bearer kb_{'0' * 10}_{'0' * 64}, kb_x", "begins with kb_"),
]


def test_a_key_that_is_none_is_refused_with_what_would_be_right(client: FlaskClient) -> None:
    for header, said in WRONG_KEYS:
        answer = client.get("/api/v1/proposals", headers={"Authorization": header})
        assert (answer.status_code, answer.mimetype) == (401, PROBLEM), header
        assert said in answer.json["detail"], header
        assert ('error="invalid_token"' in answer.headers["WWW-Authenticate"]) == (said != "send the header"), header
        assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_key_ends_with_its_time_its_owner_and_its_account(program: Program, session: Session, author: User) -> None:
    assert program.send("GET", "/proposals").status_code == 200
    row = session.scalars(select(ApiKey)).one()
    row.expires_at = now()
    session.commit()
    assert "expired on" in program.send("GET", "/proposals").json["detail"]
    row.expires_at, row.revoked_at = now().replace(year=2999), now()
    session.commit()
    assert "revoked on" in program.send("GET", "/proposals").json["detail"]
    row.revoked_at = None
    accounts.disable(session, None, session.get_one(User, author.id))
    session.commit()
    closed = program.send("POST", "/initiatives", {"title": "Made-up"})
    assert (closed.status_code, closed.json["detail"]) == (401, "The account of this key is closed.")
    accounts.enable(session, None, session.get_one(User, author.id))
    session.commit()
    assert "revoked on" in program.send("GET", "/proposals").json["detail"]


def test_a_key_does_what_its_scopes_say(client: FlaskClient, app: Flask, session: Session, author: User) -> None:
    secret = app.config["SECRET_KEY"]
    reading, drafting = (Program(client, make_key(session, secret, author, (scope,))) for scope in ("read", "draft"))
    session.commit()
    assert reading.send("GET", "/proposals").status_code == 200
    refused = reading.send("POST", "/initiatives", {"title": "Made-up"})
    assert (refused.status_code, "it lacks “draft”" in refused.json["detail"]) == (403, True)
    made = drafting.send("POST", "/initiatives", {"title": "Made-up"})
    assert made.status_code == 201
    assert drafting.send("GET", "/proposals").status_code == 403
    assert drafting.send("POST", f"/proposals/{made.json['id']}/submit").status_code == 403
    both = drafting.send("POST", "/initiatives?submit=true", {"title": "Made-up"})
    assert (both.status_code, "“submit”" in both.json["detail"]) == (403, True)


def test_the_day_of_use_is_noted_and_no_finer(program: Program, session: Session) -> None:
    row = session.scalars(select(ApiKey)).one()
    assert row.last_used_on is None
    session.rollback()
    program.send("GET", "/challenges")
    session.refresh(row)
    assert row.last_used_on == now().date()
    session.rollback()


def test_wrong_keys_are_counted_by_address_and_keep_no_right_one_waiting(program: Program) -> None:
    often = int(program_keys.FAILED_RATE.split()[0])
    wrong = Program(program.client, f"kb_{'0' * 10}_{'0' * 64}")
    codes = [wrong.send("GET", "/proposals").status_code for _ in range(often + 1)]
    assert codes == [401] * often + [429]
    refused = wrong.send("GET", "/proposals")
    assert int(refused.headers["Retry-After"]) > 0
    assert program.send("GET", "/proposals").status_code == 200


def test_no_log_has_a_key(
    program: Program, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: object, **_settings: object) -> None:
        raise RuntimeError("made-up")

    monkeypatch.setattr(actions, "start", fails)
    program.client.application.config["PROPAGATE_EXCEPTIONS"] = False
    with captured_logs(capsys, "DEBUG") as lines:
        answer = program.send("POST", "/initiatives", {"title": "Made-up"})
        wrong = Program(program.client, program.key[:-1]).send("GET", "/proposals")
        logged = "\n".join(lines())
    assert (answer.status_code, answer.mimetype, wrong.status_code) == (500, PROBLEM, 401)
    assert "RuntimeError: made-up" in logged
    assert program.key[14:40] not in logged + answer.text + wrong.text


def test_a_key_has_a_budget_of_its_own(
    app_with: Callable[..., Flask], session: Session, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program_keys, "RATE", "3 per 5 minutes")
    app = app_with(rate_limit="2 per 5 minutes")
    program = Program(app.test_client(), make_key(session, app.config["SECRET_KEY"], author))
    session.commit()
    answers = [program.send("GET", path) for path in ("/proposals", "/challenges", "/proposals", "/proposals")]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit"].split(";t=")[0] for answer in answers] == [f'"key";r={n}' for n in (2, 1, 0, 0)]
    assert "with your key" in answers[-1].json["detail"]
    assert int(answers[-1].headers["Retry-After"]) > 0
    wrong = Program(program.client, "kb_made-up")
    assert [wrong.send("GET", "/proposals").status_code for _ in range(3)] == [401, 401, 429]


# What is sent


BODIES: list[tuple[bytes, dict[str, str], int, str]] = [
    (b"", {}, 400, "not JSON"),
    (b"{", {}, 400, "line 1, column 2"),
    (b"[]", {}, 400, "in braces"),
    (b'"title"', {}, 400, "in braces"),
    (b"null", {}, 400, "in braces"),
    (b"{}", {}, 422, "errors"),
    (b'{"title": " \\u200b", "kind": "initiative"}', {}, 422, "errors"),
    (b'{"title": "a", "title": "b"}', {}, 400, "given twice"),
    (b'{"outcomes": [{"year": 1, "year": 2}]}', {}, 400, "given twice"),
    # So many names that it would take seconds to look each up, and minutes to compare each with each.
    (b'{"outcomes": [{' + b"".join(b'"%d": 1,' % n for n in range(80_000)) + b'"79999": 1}]}', {}, 400, "than 200"),
    (b'{"cost_amount": NaN}', {}, 400, "no NaN"),
    (b'{"cost_amount": -Infinity}', {}, 400, "no NaN"),
    (b'{"cost_amount": 1e999}', {}, 400, "no NaN"),
    (b'{"cost_amount": ' + b"9" * 5_000 + b"}", {}, 400, "too long"),
    (b'{"title": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", {}, 400, "nested too deeply"),
    (b'{"title": ' + b"[" * 400 + b"]" * 400 + b"}", {}, 422, "errors"),
    (b'{"title": "\xff"}', {}, 400, "UTF-8"),
    ("{}".encode("utf-16"), {}, 400, "UTF-8"),
    (b"\xef\xbb\xbf{}", {}, 400, "not JSON"),
    (b'{"title": "' + b"x" * 1_000_000 + b'"}', {}, 413, "too large"),
    (b"title=Made-up", {"Content_Type": "application/x-www-form-urlencoded"}, 415, "application/json"),
    (b"{}", {"Content_Type": "text/plain"}, 415, "application/json"),
    (b"{}", {"Content_Type": ""}, 415, "application/json"),
    (b"{}", {"Content_Type": "application/merge-patch+json"}, 415, "application/json"),
    (b"--x--", {"Content_Type": "multipart/form-data; boundary=x"}, 415, "application/json"),
    (b"{}", {"Content_Encoding": "gzip"}, 415, "application/json"),
]


def test_a_body_that_can_be_read_in_two_ways_or_none_is_refused(program: Program, database: Database) -> None:
    for body, headers, code, said in BODIES:
        answer = program.send("POST", "/initiatives", body, **{"Content_Type": "application/json", **headers})
        assert (answer.status_code, answer.mimetype) == (code, PROBLEM), (body[:60], headers, answer.data[:300])
        assert said in answer.json["detail"], (body[:60], headers)
    assert proposals_in(database) == []


def test_what_no_database_takes_is_left_out_of_a_text(program: Program) -> None:
    made = program.send(
        "POST", "/initiatives", b'{"title": "Made\\u0000-up \\ud800 Gate"}', Content_Type="application/json"
    )
    assert (made.status_code, made.json["title"]) == (201, "Made-up Gate")
    for body in (
        b'{"\\ud800": 1}',
        b'{"a\\u0000b": 1}',
        b'{"population": 1e300}',
        b'{"start_year": 99999999999999999999}',
    ):
        assert program.send("POST", "/initiatives", body, Content_Type="application/json").status_code == 422


def test_values_of_any_shape_are_refused_and_never_an_error_of_ours(program: Program, session: Session) -> None:
    """All fields get a kind of value that no form sends."""
    names = full_entry(session, EntryKind.INITIATIVE)
    session.commit()
    shapes = [{"a": 1}, [[]], [None], [{}], 1.5, -1, True, "x" * 20_001, [{"a": {"b": []}}], "\u202e", 2**63, {}]
    for shape in shapes:
        answer = program.send("POST", "/initiatives", dict.fromkeys(names, shape))
        assert answer.status_code == 422, (shape, answer.data[:300])


def test_what_is_left_out_of_a_body_is_no_field() -> None:
    assert [kind for kind in EntryKind if READ_ONLY & schema_of(kind).declared.keys()] == []


# What the description says of it


def test_the_description_tells_of_every_address_that_needs_a_key(app: Flask, client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").json
    scheme = described["components"]["securitySchemes"][SCHEME]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    operations = {}
    for rule in app.url_map.iter_rules():
        scope = scope_of(app.view_functions[rule.endpoint])
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"} if scope else ():
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(rule))
            operations[method, path] = operation = described["paths"][path][method.lower()]
            assert operation["security"] == [{SCHEME: [scope]}]
            assert {"401", "403", "429"} <= operation["responses"].keys()
            required = {each["name"] for each in operation["parameters"] if each["in"] == "header" and each["required"]}
            needs = {"POST": {"Idempotency-Key"}, "PUT": {"If-Match"}, "PATCH": {"If-Match"}}
            assert required == needs.get(method, set())
            for content in operation.get("requestBody", {}).get("content", {}).values():
                assert content["examples"]
    assert len(operations) == 3 * len(EntryKind) + 6


def test_the_examples_are_entries_of_the_seed_that_could_be_published(seeded_config: Config) -> None:
    with Database(seeded_config.database_url).reading() as session:
        for kind, example in ENTRY_EXAMPLES.items():
            assert validate(session, kind, example).problems == {}
        assert validate(session, EntryKind.INITIATIVE, CHANGE_EXAMPLE).errors == {}
    assert set(ENTRY_EXAMPLES) == set(EntryKind)


def test_the_example_of_an_answer_has_what_an_answer_has(program: Program) -> None:
    made = program.send("POST", "/initiatives", {"title": "Made-up"})
    assert list(made.json) == list(SAVED_EXAMPLE)


def test_what_is_read_can_be_sent_back_and_names_its_version(visitor: FlaskClient) -> None:
    for kind, definition in ENTRIES.items():
        slug = visitor.get(f"/api/v1/{definition.folder}?limit=1").json["items"][0]["slug"]
        read = visitor.get(f"/api/v1/{definition.folder}/{slug}")
        assert read.json.keys() - READ_ONLY == schema_of(kind).declared.keys()
        with visitor.application.test_request_context(headers={"If-Match": read.headers["ETag"]}):
            require_version(read.json["version"])
            with pytest.raises(VersionChanged):
                require_version(read.json["version"] + 1)
