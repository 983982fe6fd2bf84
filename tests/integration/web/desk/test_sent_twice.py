"""A form that is sent twice makes one thing, and both answers lead to it: also at one moment, in two processes."""

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from kb.accounts.models import Submission, User
from kb.accounts.submissions import KEPT
from kb.catalogue.models import Challenge
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.mail import Email
from kb.editorial.models import Proposal, Remark
from kb.forum.models import ForumSession, LiveStatus, Question
from kb.importing.models import Import
from tests.factories import make_city, make_initiative
from tests.forum_factories import make_dialogue
from tests.sign_in import signed_in
from tests.spreadsheets import as_csv
from tests.unit.importing.importing import HEADING, line

from ..test_preparing_sessions import DETAILS
from .conftest import Browsers
from .desk_forms import fields_in, write_up

Typed = dict[str, Any]

FORMS = {
    "draft": ("ana", "/desk/new/initiative", {"title": "Made-up Sensors", "go": "stay"}, Proposal),
    "session": ("eva", "/desk/forum/new", DETAILS, ForumSession),
    "term": (
        "eva",
        "/desk/terms/challenge/new",
        {"code": "made-up", "label": "Made-up", "gist": "Made up.", "dimension": "environment"},
        Challenge,
    ),
    "invitation": ("adi", "/desk/people/invite", {"name": "Made-up", "email": "made@example.org"}, User),
}


def number_of(database: Database, model: Any) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def opened(client: FlaskClient, path: str, to: str) -> dict[str, list[str]]:
    """The fields of the form for `to` of a page; one without an action sends to the page itself."""
    page = client.get(path).text
    return fields_in(page, to if f'action="{to}"' in page else "")


def twice(client: FlaskClient, path: str, typed: Typed, to: str | None = None, **more: Any) -> list[Any]:
    """Open a page once, and send its form twice."""
    fields = {**opened(client, path, to or path), **typed}
    return [client.post(to or path, data=fields, **more) for _ in range(2)]


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.both_databases
def test_a_form_sent_twice_makes_one_thing_and_leads_to_it(database: Database, browser_of: Browsers, name: str) -> None:
    person, path, typed, model = FORMS[name]
    client = browser_of(person)
    before = number_of(database, model)
    first, second = twice(client, path, typed)
    assert first.status_code == second.status_code == 303
    assert second.location == first.location
    assert number_of(database, model) == before + 1


def test_an_invitation_is_mailed_once(browser_of: Browsers, letters: list[Email]) -> None:
    adi = browser_of("adi")
    made, _ = twice(adi, "/desk/people/invite", {"name": "Made-up", "email": "made@example.org"})
    assert len(letters) == 1
    twice(adi, made.location, {}, f"{made.location}/invite-again")
    assert len(letters) == 2, "the link of the first would not work any more"


def test_a_file_sent_twice_is_one_import_and_another_file_is_another(database: Database, browser_of: Browsers) -> None:
    client = browser_of("eva")
    fields = fields_in(client.get("/desk/imports").text, "/desk/imports")

    def sent(content: bytes, name: str = "made-up.csv") -> Any:
        data = {**fields, "file": (io.BytesIO(content), name)}
        return client.post("/desk/imports", data=data, content_type="multipart/form-data")

    first, second = (sent(as_csv([line("1")], heading=HEADING)) for _ in range(2))
    assert first.location == second.location
    assert number_of(database, Import) == 1
    assert sent(as_csv([line("2")], heading=HEADING)).location != first.location
    assert number_of(database, Import) == 2
    assert sent(as_csv([line("1")], heading=HEADING), "made-up-too.csv").location != first.location


def test_a_remark_sent_twice_is_made_once(database: Database, browser_of: Browsers) -> None:
    ana = browser_of("ana")
    key = write_up(ana)
    first, second = twice(
        ana, f"/desk/proposals/{key}", {"text": "A made-up remark."}, f"/desk/proposals/{key}/remarks"
    )
    assert first.location == second.location
    assert number_of(database, Remark) == 1


def test_a_change_begun_by_a_double_click_is_one_draft(database: Database, browser_of: Browsers) -> None:
    with database.writing() as session:
        slug = make_initiative(session, cities=(make_city(session),)).slug
    path = f"/desk/entries/initiative/{slug}"
    first, second = twice(browser_of("eva"), path, {}, f"{path}/change")
    assert first.location == second.location
    assert number_of(database, Proposal) == 1


def test_sending_for_review_twice_leads_to_the_proposal_both_times(browser_of: Browsers) -> None:
    ana = browser_of("ana")
    path = f"/desk/proposals/{write_up(ana)}/check"
    first, second = twice(ana, path, {"go": "send"})
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location


def test_publishing_twice_is_no_error(database: Database, browser_of: Browsers) -> None:
    eva = browser_of("eva")
    path = f"/desk/proposals/{write_up(eva)}/check"
    first, second = twice(eva, path, {"go": "publish"})
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location


def test_a_first_step_that_is_changed_and_sent_again_changes_the_same_draft(
    database: Database, browser_of: Browsers
) -> None:
    ana = browser_of("ana")
    fields = fields_in(ana.get("/desk/new/initiative").text, "/desk/new/initiative")
    first = ana.post("/desk/new/initiative", data={**fields, "title": "Made-up Sensors", "go": "stay"})
    ana.post(first.location, data={**fields_in(ana.get(first.location).text, first.location), "summary": "Made up."})
    again = ana.post("/desk/new/initiative", data={**fields, "title": "Made-up Flood Sensors", "go": "stay"})
    assert again.location == first.location
    with database.reading() as session:
        proposal = session.scalars(select(Proposal)).one()
    assert proposal.title == "Made-up Flood Sensors"


@pytest.mark.both_databases
def test_a_draft_that_saves_itself_while_it_is_sent_is_one(database: Database, browser_of: Browsers) -> None:
    ana = browser_of("ana")
    fields = fields_in(ana.get("/desk/new/initiative").text, "/desk/new/initiative")
    headers = {"Accept": "application/json", "X-CSRFToken": fields["csrf_token"][0]}
    saved = ana.post("/desk/new/initiative", data={**fields, "title": "Made-up", "autosave": "1"}, headers=headers)
    sent = ana.post("/desk/new/initiative", data={**fields, "title": "Made-up Sensors", "go": "stay"})
    assert saved.json["edit"] == sent.location
    again = ana.post("/desk/new/initiative", data={**fields, "title": "Made-up", "autosave": "1"}, headers=headers)
    assert again.json["edit"] == sent.location
    assert number_of(database, Proposal) == 1


def test_a_question_sent_twice_is_asked_once(client: FlaskClient, database: Database) -> None:
    path = _ask_path(database)
    first, second = twice(client, path, {"text": "What did it cost?"})
    assert first.location == second.location
    assert number_of(database, Question) == 1
    twice(client, path, {"text": "What did it cost?"})
    assert number_of(database, Question) == 2, "whoever opens the form anew may ask the same again"


def test_the_token_is_no_part_of_what_a_form_says(client: FlaskClient, database: Database) -> None:
    path = _ask_path(database)
    fields = {**opened(client, path, path), "text": "What did it cost?"}
    first = client.post(path, data=fields)
    (token,) = fields.pop("csrf_token")
    assert client.post(path, data=fields, headers={"X-CSRFToken": token}).location == first.location
    assert number_of(database, Question) == 1


def test_what_stands_in_another_field_is_another_form(client: FlaskClient, database: Database) -> None:
    path = _ask_path(database)
    fields = opened(client, path, path)
    client.post(path, data={**fields, "text": "Who pays?name", "name": ""})
    client.post(path, data={**fields, "text": "Who pays?", "name": "name"})
    assert number_of(database, Question) == 2


def test_the_same_words_at_another_address_are_another_form(client: FlaskClient, database: Database) -> None:
    path, other = _ask_path(database), _ask_path(database, "made-up-other")
    fields = {**opened(client, path, path), "text": "What did it cost?"}
    assert client.post(path, data=fields).location != client.post(other, data=fields).location
    assert number_of(database, Question) == 2


@pytest.mark.both_databases
def test_a_form_is_remembered_for_a_day(client: FlaskClient, database: Database) -> None:
    path = _ask_path(database)
    twice(client, path, {"text": "What did it cost?"})
    with database.writing() as session:
        session.scalars(select(Submission)).one().at = now() - KEPT - timedelta(minutes=1)
    twice(client, path, {"text": "Who paid?"})
    assert number_of(database, Submission) == 1


def test_a_refused_form_is_not_taken_for_done(client: FlaskClient, database: Database) -> None:
    path = _ask_path(database)
    first, second = twice(client, path, {"text": "?" * 501})
    assert (first.status_code, second.status_code) == (422, 422)
    assert number_of(database, Question) == 0


def test_a_form_whose_work_was_refused_can_be_sent_again(client: FlaskClient, database: Database) -> None:
    path = _ask_path(database)
    fields = {**opened(client, path, path), "text": "What did it cost?"}
    with database.writing() as session:
        session.scalars(select(LiveStatus)).one().questions_open = False
    assert client.post(path, data=fields).status_code == 422
    with database.writing() as session:
        session.scalars(select(LiveStatus)).one().questions_open = True
    assert client.post(path, data=fields).status_code == 303
    assert number_of(database, Question) == 1


def test_nobody_is_led_to_what_somebody_else_made(browser_of: Browsers) -> None:
    ana, bo = browser_of("ana"), browser_of("bo")
    fields = fields_in(ana.get("/desk/new/initiative").text, "/desk/new/initiative")
    typed = {"title": "Made-up Sensors", "go": "stay"}
    mine = ana.post("/desk/new/initiative", data={**fields, **typed})
    token = fields_in(bo.get("/desk/new/initiative").text, "/desk/new/initiative")["csrf_token"]
    theirs = bo.post("/desk/new/initiative", data={**fields, **typed, "csrf_token": token})
    assert theirs.status_code == 303
    assert theirs.location != mine.location


@pytest.mark.parametrize("name", ["draft", "session", "question"])
@pytest.mark.both_databases
def test_two_processes_that_get_a_form_at_one_moment_make_one_thing(
    database: Database, app_with: Callable[..., Flask], browser_of: Browsers, people: dict[str, User], name: str
) -> None:
    """Each application has connections and locks of its own, as each process has."""
    apps = [app_with(), app_with()]
    if name == "question":
        path, typed, model = _ask_path(database), {"text": "What did it cost?"}, Question
        clients = [app.test_client() for app in apps]
    else:
        person, path, typed, model = FORMS[name]
        clients = [signed_in(app.test_client(), people[person]) for app in apps]
    before = number_of(database, model)
    fields = {**opened(clients[0], path, path), **typed}
    clients[1]._cookies = clients[0]._cookies
    together = threading.Barrier(2)

    def send(client: FlaskClient) -> Any:
        together.wait(30)
        return client.post(path, data=fields)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(send, clients)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert number_of(database, model) == before + 1


def _ask_path(database: Database, slug: str = "made-up-dialogue") -> str:
    with database.writing() as session:
        held = make_dialogue(session, slug)
        session.add(LiveStatus(session_id=held.id, version=1, questions_open=True))
        return f"/f/{held.short_code}/ask"
