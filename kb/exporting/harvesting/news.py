"""Which entries are newest: by when they came into the catalogue or were last changed."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kb.catalogue.arrays import CatalogueSnapshot
from kb.catalogue.arrays.reading import moment
from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.models import City, LeaderTerm, Vision
from kb.core.db import in_batches
from kb.core.sql_functions import among_ids
from kb.search.facets import FACETS
from kb.search.field_definitions import Pairs
from kb.search.kind_definition import SearchedKind
from kb.search.kinds import KINDS, entries_by_key

Ids = Mapping[SearchedKind, npt.NDArray[np.int64]]
"""Ids of entries by their kind, in no order."""

CATEGORIES = ("goal", "challenge", "technology")
"""The facets that are told of each entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsItem:
    """An entry of the catalogue or of the forum, as news. `published` is None where nobody noted when it came in.

    `thing` is the row of an entry of the forum, `slug` the address of one of the catalogue. `categories` are (facet,
    code).
    """

    kind: SearchedKind
    id: int
    title: str
    summary: str | None
    language: str | None
    published: datetime | None
    updated: datetime
    categories: tuple[tuple[str, str], ...]
    slug: str | None = None
    thing: Any = None


def ids_of_city(session: Session, catalogue: CatalogueSnapshot, city: City) -> Ids:
    """The page of a city, its initiatives, its leaders and its strategies."""
    leaders = session.scalars(select(LeaderTerm.leader_id).where(LeaderTerm.city_id == city.id).distinct())
    visions = session.scalars(select(Vision.id).where(Vision.city_id == city.id))
    return {
        EntryKind.CITY: np.array([city.id]),
        EntryKind.INITIATIVE: catalogue.initiatives["id"][catalogue.initiative_rows(city=city.id)],
        EntryKind.LEADER: np.array(leaders.all(), dtype=np.int64),
        EntryKind.VISION: np.array(visions.all(), dtype=np.int64),
    }


def newest(session: Session, catalogue: CatalogueSnapshot, ids: Ids, count: int) -> list[NewsItem]:
    """The entries among some that came in or were changed last, the latest first; the others are not loaded."""
    moments = sorted(
        (found for kind, of_kind in ids.items() for found in _moments(session, catalogue, kind, of_kind, count)),
        key=lambda found: (-found[0].timestamp(), found[1], -found[2]),
    )[:count]
    wanted: dict[SearchedKind, list[int]] = {}
    for _updated, kind, entry_id in moments:
        wanted.setdefault(kind, []).append(entry_id)
    items = {
        (item.kind, item.id): item
        for kind, of_kind in wanted.items()
        for item in (
            _entries(session, kind, of_kind)
            if isinstance(kind, EntryKind)
            else _other_entries(session, kind, {key: updated for updated, of, key in moments if of == kind})
        )
    }
    return [items[kind, entry_id] for _updated, kind, entry_id in moments if (kind, entry_id) in items]


def _moments(
    session: Session, catalogue: CatalogueSnapshot, kind: SearchedKind, ids: npt.NDArray[np.int64], count: int
) -> Iterator[tuple[datetime, SearchedKind, int]]:
    """The latest of a kind, in no order, with their moments."""
    if not isinstance(kind, EntryKind):
        model: Any = KINDS[kind].model
        changed = model.answered_at if hasattr(model, "answered_at") else model.updated_at
        for some in in_batches(ids.tolist()):
            query = select(changed, model.id).where(model.id.in_(some), changed.is_not(None))
            found = session.execute(query.order_by(changed.desc(), model.id.desc()).limit(count))
            yield from ((updated, kind, entry_id) for updated, entry_id in found)
        return
    table = catalogue.tables[kind]
    rows = table.rows_of(ids)
    rows = rows[rows >= 0]
    is_wanted = np.zeros(len(table), dtype=np.bool_)
    is_wanted[rows] = True
    rows = table.newest_first[is_wanted[table.newest_first]][:count]
    for number, entry_id in zip(table["updated_at"][rows].tolist(), table["id"][rows].tolist(), strict=True):
        yield moment(number), kind, entry_id


def _entries(session: Session, kind: EntryKind, ids: Collection[int]) -> Iterator[NewsItem]:
    chosen, of_facet = _statements(kind)
    # Without the ORM, which takes as long again.
    connection = session.connection()
    categories: dict[int, list[tuple[str, str]]] = {}
    for facet, pairs in of_facet.items():
        for entry_id, code in connection.execute(pairs, {"ids": ids}):
            categories.setdefault(entry_id, []).append((facet, str(code)))
    for entry_id, slug, name, language, created_at, updated_at, *summary in connection.execute(chosen, {"ids": ids}):
        yield NewsItem(
            kind=kind,
            id=entry_id,
            slug=slug,
            title=name,
            summary=summary[0] if summary else None,
            language=language,
            published=created_at,
            updated=updated_at,
            categories=tuple(categories.get(entry_id, ())),
        )


@cache
def _statements(kind: EntryKind) -> tuple[Select[Any], Mapping[str, Pairs]]:
    """What selects entries, and their codes in each of CATEGORIES; made once, since that takes longer than to ask."""
    definition = ENTRIES[kind]
    model = definition.model
    columns: list[Any] = [model.id, model.slug, getattr(model, definition.title), model.language]
    columns += [model.created_at, model.updated_at]
    if definition.summary:
        columns.append(getattr(model, definition.summary))
    of_facet = {facet: pairs for facet in CATEGORIES if (pairs := FACETS[facet].pairs(kind)) is not None}
    return select(*columns).where(among_ids(model.id)), {
        facet: pairs.where(among_ids(model.id)).order_by(*pairs.selected_columns) for facet, pairs in of_facet.items()
    }


def _other_entries(session: Session, kind: SearchedKind, moments: Mapping[int, datetime]) -> Iterator[NewsItem]:
    for (_kind, entry_id), row in entries_by_key(session, [(kind, entry_id) for entry_id in moments]).items():
        yield NewsItem(
            kind=kind,
            id=entry_id,
            thing=row,
            title=KINDS[kind].title(row),
            summary=KINDS[kind].passage(row) or None,
            language=None,
            published=None,
            updated=moments[entry_id],
            categories=(),
        )
