"""A moment of the catalogue as arrays: which entries a list shows, how many there are, and what waits on a worklist."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from kb.core.db import Database

from ..change_log import log_position
from ..entries import ENTRIES, EntryKind
from ..followed import FollowedValue
from ..queries import lookups
from ..queries.cities import CityOnMap
from . import reading
from .reading import read_table
from .table import Codes, Mask, Rows, Table, first_rows

Counts = npt.NDArray[np.int64]


class AddressPage(NamedTuple):
    """A page of the sitemap: entries of a kind with ids from `first` on, and the last edit among them."""

    kind: EntryKind
    first: int
    updated_at: datetime


@dataclass(frozen=True)
class CatalogueSnapshot:
    """The entries of each kind as tables, as they were when the change log ended with `newest`.

    `identity` is the random name of the database.
    """

    newest: int
    identity: str | None
    codes: Codes
    tables: Mapping[EntryKind, Table]

    @property
    def initiatives(self) -> Table:
        """The initiatives, in the order of `queries.initiatives`."""
        return self.tables[EntryKind.INITIATIVE]

    @property
    def cities(self) -> Table:
        """The cities, in the order of `queries.cities`."""
        return self.tables[EntryKind.CITY]

    def initiative_rows(
        self,
        *,
        city: int | None = None,
        leader: int | None = None,
        vision: int | None = None,
        goal: int | None = None,
        challenge: str | None = None,
        technology: str | None = None,
        stage: str | None = None,
        decade: int | None = None,
    ) -> Rows:
        """The rows of the initiatives that have all that is given; `decade` is its first year."""
        table = self.initiatives
        masks: list[Mask] = []
        for name, value in (("leader", leader), ("vision", vision), ("stage", self._number(stage))):
            if value is not None:
                masks.append(table[name] == value)
        if decade is not None:
            masks.append((table["year"] >= max(decade, 1)) & (table["year"] < decade + 10))
        of_lists = {
            "cities": city,
            "goals": goal,
            "challenges": self._number(challenge),
            "technologies": self._number(technology),
        }
        for name, value in of_lists.items():
            if value is not None:
                mask = np.zeros(len(table), dtype=np.bool_)
                mask[table.lists[name].holding(value)] = True
                masks.append(mask)
        if not masks:
            return np.arange(len(table))
        return np.flatnonzero(np.logical_and.reduce(masks))

    def newest_initiatives(self, count: int) -> list[int]:
        """The ids of initiatives by the year they began, the latest first, unknown years last, without stopped ones."""
        table = self.initiatives
        rows = np.flatnonzero(table["stage"] != self.codes.number("discontinued"))
        first = first_rows((-table["year"][rows], -table["id"][rows]), count)
        return self.initiative_ids(rows[first])

    def stopped_initiatives(self, count: int) -> list[int]:
        """The ids of the first initiatives that were stopped and have lessons, in the order of the table."""
        rows = self.initiative_rows(stage="discontinued")
        return self.initiative_ids(rows[self.initiatives["has_lessons"][rows]][:count])

    def numbers(self, codes: Sequence[str]) -> list[int]:
        """The numbers by which columns hold codes; what no column has is left out."""
        return [number for code in codes if (number := self.codes.number(code)) >= 0]

    def initiative_ids(self, rows: Rows) -> list[int]:
        """The ids of rows of initiatives."""
        ids: list[int] = self.initiatives["id"][rows].tolist()
        return ids

    def city_ids(self, rows: Rows) -> list[int]:
        """The ids of rows of cities."""
        ids: list[int] = self.cities["id"][rows].tolist()
        return ids

    def term_counts(self, of: str, rows: Rows) -> dict[str, int]:
        """How many rows of initiatives have each term of a list ("challenges", "technologies"), by its code."""
        numbers = self.initiatives.lists[of].of_rows(rows)
        counts = np.bincount(numbers, minlength=len(self.codes.codes))
        return {self.codes.codes[number]: int(counts[number]) for number in np.flatnonzero(counts).tolist()}

    def goals_of(self, rows: Rows) -> list[int]:
        """The goals that any of the rows of initiatives works for, ascending."""
        goals: list[int] = np.unique(self.initiatives.lists["goals"].of_rows(rows)).tolist()
        return goals

    @property
    def decades(self) -> list[int]:
        """The first years of the decades in which initiatives began, the latest first."""
        years = self._years
        return sorted({year - year % 10 for year in years}, reverse=True)

    @cached_property
    def _years(self) -> list[int]:
        years = np.bincount(np.maximum(self.initiatives["year"], 0))
        years[:1] = 0
        found: list[int] = np.flatnonzero(years).tolist()
        return found

    @cached_property
    def city_links(self) -> tuple[Rows, Rows]:
        """Each pair of an initiative and a city of it: the row of the one, and that of the other."""
        column = self.initiatives.lists["cities"]
        rows = self.cities.rows_of(column.values)
        # On PostgreSQL a city may have been made or deleted between reading the one table and the other.
        is_there = rows >= 0
        return column.rows[is_there].astype(np.int64), rows[is_there]

    @cached_property
    def initiatives_per_city(self) -> Counts:
        """How many initiatives each row of cities has."""
        return np.bincount(self.city_links[1], minlength=len(self.cities))

    def city_rows_naming(self, challenge: str) -> Rows:
        """The rows of the cities that have named a challenge."""
        return np.sort(self.cities.lists["challenges"].holding(self.codes.number(challenge)))

    def city_rows_of(self, rows: Rows) -> Rows:
        """The rows of the cities that any of the rows of initiatives belongs to."""
        column = self.initiatives.lists["cities"]
        cities = np.unique(self.cities.rows_of(column.of_rows(rows)))
        return cities[cities >= 0]

    def city_rows_by_country(self, order: Sequence[str]) -> Rows:
        """All rows of cities by their country, in the order of the codes that are given, then by name."""
        countries = self.cities["country"]
        # Not by how many codes there are, for another thread adds some meanwhile; the last is for unknown ones.
        numbers = [self.codes.number(code) for code in order]
        places = np.full(max(*numbers, countries.max(initial=0), 0) + 2, len(order), dtype=np.int16)
        places[numbers] = np.arange(len(order))
        return np.argsort(places[countries], kind="stable")

    def countries_of(self, rows: Rows) -> list[str]:
        """The code of the country of each of the rows of cities."""
        return [self.codes.codes[number] for number in self.cities["country"][rows].tolist()]

    def cities_of_rows(
        self, rows: Rows, country_names: Mapping[str, str], initiatives: Counts | None = None
    ) -> list[CityOnMap]:
        """The cities of some rows with the number of their initiatives, or with other numbers by row.

        Countries get the names that are given.
        """
        table = self.cities
        columns = [table[name][rows].tolist() for name in ("slug", "name", "latitude", "longitude")]
        counts = (self.initiatives_per_city if initiatives is None else initiatives)[rows].tolist()
        return [
            CityOnMap(slug, name, country_names[country], latitude, longitude, count)
            for country, slug, name, latitude, longitude, count in zip(
                self.countries_of(rows), *columns, counts, strict=True
            )
        ]

    @cached_property
    def cities_per_country(self) -> dict[str, int]:
        """How many cities each country has, by its code."""
        counts = np.bincount(self.cities["country"], minlength=1)
        return {self.codes.codes[number]: int(counts[number]) for number in np.flatnonzero(counts).tolist()}

    def address_pages(self) -> Iterator[AddressPage]:
        """The pages of the sitemap that hold entries."""
        for kind, table in self.tables.items():
            pages = table["id"] // lookups.ADDRESSES_A_PAGE
            updated = np.zeros(int(pages.max(initial=-1)) + 1, dtype=np.int64)
            np.maximum.at(updated, pages, table["updated_at"])
            for page in np.flatnonzero(updated).tolist():
                yield AddressPage(kind, page * lookups.ADDRESSES_A_PAGE, reading.moment(int(updated[page])))

    def newest_by_value(self, of: str) -> dict[int | str, datetime]:
        """When an initiative with each value of a list ("goals", "challenges", "technologies") was last changed."""
        column, updated = self.initiatives.lists[of], self.initiatives["updated_at"]
        newest = np.zeros(int(column.values.max(initial=-1)) + 1, dtype=np.int64)
        np.maximum.at(newest, column.values, updated[column.rows])
        found = np.flatnonzero(newest).tolist()
        return {
            number if of == "goals" else self.codes.codes[number]: reading.moment(int(newest[number]))
            for number in found
        }

    def changed_at(self) -> datetime | None:
        """When an entry was last changed; None for an empty catalogue."""
        newest = [int(table["updated_at"].max()) for table in self.tables.values() if len(table)]
        return reading.moment(max(newest)) if newest else None

    def _number(self, code: str | None) -> int | None:
        return None if code is None else self.codes.number(code)


MOST_CHANGES = 2_000
"""Beyond so many changed entries all are read anew, which is faster."""


class CatalogueArrays(FollowedValue[CatalogueSnapshot]):
    """The published entries of one database as arrays; threads may share it."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, ENTRIES, _read, _updated)


def _read(session: Session) -> CatalogueSnapshot:
    newest, identity = log_position(session)
    codes = Codes()
    return CatalogueSnapshot(newest, identity, codes, {kind: read_table(session, kind, codes) for kind in ENTRIES})


def _updated(
    snapshot: CatalogueSnapshot, session: Session, newest: int, changes: Collection[tuple[str, int]]
) -> CatalogueSnapshot:
    ids = {kind: {entry_id for of, entry_id in changes if of == kind} for kind in ENTRIES}
    if sum(map(len, ids.values())) > MOST_CHANGES:
        return _read(session)
    tables = {
        kind: table.replaced(ids[kind], read_table(session, kind, snapshot.codes, ids[kind])) if ids[kind] else table
        for kind, table in snapshot.tables.items()
    }
    return CatalogueSnapshot(newest, snapshot.identity, snapshot.codes, tables)
