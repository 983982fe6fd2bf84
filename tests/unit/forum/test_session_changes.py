"""The change log of the forum: whatever is saved, sessions and talks that draw on it are noted."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kb.catalogue.models import Change, City, Country, Initiative, Place, Vision
from kb.core.db import Database
from kb.forum.models import Forum, ForumSession, Slot, SlotInitiative, Speaker, Statement
from tests.factories import make_city, make_initiative, make_session, make_vision


def noted(database: Database, after: int) -> set[tuple[str, int]]:
    with database.reading() as session:
        rows = session.execute(select(Change.kind, Change.entry_id).where(Change.id > after))
        return {(kind, entry_id) for kind, entry_id in rows if kind in {"session", "talk"}}


def last(database: Database) -> int:
    with database.reading() as session:
        return max(session.scalars(select(Change.id)), default=0)


@pytest.fixture
def ids(database: Database) -> dict[str, int]:
    """A session whose first slot is nobody's, and whose second is a talk that presents things; and another session."""
    with database.writing() as session:
        city = make_city(session)
        forum_session = make_session(session, cities=(city,))
        talk = next(slot for slot in forum_session.slots if slot.kind == "talk")
        talk.vision = make_vision(session, city)
        talk.presented = [SlotInitiative(initiative=make_initiative(session, cities=(city,)))]
        forum_session.statements = [Statement(kind="point", text="A made-up point.", speaker=talk.speaker, slot=talk)]
        session.flush()
        make_session(session, cities=(make_city(session, country="PE"),))
        return {"session": forum_session.id, "talk": talk.id}


def rename(model: type[Any], field: str = "title", **filters: Any) -> Callable[[Session], None]:
    def change(session: Session) -> None:
        row = session.scalars(
            select(model).filter_by(**filters).order_by(model.__table__.primary_key.columns[0])
        ).first()
        setattr(row, field, "Something else")

    return change


BOTH = {"session", "talk"}
EDITS = [
    (rename(Forum), BOTH),
    (rename(ForumSession), BOTH),
    (rename(Speaker, "name", role="speaker"), BOTH),
    (rename(City, "name"), BOTH),
    (rename(Place, "name"), BOTH),
    (rename(Country, "name", code="IN"), BOTH),
    (rename(Slot, kind="talk"), BOTH),
    (rename(Initiative), {"talk"}),
    (rename(Vision), {"talk"}),
    (rename(Statement, "text"), {"session"}),
    (lambda session: session.delete(session.scalars(select(SlotInitiative)).one()), BOTH),
    (lambda session: session.delete(session.scalars(select(Initiative)).first()), {"talk"}),
    (lambda session: session.delete(session.scalars(select(Statement)).one()), {"session"}),
]


@pytest.mark.parametrize(("edit", "kinds"), EDITS)
def test_what_a_session_or_a_talk_draws_on_is_noted(database: Database, ids: dict[str, int], edit, kinds) -> None:
    before = last(database)
    with database.writing() as session:
        edit(session)
    changes = noted(database, before)
    assert {(kind, ids[kind]) for kind in kinds} <= changes
    own = {("session", ids["session"])} | {("talk", slot) for slot in talks_of(database, ids["session"])}
    assert changes <= own


def talks_of(database: Database, session_id: int) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(select(Slot.id).where(Slot.session_id == session_id)))


def test_changing_what_a_talk_presents_raises_the_version_of_talk_and_session(database: Database, ids) -> None:
    def versions() -> tuple[int, int]:
        with database.reading() as session:
            return session.get_one(ForumSession, ids["session"]).version, session.get_one(Slot, ids["talk"]).version

    before = versions()
    with database.writing() as session:
        session.scalars(select(SlotInitiative)).one().position = 3
    assert versions() == (before[0] + 1, before[1] + 1)


def test_a_session_taken_out_takes_its_talks_along(database: Database, ids) -> None:
    before = last(database)
    with database.writing() as session:
        session.delete(session.get_one(ForumSession, ids["session"]))
    with database.reading() as session:
        gone = set(
            session.execute(select(Change.kind, Change.entry_id).where(Change.id > before, Change.action == "deleted"))
        )
    assert {("session", ids["session"]), ("talk", ids["talk"])} <= {tuple(row) for row in gone}


def test_a_write_that_would_slip_past_the_log_is_refused(database: Database) -> None:
    with database.writing() as session, pytest.raises(RuntimeError, match="load the rows of forum_slots"):
        session.execute(update(Slot).values(title="Unseen"))
