"""Reads entries into tables of arrays: all of a kind, or those of some ids."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ..entries import ENTRIES, EntryKind
from ..models import (
    City,
    CityChallenge,
    Country,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    Place,
    initiative_challenges,
    initiative_technologies,
)
from ..queries.cities import cities
from ..queries.initiatives import initiatives
from .table import Codes, ListColumn, Table

IDS_A_QUERY = 500

NO_DAY = 2**31 - 1
"""The day of what was never confirmed, after every other."""

NO_NUMBER = -1
"""An unknown level, leader or strategy; an unknown year is 0."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = _EPOCH.date()

Number = Callable[[Any], Any]
"""The value as a column holds it."""


def microseconds(moment: datetime) -> int:
    """A moment in microseconds of the epoch, as columns hold it."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(number: int) -> datetime:
    """The moment of a column."""
    return _EPOCH + timedelta(microseconds=number)


def day(confirmed_on: date | None) -> int:
    """A day in days of the epoch, as columns hold it."""
    return NO_DAY if confirmed_on is None else (confirmed_on - _FIRST_DAY).days


def read_table(session: Session, kind: EntryKind, codes: Codes, ids: Collection[int] | None = None) -> Table:
    """The entries of a kind, those of some ids or all, in the order of lists."""
    return _READERS.get(kind, _read_others)(session, kind, codes, ids)


def _initiative_key(table: Table, row: int) -> tuple[Any, ...]:
    return -table["evidence"][row], -table["year"][row], table["sort_key"][row], table["id"][row]


def _city_key(table: Table, row: int) -> tuple[Any, ...]:
    return table["sort_key"][row], table["id"][row]


def _id_key(table: Table, row: int) -> tuple[Any, ...]:
    return (table["id"][row],)


def _read_initiatives(session: Session, kind: EntryKind, codes: Codes, ids: Collection[int] | None) -> Table:
    query = initiatives().with_only_columns(
        Initiative.id,
        Initiative.sort_key,
        Initiative.evidence_level,
        Initiative.start_year,
        Initiative.stage,
        Initiative.leader_id,
        Initiative.vision_id,
        Initiative.lessons.is_not(None).label("has_lessons"),
        Initiative.needs_verification,
        *_worklist_columns(kind),
    )
    rows = _rows(session, query, Initiative.id, ids, _initiative_order)
    columns = _columns(
        rows,
        [
            ("id", np.int64, int),
            ("sort_key", np.object_, str),
            ("evidence", np.int8, _or(NO_NUMBER)),
            ("year", np.int16, _or(0)),
            ("stage", np.int16, codes.add),
            ("leader", np.int32, _or(NO_NUMBER)),
            ("vision", np.int32, _or(NO_NUMBER)),
            ("has_lessons", np.bool_, bool),
            ("needs_verification", np.bool_, bool),
            *_WORKLIST,
        ],
    )
    of = InitiativeCity.initiative_id
    goal_of = InitiativeGoal.initiative_id
    challenges, technologies = initiative_challenges.c, initiative_technologies.c
    cities_of = select(of, InitiativeCity.city_id).order_by(of, InitiativeCity.position, InitiativeCity.city_id)
    goals_of = select(goal_of, InitiativeGoal.goal_number)
    challenges_of = select(challenges.initiative_id, challenges.challenge_code)
    technologies_of = select(technologies.initiative_id, technologies.technology_code)
    numbers = columns["id"].tolist()
    lists = {
        "cities": _lists(_pairs(session, cities_of, of, ids), numbers, np.int32, int),
        "goals": _lists(_pairs(session, goals_of, goal_of, ids), numbers, np.int8, int),
        "challenges": _lists(
            _pairs(session, challenges_of, challenges.initiative_id, ids), numbers, np.int16, codes.add
        ),
        "technologies": _lists(
            _pairs(session, technologies_of, technologies.initiative_id, ids), numbers, np.int16, codes.add
        ),
    }
    return Table(columns, lists, _initiative_key)


def _read_cities(session: Session, kind: EntryKind, codes: Codes, ids: Collection[int] | None) -> Table:
    query = (
        cities()
        .with_only_columns(
            City.id,
            City.sort_key,
            City.slug,
            City.name,
            City.country_code,
            Country.region_code,
            Place.latitude,
            Place.longitude,
            Place.population,
            *_worklist_columns(kind),
        )
        .join(Country, Country.code == City.country_code)
        .join(Place, Place.id == City.place_id)
    )
    rows = _rows(session, query, City.id, ids, lambda row: (row[1], row[0]))
    columns = _columns(
        rows,
        [
            ("id", np.int64, int),
            ("sort_key", np.object_, str),
            ("slug", np.object_, str),
            ("name", np.object_, str),
            ("country", np.int16, codes.add),
            ("region", np.int16, lambda code: NO_NUMBER if code is None else codes.add(code)),
            ("latitude", np.float64, float),
            ("longitude", np.float64, float),
            ("people", np.int32, _or(0)),
            *_WORKLIST,
        ],
    )
    named = select(CityChallenge.city_id, CityChallenge.challenge_code)
    pairs = _pairs(session, named, CityChallenge.city_id, ids)
    return Table(columns, {"challenges": _lists(pairs, columns["id"].tolist(), np.int16, codes.add)}, _city_key)


def _read_others(session: Session, kind: EntryKind, _codes: Codes, ids: Collection[int] | None) -> Table:
    model = ENTRIES[kind].model
    query = select(model.id, *_worklist_columns(kind)).order_by(model.id)
    rows = _rows(session, query, model.id, ids, lambda row: row[0])
    return Table(_columns(rows, [("id", np.int64, int), *_WORKLIST]), {}, _id_key)


_READERS: Mapping[EntryKind, Callable[..., Table]] = {
    EntryKind.INITIATIVE: _read_initiatives,
    EntryKind.CITY: _read_cities,
}

_WORKLIST: Sequence[tuple[str, Any, Number]] = (
    ("created_at", np.int64, microseconds),
    ("updated_at", np.int64, microseconds),
    ("confirmed_on", np.int32, day),
    ("incomplete", np.bool_, bool),
    ("unsourced", np.bool_, bool),
)


def _worklist_columns(kind: EntryKind) -> Sequence[Any]:
    """What the worklists and the sitemap ask of every kind, in the order of _WORKLIST."""
    definition = ENTRIES[kind]
    model = definition.model
    return (
        model.created_at,
        model.updated_at,
        model.confirmed_on,
        definition.incomplete().label("incomplete"),
        definition.unsourced().label("unsourced"),
    )


def _or(absent: int) -> Number:
    return lambda value: absent if value is None else int(value)


def _initiative_order(row: Any) -> Any:
    return -_or(NO_NUMBER)(row[2]), -_or(0)(row[3]), row[1], row[0]


def _rows(
    session: Session,
    query: Select[*tuple[Any, ...]],
    key: Any,
    ids: Collection[int] | None,
    order: Callable[[Any], Any],
) -> Sequence[Any]:
    if ids is None:
        return session.execute(query).all()
    found = [row for some in _batches(ids) for row in session.execute(query.where(key.in_(some)))]
    return sorted(found, key=order)


def _pairs(
    session: Session, query: Select[*tuple[Any, ...]], key: Any, ids: Collection[int] | None
) -> Iterable[tuple[int, Any]]:
    if ids is None:
        yield from session.execute(query).all()
    else:
        for some in _batches(ids):
            yield from session.execute(query.where(key.in_(some)))


def _batches(ids: Collection[int]) -> Iterable[Sequence[int]]:
    ordered = sorted(ids)
    return (ordered[first : first + IDS_A_QUERY] for first in range(0, len(ordered), IDS_A_QUERY))


def _columns(rows: Sequence[Any], columns: Sequence[tuple[str, Any, Number]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for place, (name, dtype, number) in enumerate(columns):
        column = np.empty(len(rows), dtype=dtype)
        column[:] = [number(row[place]) for row in rows]
        made[name] = column
    return made


def _lists(pairs: Iterable[tuple[int, Any]], ids: Sequence[int], dtype: Any, number: Number) -> ListColumn:
    """The values of each of the ids, in the order of the pairs; pairs of other ids are left out."""
    row_of = {entry_id: row for row, entry_id in enumerate(ids)}
    found = [(row, number(value)) for entry_id, value in pairs if (row := row_of.get(entry_id)) is not None]
    rows = np.fromiter((row for row, _value in found), dtype=np.int64, count=len(found))
    values = np.fromiter((value for _row, value in found), dtype=dtype, count=len(found))
    return ListColumn(np.bincount(rows, minlength=len(ids)), values[np.argsort(rows, kind="stable")])
