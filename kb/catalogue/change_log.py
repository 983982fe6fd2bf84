"""The change log: every write to the catalogue notes, in its own transaction, each entry whose document it touches.

Every session of `kb.core.db` is watched, from the moment the catalogue is imported, so no action can forget it. What
mentions what is one table, `_MENTIONS`: renaming a city notes its initiatives, leaders and visions too. Whatever else
pages show, as a term without entries, is noted as NO_ENTRY, so that no page changes while the log stands still. A
changed part raises the version of its entry, so that two people who edit one entry conflict even if they touch
different parts. Statements that change rows without loading them would bypass the log, so they are refused, unless
their execution option `unlogged` is set, which promises that no entry draws on the rows yet. A package above the
catalogue that has entries of its own adds them by `watch`. The log also has what only its own people see, as drafts,
and says of each change whether everybody sees the entry after it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import FromClause, Select, event, func, insert, inspect, orm, select, text
from sqlalchemy.orm import ORMExecuteState, UOWTransaction

from kb.core.column_types import now
from kb.core.db import Model, Session, in_batches

from .entries import ENTRIES, KIND_OF, EntryKind
from .models import (
    Aim,
    CatalogueIdentity,
    Challenge,
    ChallengeCategory,
    Change,
    City,
    CityChallenge,
    CityPicture,
    Country,
    Goal,
    Initiative,
    InitiativeCity,
    InitiativeFunding,
    InitiativeGoal,
    InitiativePicture,
    InitiativeSource,
    InitiativeTarget,
    Leader,
    LeaderPicture,
    LeaderTerm,
    Outcome,
    Partner,
    Place,
    PlaceName,
    Region,
    Source,
    Target,
    Technology,
    Vision,
    VisionGoal,
    VisionPicture,
    city_sources,
    initiative_challenges,
    initiative_technologies,
    vision_sources,
)

Ids = dict[str, Select[int]]
"""Ids of entries by kind, as queries; a kind is an EntryKind, or one that `watch` was given."""

_MODELS: dict[str, type[Any]] = {kind: definition.model for kind, definition in ENTRIES.items()}
_KIND_OF: dict[type[Model], str] = {**KIND_OF}

# Rows that are part of an entry: the attribute that points to it, and its kind.
_PARTS: dict[type[Model], tuple[str, str]] = {
    InitiativeCity: ("initiative_id", EntryKind.INITIATIVE),
    InitiativeGoal: ("initiative_id", EntryKind.INITIATIVE),
    InitiativeTarget: ("initiative_id", EntryKind.INITIATIVE),
    InitiativeFunding: ("initiative_id", EntryKind.INITIATIVE),
    InitiativeSource: ("initiative_id", EntryKind.INITIATIVE),
    InitiativePicture: ("initiative_id", EntryKind.INITIATIVE),
    Outcome: ("initiative_id", EntryKind.INITIATIVE),
    Partner: ("initiative_id", EntryKind.INITIATIVE),
    CityChallenge: ("city_id", EntryKind.CITY),
    CityPicture: ("city_id", EntryKind.CITY),
    LeaderPicture: ("leader_id", EntryKind.LEADER),
    LeaderTerm: ("leader_id", EntryKind.LEADER),
    VisionGoal: ("vision_id", EntryKind.VISION),
    VisionPicture: ("vision_id", EntryKind.VISION),
}

# One transaction at a time may add to the log on PostgreSQL, until it ends: so ids become visible in their order, and
# a follower that has seen n will never be surprised by n - 1. SQLite has one writer at a time anyway.
_LOG_LOCK = 0x6B62_6C6F_67


# Tables of which not every row is watched, and which are.
_TRACKED: dict[type[Model], Callable[[Any], bool]] = {}

# Of kinds of which not everything is for everybody: the ids of what is.
_PUBLIC: dict[str, Select[int]] = {}

# What else draws on cities: entries of the packages above.
_OF_CITIES: list[Callable[[Select[int]], Ids]] = []


def _entries_of_cities(cities: Select[int]) -> Ids:
    ids: Ids = {
        EntryKind.CITY: cities,
        EntryKind.INITIATIVE: select(InitiativeCity.initiative_id).where(InitiativeCity.city_id.in_(cities)),
        EntryKind.LEADER: select(LeaderTerm.leader_id).where(LeaderTerm.city_id.in_(cities)),
        EntryKind.VISION: select(Vision.id).where(Vision.city_id.in_(cities)),
    }
    for of_cities in _OF_CITIES:
        ids |= of_cities(cities)
    return ids


# For each table that documents draw words or facets from: which entries mention the row with a given key.
_MENTIONS: dict[type[Model], Callable[[Any], Ids]] = {
    City: lambda key: _entries_of_cities(select(City.id).where(City.id == key)),
    Place: lambda key: _entries_of_cities(select(City.id).where(City.place_id == key)),
    PlaceName: lambda key: _entries_of_cities(select(City.id).where(City.place_id == key)),
    Country: lambda key: _entries_of_cities(select(City.id).where(City.country_code == key)),
    Region: lambda key: _entries_of_cities(
        select(City.id).where(City.country_code.in_(select(Country.code).where(Country.region_code == key)))
    ),
    Leader: lambda key: {EntryKind.INITIATIVE: select(Initiative.id).where(Initiative.leader_id == key)},
    Vision: lambda key: {EntryKind.INITIATIVE: select(Initiative.id).where(Initiative.vision_id == key)},
    Goal: lambda key: {
        EntryKind.INITIATIVE: select(InitiativeGoal.initiative_id).where(InitiativeGoal.goal_number == key),
        EntryKind.VISION: select(VisionGoal.vision_id).where(VisionGoal.goal_number == key),
    },
    Target: lambda key: {
        EntryKind.INITIATIVE: select(InitiativeTarget.initiative_id).where(InitiativeTarget.target_code == key)
    },
    Challenge: lambda key: {
        EntryKind.INITIATIVE: select(initiative_challenges.c.initiative_id).where(
            initiative_challenges.c.challenge_code == key
        ),
        EntryKind.CITY: select(CityChallenge.city_id).where(CityChallenge.challenge_code == key),
    },
    Technology: lambda key: {
        EntryKind.INITIATIVE: select(initiative_technologies.c.initiative_id).where(
            initiative_technologies.c.technology_code == key
        )
    },
}

NO_ENTRY = "none"
"""The kind of a change of something that pages show and no entry's document draws on, such as a term without entries.

It changes no document of the index; whoever keeps labels or pages sees by it that they may have changed.
"""

_OF_NO_ENTRY = {"kind": NO_ENTRY, "entry_id": 0, "version": None, "action": "saved"}

_SHOWN: set[type[Model]] = {*_MENTIONS, Aim, ChallengeCategory, Source}

_BOOKKEEPING = frozenset({"version", "created_at", "updated_at", "confirmed_on"})

_WATCHED: set[type[Model]] = {*_KIND_OF, *_PARTS, *_MENTIONS}
_WATCHED_TABLES: set[FromClause] = {
    *(model.__table__ for model in _WATCHED),
    initiative_challenges,
    initiative_technologies,
    vision_sources,
    city_sources,
}


def watch(
    *,
    entries: Mapping[str, type[Model]],
    parts: Mapping[type[Model], tuple[str, str]],
    mentions: Mapping[type[Model], Callable[[Any], Ids]],
    of_cities: Callable[[Select[int]], Ids],
    tracked: Mapping[type[Model], Callable[[Any], bool]],
    public: Mapping[str, Select[int]],
) -> None:
    """Watch the entries of a package above the catalogue too.

    - `entries`: its kinds and their tables, each Versioned.
    - `parts`: for tables whose rows are part of an entry, the attribute that points to it, and its kind; an entry may
      be part of another.
    - `mentions`: for tables, also those that the catalogue watches already, a function that gives the entries of this
      package that draw on the row with a given key.
    - `of_cities`: gives its entries that draw on some cities, on their names, places, countries or regions.
    - `tracked`: for tables of which not every row is watched, which are. A question that nobody has answered is in no
      document, and hundreds may be asked in a minute.
    - `public`: for kinds of which not everybody sees all, a query of the ids of what everybody sees.
    """
    _MODELS.update(entries)
    _KIND_OF.update({model: kind for kind, model in entries.items()})
    _PARTS.update(parts)
    for model, mentioning in mentions.items():
        _MENTIONS[model] = _both(_MENTIONS[model], mentioning) if model in _MENTIONS else mentioning
    _OF_CITIES.append(of_cities)
    _TRACKED.update(tracked)
    _PUBLIC.update(public)
    new = {*entries.values(), *parts, *mentions}
    _WATCHED.update(new)
    _WATCHED_TABLES.update(model.__table__ for model in new)


def _both(first: Callable[[Any], Ids], other: Callable[[Any], Ids]) -> Callable[[Any], Ids]:
    return lambda key: first(key) | other(key)


def acquire_write_lock(session: orm.Session) -> None:
    """Wait until nobody else is writing to the catalogue, and keep others waiting until the transaction ends.

    Call this before reading rows that a write depends on; a flush that writes to the catalogue does it anyway.
    """
    transaction = session.get_transaction()
    if transaction is not None and session.info.get("write_lock_of") is transaction:
        return
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOG_LOCK})
    # A lock that is taken within a savepoint is gone when that is rolled back, so it is not remembered.
    if not session.in_nested_transaction():
        session.info["write_lock_of"] = session.get_transaction()


def note_unlogged(session: orm.Session) -> None:
    """Let the log grow after an unlogged statement wrote what pages show and no entry draws on yet."""
    acquire_write_lock(session)
    session.connection().execute(insert(Change), [_OF_NO_ENTRY])


def log_position(session: orm.Session) -> tuple[int, str | None]:
    """The last id of the log, 0 where it is empty, and the random name of the database, if it has one; one query.

    A restored backup has another name, even if its log has grown as far since. A session that reads is told the same
    until its transaction ends: what a page is made of is asked for this by several.
    """
    transaction, kept = session.get_transaction(), session.info.get("log_position")
    if transaction is not None and kept is not None and kept[0] is transaction:
        position: tuple[int, str | None] = kept[1]
        return position
    # Without the ORM, which takes as long again: every request asks this.
    newest, identity = session.connection().execute(_POSITION).one()
    position = newest or 0, identity
    if "write_turn" not in session.info:
        session.info["log_position"] = session.get_transaction(), position
    return position


_POSITION = select(func.max(Change.__table__.c.id), select(CatalogueIdentity.__table__.c.name).scalar_subquery())


def changes_since(session: orm.Session, number: int) -> tuple[int, set[tuple[str, int]]]:
    """Where the log ends now, and the kind and id of each entry that was saved or deleted after `number`; one query."""
    rows = session.execute(select(Change.id, Change.kind, Change.entry_id).where(Change.id > number)).all()
    return max((row.id for row in rows), default=number), {(row.kind, row.entry_id) for row in rows}


@event.listens_for(Session, "before_flush")
def _prepare(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """Take the log's lock before anything is written, and raise the version of every entry of which a part changed."""
    rows = _changed(session)
    if not rows:
        return
    acquire_write_lock(session)
    entries: set[Any] = set()
    waiting = rows
    while waiting:
        entries |= {row for row in waiting if type(row) in _KIND_OF}
        waiting = [owner for row in waiting for owner in _owners(session, row) if owner not in entries]
    # The session makes these sets anew each time that it is asked.
    new, deleted = session.new, session.deleted
    for entry in entries:
        if entry not in new and entry not in deleted:
            entry.updated_at = now()
    # What mentions a row is forgotten together with it, so it is asked for before.
    session.info["mentioned"] = {
        (kind, entry_id)
        for row in rows
        if row in deleted and type(row) in _MENTIONS
        for kind, entry_id in _mentioning(session, row)
    }


@event.listens_for(Session, "after_flush")
def _note(session: Session, _context: UOWTransaction) -> None:
    noted: dict[tuple[str, int], tuple[int | None, str]] = dict.fromkeys(
        session.info.pop("mentioned", ()), (None, "saved")
    )
    new, deleted = session.new, session.deleted
    for row in _changed(session):
        for kind, entry_id, version in _touched(session, row, is_new=row in new):
            before, action = noted.get((kind, entry_id), (None, "saved"))
            if row in deleted and _KIND_OF.get(type(row)) == kind:
                action = "deleted"
            noted[kind, entry_id] = (version or before, action)
    if not noted and any(type(row) in _SHOWN for row in (*session.new, *session.dirty, *session.deleted)):
        note_unlogged(session)
    if noted:
        private = _private(session, noted)
        rows = [
            {
                "kind": kind,
                "entry_id": entry_id,
                "version": version,
                "action": action,
                "is_public": (kind, entry_id) not in private,
            }
            for (kind, entry_id), (version, action) in sorted(noted.items())
        ]
        session.connection().execute(insert(Change), rows)


def _private(session: Session, entries: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
    """The entries, of these, that not everybody sees now, as kind and id."""
    private: set[tuple[str, int]] = set()
    for kind, public in _PUBLIC.items():
        (key,) = public.selected_columns
        for ids in in_batches([entry_id for kind_of_entry, entry_id in entries if kind_of_entry == kind]):
            shown = session.connection().scalars(public.where(key.in_(ids)))
            private |= {(kind, entry_id) for entry_id in set(ids).difference(shown)}
    return private


def _changed(session: Session) -> list[Model]:
    """The watched rows that this flush writes."""
    modified = (row for row in session.dirty if type(row) in _WATCHED and session.is_modified(row))
    return [
        row
        for row in (*session.new, *modified, *session.deleted)
        if type(row) in _WATCHED and (type(row) not in _TRACKED or _TRACKED[type(row)](row))
    ]


def _owner_ids(part: Model) -> set[int]:
    """The ids of the entry that a part belongs to, and of the one it belonged to before."""
    attribute, _ = _PARTS[type(part)]
    history = inspect(part).attrs[attribute].history
    return {getattr(part, attribute), *(history.deleted or ())} - {None}


def _owners(session: Session, row: Model) -> list[Any]:
    """The entries that a row is part of, and was before; none where it is no part of any."""
    if type(row) not in _PARTS:
        return []
    model = _MODELS[_PARTS[type(row)][1]]
    return [entry for key in _owner_ids(row) if (entry := session.get(model, key)) is not None]


def _touched(session: Session, row: Model, *, is_new: bool) -> Iterator[tuple[str, int, int | None]]:
    """Every entry whose document draws on the row, as (kind, id, version where the row is the entry itself)."""
    if type(row) in _KIND_OF:
        entry: Any = row
        yield _KIND_OF[type(row)], entry.id, entry.version
    if type(row) in _PARTS:
        for entry_id in _owner_ids(row):
            yield _PARTS[type(row)][1], entry_id, None
    if type(row) in _MENTIONS and _may_be_mentioned(row, is_new=is_new):
        for kind, entry_id in _mentioning(session, row):
            yield kind, entry_id, None


def _mentioning(session: Session, row: Model) -> Iterator[tuple[str, int]]:
    """Every entry whose document mentions the row, as (kind, id)."""
    key = inspect(row).mapper.primary_key_from_instance(row)[0]
    for kind, entries in _MENTIONS[type(row)](key).items():
        for entry_id in session.connection().scalars(entries):
            yield kind, entry_id


def _may_be_mentioned(row: Model, *, is_new: bool) -> bool:
    """Whether documents of other entries may change: a column changed that is not one of _BOOKKEEPING.

    Nothing mentions a row that is new, but a new name is a new name of a place, and a new row of a tracked table may be
    an entry by itself.
    """
    if isinstance(row, PlaceName) or (is_new and type(row) in _TRACKED):
        return True
    state = inspect(row)
    return not is_new and any(
        state.attrs[column.key].history.has_changes()
        for column in state.mapper.column_attrs
        if column.key not in _BOOKKEEPING
    )


@event.listens_for(Session, "do_orm_execute")
def _refuse_bulk_writes(state: ORMExecuteState) -> None:
    table = getattr(state.statement, "table", None)
    if state.is_select or table not in _WATCHED_TABLES or state.execution_options.get("unlogged"):
        return
    raise RuntimeError(f"load the rows of {table} and change them, or the change log misses the write")
