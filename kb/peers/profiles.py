"""What is published of cities and initiatives as arrays, which follow the catalogue entry by entry.

Rows are in the order of ids. An initiative takes some 40 bytes, a city 100. Names are read by key where they are shown.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .challenges import SEVERITY_NUMBERS, Rarity, severity_totals
from .entry_profiles import CityProfile, InitiativeProfile
from .feature_matrix import FeatureMatrix
from .geodesy import Floats, Rows
from .term_sets import Mask, SetNumbers, TermSets, TermT, weights_of

Ids = npt.NDArray[np.int64]
CityRows = npt.NDArray[np.int32]
Levels = npt.NDArray[np.uint8]

_SEVERITIES = tuple(SEVERITY_NUMBERS)


class InitiativeColumns(NamedTuple):
    """A row for each initiative. Its cities, the leading one first, are `cities[starts[row] : starts[row + 1]]`."""

    ids: Ids
    challenges: SetNumbers
    technologies: SetNumbers
    goals: SetNumbers
    evidence_level: Levels
    has_results: Mask
    is_stopped: Mask
    starts: SetNumbers
    cities: CityRows


class CityColumns(NamedTuple):
    """A column for each city.

    `severity` and `solved` have a row for each code in `named`: SEVERITY_NUMBERS, 0 where the city does not face it.
    `goals` and `results` have one for each term of the sets of goals and challenges: what the city works for, and on
    which challenges it has results.
    """

    ids: Ids
    places: "CityPlaces"
    named: tuple[str, ...]
    severity: Levels
    solved: Mask
    goals: Mask
    results: Mask


class VisionColumns(NamedTuple):
    """A row for each vision: its city, and the set of its goals."""

    ids: Ids
    cities: CityRows
    goals: SetNumbers


class CityPlaces:
    """The places of cities in their order, and where a feature matrix has them; looked up once for each matrix."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids
        self._index: tuple[FeatureMatrix, Rows, CityRows] | None = None

    def rows_in(self, matrix: FeatureMatrix) -> Rows:
        """The row of each city's place, -1 where the matrix lacks it."""
        return self._in(matrix)[1]

    def cities_in(self, matrix: FeatureMatrix) -> CityRows:
        """The city at each place of the matrix, -1 where there is none."""
        return self._in(matrix)[2]

    def city_at(self, place_id: int) -> int | None:
        """The city at a place, None where there is none."""
        return next(iter(np.flatnonzero(self.ids == place_id).tolist()), None)

    def _in(self, matrix: FeatureMatrix) -> tuple[FeatureMatrix, Rows, CityRows]:
        index = self._index
        if index is None or index[0] is not matrix:
            rows = matrix.rows(self.ids)
            cities = np.full(len(matrix) + 1, -1, dtype=np.int32)
            cities[rows] = np.arange(len(rows), dtype=np.int32)
            # A city that the matrix lacks was put in the last place, which is none.
            index = self._index = (matrix, rows, cities[:-1])
        return index


def find(ids: Ids, wanted: Sequence[int] | Ids) -> Rows:
    """The row of each id in ascending ids, -1 where there is none."""
    wanted_ids = np.asarray(wanted, dtype=np.int64)
    if not len(ids):
        return np.full(len(wanted_ids), -1, dtype=np.intp)
    rows = np.minimum(np.searchsorted(ids, wanted_ids), len(ids) - 1)
    return np.where(ids[rows] == wanted_ids, rows, -1)


@dataclass(frozen=True, eq=False)
class Profiles:
    """All cities with a page, all initiatives and all visions, as they were when the change log ended with `newest`.

    `identity` is the random name of the database. Never changed, so threads may share it.
    """

    newest: int
    identity: str | None
    challenges: TermSets[str]
    technologies: TermSets[str]
    goals: TermSets[int]
    initiatives: InitiativeColumns
    cities: CityColumns
    visions: VisionColumns

    def as_of(self, newest: int) -> "Profiles":
        """These profiles as of a later end of the log, with all that was worked out from them."""
        later = copy(self)
        object.__setattr__(later, "newest", newest)
        return later

    def city(self, city_id: int) -> CityProfile | None:
        """A city by id."""
        (row,) = find(self.cities.ids, [city_id]).tolist()
        return self.city_in(row) if row >= 0 else None

    def city_in(self, row: int) -> CityProfile:
        """The city in a row."""
        columns = self.cities
        severity = columns.severity[:, row].tolist()
        return CityProfile(
            id=int(columns.ids[row]),
            place_id=int(columns.places.ids[row]),
            challenges={
                code: _SEVERITIES[number - 1] for code, number in zip(columns.named, severity, strict=True) if number
            },
            solved=frozenset(compress(columns.named, columns.solved[:, row].tolist())),
            goals=frozenset(compress(self.goals.terms, columns.goals[:, row].tolist())),
        )

    def results_of(self, row: int) -> frozenset[str]:
        """The challenges on which the city in a row has results."""
        return frozenset(compress(self.challenges.terms, self.cities.results[:, row].tolist()))

    def at_place(self, place_id: int) -> CityProfile | None:
        """The city at a place."""
        row = self.cities.places.city_at(place_id)
        return None if row is None else self.city_in(row)

    def initiative(self, initiative_id: int) -> InitiativeProfile | None:
        """An initiative by id."""
        (row,) = find(self.initiatives.ids, [initiative_id]).tolist()
        return self.initiative_in(row) if row >= 0 else None

    def initiative_in(self, row: int) -> InitiativeProfile:
        """The initiative in a row."""
        columns = self.initiatives
        return InitiativeProfile(
            id=int(columns.ids[row]),
            cities=tuple(self.cities.ids[self.cities_of(row)].tolist()),
            challenges=self.challenges.sets[columns.challenges[row]],
            technologies=self.technologies.sets[columns.technologies[row]],
            goals=self.goals.sets[columns.goals[row]],
            is_stopped=bool(columns.is_stopped[row]),
            evidence_level=int(columns.evidence_level[row]),
            has_results=bool(columns.has_results[row]),
        )

    def cities_of(self, row: int) -> CityRows:
        """The rows of the cities of the initiative in a row, the leading one first."""
        return self.initiatives.cities[self.initiatives.starts[row] : self.initiatives.starts[row + 1]]

    def initiatives_of(self, city_id: int) -> list[InitiativeProfile]:
        """The initiatives of a city."""
        (row,) = find(self.cities.ids, [city_id]).tolist()
        links = np.flatnonzero(self.initiatives.cities == row)
        owners = np.searchsorted(self.initiatives.starts, links, side="right") - 1
        return [self.initiative_in(owner) for owner in owners.tolist()]

    @cached_property
    def first_cities(self) -> CityRows:
        """The row of the leading city of each initiative, -1 of one without cities."""
        starts = self.initiatives.starts
        first = np.full(len(starts) - 1, -1, dtype=self.initiatives.cities.dtype)
        linked = np.flatnonzero(np.diff(starts))
        first[linked] = self.initiatives.cities[starts[linked]]
        return first

    @cached_property
    def has_more_cities(self) -> Mask:
        """Which initiatives belong to more cities than one."""
        has_more: Mask = np.diff(self.initiatives.starts) > 1
        return has_more

    @cached_property
    def challenge_rarity(self) -> Rarity[str]:
        """How many cities face each challenge: name it, or address it by their initiatives."""
        return _rarity(self.cities.named, self.cities.severity > 0)

    @cached_property
    def goal_rarity(self) -> Rarity[int]:
        """How many cities work for each goal."""
        return _rarity(self.goals.terms, self.cities.goals)

    @cached_property
    def challenge_totals(self) -> Floats:
        """What all that a city faces weighs, 0 where it faces nothing; shape (cities,)."""
        return severity_totals(self.cities.named, self.cities.severity, self.challenge_rarity)

    @cached_property
    def goal_totals(self) -> Floats:
        """What all goals that a city works for weigh, 0 where it works for none; shape (cities,)."""
        return weights_of(self.goals.terms, self.goal_rarity) @ self.cities.goals

    @cached_property
    def initiative_challenge_rarity(self) -> Rarity[str]:
        """How many initiatives take on each challenge."""
        return self.challenges.rarity(self.initiatives.challenges)

    @cached_property
    def initiative_goal_rarity(self) -> Rarity[int]:
        """How many initiatives work for each goal."""
        return self.goals.rarity(self.initiatives.goals)

    @cached_property
    def technology_rarity(self) -> Rarity[str]:
        """How many initiatives use each technology."""
        return self.technologies.rarity(self.initiatives.technologies)

    @property
    def memory(self) -> int:
        """Bytes that the arrays take."""
        terms = (self.challenges, self.technologies, self.goals)
        columns = (*self.initiatives, *self.cities, *self.visions, self.cities.places.ids, *(t.members for t in terms))
        return sum(column.nbytes for column in columns if isinstance(column, np.ndarray))


def _rarity(terms: Sequence[TermT], named: Mask) -> Rarity[TermT]:
    counts = zip(terms, named.sum(axis=1).tolist(), strict=True)
    return Rarity(int(named.any(axis=0).sum()), {term: count for term, count in counts if count})
