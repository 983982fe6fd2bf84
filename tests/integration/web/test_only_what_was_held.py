"""A session that ends early: only what was held is recorded, on pages, in files and in the search."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from config import Config
from kb.core.db import Database
from kb.forum.live import queries, session_control
from kb.forum.models import ForumSession, Slot, SlotInitiative
from kb.search import indexing
from kb.search.follower import Follower
from tests.factories import make_city, make_initiative, make_leader, make_session

from .page_readers import words_of

NAMES = ("Quokkaville", "Wombatville", "Numbatville")
PAGE = "/forum/made-up-early-end"


@pytest.fixture
def planned(database: Database) -> list[dict[str, str]]:
    """A session of 15 items with a talk of each of three cities; the slugs of city, leader and initiative of each."""
    with database.writing() as session:
        cities = tuple(make_city(session, f"Made-up {name}") for name in NAMES)
        forum_session = make_session(session, "Made-up Dialogue", cities=cities, slug="made-up-early-end")
        assert len(forum_session.slots) == 15
        slugs = []
        for speaker, talk in zip(forum_session.speakers[1:], talks_of(forum_session), strict=True):
            assert speaker.city is not None
            speaker.leader = make_leader(session, f"Made-up Leader of {speaker.city.name}", city=speaker.city)
            initiative = make_initiative(session, f"Made-up Buses of {speaker.city.name}", cities=(speaker.city,))
            talk.presented = [SlotInitiative(initiative=initiative)]
            talk.title = "Made-up zeppelins"
            session.flush()
            slugs.append({"city": speaker.city.slug, "leader": speaker.leader.slug, "initiative": initiative.slug})
        return slugs


def talks_of(forum_session: ForumSession) -> list[Slot]:
    return [slot for slot in forum_session.slots if slot.kind == "talk"]


def lead(database: Database, *kinds: str, minutes: float = 5) -> None:
    """Take steps of the clock, some minutes apart, each a transaction of its own."""
    for kind in kinds:
        with database.writing() as session:
            forum_session = queries.session_to_change(session, slug="made-up-early-end")
            number = len(queries.steps_of(session, forum_session.id))
            at = forum_session.starts_at + timedelta(minutes=minutes * number)
            session_control.take_step(session, forum_session, kind, number, at)  # type: ignore[arg-type] # a kind


def lead_to(database: Database, item: int) -> None:
    """Lead the session to an item, counted from 1, and end it there."""
    lead(database, "started", *["next"] * (item - 1), "ended")


def said(client: FlaskClient, slugs: list[dict[str, str]], kind: str) -> list[bool]:
    """Whether the page of each city or initiative tells of a talk in the forum, or that of each leader of a session."""
    path = {"city": "/cities/", "initiative": "/initiatives/", "leader": "/leaders/"}[kind]
    return [PAGE in client.get(path + entry[kind]).text for entry in slugs]


def outcomes(database: Database) -> list[bool | None]:
    """What is recorded of each talk."""
    with database.reading() as session:
        return [slot.was_held for slot in talks_of(session.scalars(select(ForumSession)).one())]


def test_what_an_organiser_corrected_stays_when_the_session_is_led_on(
    database: Database, planned: list[dict[str, str]]
) -> None:
    lead_to(database, 5)
    assert outcomes(database) == [True, False, False]
    with database.writing() as session:
        first, second, _ = talks_of(session.scalars(select(ForumSession)).one())
        first.was_held, second.was_held = False, True
    lead(database, "undone")
    assert outcomes(database) == [False, True, None], "only the third is open again"
    lead(database, *["next"] * 9, "ended")
    assert outcomes(database) == [False, True, True]


def talks_found(client: FlaskClient) -> int:
    return client.get("/search", query_string={"q": "zeppelins", "kind": "talk"}).text.count('class="result"')


@pytest.mark.parametrize(("item", "expected"), [(3, [False] * 3), (5, [True, False, False]), (8, [True, True, False])])
@pytest.mark.both_databases
def test_pages_tell_of_the_talks_that_were_held_and_of_no_other(
    client: FlaskClient, database: Database, planned: list[dict[str, str]], item: int, expected: list[bool]
) -> None:
    lead_to(database, item)
    for kind in ("city", "initiative", "leader"):
        assert said(client, planned, kind) == expected, kind


def test_a_talk_that_is_to_come_was_not_said_yet(
    client: FlaskClient, database: Database, planned: list[dict[str, str]]
) -> None:
    assert said(client, planned, "city") == [False] * 3
    lead(database, "started", *["next"] * 4)
    assert said(client, planned, "city") == [False] * 3, "the first talk is on, and not over"
    page = client.get(PAGE).text
    assert page.count('aria-current="step"') == page.count(">Now<") == 1
    lead(database, "next")
    assert said(client, planned, "city") == [True, False, False]
    lead(database, "undone")
    assert said(client, planned, "city") == [False] * 3


@pytest.mark.parametrize("with_index", [True, False])
@pytest.mark.both_databases
def test_the_search_finds_the_talks_that_were_held_and_no_other(
    client: FlaskClient, database: Database, config: Config, planned: list[dict[str, str]], with_index: bool
) -> None:
    follow: Callable[[], object] = lambda: None  # noqa: E731 - one of two ways to keep up
    if with_index:
        indexing.rebuild(database, config.search_index)
        follower = Follower(database, Path(config.search_index))
        follow = follower.step
    assert talks_found(client) == 0, "what is announced is found as a session"
    lead_to(database, 5)
    follow()
    assert talks_found(client) == 1
    lead(database, "undone")
    follow()
    assert talks_found(client) == 0
    if with_index:
        assert indexing.check(database, Path(config.search_index)) == []
        follower.close()


def test_the_page_of_the_session_marks_what_was_planned_and_not_held(
    client: FlaskClient, database: Database, planned: list[dict[str, str]]
) -> None:
    lead_to(database, 5)
    page = client.get(PAGE).text
    words = words_of(page)
    assert "10 items were planned and did not take place." in words
    assert page.count("show-not-held") == 10
    presented = page[page.index('id="presented"') :]
    assert [f"/initiatives/{entry['initiative']}" in presented for entry in planned] == [True, False, False]
    performers = page[page.index('"performer"') : page.index('"superEvent"')]
    assert [name in performers for name in NAMES] == [True, False, False]


def test_the_files_of_the_record_say_what_was_held(
    client: FlaskClient, database: Database, planned: list[dict[str, str]]
) -> None:
    before = client.get(f"{PAGE}/record.json").json["programme"]
    assert {slot["state"] for slot in before} == {"to-come"}
    lead_to(database, 5)
    record = client.get(f"{PAGE}/record.json").json["programme"]
    assert [slot["state"] for slot in record] == ["held"] * 5 + ["not-held"] * 10
    table = csv.DictReader(io.StringIO(client.get(f"{PAGE}/record.csv").data.decode("utf-8-sig")))
    labels = [row["status_label"] for row in table if row["part"] == "programme"]
    assert labels == ["Took place"] * 5 + ["Planned, did not take place"] * 10


def test_what_was_left_out_or_stopped_at_once_was_not_held(database: Database, planned: list[dict[str, str]]) -> None:
    with database.writing() as session:
        forum_session = queries.session_to_change(session, slug="made-up-early-end")
        first, second, third = talks_of(forum_session)
        begins = forum_session.starts_at
        steps = (("started", None, 0), ("skipped", second.id, 1), ("next", first.id, 2), ("broken-off", None, 2.5),
                 ("next", third.id, 4), ("broken-off", None, 8), ("ended", None, 9))  # fmt: skip
        for number, (kind, slot_id, minute) in enumerate(steps):
            at = begins + timedelta(minutes=minute)
            session_control.take_step(session, forum_session, kind, number, at, slot_id=slot_id)  # type: ignore[arg-type] # a kind
        assert (first.was_held, second.was_held, third.was_held) == (False, False, True)


@pytest.mark.parametrize(("status", "is_told"), [("announced", False), ("confirmed", False), ("spoke", True)])
def test_of_a_session_that_was_not_led_here_only_reported_talks_count(
    client: FlaskClient, database: Database, planned: list[dict[str, str]], status: str, is_told: bool
) -> None:
    with database.writing() as session:
        forum_session = session.scalars(select(ForumSession)).one()
        forum_session.state = "ended"
        forum_session.speakers[1].status = status
    assert said(client, planned, "city") == [is_told, False, False]
    assert said(client, planned, "leader") == [is_told, False, False]
    assert talks_found(client) == int(is_told)
    states = [slot["state"] for slot in client.get(f"{PAGE}/record.json").json["programme"]]
    assert (states.count("held"), states.count("unknown")) == (int(is_told), 15 - int(is_told))
    assert "This is the plan." in client.get(PAGE).text


def test_nothing_of_a_session_that_was_called_off_was_said(
    client: FlaskClient, database: Database, planned: list[dict[str, str]]
) -> None:
    with database.writing() as session:
        forum_session = session.scalars(select(ForumSession)).one()
        forum_session.state = "cancelled"
        forum_session.speakers[1].status = "spoke"
    assert said(client, planned, "city") == [False] * 3
    assert talks_found(client) == 0
