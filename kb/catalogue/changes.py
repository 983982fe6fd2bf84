"""The change log: every write to the catalogue notes, in its own transaction, each entry whose document it touches.

Every session of `kb.db` is watched, from the moment the catalogue is imported, so no action can forget it. What
mentions what is one table, `_MENTIONS`: renaming a city notes its initiatives, leaders and visions too. A changed part
raises the version of its entry, so that two people who edit one entry are told even if they touch different parts.
Statements that change rows without loading them would slip past the watch, so they are refused, unless their execution
option `unlogged` says that no entry draws on the rows yet.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Select, event, insert, inspect, select, text
from sqlalchemy.orm import ORMExecuteState, UOWTransaction

from kb.columns import now
from kb.db import Model, Session

from .models import (
    Challenge,
    Change,
    City,
    CityChallenge,
    Country,
    Goal,
    Initiative,
    InitiativeCity,
    InitiativeFunding,
    InitiativeGoal,
    InitiativeSource,
    InitiativeTarget,
    Leader,
    LeaderTerm,
    Outcome,
    Partner,
    Place,
    PlaceName,
    Region,
    Target,
    Technology,
    Vision,
    VisionGoal,
    city_sources,
    initiative_challenges,
    initiative_technologies,
    vision_sources,
)

ENTRIES: dict[str, type[Initiative | City | Leader | Vision]] = {
    "initiative": Initiative,
    "city": City,
    "leader": Leader,
    "vision": Vision,
}
"""The kinds of entry that have a page and a search document, with their tables."""

_KIND_OF: dict[type[Model], str] = {model: kind for kind, model in ENTRIES.items()}

# Rows that are part of an entry: the attribute that points to it, and its kind.
_PARTS: dict[type[Model], tuple[str, str]] = {
    InitiativeCity: ("initiative_id", "initiative"),
    InitiativeGoal: ("initiative_id", "initiative"),
    InitiativeTarget: ("initiative_id", "initiative"),
    InitiativeFunding: ("initiative_id", "initiative"),
    InitiativeSource: ("initiative_id", "initiative"),
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
_MENTIONS: dict[type[Model], Callable[[Any], dict[str, Select[int]]]] = {
    City: lambda key: _entries_of_cities(select(City.id).where(City.id == key)),
    Place: lambda key: _entries_of_cities(select(City.id).where(City.place_id == key)),
    PlaceName: lambda key: _entries_of_cities(select(City.id).where(City.place_id == key)),
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

_BOOKKEEPING = frozenset({"version", "created_at", "updated_at", "confirmed_on"})

_WATCHED: frozenset[type[Model]] = frozenset({*_KIND_OF, *_PARTS, *_MENTIONS})
_WATCHED_TABLES = frozenset(
    {
        *(model.__table__ for model in _WATCHED),
        initiative_challenges,
        initiative_technologies,
        vision_sources,
        city_sources,
    }
)


@event.listens_for(Session, "before_flush")
def _prepare(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """Take the log's lock before anything is written, and raise the version of every entry of which a part changed."""
    rows = _changed(session)
    if not rows:
        return
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOG_LOCK})
    entries = {row for row in rows if type(row) in _KIND_OF}
    for row in rows:
        if type(row) in _PARTS:
            kind = _PARTS[type(row)][1]
            entries |= {entry for key in _owners(row) if (entry := session.get(ENTRIES[kind], key)) is not None}
    for entry in entries:
        if entry not in session.new and entry not in session.deleted:
            entry.updated_at = now()  # type: ignore[attr-defined] # every model of ENTRIES is an Entry


@event.listens_for(Session, "after_flush")
def _note(session: Session, _context: UOWTransaction) -> None:
    noted: dict[tuple[str, int], tuple[int | None, str]] = {}
    for row in _changed(session):
        deleted = row in session.deleted
        for kind, entry_id, version in _touched(session, row):
            before, action = noted.get((kind, entry_id), (None, "saved"))
            if deleted and _KIND_OF.get(type(row)) == kind:
                action = "deleted"
            noted[kind, entry_id] = (version or before, action)
    if noted:
        rows = [
            {"kind": kind, "entry_id": entry_id, "version": version, "action": action}
            for (kind, entry_id), (version, action) in sorted(noted.items())
        ]
        session.connection().execute(insert(Change), rows)


def _changed(session: Session) -> list[Model]:
    """The watched rows that this flush writes."""
    return [
        row
        for row in (*session.new, *session.dirty, *session.deleted)
        if type(row) in _WATCHED and (row not in session.dirty or session.is_modified(row))
    ]


def _owners(part: Model) -> set[int]:
    """The ids of the entry that a part belongs to, and of the one it belonged to before."""
    attribute, _ = _PARTS[type(part)]
    history = inspect(part).attrs[attribute].history
    return {getattr(part, attribute), *(history.deleted or ())} - {None}


def _touched(session: Session, row: Model) -> Iterator[tuple[str, int, int | None]]:
    """Every entry whose document draws on the row, as (kind, id, version where the row is the entry itself)."""
    if isinstance(row, Initiative | City | Leader | Vision):
        yield _KIND_OF[type(row)], row.id, row.version
    if type(row) in _PARTS:
        for entry_id in _owners(row):
            yield _PARTS[type(row)][1], entry_id, None
    if type(row) in _MENTIONS and _may_be_mentioned(session, row):
        key = inspect(row).mapper.primary_key_from_instance(row)[0]
        for kind, entries in _MENTIONS[type(row)](key).items():
            for entry_id in session.connection().scalars(entries):
                yield kind, entry_id, None


def _may_be_mentioned(session: Session, row: Model) -> bool:
    """Whether other entries' documents may say something else now: a column changed that is more than bookkeeping.

    Nothing mentions a row that is new, but a new name is a new name of a place.
    """
    if isinstance(row, PlaceName):
        return True
    state = inspect(row)
    return row not in session.new and any(
        state.attrs[column.key].history.has_changes()
        for column in state.mapper.column_attrs
        if column.key not in _BOOKKEEPING
    )


@event.listens_for(Session, "do_orm_execute")
def _refuse_blind_writes(state: ORMExecuteState) -> None:
    table = getattr(state.statement, "table", None)
    if state.is_select or table not in _WATCHED_TABLES or state.execution_options.get("unlogged"):
        return
    raise RuntimeError(f"load the rows of {table} and change them, or the change log misses the write")
