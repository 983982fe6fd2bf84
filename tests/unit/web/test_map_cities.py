"""The circles of the whole catalogue: those that its cities would have one by one."""

import gc
import weakref

import numpy as np
import pytest

from kb.catalogue.arrays import CatalogueArrays
from kb.catalogue.models import City, Initiative
from kb.catalogue.queries import CityOnMap
from kb.core.db import Database
from kb.web.catalogue.map_cities import CityPoints, FewCities, Places, PublishedCities
from kb.web.catalogue.map_page import MapCache
from kb.web.catalogue.schemas import MapFilter
from kb.web.core import world_map
from tests.factories import make_city, make_initiative

_FRAMES = [world_map.WORLD, world_map.frame_at(600, 150, 3), world_map.frame_at(560, 90, 6)]


@pytest.mark.one_database
def test_circles_from_arrays_are_those_of_the_cities_one_by_one(sqlite_database: Database) -> None:
    chance = np.random.default_rng(3)
    with sqlite_database.writing() as session:
        cities = []
        for number in range(12):
            where = {"latitude": chance.uniform(36, 60), "longitude": chance.uniform(-5, 60)}
            # The most people where the most initiatives are, so that both ways put the same cities first.
            cities.append(make_city(session, f"City {number:02}", place={**where, "population": 100 * (number + 1)}))
            for _ in range(number + 1):
                make_initiative(session, cities=(cities[-1],))
        make_city(session, "Without an initiative")
        session.flush()
        catalogue = CatalogueArrays(sqlite_database).current(session)
        published = PublishedCities(catalogue, CityPoints(catalogue.cities), {"IN": "India"})
        one_by_one = FewCities(
            [
                CityOnMap(city.slug, city.name, "India", city.place.latitude, city.place.longitude, number + 1)
                for number, city in enumerate(cities)
            ]
        )
    assert published.total == 12
    assert published.initiatives == sum(range(13))
    for frame in _FRAMES:
        for level in range(15):
            marks = published.marks(level, frame)
            assert sorted(marks, key=str) == sorted(one_by_one.marks(level, frame), key=str), (frame, level)
            shown = sum(mark.number for mark in marks), sum(mark.initiatives for mark in marks)
            assert published.in_view(level, frame) == shown


@pytest.mark.one_database
def test_circles_are_found_anew_only_where_the_cities_are_others(sqlite_database: Database) -> None:
    arrays = CatalogueArrays(sqlite_database)

    def published(before: Places | None) -> PublishedCities:
        with sqlite_database.reading() as session:
            catalogue = arrays.current(session)
        return PublishedCities(catalogue, CityPoints(catalogue.cities), {"IN": "India"}, before=before)

    with sqlite_database.writing() as session:
        make_initiative(session, cities=(city := make_city(session),))
    first = published(None)
    with sqlite_database.writing() as session:
        make_initiative(session, cities=(city,))
    second = published(first.places)
    with sqlite_database.writing() as session:
        make_initiative(session)
    third = published(second.places)
    assert second.places is first.places
    assert [mark.initiatives for mark in second.marks(0, world_map.WORLD)] == [2]
    assert third.places is not first.places
    assert third.total == 2


@pytest.mark.one_database
def test_of_an_earlier_catalogue_only_the_circles_are_kept(sqlite_database: Database) -> None:
    arrays, cache = CatalogueArrays(sqlite_database), MapCache(sqlite_database)
    filters = [MapFilter(), MapFilter(stage="operational")]
    with sqlite_database.writing() as session:
        make_initiative(session, cities=(city := make_city(session),), stage="operational")
    with sqlite_database.reading() as session:
        catalogue = arrays.current(session)
        places = [cache.cities(session, catalogue, map_filter).places for map_filter in filters]
        earlier = weakref.ref(catalogue)
    del catalogue
    with sqlite_database.writing() as session:
        make_initiative(session, cities=(city,))
    with sqlite_database.reading() as session:
        catalogue = arrays.current(session)
        assert cache.cities(session, catalogue, filters[0]).initiatives == 2
        gc.collect()
        assert earlier() is None
        assert [cache.cities(session, catalogue, map_filter).places for map_filter in filters] == places


@pytest.mark.one_database
def test_a_save_of_what_no_map_shows_leaves_the_map_as_it_is(sqlite_database: Database) -> None:
    arrays, cache = CatalogueArrays(sqlite_database), MapCache(sqlite_database)
    with sqlite_database.writing() as session:
        initiative = make_initiative(session, cities=(city := make_city(session),))
    with sqlite_database.reading() as session:
        before = cache.drawn(session, arrays.current(session))
    with sqlite_database.writing() as session:
        session.get_one(Initiative, initiative.id).summary = "Made-up trams, told anew"
    with sqlite_database.reading() as session:
        assert cache.drawn(session, arrays.current(session)) is before
    with sqlite_database.writing() as session:
        session.get_one(City, city.id).name = "Another made-up name"
    with sqlite_database.reading() as session:
        after = cache.drawn(session, arrays.current(session))
    assert [mark.cities[0].name for mark in after.marks] == ["Another made-up name"]
