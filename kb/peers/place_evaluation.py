"""How well names of places resolve: of names whose places are known, how many came out right, wrong, or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from .geodesy import kilometres, unit_vectors
from .place_resolution import Resolution, resolve
from .places import Gazetteer

RIGHT_KM = 50.0
"""A place this near the coordinates that the file gives is the right one; cities are wide, and centres disputed."""


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A line of the file: a name, its country, and where the place truly is, in degrees, where that is known."""

    name: str
    country: str | None
    point: tuple[float, float] | None = None


@dataclass(slots=True)
class PlacesMeasured:
    """Counts. `right` and `wrong` are of names with coordinates; `resolved` is every name that came to one place."""

    names: int = 0
    resolved: int = 0
    unresolved: int = 0
    with_coordinates: int = 0
    right: int = 0
    wrong: int = 0
    wrongly: list[tuple[NamedPlace, Resolution]] = field(default_factory=list)
    without_place: list[NamedPlace] = field(default_factory=list)


def evaluate_places(named: Iterable[NamedPlace], gazetteer: Gazetteer) -> PlacesMeasured:
    """Resolve every name by name and country alone, as an import does; coordinates only judge."""
    measured = PlacesMeasured()
    for line in named:
        measured.names += 1
        measured.with_coordinates += line.point is not None
        resolution = resolve(gazetteer, line.name, line.country)
        if resolution.place is None:
            measured.unresolved += 1
            measured.without_place.append(line)
            continue
        measured.resolved += 1
        if line.point is None:
            continue
        if _km((resolution.place.latitude, resolution.place.longitude), line.point) <= RIGHT_KM:
            measured.right += 1
        else:
            measured.wrong += 1
            measured.wrongly.append((line, resolution))
    return measured


def _km(one: tuple[float, float], other: tuple[float, float]) -> float:
    ends = unit_vectors(*(np.array(degrees) for degrees in zip(one, other, strict=True)))
    return float(kilometres(ends[0], ends[1]))
