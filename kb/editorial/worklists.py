"""Lists public entries that need attention, and challenges that no initiative takes on.

A worklist is a mask over the rows of each kind of entry in the catalogue's arrays; only the entries of the page that is
read are loaded, those first that have waited longest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.catalogue.arrays import CatalogueSnapshot, Mask, first_rows
from kb.catalogue.arrays.reading import NO_DAY, day, microseconds
from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.models import Challenge, City, Initiative, InitiativeCity, LeaderTerm, Vision
from kb.catalogue.rules import FRESH_DAYS
from kb.core.column_types import now


@dataclass(frozen=True, slots=True)
class WorklistEntry:
    """An entry that wants attention, with the names of its cities, the leading or the latest one first."""

    kind: EntryKind
    slug: str
    title: str
    confirmed_on: date | None
    updated_at: datetime
    cities: Sequence[str]
    needs_verification: bool = False


def _stale(catalogue: CatalogueSnapshot, kind: EntryKind) -> Mask:
    """Confirmed over two years ago; or here for so long, and never confirmed."""
    table = catalogue.tables[kind]
    long_ago = now() - timedelta(days=2 * FRESH_DAYS)
    never = (table["confirmed_on"] == NO_DAY) & (table["created_at"] < microseconds(long_ago))
    stale: Mask = (table["confirmed_on"] < day(long_ago.date())) | never
    return stale


def _to_verify(catalogue: CatalogueSnapshot, kind: EntryKind) -> Mask:
    """Initiatives that their authors are not sure of, and nobody has confirmed."""
    table = catalogue.tables[kind]
    if kind is not EntryKind.INITIATIVE:
        return np.zeros(len(table), dtype=np.bool_)
    to_verify: Mask = table["needs_verification"] & (table["confirmed_on"] == NO_DAY)
    return to_verify


def _incomplete(catalogue: CatalogueSnapshot, kind: EntryKind) -> Mask:
    return catalogue.tables[kind]["incomplete"]


def _unsourced(catalogue: CatalogueSnapshot, kind: EntryKind) -> Mask:
    return catalogue.tables[kind]["unsourced"]


def _doubtful(catalogue: CatalogueSnapshot, kind: EntryKind) -> Mask:
    """Initiatives that run or are completed with no evidence beyond a claim."""
    table = catalogue.tables[kind]
    if kind is not EntryKind.INITIATIVE:
        return np.zeros(len(table), dtype=np.bool_)
    done = np.isin(table["stage"], catalogue.numbers(["operational", "scaled", "completed"]))
    return done & (table["evidence"] <= 0)


WORKLISTS: Mapping[str, Callable[[CatalogueSnapshot, EntryKind], Mask]] = {
    "verify": _to_verify,
    "stale": _stale,
    "incomplete": _incomplete,
    "unsourced": _unsourced,
    "doubt": _doubtful,
}


def how_many(catalogue: CatalogueSnapshot) -> dict[str, int]:
    """How many entries are on each worklist."""
    return {name: sum(int(on(catalogue, kind).sum()) for kind in ENTRIES) for name, on in WORKLISTS.items()}


def waiting(
    session: Session, catalogue: CatalogueSnapshot, name: str, offset: int, limit: int
) -> Sequence[WorklistEntry]:
    """Entries on a worklist: those confirmed longest ago, then those never confirmed, by their last edit."""
    kinds = list(ENTRIES)
    rows = [np.flatnonzero(WORKLISTS[name](catalogue, kind)) for kind in kinds]
    kind_of = np.repeat(np.arange(len(kinds)), [len(of_kind) for of_kind in rows])
    ids, confirmed_on, updated_at = (
        np.concatenate([catalogue.tables[kind][column][of_kind] for kind, of_kind in zip(kinds, rows, strict=True)])
        for column in ("id", "confirmed_on", "updated_at")
    )
    # The last key is unique: kind and id in one number.
    found = first_rows([confirmed_on, updated_at, kind_of << 32 | ids], offset + limit)[offset:]
    keys = [(kinds[kind], int(entry_id)) for kind, entry_id in zip(kind_of[found], ids[found], strict=True)]
    entries = {(kind, entry_id): entry for kind in kinds for entry_id, entry in _entries(session, kind, keys)}
    return [entries[key] for key in keys if key in entries]


def _entries(
    session: Session, kind: EntryKind, keys: Sequence[tuple[EntryKind, int]]
) -> list[tuple[int, WorklistEntry]]:
    """The entries of a kind that are among the keys, by id."""
    definition = ENTRIES[kind]
    model = definition.model
    columns = [model.id, model.slug, getattr(model, definition.title), model.confirmed_on, model.updated_at]
    columns += [Initiative.needs_verification] if kind is EntryKind.INITIATIVE else []
    ids = [entry_id for of, entry_id in keys if of is kind]
    if not ids:
        return []
    cities = _cities(session, kind, ids)
    return [
        (entry_id, WorklistEntry(kind, slug, title, confirmed_on, updated_at, cities.get(entry_id, ()), *more))
        for entry_id, slug, title, confirmed_on, updated_at, *more in session.execute(
            select(*columns).where(model.id.in_(ids))
        )
    ]


_OF_CITIES: Mapping[EntryKind, tuple[Any, Any, Sequence[Any]]] = {
    EntryKind.INITIATIVE: (InitiativeCity.initiative_id, InitiativeCity.city_id, [InitiativeCity.position]),
    EntryKind.LEADER: (LeaderTerm.leader_id, LeaderTerm.city_id, [func.coalesce(LeaderTerm.start_year, 0).desc()]),
    EntryKind.VISION: (Vision.id, Vision.city_id, []),
}
"""Of kinds that belong to cities, the columns of the entry and of the city, and the order of cities."""


def _cities(session: Session, kind: EntryKind, ids: Sequence[int]) -> dict[int, list[str]]:
    """The names of the cities of some entries of a kind, each once, by one query."""
    if kind not in _OF_CITIES:
        return {}
    entry_id, city_id, order = _OF_CITIES[kind]
    query = select(entry_id, City.name).join(City, City.id == city_id).where(entry_id.in_(ids))
    names: dict[int, dict[str, None]] = {}
    for key, name in session.execute(query.order_by(*order, city_id)):
        names.setdefault(key, {})[name] = None
    return {key: list(found) for key, found in names.items()}


def challenges_without_initiatives(session: Session, catalogue: CatalogueSnapshot) -> Sequence[tuple[Challenge, int]]:
    """Challenges that no initiative takes on, with how many cities name them, the most named first."""
    taken_on = catalogue.term_counts("challenges", catalogue.initiative_rows())
    query = select(Challenge).where(Challenge.code.not_in(taken_on)).order_by(Challenge.position)
    named = [(challenge, len(catalogue.city_rows_naming(challenge.code))) for challenge in session.scalars(query)]
    return sorted(named, key=lambda pair: -pair[1])
