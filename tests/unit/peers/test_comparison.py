"""Up to five cities side by side; nothing is invented, least of all what something cost."""

import pytest
from sqlalchemy.orm import Session

from kb.core.errors import NotFound
from kb.peers.comparison import compare
from kb.peers.feature_matrix import FeatureMatrix
from tests.factories import make_city, make_initiative, make_vision
from tests.unit.peers.query_counter import queries


def test_cities_stand_side_by_side_in_the_order_asked(session: Session) -> None:
    city = make_city(session, challenges=("heat",))
    other = make_city(session, challenges=("heat", "waste"))
    make_vision(session, other, goals=(4,))
    make_initiative(session, cities=(city, other), goals=(13,))
    comparison = compare(session, [other.slug, city.slug], FeatureMatrix.read(session))
    assert [column.city for column in comparison.cities] == [other, city]
    assert comparison.challenges == {"heat": "Extreme heat", "waste": "Unmanaged waste"}
    assert list(comparison.goals) == [4, 13]
    assert comparison.cities[0].goals == {4: 0, 13: 1}
    assert [len(column.initiatives) for column in comparison.cities] == [1, 1]
    assert [len(column.visions) for column in comparison.cities] == [1, 0]
    (pair,) = comparison.pairs
    assert (pair.one, pair.other) == (other.slug, city.slug)
    assert 0 < pair.challenge < 1
    assert 0.9 < pair.context <= 1


def test_a_column_has_its_context_and_says_which_challenges_are_from_initiatives(session: Session) -> None:
    city = make_city(session, challenges=("heat",), place={"elevation_m": 12})
    make_initiative(session, cities=(city,), challenges=("heat", "waste"))
    comparison = compare(session, [city.slug], FeatureMatrix.read(session))
    (column,) = comparison.cities
    assert (column.challenges.keys(), column.from_initiatives) == ({"heat"}, {"waste"})
    assert comparison.challenges.keys() == {"heat", "waste"}
    said = {fact.code: fact.value and str(fact.value) for fact in column.context}
    assert (said["elevation"], said["climate"]) == ("12 m above the sea", None)
    assert list(said) == [variable.code for variable in comparison.context_variables]


def test_costs_are_per_head_only_where_that_can_be_said(session: Session) -> None:
    city = make_city(session, place={"population": 200_000})
    neighbour = make_city(session)
    cost = {"cost_amount": 1_000_000, "cost_currency": "INR", "cost_year": 2020}
    make_initiative(session, "Made-up Own", cities=(city,), cost_is_citys_own=True, **cost)
    make_initiative(session, "Made-up Unsaid", cities=(city,), **cost)
    make_initiative(session, "Made-up Donor's", cities=(city,), cost_is_citys_own=False, **cost)
    make_initiative(session, "Made-up Shared", cities=(city, neighbour), **cost)
    make_initiative(session, "Made-up Unknown", cities=(city,))
    (column,) = compare(session, [city.slug]).cities
    told = {
        cost_per_head.initiative.title: (
            cost_per_head.per_head,
            cost_per_head.currency,
            cost_per_head.year,
            cost_per_head.stated_own,
        )
        for cost_per_head in column.costs
    }
    assert told == {"Made-up Own": (5.0, "INR", 2020, True), "Made-up Unsaid": (5.0, "INR", 2020, False)}


def test_a_city_without_population_has_no_cost_per_head(session: Session) -> None:
    city = make_city(session, place={"population": None})
    make_initiative(session, cities=(city,), cost_amount=5, cost_currency="EUR")
    assert compare(session, [city.slug]).cities[0].costs == ()


def test_unknown_cities_and_those_beyond_five_are_noted(session: Session) -> None:
    cities = [make_city(session) for _ in range(6)]
    comparison = compare(session, ["atlantis", *(city.slug for city in cities), cities[0].slug])
    assert [column.city for column in comparison.cities] == cities[:5]
    said = [str(note) for note in comparison.notes]
    assert "atlantis" in said[0]
    assert "up to five cities" in said[1]
    with pytest.raises(NotFound):
        compare(session, ["atlantis"])


def test_two_cities_and_five_take_the_same_number_of_queries(session: Session) -> None:
    cities = [make_city(session, challenges=("heat", "waste")) for _ in range(5)]
    for city in cities:
        make_initiative(session, cities=(city,), goals=(3, 4))
        make_vision(session, city, goals=(3,))
    slugs = [city.slug for city in cities]
    session.expunge_all()
    table = FeatureMatrix.read(session)
    counted = []
    for count in (2, 5):
        with queries(session) as sent:
            comparison = compare(session, slugs[:count], table)
            assert all(column.city.challenges[0].challenge.label for column in comparison.cities)
        counted.append(len(sent))
        session.expunge_all()
    assert counted[0] == counted[1]
