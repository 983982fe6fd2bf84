"""Many entries that are read at once are the same as each of them by itself."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from kb.catalogue.entries import ENTRIES, EntryKind, dump
from kb.catalogue.entries.bulk import read_many
from kb.catalogue.models import InitiativeSource, Outcome
from kb.core.db import Database
from tests.entries import full_entry, publish
from tests.factories import make_city, make_initiative, make_source, make_user
from tests.sampling import sampled


def one_by_one(session: Session, kind: EntryKind, ids: Collection[int] | None = None) -> dict[int, dict[str, Any]]:
    """Entries of a kind as `dump` has each, by id: those of some ids, or all."""
    session.expire_all()
    model = ENTRIES[kind].model
    query = select(model) if ids is None else select(model).where(model.id.in_(ids))
    return {row.id: {"id": row.id, **dump(kind, row)} for row in session.scalars(query)}


@pytest.mark.parametrize("kind", list(EntryKind))
@pytest.mark.one_database
def test_every_entry_of_the_seed_is_read_as_by_itself(seeded_config: Config, kind: EntryKind) -> None:
    database = Database(seeded_config.database_url)
    with database.reading() as session:
        model = ENTRIES[kind].model
        ids = sampled(session.scalars(select(model.id).order_by(model.id.desc())), 130)
        wanted = one_by_one(session, kind, ids)
        assert read_many(session, kind, ids) == [wanted[entry_id] for entry_id in ids]
    database.dispose()


def test_every_field_is_read_also_of_entries_that_say_all_or_nothing(session: Session) -> None:
    editor = make_user(session, "editor")
    for kind in EntryKind:
        publish(session, editor, kind, full_entry(session, kind))
    make_initiative(session, "Says nothing").places.clear()
    odd = make_initiative(session, 'Quotes "here", \u00fcn\u00efcode \U0001f388 and \u200f\u05e2\u05d1')
    odd.confirmed_on = date(2026, 11, 20)
    odd.outcomes = [
        Outcome(position=0, measure="second by its number", value=0.0),
        Outcome(position=0, measure="third", value=-1e-7, source=make_source(session)),
        Outcome(position=-1, measure="first by its position"),
    ]
    untitled, titled = make_source(session, title=None), make_source(session, title="The source's own")
    odd.citations = [
        InitiativeSource(source=titled, position=1, title=None),
        InitiativeSource(source=untitled, position=0, title="As it is cited"),
    ]
    session.flush()
    for kind in EntryKind:
        wanted = one_by_one(session, kind)
        assert read_many(session, kind, list(wanted)) == list(wanted.values())


@pytest.mark.parametrize("microsecond", [0, 1, 120_000])
def test_moments_are_written_as_by_themselves(session: Session, microsecond: int) -> None:
    initiative = make_initiative(session)
    moment = datetime(2026, 1, 2, 3, 4, 5, microsecond, tzinfo=timezone(timedelta(hours=-5)))
    initiative.created_at = moment
    session.flush()
    (read,) = read_many(session, EntryKind.INITIATIVE, [initiative.id])
    assert read["created_at"] == moment.astimezone(UTC).isoformat()
    assert read == one_by_one(session, EntryKind.INITIATIVE)[initiative.id]


def test_entries_come_in_the_order_asked_for_without_those_that_are_gone(session: Session) -> None:
    first, second = make_city(session), make_city(session)
    read = read_many(session, EntryKind.CITY, [second.id, 999_999, first.id])
    assert [entry["slug"] for entry in read] == [second.slug, first.slug]


def test_only_the_fields_asked_for_are_read(session: Session) -> None:
    initiative = make_initiative(session)
    (read,) = read_many(session, EntryKind.INITIATIVE, [initiative.id], {"title", "goals"})
    kept = {"id", "kind", "slug", "version", "created_at", "updated_at", "confirmed_on"}
    assert read.keys() == {"title", "goals"} | kept
