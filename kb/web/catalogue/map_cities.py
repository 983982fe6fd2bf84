"""Cities in circles: a few that are given, or those of the whole catalogue that a filter leaves, from its arrays."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from kb.catalogue.arrays import CatalogueSnapshot, Rows, Table
from kb.catalogue.queries import CityOnMap

from ..core import world_map
from ..core.world_map import Coordinates, Frame, Mark

ROWS = 200
"""Cities of the table beneath the map, those with the most initiatives; the rest is a search away."""

_NAMED = world_map.NAMES_IN_A_TITLE + 1
"""The cities of a circle that a page has: those that its title names, and one that says that there are more."""


class Circles(Protocol):
    """Cities in circles."""

    def marks(self, level: int, frame: Frame) -> list[Mark]:
        """The circles of a level whose centre is in a frame, in the units of the sheet, the largest first."""


class FewCities:
    """Cities that are given one by one."""

    def __init__(self, cities: Sequence[CityOnMap]) -> None:
        self._cities = cities

    def marks(self, level: int, frame: Frame) -> list[Mark]:
        """The circles of a level in a frame."""
        marks = world_map.marks_of_level(self._cities, level)
        return [mark for mark in marks if frame.holds(mark.x, mark.y)]


class CityPoints:
    """Where all cities are on the sheet, and their rows, those with the most people first."""

    def __init__(self, cities: Table) -> None:
        self.cities = cities
        self.x, self.y = world_map.project(cities["latitude"], cities["longitude"])
        self.by_people = np.lexsort((cities["id"], -cities["people"]))


class Level:
    """The circles of a level: for each city the number of the one whose circle it shares, and the cities of each.

    Cities go by their number among those of the map, the one with the most people first.
    """

    def __init__(self, first: npt.NDArray[np.int64]) -> None:
        self.first = first
        self.centres = np.unique(first)
        self.members = np.argsort(first, kind="stable")
        self.starts = np.searchsorted(first[self.members], self.centres)
        self.numbers = np.diff(np.append(self.starts, len(first)))

    def members_of(self, circle: int) -> Rows:
        """The cities of a circle, by its place among `centres`; the one at its centre first."""
        start = self.starts[circle]
        return self.members[start : start + self.numbers[circle]]


class Places:
    """Where the cities of a map are on the sheet, those with the most people first, and their circles at each level."""

    def __init__(self, x: Coordinates, y: Coordinates) -> None:
        self.x, self.y = x, y
        self._levels: dict[int, Level] = {}

    def are_same(self, other: "Places") -> bool:
        """Whether the others are where these are, so that they share the same circles."""
        return np.array_equal(self.x, other.x) and np.array_equal(self.y, other.y)

    def level(self, level: int) -> Level:
        """The circles of a level, which are found once."""
        if level not in self._levels:
            reach = world_map.apart(world_map.WIDTH * world_map.zoom_of(level))
            self._levels[level] = Level(world_map.grouped(self.x, self.y, reach))
        return self._levels[level]


class PublishedCities:
    """The cities of the catalogue with initiatives that a filter leaves.

    A circle stands where the city with the most people is, so that the same cities share circles whoever has how many
    initiatives; those of the state `before` are used where the cities are the same.
    """

    def __init__(
        self,
        catalogue: CatalogueSnapshot,
        points: CityPoints,
        names: Mapping[str, str],
        initiatives: Rows | None = None,
        regions: Sequence[str] | None = None,
        before: Places | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._names = names
        of, city = catalogue.city_links
        if initiatives is not None:
            wanted = np.zeros(len(catalogue.initiatives), dtype=np.bool_)
            wanted[initiatives] = True
            of, city = of[wanted[of]], city[wanted[of]]
        if regions is not None:
            inside = np.isin(catalogue.cities["region"], catalogue.numbers(regions))[city]
            of, city = of[inside], city[inside]
        self._link_initiatives, self._link_cities = of, city
        self._counts = np.bincount(city, minlength=len(catalogue.cities))
        self._rows = points.by_people[self._counts[points.by_people] > 0]
        places = Places(points.x[self._rows], points.y[self._rows])
        self.places = before if before is not None and before.are_same(places) else places
        self._initiatives: dict[int, npt.NDArray[np.int64]] = {}
        self._marks: dict[tuple[int, int], Mark] = {}

    @property
    def total(self) -> int:
        """How many cities there are."""
        return len(self._rows)

    @cached_property
    def initiatives(self) -> int:
        """How many initiatives the cities have between them."""
        # Links are in the order of their initiatives.
        return int(np.count_nonzero(np.diff(self._link_initiatives, prepend=-1)))

    @cached_property
    def rows(self) -> Sequence[CityOnMap]:
        """The cities of the table by name: all, or the ROWS with the most initiatives."""
        by_name = np.sort(self._rows)
        most = np.argsort(-self._counts[by_name], kind="stable")[:ROWS]
        return self._cities_of(by_name[np.sort(most)])

    @cached_property
    def regions(self) -> frozenset[str]:
        """The codes of the regions that they lie in."""
        numbers = np.unique(self._catalogue.cities["region"][self._rows])
        return frozenset(self._catalogue.codes.codes[number] for number in numbers.tolist() if number >= 0)

    @cached_property
    def frame(self) -> Frame:
        """The frame that holds them all."""
        return world_map.frame_of(self.places.x, self.places.y)

    def marks(self, level: int, frame: Frame) -> list[Mark]:
        """The circles of a level in a frame."""
        circles = self.places.level(level)
        counts = self._initiatives_of(level)
        inside = self._inside(circles, frame).tolist()
        for circle in inside:
            if (level, circle) not in self._marks:
                self._marks[level, circle] = self._mark(level, circle, int(counts[circle]))
        return sorted((self._marks[level, circle] for circle in inside), key=lambda mark: -mark.radius)

    def in_view(self, level: int, frame: Frame) -> tuple[int, int]:
        """How many cities have their circle in a frame, and how many initiatives they have between them."""
        circles = self.places.level(level)
        inside = np.zeros(len(self._rows), dtype=np.bool_)
        inside[circles.centres[self._inside(circles, frame)]] = True
        shown = np.zeros(len(self._catalogue.cities), dtype=np.bool_)
        shown[self._rows[inside[circles.first]]] = True
        return int(shown.sum()), len(np.unique(self._link_initiatives[shown[self._link_cities]]))

    def _inside(self, circles: Level, frame: Frame) -> Rows:
        """The circles, by their place among all, whose centre is in a frame."""
        x, y = self.places.x[circles.centres], self.places.y[circles.centres]
        right, bottom = frame.left + frame.width, frame.top + frame.height
        return np.flatnonzero((x >= frame.left) & (x <= right) & (y >= frame.top) & (y <= bottom))

    def _initiatives_of(self, level: int) -> npt.NDArray[np.int64]:
        """How many initiatives each circle has; one of several of its cities counts once."""
        if level not in self._initiatives:
            circles = self.places.level(level)
            circle_of_row = np.full(len(self._catalogue.cities), -1, dtype=np.int64)
            circle_of_row[self._rows] = np.searchsorted(circles.centres, circles.first)
            circle = circle_of_row[self._link_cities]
            several = self._catalogue.initiatives.lists["cities"].lengths[self._link_initiatives] > 1
            shared = np.unique(circle[several] * len(self._catalogue.initiatives) + self._link_initiatives[several])
            size = len(circles.centres)
            self._initiatives[level] = np.bincount(circle[~several], minlength=size) + np.bincount(
                shared // max(len(self._catalogue.initiatives), 1), minlength=size
            )
        return self._initiatives[level]

    def _mark(self, level: int, circle: int, initiatives: int) -> Mark:
        circles = self.places.level(level)
        members = circles.members_of(circle)
        rows = self._rows[members]
        centre = circles.centres[circle]
        # The most initiatives first, then by name, as rows are.
        most = rows[np.lexsort((rows, -self._counts[rows]))[:_NAMED]] if len(rows) > 1 else rows
        radius = world_map.radius_of(initiatives, world_map.WIDTH * world_map.zoom_of(level))
        mark = Mark(
            round(float(self.places.x[centre]), 1),
            round(float(self.places.y[centre]), 1),
            round(radius, 2),
            tuple(self._cities_of(most)),
            len(rows),
            initiatives,
        )
        if len(rows) == 1:
            return mark
        return mark.with_view(world_map.view_of(self.places.x[members], self.places.y[members], level))

    def _cities_of(self, rows: Rows) -> list[CityOnMap]:
        return self._catalogue.cities_of_rows(rows, self._names, self._counts)
