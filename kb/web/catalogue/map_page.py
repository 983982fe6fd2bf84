"""The map as pages draw it: all cities are cached until the change log has grown, filtered ones are read each time.

Reading 20,000 cities and placing them takes most of a second, on the page that is opened most; asking how long the
change log is takes a fraction of a millisecond.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from typing import Any

from flask import Flask, current_app, url_for
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.choices import STAGES
from kb.catalogue.models import Goal
from kb.catalogue.queries import CityOnMap
from kb.core.cache import DerivedCache

from ..core import jsonld, world_map
from ..core.jsonld import JSONLD
from ..core.language import by_label
from ..core.links import absolute, search_link
from ..core.pages import Page
from ..core.query_schemas import RefusedValues
from ..search.results import named
from .schemas import MapFilter

ROWS = 200
"""Cities of the table beneath the map, those with the most initiatives; the rest is a search away."""


class DrawnMap:
    """Cities on a frame that holds them all, in marks, and as a table would list them."""

    def __init__(self, cities: Sequence[CityOnMap], frame: world_map.Frame) -> None:
        self.cities = cities
        self.frame = frame

    @cached_property
    def marks(self) -> list[world_map.Mark]:
        """The circles; on a continent with names where there is room."""
        return self._marks(1)

    @cached_property
    def narrow_marks(self) -> list[world_map.Mark]:
        """The same for a phone, which shows the whole frame too: fewer circles, and larger ones."""
        return self._marks(world_map.NARROW)

    @property
    def letters(self) -> float:
        """The height of the letters of names, in the sheet's units."""
        return round(world_map.NAME_SIZE * self.frame.width, 2)

    @property
    def narrow_letters(self) -> float:
        """The same for a phone."""
        return round(world_map.NAME_SIZE * world_map.NARROW * self.frame.width, 2)

    def _marks(self, zoom: float) -> list[world_map.Mark]:
        marks = world_map.marks(self.cities, self.frame, zoom)
        return marks if self.frame == world_map.WORLD else world_map.named(marks, self.frame, zoom)

    @cached_property
    def rows(self) -> list[CityOnMap]:
        """The cities of the table by name: all, or the ROWS with the most initiatives."""
        most = sorted(self.cities, key=lambda city: -city.initiatives)[:ROWS]
        chosen = {city.slug for city in most}
        return [city for city in self.cities if city.slug in chosen]


class MapCache:
    """All cities on each frame, drawn again when the change log has grown; threads may share it."""

    def __init__(self) -> None:
        self._cities: DerivedCache[None, list[CityOnMap]] = DerivedCache()
        self._drawn: DerivedCache[str | None, DrawnMap] = DerivedCache()

    def drawn(self, session: Session, area: str | None = None) -> DrawnMap:
        """All cities with initiatives, of the world or a continent; one query, two when the catalogue has changed."""
        version = queries.last_change(session)

        def draw() -> DrawnMap:
            cities = _within(area, self._cities.get(None, partial(queries.cities_on_map, session), version))
            return DrawnMap(cities, world_map.frame_of(cities) if area else world_map.WORLD)

        return self._drawn.get(area, draw, version)


def _within(area: str | None, cities: Sequence[CityOnMap]) -> Sequence[CityOnMap]:
    return [city for city in cities if world_map.area_of(city) == area] if area else cities


def map_cache() -> MapCache:
    """The application's maps."""
    map_cache: MapCache = current_app.extensions["kb_map_cache"]
    return map_cache


@dataclass(frozen=True, kw_only=True)
class MapPage(Page):
    """The map and its table: `known` are labels of each filter's choices, `rest` leads to all cities or hits."""

    template = "catalogue/map.html"
    known: Mapping[str, Mapping[Any, str]]
    chosen: Mapping[str, Any]
    filters: Mapping[str, Any]
    area: str | None
    drawn: DrawnMap
    total: int
    rest: str
    goals: Sequence[Goal]
    address: str
    jsonld: JSONLD
    unknown: list[tuple[str, str]]


def page_of_map(session: Session, map_filter: MapFilter, refused: RefusedValues) -> MapPage:
    """The map of initiatives, narrowed; `refused` is what could not be read of the query."""
    goals = queries.goals(session)
    known: dict[str, Mapping[Any, str]] = {
        "goal": {goal.number: goal.label for goal in goals},
        "challenge": {challenge.code: challenge.label for challenge in by_label(queries.challenges(session))},
        "stage": STAGES,
        "area": world_map.AREA_NAMES,
    }
    given = {name: value for name, value in asdict(map_filter).items() if value is not None}
    chosen = {name: value for name, value in given.items() if value in known[name]}
    filters = {name: value for name, value in chosen.items() if name != "area"}
    area = chosen.get("area")
    drawn = map_cache().drawn(session, area)
    rest = url_for("cities.cities")
    if filters:
        rest = search_link(kind="initiative", **{name: str(value) for name, value in filters.items()})
        cities = queries.cities_on_map(session, queries.initiatives_matching(**filters))
        drawn = DrawnMap(_within(area, cities), drawn.frame)
    return MapPage(
        known=known,
        chosen=chosen,
        filters=filters,
        area=area,
        drawn=drawn,
        total=len(drawn.cities),
        rest=rest,
        goals=goals,
        address=absolute(url_for("maps.map", **chosen)),
        jsonld=jsonld.collection("Map of initiatives", drawn.rows),
        unknown=named((*refused, *((name, str(value)) for name, value in given.items() if name not in chosen))),
    )


def register(app: Flask) -> None:
    """Give the application its maps."""
    app.extensions["kb_map_cache"] = MapCache()
