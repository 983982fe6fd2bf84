"""Which city a row means, and what is said where its coordinates are those of elsewhere."""

import pytest

from kb.importing.city_matching import CityMatcher
from kb.peers.places import Gazetteer, PlaceMatch

PLACES = [
    PlaceMatch(1, "Mississauga", "CA", "Canada", "08", 720_000, 43.589, -79.6441),
    PlaceMatch(2, "Honolulu", "US", "United States", "HI", 350_000, 21.307, -157.858),
    PlaceMatch(3, "San Martín", "AR", "Argentina", "05", 20_000, -31.0, -64.0),
    PlaceMatch(4, "San Martín", "AR", "Argentina", "13", 80_000, -33.1, -68.5),
    PlaceMatch(5, "Guadalajara", "MX", "Mexico", "14", 1_500_000, 20.7, -103.3),
    PlaceMatch(6, "Chiang Mai", "TH", "Thailand", "02", 130_000, 18.8, 98.98),
]


@pytest.fixture(scope="module")
def city_matcher() -> CityMatcher:
    countries = [
        ("CA", "CAN", "Canada"), ("US", "USA", "United States"), ("AR", "ARG", "Argentina"), ("MX", "MEX", "Mexico"),
        ("TH", "THA", "Thailand"),
    ]  # fmt: skip
    return CityMatcher(Gazetteer.of(PLACES, [], countries))


MISSISSAUGA = "Mississauga (Ontario, Canada, 720,000)"
CHIANG_MAI = "Chiang Mai (Chiang Mai, Thailand, 130,000)"
HONOLULU = "Honolulu (Hawaii, United States, 350,000)"
SAN_MARTIN = "San Martín (Mendoza, Argentina, 80,000)"
GUADALAJARA = "Guadalajara (Jalisco, Mexico, 1,500,000)"
SWAPPED = "would fit if latitude and longitude are swapped"
MINUS = "a minus may be missing or wrong"


@pytest.mark.parametrize(
    ("name", "country", "point", "said"),
    [
        (
            "Mississauga", "Canada", (-79.6441, 43.589),
            f"Mississauga is not near -79.6441, 43.589. {MISSISSAUGA} {SWAPPED}: 43.589, -79.6441.",
        ),
        (
            "Chiang Mai", "Thailand", (98.98, 18.8),
            f"Chiang Mai is not near 98.98, 18.8. {CHIANG_MAI} {SWAPPED}: 18.8, 98.98.",
        ),
        (
            "Honolulu", "USA", (21.28, 157.59),
            f"Honolulu is not near 21.28, 157.59. {HONOLULU} would fit if the coordinates are 21.28, -157.59: {MINUS}.",
        ),
        (
            "San Martín", "Argentina", (33.1, 68.5),
            f"San Martín is not near 33.1, 68.5. {SAN_MARTIN} would fit if the coordinates are -33.1, -68.5: {MINUS}.",
        ),
        (
            "Guadalajara", "Mexico", (103.3, 20.7),
            f"Guadalajara is not near 103.3, 20.7. {GUADALAJARA} would fit if the coordinates are 20.7, -103.3: "
            f"latitude and longitude may be swapped, and {MINUS}.",
        ),
        (
            "Guadalajara", "Mexico", (0.0, 0.0),
            f"Guadalajara is known as {GUADALAJARA}, but the state, country or coordinates of the row are different.",
        ),
        (
            "San Martín", "Argentina", None,
            f"San Martín may be {SAN_MARTIN}; San Martín (Córdoba, Argentina, 20,000). "
            "Add a state, a country or coordinates.",
        ),
    ],
    ids=["swapped", "swapped off the Earth", "a minus", "both", "swapped and a minus", "elsewhere", "namesakes"],
)  # fmt: skip
def test_coordinates_that_fit_when_turned_are_told_and_not_taken(
    city_matcher: CityMatcher, name: str, country: str, point: tuple[float, float] | None, said: str
) -> None:
    city_match = city_matcher.place(name, country, None, point)
    assert city_match.reference is None
    assert str(city_match.problem) == said


def test_coordinates_that_fit_tell_namesakes_apart(city_matcher: CityMatcher) -> None:
    assert city_matcher.place("San Martín", "Argentina", None, (-33.0, -68.4)).reference == "place:4"
