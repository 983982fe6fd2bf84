"""Finds the city that a row is about: a page by its name, or a place of the gazetteer; never a guess between two.

Of all pages only those that a file names are read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import City, Leader
from kb.core.db import in_batches
from kb.core.i18n import Message, gettext_noop
from kb.core.text import sort_key
from kb.peers.name_index import loose
from kb.peers.place_resolution import Resolution, TurnedPoint, resolve, turned_point
from kb.peers.places import Gazetteer, PlaceMatch
from kb.peers.provinces import province_name


class PagesByName:
    """Cities or leaders by their names, loosely compared. Names that were not read before name no page."""

    def __init__(self, model: type[City | Leader], *columns: Any) -> None:
        """`columns` are what is read of a page."""
        self._model, self._columns = model, columns
        self._pages: dict[str, list[list[Any]]] = {}

    def read(self, session: Session, names: Iterable[str]) -> None:
        """Read the pages that bear these names, and were not read before."""
        new = {loose(name) for name in names} - self._pages.keys()
        self._pages |= {name: [] for name in new}
        # Names that are loosely the same are sorted alike, and by that there is an index.
        for keys in in_batches({sort_key(name) for name in new}):
            query = select(self._model.name, *self._columns).where(self._model.sort_key.in_(keys))
            for name, *row in session.execute(query):
                if loose(name) in new:
                    self._pages[loose(name)].append(row)

    def named(self, name: str) -> list[list[Any]]:
        """The pages of that name: of each, the columns."""
        return self._pages.get(loose(name), [])


Point = tuple[float, float]

_NO_COUNTRY = gettext_noop("There is no country called %(given)s.")
_NONE = gettext_noop("No place over 5,000 people is called %(given)s in %(country)s.")
_NONE_ANYWHERE = gettext_noop("No place over 5,000 people is called %(given)s.")
_PERHAPS = gettext_noop("No place is called %(given)s in %(country)s. Do you mean %(near)s?")
_SEVERAL = gettext_noop("%(given)s may be %(names)s. Add a state, a country or coordinates.")
_READ_TOGETHER = gettext_noop(
    "%(given)s is known as %(names)s, but the state, country or coordinates of the row are different."
)
_SWAPPED = gettext_noop(
    "%(given)s is not near %(point)s. %(name)s would fit if latitude and longitude are swapped: %(turned)s."
)
_OTHER_SIGN = gettext_noop(
    "%(given)s is not near %(point)s. %(name)s would fit if the coordinates are %(turned)s: "
    "a minus may be missing or wrong."
)
_SWAPPED_WITH_OTHER_SIGN = gettext_noop(
    "%(given)s is not near %(point)s. %(name)s would fit if the coordinates are %(turned)s: "
    "latitude and longitude may be swapped, and a minus may be missing or wrong."
)
_SLIP = gettext_noop("%(given)s was read as %(name)s.")


@dataclass(frozen=True, slots=True)
class CityMatch:
    """A city as "place:ID", whether it has a page or not, or None with the problem; `warning` is worth a look.

    `is_of_point` tells that the problem is one of the coordinates, not of the name.
    """

    reference: str | None
    problem: Message | None = None
    warning: Message | None = None
    is_of_point: bool = False


class CityMatcher:
    """Finds cities; remembers what it found, since a file names few cities many times."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._pages = PagesByName(City, City.country_code, City.place_id)
        self._cache: dict[tuple[str, str | None, str | None, Point | None], CityMatch] = {}

    def read(self, session: Session, names: Iterable[str]) -> None:
        """Read the pages of cities with these names; without that, a name means a place of the gazetteer."""
        self._pages.read(session, names)

    def country_code(self, name: str) -> str | None:
        """The code of a country by any of its names; None for what is none."""
        return self._gazetteer.country_code(name)

    def place(self, name: str, country: str | None, province: str | None, point: Point | None) -> CityMatch:
        """The city that a name means, in a country, a state, and near a point, each where known."""
        key = (name, country, province, point)
        if key not in self._cache:
            self._cache[key] = self._look_up(*key)
        return self._cache[key]

    def _look_up(self, name: str, country: str | None, province: str | None, point: Point | None) -> CityMatch:
        code = self._gazetteer.country_code(country) if country else None
        if country and code is None:
            return CityMatch(None, Message(_NO_COUNTRY, {"given": country}))
        if code and point is None and province is None:
            pages = [place_id for country_code, place_id in self._pages.named(name) if country_code == code]
            # Two pages of one name tell nothing.
            if len(pages) == 1:
                return CityMatch(f"place:{pages[0]}")
        resolution = resolve(self._gazetteer, name, country, province, point)
        if resolution.place is None:
            if point is None or not resolution.is_ruled_out:
                return CityMatch(None, self._why_not(name, country, resolution))
            turned = turned_point(self._gazetteer, name, country, province, point)
            problem = _fits_turned(name, point, turned) if turned else self._why_not(name, country, resolution)
            return CityMatch(None, problem, is_of_point=turned is not None)
        values = {"given": name, "name": _described(resolution.place)}
        return CityMatch(
            f"place:{resolution.place.id}", None, Message(_SLIP, values) if resolution.how == "slip" else None
        )

    def _why_not(self, name: str, country: str | None, resolution: Resolution) -> Message:
        if resolution.several:
            names = "; ".join(map(_described, resolution.several[:4]))
            return Message(_READ_TOGETHER if resolution.is_ruled_out else _SEVERAL, {"given": name, "names": names})
        if not country:
            return Message(_NONE_ANYWHERE, {"given": name})
        values = {"given": name, "country": country}
        code = self._gazetteer.country_code(country)
        near = [place for place in self._gazetteer.near(name, 30) if place.country_code == code][:3]
        if near:
            return Message(_PERHAPS, {**values, "near": "; ".join(map(_described, near))})
        return Message(_NONE, values)


def _fits_turned(name: str, point: Point, turned: TurnedPoint) -> Message:
    values = {"given": name, "name": _described(turned.place)}
    values |= {"point": _degrees(point), "turned": _degrees(turned.point)}
    if turned.is_swapped:
        return Message(_SWAPPED_WITH_OTHER_SIGN if turned.has_other_sign else _SWAPPED, values)
    return Message(_OTHER_SIGN, values)


def _described(place: PlaceMatch) -> str:
    """A place with what tells it from namesakes."""
    province = province_name(place.country_code, place.admin1)
    where = ", ".join(part for part in (province, place.country) if part)
    return f"{place.name} ({where}, {place.population:,})" if place.population else f"{place.name} ({where})"


def _degrees(point: Point) -> str:
    """Latitude and longitude as people write them."""
    return ", ".join(f"{degrees:.6f}".rstrip("0").rstrip(".") for degrees in point)
