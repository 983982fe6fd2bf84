"""The map: the projection against its paper, and circles that people can read and tap."""

from math import dist

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kb.catalogue.queries import CityOnMap
from kb.web.core import world_map


def _city(name: str, latitude: float, longitude: float, initiatives: int = 1) -> CityOnMap:
    return CityOnMap(name.lower(), name, "Made-up Land", latitude, longitude, initiatives)


def test_the_sheet_has_the_proportions_of_the_paper() -> None:
    # The paper gives the equator as 2.05458 times the height between the poles.
    _, top = world_map._equal_earth(90, 0)
    right, _ = world_map._equal_earth(0, 180)
    assert right / top == pytest.approx(2.05458, abs=1e-5)


def test_equal_areas_on_the_globe_are_equal_on_the_map() -> None:
    def area(south: float, north: float) -> float:
        steps = 2000
        total = 0.0
        for step in range(steps):
            low = south + (north - south) * step / steps
            high = south + (north - south) * (step + 1) / steps
            (x1, y1), (x2, y2) = world_map._equal_earth(low, 10), world_map._equal_earth(high, 10)
            total += (x1 + x2) / 2 * (y2 - y1)
        return total

    # The zones from 0 to 30 and from 30 to 90 degrees have the same area, since sin 30° is a half.
    assert area(0, 30) == pytest.approx(area(30, 90), rel=1e-4)


@given(st.floats(-56, 83), st.floats(-180, 180))
def test_every_city_lies_on_the_sheet(latitude: float, longitude: float) -> None:
    x, y = world_map.project(latitude, longitude)
    assert -0.01 <= x <= world_map.WIDTH + 0.01
    assert -0.1 <= y <= world_map.HEIGHT + 0.1


def test_north_is_up_and_east_is_right() -> None:
    assert world_map.project(60, 25)[1] < world_map.project(-34, 18)[1]
    assert world_map.project(0, -70)[0] < world_map.project(0, 100)[0]


def test_neighbours_share_a_circle_and_far_cities_do_not() -> None:
    seoul, suwon, accra = _city("Seoul", 37.57, 126.98), _city("Suwon", 37.29, 127.0, 3), _city("Accra", 5.56, -0.2)
    marks = world_map.marks([seoul, suwon, accra])
    assert {tuple(city.name for city in mark.cities) for mark in marks} == {("Suwon", "Seoul"), ("Accra",)}
    assert max(marks, key=lambda mark: mark.radius).initiatives == 4


@given(st.lists(st.tuples(st.floats(-55, 80), st.floats(-179, 179)), max_size=60))
def test_no_city_is_lost_from_the_world(places: list[tuple[float, float]]) -> None:
    cities = [_city(f"c{number}", *place) for number, place in enumerate(places)]
    drawn = sorted(city.slug for mark in world_map.marks(cities) for city in mark.cities)
    assert drawn == sorted(city.slug for city in cities)


def test_what_lies_on_no_known_continent_has_none() -> None:
    assert world_map.area_of("Africa") == "africa"
    assert world_map.area_of("Antarctica") is None


@given(st.floats(0, world_map.WIDTH), st.floats(0, world_map.HEIGHT), st.floats(-1, 9))
def test_a_frame_stays_on_the_sheet_and_has_its_proportions(x: float, y: float, zoom: float) -> None:
    frame = world_map.frame_at(x, y, zoom)
    assert frame.left >= 0
    assert frame.top >= 0
    assert frame.left + frame.width <= world_map.WIDTH + 0.001
    assert frame.top + frame.height <= world_map.HEIGHT + 0.001
    assert frame.height / frame.width == pytest.approx(world_map.HEIGHT / world_map.WIDTH)


@given(st.lists(st.tuples(st.floats(40, 50), st.floats(0, 15)), min_size=2, max_size=40), st.integers(-3, 10))
@example([(49.76171875, 0.0), (50.0, 0.0)], 0)  # nearer than rounded centres tell
def test_looking_closer_separates_the_cities_of_a_circle(places: list[tuple[float, float]], level: int) -> None:
    cities = [_city(f"c{number:03}", *place) for number, place in enumerate(places)]
    for mark in world_map.marks_of_level(cities, level):
        if mark.view is None:
            continue
        x, y, zoom = mark.view
        frame = world_map.frame_at(x, y, zoom)
        assert zoom > level / 2
        closer = world_map.marks_of_level(cities, world_map.level_of(frame.width))
        together = {city.slug for city in mark.cities}
        assert not any(together <= {city.slug for city in other.cities} for other in closer)
        assert all(frame.widened(0.01).holds(*world_map.project(*_at(city))) for city in mark.cities)


@given(st.lists(st.tuples(st.floats(-56, 83), st.floats(-180, 180)), min_size=1, max_size=20))
def test_a_window_holds_every_city_of_its_continent_and_stays_on_the_sheet(places: list[tuple[float, float]]) -> None:
    frame = world_map.frame_of(*world_map.project(*np.array(places, dtype=np.float64).T))
    for place in places:
        x, y = world_map.project(*place)
        assert frame.left - 0.1 <= x <= frame.left + frame.width + 0.1
        assert frame.top - 0.1 <= y <= frame.top + frame.height + 0.1
    assert frame.left >= 0
    assert frame.top >= 0
    assert frame.left + frame.width <= world_map.WIDTH + 0.1
    assert frame.top + frame.height <= world_map.HEIGHT + 0.1


def test_a_continent_without_cities_is_shown_on_the_world() -> None:
    assert world_map.frame_of(np.zeros(0), np.zeros(0)) == world_map.WORLD


def test_a_phone_gets_fewer_and_larger_circles() -> None:
    cities = [_city(f"Made-up {step}", 45, step * 4) for step in range(-4, 5)]
    wide, narrow = world_map.marks(cities), world_map.marks(cities, zoom=world_map.NARROW)
    assert len(narrow) < len(wide)
    assert min(mark.radius for mark in narrow) > max(mark.radius for mark in wide)
    assert sum(mark.initiatives for mark in narrow) == len(cities)


@given(st.lists(st.tuples(st.floats(40, 50), st.floats(0, 15)), min_size=2, max_size=80))
def test_in_a_crowd_each_city_stands_with_the_largest_that_is_near(places: list[tuple[float, float]]) -> None:
    cities = [_city(f"c{number:03}", *place, initiatives=200 - number) for number, place in enumerate(places)]
    reach = 0.032 * world_map.WIDTH
    groups: list[list[CityOnMap]] = []
    for city in cities:  # each against all groups, as one would do by hand
        spots = [(dist(world_map.project(*_at(group[0])), world_map.project(*_at(city))), group) for group in groups]
        distance, nearest = min(spots, key=lambda spot: spot[0], default=(reach, []))
        if distance < reach:
            nearest.append(city)
        else:
            groups.append([city])
    drawn = {tuple(city.slug for city in mark.cities) for mark in world_map.marks(cities)}
    assert drawn == {tuple(city.slug for city in group) for group in groups}


def _at(city: CityOnMap) -> tuple[float, float]:
    return city.latitude, city.longitude


@given(st.lists(st.tuples(st.floats(36, 58), st.floats(-5, 40)), max_size=30))
def test_names_cover_no_circle_and_no_other_name(places: list[tuple[float, float]]) -> None:
    frame = world_map.Frame(450, 38, 170, 100)
    cities = [_city(f"Made-up {number}", *place) for number, place in enumerate(places)]
    marks = world_map.named(world_map.marks(cities, frame), frame)
    size = world_map.NAME_SIZE * frame.width
    lines = [_span(mark, size) for mark in marks if mark.name_at]
    circles = [(mark.x - mark.radius, mark.x + mark.radius, mark.y) for mark in marks]
    for number, (left, right, y) in enumerate(lines):
        for other_left, other_right, other_y in lines[:number] + circles:
            assert right < other_left or left > other_right or abs(y - other_y) > size * 1.2


def _span(mark: world_map.Mark, size: float) -> tuple[float, float, float]:
    """Where a name begins and ends, and the height of its line."""
    length = size * 0.52 * len(mark.cities[0].name)
    start = mark.x + mark.name_at
    return (start, start + length, mark.y) if mark.name_at > 0 else (start - length, start, mark.y)


@given(st.lists(st.tuples(st.floats(-55, 80), st.floats(-179, 179)), min_size=1, max_size=12))
def test_a_frame_around_points_holds_them_all_and_stays_on_the_sheet(points: list[tuple[float, float]]) -> None:
    frame = world_map.frame_around(points)
    slack = world_map.Frame(frame.left - 0.001, frame.top - 0.001, frame.width + 0.002, frame.height + 0.002)
    assert all(slack.holds(*world_map.project(*point)) for point in points)
    assert 0 <= frame.left <= frame.left + frame.width <= world_map.WIDTH + 0.001
    assert 0 <= frame.top <= frame.top + frame.height <= world_map.HEIGHT + 0.001
    assert frame.width >= 180
