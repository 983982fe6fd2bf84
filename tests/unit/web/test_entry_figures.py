"""What stands at the head of an entry's page: the locator map, the key outcomes, and changes as shares."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.catalogue.models import City, Outcome, Place, Source
from kb.web.catalogue.evidence import Claim, key_outcomes, numbered_sources, outcome_changes
from kb.web.catalogue.locator_map import locator_map
from kb.web.core.world_map import HEIGHT, WIDTH


def _city(latitude: float, longitude: float, name: str = "Made-up City") -> City:
    return City(name=name, place=Place(latitude=latitude, longitude=longitude))


@given(st.lists(st.tuples(st.floats(-55, 80), st.floats(-179, 179)), min_size=1, max_size=5))
def test_a_locator_map_holds_its_cities_and_stays_on_the_sheet(places: list[tuple[float, float]]) -> None:
    drawn = locator_map([_city(*place) for place in places])
    assert drawn is not None
    frame = drawn.frame
    assert 0 <= frame.left <= frame.left + frame.width <= WIDTH + 0.001
    assert 0 <= frame.top <= frame.top + frame.height <= HEIGHT + 0.001
    for point in drawn.points:
        assert frame.left - 0.1 <= point.x <= frame.left + frame.width + 0.1
        assert frame.top - 0.1 <= point.y <= frame.top + frame.height + 0.1
    assert drawn.has_names == (len(places) <= 3)


def test_a_long_name_at_the_edge_stays_on_the_map() -> None:
    drawn = locator_map([_city(-17.7, 178.0, "A Made-up City with a Long Name")])
    assert drawn is not None
    (point,) = drawn.points
    half = drawn.letters * 0.28 * len(point.name)
    assert point.x + half > WIDTH
    assert point.name_x + half <= drawn.frame.left + drawn.frame.width + 0.1


def test_an_entry_without_a_city_has_no_map() -> None:
    assert locator_map([]) is None


def _outcome(measure: str, value: float | None = None, **known: Any) -> Outcome:
    return Outcome(measure=measure, value=value, **known)


FIRST = _outcome("first", 1)


@pytest.mark.parametrize(
    ("outcomes", "chosen"),
    [
        ([], []),
        ([_outcome("without a value", baseline_value=3)], []),
        ([FIRST, _outcome("second", 2)], ["first"]),
        ([FIRST, _outcome("directed", 2, direction="none")], ["directed"]),
        ([_outcome("directed", 2, direction="mixed"), _outcome("changed", 0, baseline_value=9)], ["changed"]),
        ([FIRST, _outcome("old", 5, unit="people", year=2015), _outcome("new", 4, unit="Users", year=2020)],
         ["first", "new"]),
        ([_outcome("people", 5, unit="people"), _outcome("more", 6, unit="people")], ["people"]),
        ([FIRST, _outcome("deaths", 5, unit="deaths")], ["first"]),
    ],
)  # fmt: skip
def test_the_outcome_that_tells_most_comes_first_then_the_people_reached(
    outcomes: list[Outcome], chosen: list[str]
) -> None:
    assert [outcome.measure for outcome in key_outcomes(outcomes)] == chosen


def test_changes_are_shares_of_the_larger_value() -> None:
    outcomes = [
        _outcome("fell", 10, baseline_value=40),
        _outcome("rose", 5, baseline_value=0),
        _outcome("stayed at nought", 0, baseline_value=0),
        _outcome("below nought", -1, baseline_value=2),
        _outcome("unknown", baseline_value=2),
    ]
    changes = [(change.outcome.measure, change.before, change.after) for change in outcome_changes(outcomes)]
    assert changes == [("fell", 1.0, 0.25), ("rose", 0.0, 1.0)]


def test_a_source_is_numbered_once_and_knows_the_claims_that_rest_on_it() -> None:
    first, second = Source(url="https://one.example"), Source(url="https://two.example", title="Two")
    claims = [Claim("a", "A", second), Claim("b", "B", None), Claim("c", "C", first), Claim("d", "D", second)]
    numbered = numbered_sources([(first, "Cited as one")], claims)
    assert [(one.number, one.title, [claim.key for claim in one.claims]) for one in numbered] == [
        (1, "Cited as one", ["c"]),
        (2, "Two", ["a", "d"]),
    ]
