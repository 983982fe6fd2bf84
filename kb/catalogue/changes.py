"""The change log: every write to the catalogue notes, in its own transaction, each entry whose document it touches.

Sessions are watched, so no action can forget it. What mentions what is one table, `_MENTIONS`: renaming a city notes
its initiatives, leaders and visions too. Statements that change rows without loading them would slip past the
watch, so they are refused.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Select, event, insert, inspect, select, text
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from kb.db import Model

from .models import (
    Challenge,
    Change,
    City,
    CityChallenge,
    Country,
    Goal,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    InitiativeTarget,
    Leader,
    LeaderTerm,
    Outcome,
    Partner,
    Place,
    Region,
    Target,
    Technology,
    Vision,
    VisionGoal,
    initiative_challenges,
    initiative_technologies,
)

ENTRIES: dict[str, type[Initiative | City | Leader | Vision]] = {
    "initiative": Initiative,
    "city": City,
    "leader": Leader,
    "vision": Vision,
}
"""The kinds of entry that have a page and a search document, with their tables."""

_KIND_OF: dict[type, str] = {model: kind for kind, model in ENTRIES.items()}

# Rows that are part of an entry: the attribute that points to it, and its kind.
_PARTS: dict[type, tuple[str, str]] = {
    InitiativeCity: ("initiative_id", "initiative"),
    InitiativeGoal: ("initiative_id", "initiative"),
    InitiativeTarget: ("initiative_id", "initiative"),
    Outcome: ("initiative_id", "initiative"),
    Partner: ("initiative_id", "initiative"),
    CityChallenge: ("city_id", "city"),
    LeaderTerm: ("leader_id", "leader"),
    VisionGoal: ("vision_id", "vision"),
}

# One transaction at a time may add to the log on PostgreSQL, until it ends: so ids become visible in their order, and
# a follower that has seen n will never be surprised by n - 1. SQLite has one writer at a time anyway.
_LOG_LOCK = 0x6B62_6C6F_67


def _entries_of_cities(cities: Select[int]) -> dict[str, Select[int]]:
    return {
        "city": cities,
        "initiative": select(InitiativeCity.initiative_id).where(InitiativeCity.city_id.in_(cities)),
        "leader": select(LeaderTerm.leader_id).where(LeaderTerm.city_id.in_(cities)),
        "vision": select(Vision.id).where(Vision.city_id.in_(cities)),
    }


# For each table that documents draw words or facets from: which entries mention the row with a given key.
_MENTIONS: dict[type, Callable[[Any], dict[str, Select[int]]]] = {
    City: lambda key: _entries_of_cities(select(City.id).where(City.id == key)),
    Place: lambda key: _entries_of_cities(select(City.id).where(City.place_id == key)),
    Country: lambda key: _entries_of_cities(select(City.id).where(City.country_code == key)),
    Region: lambda key: _entries_of_cities(
        select(City.id).where(City.country_code.in_(select(Country.code).where(Country.region_code == key)))
    ),
    Leader: lambda key: {"initiative": select(Initiative.id).where(Initiative.leader_id == key)},
    Vision: lambda key: {"initiative": select(Initiative.id).where(Initiative.vision_id == key)},
    Goal: lambda key: {
        "initiative": select(InitiativeGoal.initiative_id).where(InitiativeGoal.goal_number == key),
        "vision": select(VisionGoal.vision_id).where(VisionGoal.goal_number == key),
    },
    Target: lambda key: {
        "initiative": select(InitiativeTarget.initiative_id).where(InitiativeTarget.target_code == key)
    },
    Challenge: lambda key: {
        "initiative": select(initiative_challenges.c.initiative_id).where(
            initiative_challenges.c.challenge_code == key
        ),
        "city": select(CityChallenge.city_id).where(CityChallenge.challenge_code == key),
    },
    Technology: lambda key: {
        "initiative": select(initiative_technologies.c.initiative_id).where(
            initiative_technologies.c.technology_code == key
        )
    },
}

_WATCHED = frozenset({*_KIND_OF, *_PARTS, *_MENTIONS})


def watch(session_class: type[Session] = Session) -> None:
    """Watch every session of the class; calling it again changes nothing."""
    if not event.contains(session_class, "after_flush", _note_flush):
        event.listen(session_class, "after_flush", _note_flush)
        event.listen(session_class, "do_orm_execute", _refuse_blind_writes)


def _note_flush(session: Session, _context: UOWTransaction) -> None:
    noted: dict[tuple[str, int], tuple[int | None, str]] = {}
    for row in (*session.new, *session.dirty, *session.deleted):
        if type(row) not in _WATCHED or (row in session.dirty and not session.is_modified(row)):
            continue
        deleted = row in session.deleted
        for kind, entry_id, version in _touched(session, row):
            before, action = noted.get((kind, entry_id), (None, "saved"))
            if deleted and _KIND_OF.get(type(row)) == kind:
                action = "deleted"
            noted[kind, entry_id] = (version or before, action)
    if noted:
        if session.connection().dialect.name == "postgresql":
            session.connection().execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOG_LOCK})
        rows = [
            {"kind": kind, "entry_id": entry_id, "version": version, "action": action}
            for (kind, entry_id), (version, action) in sorted(noted.items())
        ]
        session.connection().execute(insert(Change), rows)


def _touched(session: Session, row: Model) -> Iterator[tuple[str, int, int | None]]:
    """Every entry whose document draws on the row, as (kind, id, version where the row is the entry itself)."""
    if isinstance(row, Initiative | City | Leader | Vision):
        yield _KIND_OF[type(row)], row.id, row.version
    if type(row) in _PARTS:
        attribute, kind = _PARTS[type(row)]
        history = inspect(row).attrs[attribute].history
        for entry_id in {getattr(row, attribute), *(history.deleted or ())} - {None}:
            yield kind, entry_id, None
    if type(row) in _MENTIONS and row not in session.new:
        (key,) = inspect(row).mapper.primary_key_from_instance(row)
        for kind, entries in _MENTIONS[type(row)](key).items():
            for entry_id in session.connection().scalars(entries):
                yield kind, entry_id, None


def _refuse_blind_writes(state: ORMExecuteState) -> None:
    if state.is_select or state.is_orm_statement is False:
        return
    mapper = state.bind_mapper
    if mapper is not None and mapper.class_ in _WATCHED and (state.is_update or state.is_delete or state.is_insert):
        raise RuntimeError(f"load {mapper.class_.__name__} rows and change them, or the change log misses the write")
