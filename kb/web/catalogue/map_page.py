"""The map: the cities that a filter leaves in circles at each zoom, and a card of a city.

What a filter leaves is kept until the change log has grown, and then found in the catalogue's arrays; a request costs
the circles in its frame.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log2
from typing import Any

import numpy as np
from flask import Flask, current_app, get_template_attribute, url_for
from markupsafe import Markup
from sqlalchemy import Row
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.arrays import CatalogueArrays, CatalogueSnapshot, Rows
from kb.catalogue.choices import STAGES
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import City, Goal, Initiative
from kb.catalogue.queries import CityOnMap
from kb.core.cache import DerivedCache
from kb.core.db import Database
from kb.core.standbys import NEWEST
from kb.search.results import SearchQuery

from ..core import jsonld, world_map
from ..core.jsonld import JSONLD
from ..core.language import language
from ..core.links import absolute, search_link
from ..core.pages import Page
from ..core.query_schemas import RefusedValues
from ..search.results import named
from .map_cities import Circles, CityPoints, Places, PublishedCities
from .schemas import MapFilter, MapQuery

CARD_CITIES = 8
CARD_INITIATIVES = 5
"""How many cities a card tells of, and initiatives of each."""

_FILTERS_KEPT = 16
_MARGIN = 0.4
"""What is drawn around a frame, as a share of its width: seen in a window of another shape, and while moving."""

_NAMES_FROM = 1.0
"""The zoom from which single cities have their names beside them."""


class DrawnMap:
    """What a frame shows of cities, in circles."""

    def __init__(self, circles: Circles, frame: world_map.Frame) -> None:
        self._circles = circles
        self.frame = frame
        self._written: dict[object, Markup] = {}

    @cached_property
    def marks(self) -> list[world_map.Mark]:
        """The circles; closer than the whole world with names where there is room."""
        return self._marks(1)

    @cached_property
    def narrow_marks(self) -> list[world_map.Mark]:
        """The circles for a phone, which shows the whole frame too: fewer circles, and larger ones."""
        return self._marks(world_map.NARROW)

    def prepare(self) -> None:
        """Find the circles now rather than when they are first drawn."""
        for circles in ("marks", "narrow_marks"):
            getattr(self, circles)

    def as_svg(self, filters: Mapping[str, Any], *, narrow: bool) -> Markup:
        """The circles as the template writes them, remembered for each language."""
        key = language(), narrow, tuple(filters.items())
        if key not in self._written:
            write = get_template_attribute("parts/map.html", "marks_of")
            marks, letters = (self.narrow_marks, self.narrow_letters) if narrow else (self.marks, self.letters)
            self._written[key] = write(marks, filters, letters)
        return self._written[key]

    @property
    def letters(self) -> float:
        """The height of the letters of names, in the sheet's units."""
        return round(world_map.NAME_SIZE * self.frame.width, 2)

    @property
    def narrow_letters(self) -> float:
        """The height of the letters of names on a phone, in the sheet's units."""
        return round(world_map.NAME_SIZE * world_map.NARROW * self.frame.width, 2)

    def _marks(self, larger: float) -> list[world_map.Mark]:
        """The circles of the level for this frame, drawn so many times larger, as large as the frame has them."""
        level = world_map.level_of(self.frame.width * larger)
        scale = larger * self.frame.width / (world_map.WIDTH * world_map.zoom_of(level))
        around = self.frame.widened(_MARGIN)
        shown = self._circles.marks(level, around)
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


_EVERYTHING = MapFilter()


class MapCache:
    """The cities of each filter, found anew when something changed that a map shows; threads may share it.

    Most saves change nothing of that: the arrays of the catalogue that a map is made of are the same ones afterwards.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cities: DerivedCache[MapFilter, PublishedCities] = DerivedCache(max_entries=_FILTERS_KEPT)
        self._drawn: DerivedCache[MapFilter, DrawnMap] = DerivedCache(max_entries=_FILTERS_KEPT)
        self._places: DerivedCache[MapFilter, Places] = DerivedCache(max_entries=_FILTERS_KEPT)
        self._points: DerivedCache[None, CityPoints] = DerivedCache()
        self._names: DerivedCache[None, Mapping[str, str]] = DerivedCache()
        self._made_of: object = None

    def cities(self, session: Session, catalogue: CatalogueSnapshot, map_filter: MapFilter) -> PublishedCities:
        """The cities with initiatives that a filter leaves."""
        names = self._names.get(None, self._read_names, (catalogue.identity, catalogue.newest))
        regions = _regions(session, map_filter)
        made_of = (_arrays_of(catalogue), names)
        if made_of != self._made_of:
            # What was found in an earlier state holds its arrays; only the circles are used again.
            self._made_of = made_of
            self._cities.clear()
            self._drawn.clear()

        def make() -> PublishedCities:
            points = self._points.get(None, lambda: CityPoints(catalogue.cities), made_of)
            before = self._places.peek(map_filter)
            cities = PublishedCities(catalogue, points, names, _initiatives(catalogue, map_filter), regions, before)
            self._places.get(map_filter, lambda: cities.places, made_of)
            return cities

        return self._cities.get(map_filter, make, (made_of, regions))

    def _read_names(self) -> Mapping[str, str]:
        # As new as the arrays, which the request's session may not be.
        with self._database.reading(after=NEWEST) as session:
            return queries.country_names(session)

    def drawn(
        self,
        session: Session,
        catalogue: CatalogueSnapshot,
        map_filter: MapFilter = _EVERYTHING,
        frame: world_map.Frame = world_map.WORLD,
    ) -> DrawnMap:
        """The cities that a filter leaves, on the frame that belongs to it."""
        circles = self.cities(session, catalogue, map_filter)
        return self._drawn.get(map_filter, lambda: DrawnMap(circles, frame), (id(circles), frame))


_SHOWN = {
    EntryKind.CITY: ("id", "slug", "name", "country", "region", "latitude", "longitude", "people"),
    EntryKind.INITIATIVE: ("id", "stage", "year"),
}
"""The columns that a map is made of, beside lists."""


def _arrays_of(catalogue: CatalogueSnapshot) -> Sequence[int]:
    """Which arrays a map is made of: those that did not change are the same objects in the next state.

    What is made of them holds them, so that no others have their numbers meanwhile.
    """
    columns = [catalogue.tables[kind][name] for kind, names in _SHOWN.items() for name in names]
    lists = catalogue.initiatives.lists
    return [id(array) for array in (*columns, lists["cities"], lists["goals"], lists["challenges"])]


def _initiatives(catalogue: CatalogueSnapshot, map_filter: MapFilter) -> Rows | None:
    """The rows of the initiatives that a filter leaves; None for all."""
    decade = None if map_filter.decade is None else int(map_filter.decade[:4])
    given = {"goal": map_filter.goal, "challenge": map_filter.challenge, "stage": map_filter.stage, "decade": decade}
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return catalogue.initiative_rows(**chosen) if chosen else None


def _regions(session: Session, map_filter: MapFilter) -> list[str] | None:
    """The codes of the regions that a filter leaves; None for all."""
    if not (map_filter.area or map_filter.region):
        return None
    return [
        region.code
        for region in queries.regions(session)
        if map_filter.region in {None, region.code} and map_filter.area in {None, world_map.area_of(region.continent)}
    ]


def map_cache() -> MapCache:
    """The application's maps."""
    map_cache: MapCache = current_app.extensions["kb_map_cache"]
    return map_cache


def draw_world(app: Flask) -> None:
    """Find the circles of the first page's map as the catalogue is now, so that no reader waits for them."""
    arrays: CatalogueArrays = app.extensions["kb_arrays"]
    cache: MapCache = app.extensions["kb_map_cache"]
    with app.extensions["kb_database"].reading(after=NEWEST) as session:
        cache.drawn(session, arrays.current(session)).prepare()


def _frame(session: Session, catalogue: CatalogueSnapshot, query: MapQuery, map_filter: MapFilter) -> world_map.Frame:
    """The frame asked for, or that of the continent or region, or the world."""
    if query.zoom is not None:
        x, y = world_map.WORLD.centre
        return world_map.frame_at(x if query.x is None else query.x, y if query.y is None else query.y, query.zoom)
    if map_filter.area or map_filter.region:
        # Other filters keep the frame, so that the map does not jump when one is chosen.
        here = MapFilter(area=map_filter.area, region=map_filter.region)
        return map_cache().cities(session, catalogue, here).frame
    return world_map.WORLD


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
    regions: Sequence[Row[str, str, str]]
    chosen: Mapping[str, Any]
    filters: Mapping[str, Any]
    drawn: DrawnMap
    total: int
    initiatives: int
    rows: Sequence[CityOnMap]
    is_moved: bool
    rest: str
    goals: Sequence[Goal]
    address: str
    jsonld: JSONLD
    unknown: list[tuple[str, str]]

    sheet_height: float = world_map.HEIGHT

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
    cities: int
    initiatives: int
    chosen: Mapping[str, Any]
    is_narrow: bool


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


def page_of_map(session: Session, catalogue: CatalogueSnapshot, query: MapQuery, refused: RefusedValues) -> MapPage:
    """The map of initiatives, narrowed; `refused` is what could not be read of the query."""
    goals = queries.goals(session)
    regions = queries.regions(session)
    known: dict[str, Mapping[Any, str]] = {
        "goal": {goal.number: goal.label for goal in goals},
        "challenge": {challenge.code: challenge.label for challenge in queries.challenge_names(session)},
        "region": {region.code: region.label for region in regions},
        "stage": STAGES,
        "decade": {f"{year}s": f"{year}s" for year in catalogue.decades},
        "area": world_map.AREA_NAMES,
    }
    given = query.map_filter.chosen
    unknown = [name for name, value in given.items() if value not in known[name]]
    map_filter = replace(query.map_filter, **dict.fromkeys(unknown))
    filters = _filters(map_filter)
    cities = map_cache().cities(session, catalogue, map_filter)
    frame = _frame(session, catalogue, query, map_filter)
    # A frame that somebody moved is hardly anybody else's.
    is_moved = query.zoom is not None
    drawn = DrawnMap(cities, frame) if is_moved else map_cache().drawn(session, catalogue, map_filter, frame)
    rest = url_for("cities.cities")
    if filters:
        rest = search_link(kind="initiative", **{name: str(value) for name, value in filters.items()})
    occurring = map_cache().cities(session, catalogue, _EVERYTHING).regions | {map_filter.region}
    return MapPage(
        known=known,
        regions=[region for region in regions if region.code in occurring],
        chosen=map_filter.chosen,
        filters=filters,
        drawn=drawn,
        total=cities.total,
        initiatives=cities.initiatives,
        rows=cities.rows,
        is_moved=is_moved,
        rest=rest,
        goals=goals,
        address=absolute(url_for("maps.map", **map_filter.chosen)),
        jsonld=jsonld.collection("Map of initiatives", cities.rows),
        unknown=named((*refused, *((name, str(given[name])) for name in unknown))),
    )


def circles(session: Session, catalogue: CatalogueSnapshot, query: MapQuery) -> MapCirclesPage:
    """The circles in a frame; a filter that nobody knows leaves none."""
    cities = map_cache().cities(session, catalogue, query.map_filter)
    frame = _frame(session, catalogue, query, query.map_filter)
    in_frame, initiatives = cities.in_view(world_map.level_of(frame.width), frame)
    return MapCirclesPage(
        drawn=DrawnMap(cities, frame),
        cities=in_frame,
        initiatives=initiatives,
        chosen=query.map_filter.chosen,
        is_narrow=query.narrow,
    )


def card(session: Session, catalogue: CatalogueSnapshot, query: MapQuery) -> MapCardPage:
    """The first of the cities with their initiatives that a filter leaves; cities that there are not are left out."""
    slugs = query.city[:CARD_CITIES]
    cities = queries.cities_by_slugs(session, slugs)
    left = _initiatives(catalogue, query.map_filter)
    chosen = {name: (str(value),) for name, value in _filters(query.map_filter).items()}
    rows = {city.id: catalogue.initiative_rows(city=city.id) for city in cities.values()}
    if left is not None:
        rows = {key: np.intersect1d(of_city, left, assume_unique=True) for key, of_city in rows.items()}
    shown = {key: catalogue.initiative_ids(of_city[:CARD_INITIATIVES]) for key, of_city in rows.items()}
    every = queries.initiatives_by_ids({key for ids in shown.values() for key in ids})
    initiatives = session.scalars(every).all()

    def city_on_card(city: City) -> CityOnCard:
        return CityOnCard(
            city=city,
            initiatives=[initiative for initiative in initiatives if initiative.id in shown[city.id]],
            total=len(rows[city.id]),
            rest=search_link(SearchQuery(text=f'"{city.name}"', chosen={"kind": ("initiative",), **chosen})),
        )

    on_card = [city_on_card(cities[slug]) for slug in slugs if slug in cities]
    return MapCardPage(cities=on_card, has_more=len(query.city) > CARD_CITIES)


def register(app: Flask) -> None:
    """Give the application its maps."""
    app.extensions["kb_map_cache"] = MapCache(app.extensions["kb_database"])
