"""Reads profiles from the catalogue: all of them, or the entries that changed.

Everything goes in the same way: entries take the place of those with their ids, in the order of ids.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from kb.catalogue.change_log import log_position
from kb.catalogue.entries import EntryKind
from kb.core.gc_tuning import rare_collections

from .challenges import DERIVED, SEVERITY_NUMBERS
from .entry_profiles import (
    BATCH,
    CityProfile,
    InitiativeProfile,
    Selection,
    VisionProfile,
    city_profiles,
    initiative_profiles,
    vision_profiles,
)
from .geodesy import Rows
from .profiles import CityColumns, CityPlaces, CityRows, Ids, InitiativeColumns, Profiles, VisionColumns, find
from .term_sets import Mask, SetNumbers, TermSets, TermT

EntryT = TypeVar("EntryT", CityProfile, InitiativeProfile, VisionProfile)
ValueT = TypeVar("ValueT", bound=np.generic)


FOLLOWED = frozenset({EntryKind.CITY, EntryKind.INITIATIVE, EntryKind.VISION})
"""The kinds of entries that profiles are made of."""


def read_profiles(session: Session) -> Profiles:
    """Read everything, a batch of entries at a time."""
    newest, identity = log_position(session)
    profiles = replace(_NOTHING, newest=newest, identity=identity)
    with rare_collections():
        for cities in _batches(session, city_profiles):
            profiles = _with_cities(profiles, cities)
        for visions in _batches(session, vision_profiles):
            profiles = _with_visions(profiles, visions)
        for initiatives in _batches(session, initiative_profiles):
            profiles = _with_initiatives(profiles, initiatives)
    return _with_totals(profiles, np.ones(len(profiles.cities.ids), dtype=np.bool_))


def updated_profiles(
    profiles: Profiles, session: Session, newest: int, changes: Collection[tuple[str, int]]
) -> Profiles:
    """Read the entries that changed since, by kind and id, and nothing else; `newest` is where the log ends."""

    def changed(kind: EntryKind, read: Callable[[Session, Selection], list[EntryT]]) -> _Changed[EntryT]:
        ids = sorted(number for of_kind, number in changes if of_kind == kind)
        batches = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
        return _Changed(ids, [entry for batch in batches for entry in read(session, Selection(batch))])

    cities = changed(EntryKind.CITY, city_profiles)
    visions = changed(EntryKind.VISION, vision_profiles)
    initiatives = changed(EntryKind.INITIATIVE, initiative_profiles).other_than(profiles.initiative)
    if not (cities.ids or visions.ids or initiatives.ids):
        return profiles.as_of(newest)
    followed = replace(profiles, newest=newest)
    if cities.ids:
        followed = _with_cities(followed, cities)
    if visions.ids:
        followed = _with_visions(followed, visions)
    if initiatives.ids:
        followed = _with_initiatives(followed, initiatives)
    if visions.ids or initiatives.ids:
        followed = _without_unused_sets(followed)
    touched = np.concatenate(
        [cities.ids, *(_owners(each, visions.ids, initiatives.ids) for each in (profiles, followed))]
    )
    rows = find(followed.cities.ids, touched.astype(np.int64))
    is_touched = np.zeros(len(followed.cities.ids), dtype=np.bool_)
    is_touched[rows[rows >= 0]] = True
    # Rows by term are those of other terms now, and there are as many as terms even where there is no city.
    if followed.goals.terms != profiles.goals.terms or followed.challenges.terms != profiles.challenges.terms:
        return _with_totals(followed, np.ones(len(is_touched), dtype=np.bool_))
    return _with_totals(followed, is_touched) if is_touched.any() else followed


class _Changed(NamedTuple, Generic[EntryT]):
    """Ids of entries that changed, ascending, and those of them that are there, in the same order."""

    ids: Sequence[int]
    entries: Sequence[EntryT]

    def other_than(self, known: Callable[[int], EntryT | None]) -> "_Changed[EntryT]":
        """Without those that are as they are known: of most that are saved only texts changed."""
        same = {entry.id for entry in self.entries if known(entry.id) == entry}
        entries = [entry for entry in self.entries if entry.id not in same]
        return _Changed([number for number in self.ids if number not in same], entries)


class _Merge:
    """Puts rows in the place of those with the changed ids, in the order of ids.

    `moved` has the new row of each row of before, -1 where it is gone or replaced; `added` those of the new ones.
    """

    def __init__(self, before: Ids, changed: _Changed[EntryT]) -> None:
        new = np.array([entry.id for entry in changed.entries], dtype=np.int64)
        gone = find(before, changed.ids)
        self._source: Rows | None = None
        if np.array_equal(gone, find(before, new)) and (gone >= 0).all():
            # Mostly entries are changed, and no row moves.
            self.ids, self.added = before, gone.astype(np.int32)
            self.moved = np.arange(len(before), dtype=np.int32)
            self.moved[gone] = -1
            return
        is_kept = np.ones(len(before), dtype=np.bool_)
        is_kept[gone[gone >= 0]] = False
        kept = np.flatnonzero(is_kept)
        ids = np.concatenate([before[kept], new])
        order = np.argsort(ids, kind="stable")
        self.ids = ids[order]
        self._source = np.concatenate([kept, len(before) + np.arange(len(new))])[order]
        rows = np.empty(len(ids), dtype=np.int32)
        rows[order] = np.arange(len(ids), dtype=np.int32)
        self.moved = np.full(len(before), -1, dtype=np.int32)
        self.moved[kept] = rows[: len(kept)]
        self.added = rows[len(kept) :]

    def of(self, before: npt.NDArray[ValueT], new: npt.NDArray[Any]) -> npt.NDArray[ValueT]:
        """A column, or several, with the new values."""
        if self._source is not None:
            return np.concatenate([before, new.astype(before.dtype)], axis=-1).take(self._source, axis=-1)
        column = before.copy()
        column[..., self.added] = new
        return column


def _starts(lengths: npt.NDArray[Any]) -> SetNumbers:
    starts: SetNumbers = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return starts


def _by_term(rows: npt.NDArray[ValueT], before: tuple[str, ...], terms: tuple[str, ...]) -> npt.NDArray[ValueT]:
    """Rows by term for more terms; what is new is 0."""
    if before == terms:
        return rows
    more = np.zeros((len(terms), rows.shape[1]), dtype=rows.dtype)
    more[[terms.index(term) for term in before]] = rows
    return more


def _batches(session: Session, read: Callable[[Session, Selection], list[EntryT]]) -> Iterator[_Changed[EntryT]]:
    after = 0
    while entries := read(session, Selection(after=after)):
        yield _Changed([entry.id for entry in entries], entries)
        if len(entries) < BATCH:
            return
        after = entries[-1].id


def _owners(profiles: Profiles, visions: Sequence[int], initiatives: Sequence[int]) -> Ids:
    """The ids of the cities of these visions and initiatives."""
    of_visions = find(profiles.visions.ids, visions)
    of_initiatives = find(profiles.initiatives.ids, initiatives)
    links = [profiles.cities_of(row) for row in of_initiatives[of_initiatives >= 0].tolist()]
    rows: CityRows = np.concatenate([profiles.visions.cities[of_visions[of_visions >= 0]], *links])
    return profiles.cities.ids[rows]


def _with_cities(profiles: Profiles, changed: _Changed[CityProfile]) -> Profiles:
    entries, before = changed.entries, profiles.cities
    named = tuple(sorted({*before.named, *(code for city in entries for code in city.challenges)}))
    severity = np.zeros((len(named), len(entries)), dtype=np.uint8)
    solved = np.zeros(severity.shape, dtype=np.bool_)
    rows = {code: row for row, code in enumerate(named)}
    for column, city in enumerate(entries):
        for code, of_city in city.challenges.items():
            severity[rows[code], column] = SEVERITY_NUMBERS[of_city]
            solved[rows[code], column] = code in city.solved
    merge = _Merge(before.ids, changed)
    cities = CityColumns(
        ids=merge.ids,
        places=CityPlaces(merge.of(before.places.ids, np.array([city.place_id for city in entries]))),
        named=named,
        severity=merge.of(_by_term(before.severity, before.named, named), severity),
        solved=merge.of(_by_term(before.solved, before.named, named), solved),
        goals=merge.of(before.goals, np.zeros((len(before.goals), len(entries)))),
        results=merge.of(before.results, np.zeros((len(before.results), len(entries)))),
    )
    # Rows of cities have moved. What belonged to one that is gone has changed as well, and is left out until then.
    rows_now = merge.moved.copy()
    replaced = np.flatnonzero(rows_now < 0)
    rows_now[replaced] = find(cities.ids, before.ids[replaced])
    if np.array_equal(rows_now, np.arange(len(rows_now))):
        return replace(profiles, cities=cities)
    initiatives, visions = profiles.initiatives, profiles.visions
    links = rows_now[initiatives.cities]
    owners = np.repeat(np.arange(len(initiatives.ids)), np.diff(initiatives.starts))[links >= 0]
    starts = _starts(np.bincount(owners, minlength=len(initiatives.ids)))
    of_visions = rows_now[visions.cities]
    kept = of_visions >= 0
    return replace(
        profiles,
        cities=cities,
        initiatives=initiatives._replace(cities=links[links >= 0], starts=starts),
        visions=VisionColumns(visions.ids[kept], of_visions[kept], visions.goals[kept]),
    )


def _with_visions(profiles: Profiles, changed: _Changed[VisionProfile]) -> Profiles:
    cities = find(profiles.cities.ids, [vision.city for vision in changed.entries])
    # A city that is newer than the log's end comes with the next changes, and its visions again.
    entries = [vision for vision, city in zip(changed.entries, cities.tolist(), strict=True) if city >= 0]
    goals = profiles.goals.including([vision.goals for vision in entries])
    merge = _Merge(profiles.visions.ids, _Changed(changed.ids, entries))
    visions = VisionColumns(
        ids=merge.ids,
        cities=merge.of(profiles.visions.cities, cities[cities >= 0]),
        goals=merge.of(profiles.visions.goals, goals.numbers_of(vision.goals for vision in entries)),
    )
    return replace(profiles, goals=goals, visions=visions)


def _with_initiatives(profiles: Profiles, changed: _Changed[InitiativeProfile]) -> Profiles:
    entries, before = changed.entries, profiles.initiatives
    challenges = profiles.challenges.including([each.challenges for each in entries])
    technologies = profiles.technologies.including([each.technologies for each in entries])
    goals = profiles.goals.including([each.goals for each in entries])
    merge = _Merge(before.ids, changed)
    # Each link of an initiative and a city, by the row of the initiative; those of changed initiatives are new.
    owners = np.repeat(merge.moved, np.diff(before.starts))
    added = find(profiles.cities.ids, [city for each in entries for city in each.cities])
    new_owners = np.repeat(merge.added, np.array([len(each.cities) for each in entries], dtype=np.intp))
    links = np.concatenate([before.cities[owners >= 0], added[added >= 0].astype(np.int32)])
    owners = np.concatenate([owners[owners >= 0], new_owners[added >= 0]])
    initiatives = InitiativeColumns(
        ids=merge.ids,
        challenges=merge.of(before.challenges, challenges.numbers_of(each.challenges for each in entries)),
        technologies=merge.of(before.technologies, technologies.numbers_of(each.technologies for each in entries)),
        goals=merge.of(before.goals, goals.numbers_of(each.goals for each in entries)),
        evidence_level=merge.of(before.evidence_level, np.array([each.evidence_level for each in entries])),
        has_results=merge.of(before.has_results, np.array([each.has_results for each in entries])),
        is_stopped=merge.of(before.is_stopped, np.array([each.is_stopped for each in entries])),
        starts=_starts(np.bincount(owners, minlength=len(merge.ids))),
        cities=links[np.argsort(owners, kind="stable")],
    )
    return replace(profiles, challenges=challenges, technologies=technologies, goals=goals, initiatives=initiatives)


def _without_unused_sets(profiles: Profiles) -> Profiles:
    """Without sets that nothing has any more, where they are more than half."""
    initiatives, visions = profiles.initiatives, profiles.visions
    challenges, (of_challenges,) = profiles.challenges.compacted(initiatives.challenges)
    technologies, (of_technologies,) = profiles.technologies.compacted(initiatives.technologies)
    goals, (of_goals, of_visions) = profiles.goals.compacted(initiatives.goals, visions.goals)
    return replace(
        profiles,
        challenges=challenges,
        technologies=technologies,
        goals=goals,
        initiatives=initiatives._replace(challenges=of_challenges, technologies=of_technologies, goals=of_goals),
        visions=visions._replace(goals=of_visions),
    )


def _with_totals(profiles: Profiles, touched: Mask) -> Profiles:
    """With the goals, results and challenges that these cities have from their visions and initiatives."""

    def without(before: Mask, terms: Sequence[object]) -> Mask:
        if touched.all():
            return np.zeros((len(terms), len(touched)), dtype=np.bool_)
        kept = before.copy()
        kept[:, touched] = False
        return kept

    goals = without(profiles.cities.goals, profiles.goals.terms)
    results = without(profiles.cities.results, profiles.challenges.terms)
    columns = profiles.initiatives
    links = np.flatnonzero(touched[columns.cities])
    owners = np.searchsorted(columns.starts, links, side="right") - 1
    cities = columns.cities[links]
    _mark(goals, profiles.goals, columns.goals[owners], cities)
    of_visions = touched[profiles.visions.cities]
    _mark(goals, profiles.goals, profiles.visions.goals[of_visions], profiles.visions.cities[of_visions])
    with_results = columns.has_results[owners]
    _mark(results, profiles.challenges, columns.challenges[owners[with_results]], cities[with_results])
    addressed = np.zeros((len(profiles.challenges.terms), len(touched)), dtype=np.bool_)
    _mark(addressed, profiles.challenges, columns.challenges[owners], cities)
    derived = _with_derived(profiles.cities, profiles.challenges.terms, addressed, touched)
    return replace(profiles, cities=derived._replace(goals=goals, results=results))


def _with_derived(cities: CityColumns, terms: Sequence[str], addressed: Mask, touched: Mask) -> CityColumns:
    """With the challenges that the initiatives of these cities address and their pages do not name."""
    number = SEVERITY_NUMBERS[DERIVED]
    named = tuple(sorted({*cities.named, *terms}))
    columns = np.flatnonzero(touched)
    of_touched = _by_term(cities.severity[:, columns], cities.named, named)
    is_derived = np.zeros(of_touched.shape, dtype=np.bool_)
    is_derived[[named.index(term) for term in terms]] = addressed[:, columns]
    stated = np.where(of_touched == number, 0, of_touched)
    severity = _by_term(cities.severity, cities.named, named).copy()
    severity[:, columns] = np.where(is_derived & (stated == 0), number, stated)
    return cities._replace(named=named, severity=severity, solved=_by_term(cities.solved, cities.named, named))


def _mark(marks: Mask, sets: TermSets[TermT], numbers: SetNumbers, cities: CityRows) -> None:
    """Mark the terms of each set at its city."""
    for row, members in enumerate(sets.members):
        marks[row, cities[members[numbers]]] = True


def _no(dtype: type[np.generic], *shape: int) -> npt.NDArray[Any]:
    return np.zeros(shape or (0,), dtype=dtype)


_NOTHING = Profiles(
    newest=0,
    identity=None,
    challenges=TermSets[str](),
    technologies=TermSets[str](),
    goals=TermSets[int](),
    initiatives=InitiativeColumns(
        ids=_no(np.int64),
        challenges=_no(np.int32),
        technologies=_no(np.int32),
        goals=_no(np.int32),
        evidence_level=_no(np.uint8),
        has_results=_no(np.bool_),
        is_stopped=_no(np.bool_),
        starts=_no(np.int32, 1),
        cities=_no(np.int32),
    ),
    cities=CityColumns(
        ids=_no(np.int64),
        places=CityPlaces(_no(np.int64)),
        named=(),
        severity=_no(np.uint8, 0, 0),
        solved=_no(np.bool_, 0, 0),
        goals=_no(np.bool_, 0, 0),
        results=_no(np.bool_, 0, 0),
    ),
    visions=VisionColumns(ids=_no(np.int64), cities=_no(np.int32), goals=_no(np.int32)),
)
