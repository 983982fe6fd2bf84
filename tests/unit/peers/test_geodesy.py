"""Distances on the sphere against plain formulas and brute force."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.peers.feature_matrix import shore
from kb.peers.geodesy import kilometres, nearest_km, sum_within, unit_vectors

POINTS = st.lists(st.tuples(st.floats(-89, 89), st.floats(-180, 180)), min_size=1, max_size=30)


def haversine(one: tuple[float, float], other: tuple[float, float]) -> float:
    (a, b), (c, d) = [(math.radians(x), math.radians(y)) for x, y in (one, other)]
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * 6371 * math.asin(min(1, math.sqrt(half)))


@given(POINTS)
def test_a_distance_is_the_great_circle(points) -> None:
    vectors = unit_vectors(*np.array(points).T)
    for vector, point in zip(vectors, points, strict=True):
        expected = [haversine(point, other) for other in points]
        np.testing.assert_allclose(kilometres(vectors, vector), expected, atol=0.01, rtol=1e-6)


@given(POINTS, POINTS, st.floats(10, 3_000))
def test_the_nearest_point_is_found_though_only_a_band_is_searched(points, others, most: float) -> None:
    others = sorted(others)
    found = nearest_km(*np.array(points).T, np.array(others), most)
    expected = [min(most, *(haversine(point, other) for other in others)) for point in points]
    np.testing.assert_allclose(found, expected, atol=5)


def test_people_within_a_radius_are_summed_without_the_place_itself() -> None:
    rng = np.random.default_rng(1)
    latitude, longitude = rng.uniform(-60, 60, 700), rng.uniform(-20, 20, 700)
    people = rng.integers(1, 1_000, 700).astype(float)
    floats = sum_within(latitude, longitude, people, 300)
    points = list(zip(latitude, longitude, strict=True))
    for number in range(0, 700, 50):
        near = [
            amount
            for other, amount in enumerate(people)
            if other != number and haversine(points[number], points[other]) < 300
        ]
        assert floats[number] == pytest.approx(sum(near))


@pytest.mark.parametrize(
    ("name", "latitude", "longitude", "low", "high"),
    [
        ("Mumbai", 19.07, 72.88, 0, 20),
        ("Madrid", 40.42, -3.70, 280, 330),
        ("Kampala", 0.32, 32.58, 850, 950),
        ("Baku on the Caspian, which is no sea", 40.38, 49.89, 500, 700),
    ],
)
def test_the_sea_is_where_the_map_has_it(name: str, latitude: float, longitude: float, low: float, high: float) -> None:
    floats = nearest_km(np.array([latitude]), np.array([longitude]), shore(), 1_000)
    assert low <= floats[0] <= high, name
