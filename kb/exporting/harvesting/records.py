"""The records that harvesters fetch: entries of the catalogue by id, those that are gone included, in pages.

The order is that of kinds and ids, not of dates: an entry that is changed or withdrawn while somebody harvests keeps
its place, so that no page skips or repeats one.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import CompoundSelect, func, select, union_all
from sqlalchemy.orm import Session

from kb.catalogue.arrays import CatalogueSnapshot, Mask, Rows, first_rows
from kb.catalogue.arrays.reading import NO_NUMBER, microseconds, moment
from kb.catalogue.choices import UNKNOWN
from kb.catalogue.entries import ENTRIES, KIND_PLURALS, EntryKind, TermKind, cities_in, references_in
from kb.catalogue.entries.fields import place_of
from kb.catalogue.models import City, Country, Place
from kb.catalogue.queries import labels, regions
from kb.editorial.models import Redirect, Withdrawal
from kb.editorial.queries import newest_revisions
from kb.search.facets import FACETS
from kb.search.field_definitions import having_any_of

SETS: Mapping[str, str] = {"kind": "Kind of entry", "goal": "Goal", "challenge": "Challenge", "region": "Region"}
"""The groups of sets with their names. Those but "kind" are facets of the search; a set is one value of a facet."""

_FACETS = ("goal", "challenge", "region")
_DELETED_A_LOOK = 200
"""Entries that are gone, looked at together for whether they were in a set."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for: changed from a moment on, before another one, and of a set ("goal:11", or "goal" for any)."""

    since: datetime | None = None
    before: datetime | None = None
    of_set: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """After which entry a page begins, by kind and id."""

    kind: EntryKind
    id: int


START = Position(next(iter(ENTRIES)), 0)


@dataclass(frozen=True, slots=True)
class Header:
    """An entry, when it was changed or went, whether it is gone, and the sets that it is in, or was."""

    kind: EntryKind
    id: int
    changed: datetime
    sets: tuple[str, ...]
    is_deleted: bool = False


def sets(session: Session) -> Iterator[tuple[str, str]]:
    """Every set with its name, groups before their sets."""
    names: Mapping[str, Mapping[Any, str]] = {
        "kind": KIND_PLURALS,
        "goal": labels(session, TermKind.GOAL),
        "challenge": labels(session, TermKind.CHALLENGE),
        "region": {region.code: region.label for region in regions(session)},
    }
    for group, name in SETS.items():
        yield group, name
        yield from ((f"{group}:{code}", f"{name}: {label}") for code, label in names[group].items())


def headers(
    session: Session, catalogue: CatalogueSnapshot, selection: Selection, after: Position, count: int
) -> list[Header]:
    """The first entries after a position that are selected, in their order."""
    kinds = list(ENTRIES)
    found: list[Header] = []
    for kind in kinds[kinds.index(after.kind) :]:
        after_id = after.id if kind is after.kind else 0
        wanted = count - len(found)
        if wanted <= 0:
            break
        there = _there(session, catalogue, selection, kind, after_id, wanted)
        # On PostgreSQL an entry may have gone since the arrays were read.
        gone = {header.id: header for header in _gone(session, selection, kind, after_id, wanted)}
        by_id = {header.id: header for header in there} | gone
        found += [by_id[entry_id] for entry_id in sorted(by_id)[:wanted]]
    return found


def header_of(session: Session, kind: EntryKind, entry_id: int) -> Header | None:
    """The entry with an id, also where it is gone; None where there never was one."""
    model = ENTRIES[kind].model
    updated = session.scalar(select(model.updated_at).where(model.id == entry_id))
    if updated is not None:
        return Header(kind, entry_id, updated, tuple(_sets_of(session, kind, [entry_id])[entry_id]))
    return next(_gone(session, Selection(), kind, entry_id - 1, 1, at_most=entry_id), None)


def earliest(session: Session, catalogue: CatalogueSnapshot) -> datetime | None:
    """A moment before which nothing was changed; None for an empty catalogue."""
    there = [moment(int(table["updated_at"].min())) for table in catalogue.tables.values() if len(table)]
    gone = (session.scalar(select(func.min(column))) for column in (Withdrawal.at, Redirect.at))
    return min((at for at in (*there, *gone) if at is not None), default=None)


def _there(
    session: Session, catalogue: CatalogueSnapshot, selection: Selection, kind: EntryKind, after: int, count: int
) -> list[Header]:
    table = catalogue.tables[kind]
    ids, updated = table["id"], table["updated_at"]
    chosen = ids > after
    if selection.since is not None:
        chosen &= updated >= microseconds(selection.since)
    if selection.before is not None:
        chosen &= updated < microseconds(selection.before)
    if selection.of_set is not None:
        chosen &= _is_member(session, catalogue, selection, kind, after, count)
    rows = np.flatnonzero(chosen)
    rows = rows[first_rows((ids[rows],), count)]
    chosen_ids = ids[rows].tolist()
    sets_of = _sets_of(session, kind, chosen_ids)
    return [
        Header(kind, entry_id, moment(number), tuple(sets_of[entry_id]))
        for entry_id, number in zip(chosen_ids, updated[rows].tolist(), strict=True)
    ]


def _is_member(
    session: Session, catalogue: CatalogueSnapshot, selection: Selection, kind: EntryKind, after: int, count: int
) -> Mask:
    """For each row of a kind, whether the entry is in the set; at least for the first that are selected."""
    group, _, code = (selection.of_set or "").partition(":")
    if group == "kind":
        return np.full(len(catalogue.tables[kind]), code in {"", kind})
    is_member = np.zeros(len(catalogue.tables[kind]), dtype=np.bool_)
    pairs = FACETS[group].pairs(kind)
    if kind in {EntryKind.INITIATIVE, EntryKind.CITY}:
        is_member[_rows_in_set(catalogue, kind, group, code)] = True
    elif pairs is not None:
        entry_id, value = pairs.selected_columns
        query = having_any_of(pairs, [code]) if code and group != "region" else pairs.with_only_columns(entry_id)
        if group == "region":
            query = query.where(value == code if code else value != UNKNOWN)
        model = ENTRIES[kind].model
        query = query.where(entry_id > after)
        if selection.since is not None:
            query = query.where(entry_id.in_(select(model.id).where(model.updated_at >= selection.since)))
        if selection.before is not None:
            query = query.where(entry_id.in_(select(model.id).where(model.updated_at < selection.before)))
        first = query.distinct().order_by(None).order_by(entry_id).limit(count)
        rows = catalogue.tables[kind].rows_of(np.fromiter(session.scalars(first), dtype=np.int64))
        is_member[rows[rows >= 0]] = True
    return is_member


def _rows_in_set(catalogue: CatalogueSnapshot, kind: EntryKind, group: str, code: str) -> Rows:
    """The rows of the initiatives or cities in a set; there are the most of them, so the database is not asked."""
    if group == "region":
        region = catalogue.cities["region"]
        is_in_region: Mask = region != NO_NUMBER
        if code:
            is_in_region &= region == catalogue.codes.number(code)
        if kind is EntryKind.CITY:
            return np.flatnonzero(is_in_region)
        initiatives, cities = catalogue.city_links
        return initiatives[is_in_region[cities]]
    values = catalogue.tables[kind].lists.get(f"{group}s")
    if values is None:
        return np.arange(0)
    if not code:
        return np.flatnonzero(values.lengths)
    return values.holding(int(code) if group == "goal" else catalogue.codes.number(code))


def _sets_of(session: Session, kind: EntryKind, ids: Sequence[int]) -> dict[int, list[str]]:
    """The sets of some entries that are there, by their ids."""
    found = {entry_id: [f"kind:{kind}"] for entry_id in ids}
    for facet in _FACETS:
        pairs = FACETS[facet].pairs(kind)
        if pairs is None or not ids:
            continue
        entry_id, value = pairs.selected_columns
        rows = session.execute(pairs.where(entry_id.in_(ids)).distinct().order_by(entry_id, value))
        for key, code in rows:
            if code != UNKNOWN:
                found[key].append(f"{facet}:{code}")
    return found


def _gone(
    session: Session, selection: Selection, kind: EntryKind, after: int, count: int, at_most: int | None = None
) -> Iterator[Header]:
    """The first entries of a kind that were withdrawn or merged into another one, by their ids."""
    a_look = count if selection.of_set is None else _DELETED_A_LOOK
    while count > 0:
        rows = session.execute(_removed(selection, kind, after, a_look, at_most)).all()
        sets_of = _former_sets(session, kind, [entry_id for entry_id, _at in rows])
        for entry_id, at in rows:
            if selection.of_set is None or _is_in(selection.of_set, sets_of[entry_id]):
                yield Header(kind, entry_id, at, sets_of[entry_id], is_deleted=True)
                count -= 1
                if not count:
                    return
        if len(rows) < a_look:
            return
        after = rows[-1][0]


def _removed(
    selection: Selection, kind: EntryKind, after: int, count: int, at_most: int | None
) -> CompoundSelect[int, datetime]:
    """Ids and moments of the first entries that went; either table gives that many at most, by an index of its own."""
    first = []
    for model, entry_id in ((Withdrawal, Withdrawal.entry_id), (Redirect, Redirect.former_id)):
        query = select(entry_id.label("id"), model.at.label("at")).where(model.kind == kind, entry_id > after)
        if selection.since is not None:
            query = query.where(model.at >= selection.since)
        if selection.before is not None:
            query = query.where(model.at < selection.before)
        if at_most is not None:
            query = query.where(entry_id <= at_most)
        first.append(query.order_by(entry_id).limit(count).subquery())
    return union_all(*(select(rows.c.id, rows.c.at) for rows in first)).order_by("id").limit(count)


def _is_in(of_set: str, sets_of: Collection[str]) -> bool:
    return any(name == of_set or name.startswith(f"{of_set}:") for name in sets_of)


def _former_sets(session: Session, kind: EntryKind, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The sets that entries were in when they went, as their last revisions have them."""
    data = {entry_id: revision.data for entry_id, revision in newest_revisions(session, kind, ids).items()}
    references = {entry_id: cities_in(kind, entry)[1] for entry_id, entry in data.items()}
    region_of = _regions_of(session, {reference for of_entry in references.values() for reference in of_entry})
    found: dict[int, tuple[str, ...]] = {}
    for entry_id in ids:
        named = list(references_in(kind, data.get(entry_id, {})))
        codes = {
            "goal": [code for of, code in named if of is TermKind.GOAL],
            "challenge": [code for of, code in named if of is TermKind.CHALLENGE],
            "region": [region_of[city] for city in references.get(entry_id, ()) if city in region_of],
        }
        found[entry_id] = (
            f"kind:{kind}",
            *(f"{facet}:{code}" for facet in _FACETS for code in dict.fromkeys(codes[facet])),
        )
    return found


def _regions_of(session: Session, references: Collection[str]) -> dict[str, str]:
    """The regions of cities, by their slugs or by "place:ID"; of a city that has gone itself, nobody knows."""
    slugs = [reference for reference in references if place_of(reference) is None]
    of_city = select(City.slug, Country.region_code).join(Country, Country.code == City.country_code)
    of_place = select(Place.id, Country.region_code).join(Country, Country.code == Place.country_code)
    places = [place_id for reference in references if (place_id := place_of(reference)) is not None]
    found = dict(session.execute(of_city.where(City.slug.in_(slugs))).all())
    found |= {f"place:{key}": region for key, region in session.execute(of_place.where(Place.id.in_(places)))}
    return {reference: region for reference, region in found.items() if region is not None}
