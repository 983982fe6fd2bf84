"""A small map that shows where an entry's cities are: the part of the world around them, each city a named point."""

from collections.abc import Sequence
from dataclasses import dataclass

from kb.catalogue.models import City

from ..core.world_map import HEIGHT, WIDTH, Frame, project

_SHAPE = 0.62
"""Height of the map, as a share of its width."""

_LEAST_WIDTH = 230.0
"""In units of the sheet: a quarter of the world, so that a reader recognises the continent."""

_NAMED = 3
"""Cities whose names stand on the map, at most: more would cover each other."""


@dataclass(frozen=True, slots=True)
class LocatorPoint:
    """A city on the map: its name, its point, and where the middle of its name is."""

    name: str
    x: float
    y: float
    name_x: float


@dataclass(frozen=True, slots=True)
class LocatorMap:
    """The part of the world map, the cities on it, and the size of their names."""

    frame: Frame
    points: tuple[LocatorPoint, ...]
    letters: float

    @property
    def has_names(self) -> bool:
        """Whether there is room for the names."""
        return len(self.points) <= _NAMED


def locator_map(cities: Sequence[City]) -> LocatorMap | None:
    """The map of some cities whose places are loaded; None for no city."""
    if not cities:
        return None
    placed = [(city.name, *project(city.place.latitude, city.place.longitude)) for city in cities]
    xs, ys = [x for _, x, _ in placed], [y for _, _, y in placed]
    width = min(max(1.5 * (max(xs) - min(xs)), 1.5 * (max(ys) - min(ys)) / _SHAPE, _LEAST_WIDTH), WIDTH)
    height = min(width * _SHAPE, HEIGHT)
    left = min(max((min(xs) + max(xs) - width) / 2, 0), WIDTH - width)
    top = min(max((min(ys) + max(ys) - height) / 2, 0), HEIGHT - height)
    frame, letters = Frame(left, top, width, height), round(width / 22, 1)
    return LocatorMap(frame, tuple(_point(frame, letters, *place) for place in placed), letters)


def _point(frame: Frame, letters: float, name: str, x: float, y: float) -> LocatorPoint:
    """A name stands above its point, moved inwards where it would run off the map; a letter is half as wide as high."""
    half = min(letters * 0.28 * len(name), frame.width / 2)
    name_x = min(max(x, frame.left + half), frame.left + frame.width - half)
    return LocatorPoint(name, round(x, 1), round(y, 1), round(name_x, 1))
