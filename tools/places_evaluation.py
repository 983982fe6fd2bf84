"""How well names of places resolve: of names whose places are known, how many came out right, wrong, or not at all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.importing.readers import Table, read_table
from kb.peers.geodesy import kilometres, unit_vectors
from kb.peers.place_resolution import Resolution, resolve, turned_points
from kb.peers.places import Gazetteer

COLUMNS = {
    "name": ("name", "city", "city name", "place"),
    "country": ("country", "country name"),
    "lat": ("lat", "latitude"),
    "lon": ("lon", "lng", "long", "longitude"),
}

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


def read_places(path: Path) -> list[NamedPlace]:
    """Read a CSV or XLSX file with the columns name and country, and lat and lon where they are known.

    Raises Refused for a file without the first two, and for coordinates that are no numbers.
    """
    with path.open("rb") as content:
        return list(_in_table(read_table(content, path.name, _like_places)))


def evaluate(named: Iterable[NamedPlace], gazetteer: Gazetteer) -> PlacesMeasured:
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


def note_on_coordinates(line: NamedPlace, resolution: Resolution) -> str:
    """What is wrong with the file's coordinates, where the place that the name came to is near them when turned."""
    place = resolution.place
    for turned in turned_points(line.point) if line.point and place else ():
        if place and _km((place.latitude, place.longitude), turned) <= RIGHT_KM:
            return "latitude and longitude swapped" if line.point and turned == line.point[::-1] else "a minus missing"
    return ""


def _km(one: tuple[float, float], other: tuple[float, float]) -> float:
    ends = unit_vectors(*(np.array(degrees) for degrees in zip(one, other, strict=True)))
    return float(kilometres(ends[0], ends[1]))


def _like_places(cells: Sequence[str]) -> int:
    known = {name for names in COLUMNS.values() for name in names}
    return sum(cell.casefold() in known for cell in cells)


def _in_table(table: Table) -> Iterator[NamedPlace]:
    columns = {
        what: next((column for name in names for column in table.columns if column.name.casefold() == name), None)
        for what, names in COLUMNS.items()
    }
    name, country, lat, lon = (columns[what] for what in ("name", "country", "lat", "lon"))
    if name is None or country is None:
        raise Refused(gettext_noop("There is no column called %(name)s."), name="name" if name is None else "country")
    for row in table.rows:
        point = None
        if lat and lon and row.cell(lat) and row.cell(lon):
            try:
                point = float(row.cell(lat)), float(row.cell(lon))
            except ValueError:
                raise Refused(
                    gettext_noop("Row %(row)s: %(lat)s, %(lon)s are not valid coordinates."),
                    row=str(row.number),
                    lat=row.cell(lat),
                    lon=row.cell(lon),
                ) from None
        if row.cell(name):
            yield NamedPlace(row.cell(name), row.cell(country) or None, point)
