"""The world map: the Equal Earth projection, and points placed so that crowded ones stay readable and tappable.

Source: B. Savric, T. Patterson and B. Jenny, "The Equal Earth map projection", International Journal of Geographical
Information Science 33(3), 2018, pages 454-465, equations 7 to 9. Areas are true: no continent looks larger than it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import floor, log2, sqrt
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from kb.catalogue.queries import CityOnMap
from kb.core.i18n import gettext_noop

Coordinates = npt.NDArray[np.float64]
"""Coordinates on the sheet, of several points."""

Degrees = TypeVar("Degrees", float, npt.NDArray[np.float64])

_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_M = sqrt(3) / 2

WIDTH = 1000.0
"""Width of the whole world in the map's own units; every length below is in them."""

_NORTH, _SOUTH = 83.0, -56.0
"""The latitudes, in degrees, where the sheet ends: beyond them nobody runs a city."""


def _equal_earth(latitude: Degrees, longitude: Degrees) -> tuple[Degrees, Degrees]:
    """Project degrees to the plane of a unit sphere, y upwards (equations 7 to 9)."""
    theta = np.arcsin(_M * np.sin(np.radians(latitude)))
    t2 = theta * theta
    t6 = t2**3
    x = np.radians(longitude) * np.cos(theta) / (_M * (_A1 + 3 * _A2 * t2 + t6 * (7 * _A3 + 9 * _A4 * t2)))
    y = theta * (_A1 + _A2 * t2 + t6 * (_A3 + _A4 * t2))
    return x, y


_SCALE = WIDTH / (2 * _equal_earth(0, 180)[0])
_TOP = _equal_earth(_NORTH, 0)[1]
HEIGHT = round(float((_TOP - _equal_earth(_SOUTH, 0)[1]) * _SCALE), 1)


def project(latitude: Degrees, longitude: Degrees) -> tuple[Degrees, Degrees]:
    """Place degrees (WGS 84) on the sheet: x from the left, 0 to WIDTH; y from the top, 0 to HEIGHT."""
    x, y = _equal_earth(latitude, longitude)
    return WIDTH / 2 + x * _SCALE, (_TOP - y) * _SCALE


@dataclass(frozen=True, slots=True)
class Frame:
    """A part of the sheet, in its units: left, top, width and height, as an SVG viewBox has them."""

    left: float
    top: float
    width: float
    height: float

    @property
    def view_box(self) -> str:
        """The attribute's text."""
        return f"{self.left:.1f} {self.top:.1f} {self.width:.1f} {self.height:.1f}"

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies inside."""
        return self.left <= x <= self.left + self.width and self.top <= y <= self.top + self.height

    @property
    def centre(self) -> tuple[float, float]:
        """The point in the middle."""
        return self.left + self.width / 2, self.top + self.height / 2

    @property
    def zoom(self) -> float:
        """How often the world's width has been halved: 0 for the world."""
        return log2(WIDTH / self.width)

    def widened(self, share: float) -> "Frame":
        """The frame with a margin on each side, in shares of its width."""
        margin = share * self.width
        return Frame(self.left - margin, self.top - margin, self.width + 2 * margin, self.height + 2 * margin)


WORLD = Frame(0, 0, WIDTH, HEIGHT)

MAX_ZOOM = 7.0
"""A frame of 8 units, some 300 km: beyond it the coastline has no more to show."""


def frame_at(x: float, y: float, zoom: float) -> Frame:
    """The frame around a point of the sheet at a zoom from 0 to MAX_ZOOM, moved inwards at the edges of the sheet."""
    width = WIDTH / 2 ** min(max(zoom, 0), MAX_ZOOM)
    height = width * HEIGHT / WIDTH
    return Frame(min(max(x - width / 2, 0), WIDTH - width), min(max(y - height / 2, 0), HEIGHT - height), width, height)


AREA_NAMES = {
    "africa": gettext_noop("Africa"),
    "americas": gettext_noop("Americas"),
    "asia": gettext_noop("Asia"),
    "europe": gettext_noop("Europe"),
    "oceania": gettext_noop("Oceania"),
}
"""The continents that have a window of their own, by the code that addresses have; Antarctica has no cities."""


def area_of(continent: str) -> str | None:
    """The code of a continent, one of AREA_NAMES; None for one that has no window."""
    return continent.lower() if continent.lower() in AREA_NAMES else None


NAMES_IN_A_TITLE = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """One or several cities drawn as a circle: its centre, its radius, and the first of the cities in it.

    `number` is how many cities it has; those with the most initiatives come first.
    `initiatives` is how many the cities have between them; one of several cities counts once.
    `name_at` is where its name begins beside the centre (ends, where negative); 0 where there is no room for a name.
    `view` is the centre and the zoom at which its cities stand apart; None where they never do.
    """

    x: float
    y: float
    radius: float
    cities: tuple[CityOnMap, ...]
    number: int
    initiatives: int
    name_at: float = 0.0
    view: tuple[float, float, float] | None = None

    def with_view(self, view: tuple[float, float, float] | None) -> "Mark":
        """The circle with the view at which its cities stand apart."""
        return replace(self, view=view)

    @property
    def first_names(self) -> list[str]:
        """The names of a few of its cities, those with the most initiatives, for a title that can be read."""
        return [city.name for city in self.cities[:NAMES_IN_A_TITLE]]

    @property
    def slugs(self) -> str:
        """The slugs of its first cities, for the card; one more than a card tells of says that there are more."""
        return " ".join(city.slug for city in self.cities[: NAMES_IN_A_TITLE + 1])


_APART = 0.032
"""Share of the width within which cities share a circle: 30 of 930 pixels, which fingers need (WCAG 2.5.8)."""

NARROW = 2.8
"""How many times larger circles and letters are on a phone, whose 390 pixels are so much less than a desk's 1,100."""


def marks(cities: Iterable[CityOnMap], frame: Frame = WORLD, zoom: float = 1) -> list[Mark]:
    """Place cities on a frame; neighbours whose circles would touch share one.

    A circle's area grows with its initiatives. Larger circles come first, so that small ones are drawn over them. With
    a `zoom` of NARROW there are fewer circles, and larger ones, for a map drawn that many times narrower.
    """
    placed = [
        (*project(city.latitude, city.longitude), city)
        for city in sorted(cities, key=lambda city: (-city.initiatives, city.slug))
    ]
    placed = [(x, y, city) for x, y, city in placed if frame.holds(x, y)]
    xs, ys = np.array([(x, y) for x, y, _city in placed], dtype=np.float64).reshape(-1, 2).T
    groups: defaultdict[int, list[tuple[float, float, CityOnMap]]] = defaultdict(list)
    for place, city in zip(grouped(xs, ys, apart(zoom * frame.width)).tolist(), placed, strict=True):
        groups[place].append(city)
    marks = [_mark(group, frame, zoom) for group in groups.values()]
    return sorted(marks, key=lambda mark: -mark.radius)


def apart(width: float) -> float:
    """How far apart cities must lie on a frame of a width so as not to share a circle."""
    return _APART * width


def grouped(x: Coordinates, y: Coordinates, reach: float) -> npt.NDArray[np.int64]:
    """For each point, the more important first, the number of the one whose circle it shares.

    A point stands for itself unless one before it does so within reach; of several it takes the nearest.
    """
    places = np.arange(len(x))
    nearest = np.where(_is_alone(x, y, reach), places, -1)
    distance = np.where(nearest < 0, np.inf, 0.0)
    crowd = np.flatnonzero(nearest < 0)
    crowd = crowd[np.argsort(x[crowd], kind="stable")]
    columns = x[crowd]
    firsts, lasts = np.searchsorted(columns, columns - reach), np.searchsorted(columns, columns + reach, side="right")
    windows = dict(zip(crowd.tolist(), zip(firsts.tolist(), lasts.tolist(), strict=True), strict=True))
    for place in sorted(windows):
        if nearest[place] >= 0:
            continue
        first, last = windows[place]
        beside = crowd[first:last]
        away = np.hypot(x[beside] - x[place], y[beside] - y[place])
        closer = (away < np.minimum(distance[beside], reach)) & (beside >= place)
        nearest[beside[closer]] = place
        distance[beside[closer]] = away[closer]
    return nearest


def _is_alone(x: Coordinates, y: Coordinates, reach: float) -> npt.NDArray[np.bool_]:
    """Which points certainly have no other within reach: none in their cell, as wide as the reach, nor beside it."""
    rows = int(HEIGHT // reach) + 4
    cells = ((x // reach).astype(np.int64) + 1) * rows + (y // reach).astype(np.int64) + 1
    occupied, counts = np.unique(cells, return_counts=True)
    near = np.zeros(len(x), dtype=np.int64)
    for column in (-rows, 0, rows):
        for row in (-1, 0, 1):
            beside = cells + column + row
            found = np.minimum(np.searchsorted(occupied, beside), max(len(occupied) - 1, 0))
            near += np.where(occupied[found] == beside, counts[found], 0) if len(occupied) else 0
    is_alone: npt.NDArray[np.bool_] = near == 1
    return is_alone


NAME_SIZE = 0.0135
"""Height of the letters of a name, as a share of the frame's width; a letter is about half as wide as it is high."""


def named(marks: list[Mark], frame: Frame, zoom: float = 1) -> list[Mark]:
    """Put names beside single cities, after the circle or else before it, where they cover no circle and no name."""
    size = NAME_SIZE * zoom * frame.width
    tall = size * 1.2
    taken: defaultdict[int, list[tuple[float, float, float]]] = defaultdict(list)
    for mark in marks:
        taken[int(mark.y // tall)].append((mark.x - mark.radius, mark.x + mark.radius, mark.y))
    done: list[Mark] = []
    for mark in marks:
        if mark.number == 1:
            line = int(mark.y // tall)
            near = [span for beside in (line - 1, line, line + 1) for span in taken[beside]]
            gap, length = mark.radius + size * 0.3, size * 0.52 * len(mark.cities[0].name)
            for at in (gap, -gap):
                left, right = sorted((mark.x + at, mark.x + at + (length if at > 0 else -length)))
                free = all(right < a or left > b or abs(mark.y - y) > tall for a, b, y in near)
                if free and frame.left <= left and right <= frame.left + frame.width:
                    taken[line].append((left, right, mark.y))
                    mark = replace(mark, name_at=at)  # noqa: PLW2901 - the mark with its name takes the mark's place
                    break
        done.append(mark)
    return done


def _mark(group: Sequence[tuple[float, float, CityOnMap]], frame: Frame, zoom: float) -> Mark:
    cities = tuple(city for _x, _y, city in group)
    initiatives = sum(city.initiatives for city in cities)
    # At the first of its cities: first cities are far enough apart for their circles, and middles may not be.
    x, y, _first = group[0]
    radius = radius_of(initiatives, zoom * frame.width)
    return Mark(round(x, 1), round(y, 1), round(radius, 2), cities, len(cities), initiatives)


def radius_of(initiatives: int, width: float) -> float:
    """The radius of a circle on a frame of a width."""
    return width * min(0.0105 + 0.0016 * sqrt(initiatives), 0.019)


def level_of(width: float) -> int:
    """The level at which circles are drawn on a frame of this width: each level has frames 1.41 times narrower.

    Circles of one level are the same wherever the frame lies, so that they stay as they are while it moves.
    """
    return min(floor(2 * log2(WIDTH / width)), round(2 * MAX_ZOOM))


def marks_of_level(cities: Iterable[CityOnMap], level: int) -> list[Mark]:
    """The circles of a level over the whole sheet, in its units, with the view that separates the cities of each."""
    return [_with_view(mark, level) for mark in marks(cities, WORLD, zoom_of(level))]


def _with_view(mark: Mark, level: int) -> Mark:
    if mark.number == 1:
        return mark
    spots = [project(city.latitude, city.longitude) for city in mark.cities]
    x, y = np.array(spots, dtype=np.float64).T
    return mark.with_view(view_of(x, y, level))


def zoom_of(level: int) -> float:
    """The width of the frames of a level, as a share of the world's."""
    return float(2 ** (-level / 2))


def named_of_level(marks: list[Mark], level: int) -> list[Mark]:
    """Some circles of a level, with names where there is room."""
    return named(marks, WORLD, zoom_of(level))


_FIT = 0.35
"""Share of the frame's width that cities fill when they are looked at more closely."""

_FURTHEST = 3.0
"""The most that one step zooms in, unless more is needed to separate two cities: eight times."""


def view_of(x: Coordinates, y: Coordinates, level: int) -> tuple[float, float, float] | None:
    """The centre and the zoom at which cities at these spots no longer share the circle of the first."""
    away = float(np.hypot(x - x[0], y - y[0]).max())
    if away <= _APART * WIDTH / 2**MAX_ZOOM:
        return None
    left, right, top, bottom = float(x.min()), float(x.max()), float(y.min()), float(y.max())
    wide = max(right - left, (bottom - top) * WIDTH / HEIGHT)
    # Half a step more, since `level_of` rounds down.
    splitting = log2(_APART * WIDTH / away) + 0.5
    zoom = max(splitting, level / 2 + 1, min(log2(_FIT * WIDTH / wide), level / 2 + _FURTHEST))
    return round((left + right) / 2, 1), round((top + bottom) / 2, 1), round(min(zoom, MAX_ZOOM), 1)


def frame_around(points: Iterable[tuple[float, float]], least: float = 180) -> Frame:
    """The smallest frame, of the sheet's own proportions, that holds all points (degrees) with a margin around them."""
    placed = [project(latitude, longitude) for latitude, longitude in points]
    xs, ys = [x for x, _ in placed], [y for _, y in placed]
    shape = HEIGHT / WIDTH
    width = min(max(1.25 * (max(xs) - min(xs)), 1.25 * (max(ys) - min(ys)) / shape, least), WIDTH)
    height = width * shape
    left = min(max((min(xs) + max(xs) - width) / 2, 0), WIDTH - width)
    top = min(max((min(ys) + max(ys) - height) / 2, 0), HEIGHT - height)
    return Frame(left, top, width, height)


def frame_of(x: Coordinates, y: Coordinates) -> Frame:
    """The window of a continent: all its spots, with room for their circles and names; the world where it has none.

    It is at least a sixth of the world wide, so that a few cities keep their surroundings, and neither a strip nor a
    tower: between 1.6 and 2.2 times as wide as high.
    """
    if not len(x):
        return WORLD
    first, last, top, bottom = float(x.min()), float(x.max()), float(y.min()), float(y.max())
    wide, high = last - first, bottom - top
    width = min(max(1.16 * wide, 1.6 * 1.16 * high, WIDTH / 6), WIDTH)
    height = min(max(1.16 * high, width / 2.2), HEIGHT)
    left = min(max((first + last - width) / 2, 0), WIDTH - width)
    return Frame(left, min(max((top + bottom - height) / 2, 0), HEIGHT - height), width, height)
