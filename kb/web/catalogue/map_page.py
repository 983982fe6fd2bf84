"""The map: cities in circles at each zoom, cached for each filter until the change log has grown, and a card of a city.

Reading 20,000 cities and placing them takes most of a second, on the page that is opened most; asking how long the
change log is takes a fraction of a millisecond. A request then costs the circles in its frame.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from heapq import nlargest
from math import log2
from typing import Any

from flask import Flask, current_app, url_for
from sqlalchemy import Select
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.choices import STAGES
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import City, Goal, Initiative, Region
from kb.catalogue.queries import CityOnMap
from kb.core.cache import DerivedCache
from kb.search.facets import FACETS
from kb.search.results import SearchQuery

from ..core import jsonld, world_map
from ..core.jsonld import JSONLD
from ..core.links import absolute, search_link
from ..core.pages import Page
from ..core.query_schemas import RefusedValues
from ..search.results import named
from .schemas import MapFilter, MapQuery

ROWS = 200
"""Cities of the table beneath the map, those with the most initiatives; the rest is a search away."""

CARD_CITIES = 8
CARD_INITIATIVES = 5
"""How many cities a card tells of, and initiatives of each."""

_FILTERS_KEPT = 16
_MARGIN = 0.4
"""What is drawn around a frame, as a share of its width: seen in a window of another shape, and while moving."""

_NAMES_FROM = 1.0
"""The zoom from which single cities have their names beside them."""


class ClusteredCities:
    """Cities, and the circles that they share at each level; threads may share it."""

    def __init__(self, cities: Sequence[CityOnMap]) -> None:
        self.cities = cities
        self._levels: dict[int, list[world_map.Mark]] = {}

    @cached_property
    def initiatives(self) -> int:
        """How many initiatives the cities have between them."""
        return world_map.count_initiatives(self.cities)

    @cached_property
    def rows(self) -> list[CityOnMap]:
        """The cities of the table by name: all, or the ROWS with the most initiatives."""
        most = {city.slug for city in nlargest(ROWS, self.cities, key=lambda city: city.initiatives)}
        return [city for city in self.cities if city.slug in most]

    @cached_property
    def regions(self) -> frozenset[str | None]:
        """The codes of the regions that they lie in."""
        return frozenset(city.region for city in self.cities)

    @cached_property
    def frame(self) -> world_map.Frame:
        """The frame that holds them all."""
        return world_map.frame_of(self.cities)

    def marks(self, level: int) -> list[world_map.Mark]:
        """The circles of a level over the whole sheet, drawn once."""
        if level not in self._levels:
            self._levels[level] = world_map.marks_of_level(self.cities, level)
        return self._levels[level]


class DrawnMap:
    """What a frame shows of cities, in circles, and as a table would list them."""

    def __init__(self, cities: ClusteredCities | Sequence[CityOnMap], frame: world_map.Frame) -> None:
        self._clustered = cities if isinstance(cities, ClusteredCities) else ClusteredCities(cities)
        self.cities = self._clustered.cities
        self.frame = frame

    @cached_property
    def marks(self) -> list[world_map.Mark]:
        """The circles; closer than the whole world with names where there is room."""
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

    @property
    def initiatives(self) -> int:
        """How many initiatives the cities have between them."""
        return self._clustered.initiatives

    @cached_property
    def in_view(self) -> list[CityOnMap]:
        """The cities inside the frame."""
        marks = self._clustered.marks(world_map.level_of(self.frame.width))
        return [city for mark in marks if self.frame.holds(mark.x, mark.y) for city in mark.cities]

    def _marks(self, larger: float) -> list[world_map.Mark]:
        """The circles of the level for this frame, drawn so many times larger, as large as the frame has them."""
        level = world_map.level_of(self.frame.width * larger)
        scale = larger * self.frame.width / (world_map.WIDTH * 2 ** (-level / 2))
        around = self.frame.widened(_MARGIN)
        shown = [mark for mark in self._clustered.marks(level) if around.holds(mark.x, mark.y)]
        if self.frame.zoom >= _NAMES_FROM:
            shown = world_map.named_of_level(shown, level)
        return [
            replace(
                mark,
                radius=round(mark.radius * scale, 3),
                name_at=round(mark.name_at * scale, 3),
                view=mark.view and (*mark.view[:2], round(min(mark.view[2] + log2(larger), world_map.MAX_ZOOM), 1)),
            )
            for mark in shown
        ]

    @property
    def rows(self) -> list[CityOnMap]:
        """The cities of the table."""
        return self._clustered.rows


class MapCache:
    """Cities in circles for each filter, made anew when the change log has grown; threads may share it."""

    def __init__(self) -> None:
        self._cities: DerivedCache[MapFilter, ClusteredCities] = DerivedCache(max_entries=_FILTERS_KEPT)
        self._decades: DerivedCache[None, Sequence[int]] = DerivedCache()

    def cities(self, session: Session, map_filter: MapFilter, version: object = None) -> ClusteredCities:
        """The cities with initiatives that a filter leaves; one query, three when the catalogue has changed."""
        version = version or queries.last_change(session)

        def make() -> ClusteredCities:
            if map_filter.area or map_filter.region:
                everywhere = self.cities(session, replace(map_filter, area=None, region=None), version)
                return ClusteredCities([city for city in everywhere.cities if _lies_in(city, map_filter)])
            return ClusteredCities(queries.cities_on_map(session, _initiatives(map_filter)))

        return self._cities.get(map_filter, make, version)

    def decades(self, session: Session) -> Sequence[int]:
        """The decades in which initiatives began."""
        return self._decades.get(None, partial(queries.start_decades, session), queries.last_change(session))

    def drawn(self, session: Session) -> DrawnMap:
        """All cities with initiatives on the whole world."""
        return DrawnMap(self.cities(session, MapFilter()), world_map.WORLD)


def _lies_in(city: CityOnMap, map_filter: MapFilter) -> bool:
    is_in_area = not map_filter.area or world_map.area_of(city) == map_filter.area
    return is_in_area and (not map_filter.region or city.region == map_filter.region)


_FACETS = ("goal", "challenge", "stage", "decade")
"""Filters that ask the database, as the search would."""


def _conditions(map_filter: MapFilter) -> list[Any]:
    given = {name: str(getattr(map_filter, name)) for name in _FACETS if getattr(map_filter, name) is not None}
    return [FACETS[name].condition(EntryKind.INITIATIVE, (value,)) for name, value in given.items()]


def _initiatives(map_filter: MapFilter) -> Select[Initiative] | None:
    conditions = _conditions(map_filter)
    return queries.initiatives().where(*conditions) if conditions else None


def map_cache() -> MapCache:
    """The application's maps."""
    map_cache: MapCache = current_app.extensions["kb_map_cache"]
    return map_cache


def _drawn(session: Session, query: MapQuery, map_filter: MapFilter) -> DrawnMap:
    """The cities that a filter leaves, on the frame asked for, or that of the continent or region, or the world."""
    cities = map_cache().cities(session, map_filter)
    if query.zoom is not None:
        x, y = world_map.WORLD.centre
        frame = world_map.frame_at(x if query.x is None else query.x, y if query.y is None else query.y, query.zoom)
    elif map_filter.area or map_filter.region:
        # Other filters keep the frame, so that the map does not jump when one is chosen.
        frame = map_cache().cities(session, MapFilter(area=map_filter.area, region=map_filter.region)).frame
    else:
        frame = world_map.WORLD
    return DrawnMap(cities, frame)


def _filters(map_filter: MapFilter) -> dict[str, Any]:
    """The choices that the search knows too."""
    return {name: value for name, value in map_filter.chosen.items() if name != "area"}


@dataclass(frozen=True, kw_only=True)
class MapPage(Page):
    """The map and its table: `known` are labels of each filter's choices, `rest` leads to all cities or hits.

    `is_moved` tells an address that has a frame of its own.
    """

    template = "catalogue/map.html"
    known: Mapping[str, Mapping[Any, str]]
    regions: Sequence[Region]
    chosen: Mapping[str, Any]
    filters: Mapping[str, Any]
    drawn: DrawnMap
    is_moved: bool
    rest: str
    goals: Sequence[Goal]
    address: str
    jsonld: JSONLD
    unknown: list[tuple[str, str]]

    sheet_height: float = world_map.HEIGHT

    @property
    def total(self) -> int:
        """How many cities are left."""
        return len(self.drawn.cities)

    @property
    def closer(self) -> Mapping[str, float]:
        """The frame that shows half of this one, as far as there is one."""
        return self._zoomed(1)

    @property
    def further(self) -> Mapping[str, float]:
        """The frame that shows twice this one, as far as there is one."""
        return self._zoomed(-1)

    def _zoomed(self, by: float) -> Mapping[str, float]:
        zoom = min(max(self.drawn.frame.zoom + by, 0), world_map.MAX_ZOOM)
        x, y = self.drawn.frame.centre
        return {"x": round(x, 1), "y": round(y, 1), "zoom": round(zoom, 1)}


@dataclass(frozen=True, kw_only=True)
class MapCirclesPage(Page):
    """The circles in a frame, for the map of a page that is open."""

    template = "catalogue/map_circles.html"
    drawn: DrawnMap
    chosen: Mapping[str, Any]
    is_narrow: bool

    @property
    def cities(self) -> int:
        """How many cities are in the frame."""
        return len(self.drawn.in_view)

    @property
    def initiatives(self) -> int:
        """How many initiatives they have."""
        return world_map.count_initiatives(self.drawn.in_view)


@dataclass(frozen=True, slots=True)
class CityOnCard:
    """A city with the first of its initiatives, how many there are, and the search that finds them."""

    city: City
    initiatives: Sequence[Initiative]
    total: int
    rest: str


@dataclass(frozen=True, kw_only=True)
class MapCardPage(Page):
    """What a card says of the cities of a circle, of which it may have more."""

    template = "catalogue/map_card.html"
    cities: Sequence[CityOnCard]
    has_more: bool


def page_of_map(session: Session, query: MapQuery, refused: RefusedValues) -> MapPage:
    """The map of initiatives, narrowed; `refused` is what could not be read of the query."""
    goals = queries.goals(session)
    regions = queries.regions(session)
    known: dict[str, Mapping[Any, str]] = {
        "goal": {goal.number: goal.label for goal in goals},
        "challenge": {challenge.code: challenge.label for challenge in queries.challenges(session)},
        "region": {region.code: region.label for region in regions},
        "stage": STAGES,
        "decade": {f"{year}s": f"{year}s" for year in map_cache().decades(session)},
        "area": world_map.AREA_NAMES,
    }
    given = query.map_filter.chosen
    unknown = [name for name, value in given.items() if value not in known[name]]
    map_filter = replace(query.map_filter, **dict.fromkeys(unknown))
    filters = _filters(map_filter)
    drawn = _drawn(session, query, map_filter)
    rest = url_for("cities.cities")
    if filters:
        rest = search_link(kind="initiative", **{name: str(value) for name, value in filters.items()})
    occurring = map_cache().cities(session, MapFilter()).regions | {map_filter.region}
    return MapPage(
        known=known,
        regions=[region for region in regions if region.code in occurring],
        chosen=map_filter.chosen,
        filters=filters,
        drawn=drawn,
        is_moved=query.zoom is not None,
        rest=rest,
        goals=goals,
        address=absolute(url_for("maps.map", **map_filter.chosen)),
        jsonld=jsonld.collection("Map of initiatives", drawn.rows),
        unknown=named((*refused, *((name, str(given[name])) for name in unknown))),
    )


def circles(session: Session, query: MapQuery) -> MapCirclesPage:
    """The circles in a frame; a filter that nobody knows leaves none."""
    drawn = _drawn(session, query, query.map_filter)
    return MapCirclesPage(drawn=drawn, chosen=query.map_filter.chosen, is_narrow=query.narrow)


def card(session: Session, query: MapQuery) -> MapCardPage:
    """The first of the cities with their initiatives that a filter leaves; cities that there are not are left out."""
    slugs = query.city[:CARD_CITIES]
    cities = queries.cities_by_slugs(session, slugs)
    narrowed = queries.initiatives().where(*_conditions(query.map_filter))
    chosen = {name: (str(value),) for name, value in _filters(query.map_filter).items()}

    def city_on_card(city: City) -> CityOnCard:
        of_city = queries.initiatives_of_city(city, narrowed)
        return CityOnCard(
            city=city,
            initiatives=session.scalars(of_city.limit(CARD_INITIATIVES)).all(),
            total=queries.count_initiatives(session, of_city),
            rest=search_link(SearchQuery(text=f'"{city.name}"', chosen={"kind": ("initiative",), **chosen})),
        )

    on_card = [city_on_card(cities[slug]) for slug in slugs if slug in cities]
    return MapCardPage(cities=on_card, has_more=len(query.city) > CARD_CITIES)


def register(app: Flask) -> None:
    """Give the application its maps."""
    app.extensions["kb_map_cache"] = MapCache()
