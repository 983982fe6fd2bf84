"""A researcher at the pages of the goals: the figures are those one counts by hand, in a few queries."""

import random
from collections import Counter

import pytest
from sqlalchemy import event

from kb.catalogue.models import Challenge, Goal, Technology
from kb.goals import queries
from kb.goals.statistics import CityCount, Column, WorkingCities, lift
from kb.search.counts import DatabaseCounts
from tests.factories import make_city, make_initiative

REGIONS = {
    "IN": "Southern Asia",
    "KE": "Sub-Saharan Africa",
    "FR": "Western Europe",
    "BR": "Latin America and the Caribbean",
}


@pytest.fixture
def catalogue(session):
    """Forty made-up initiatives in ten cities of four countries, and the same as plain records."""
    chance = random.Random(17)  # noqa: S311 - made-up data need no secrecy
    cities = [make_city(session, country=country) for country in (*REGIONS, *REGIONS, "FR", "IN")]
    records = []
    for _ in range(40):
        record = {
            "cities": tuple(chance.sample(cities, chance.choice([1, 1, 2, 3]))),
            "goals": tuple(sorted(chance.sample([3, 4, 6, 11, 13, 16], chance.choice([0, 1, 2, 3])))),
            "targets": tuple(chance.sample(["3.6", "11.2", "11.6", "16.6"], chance.choice([0, 1, 2]))),
            "challenges": tuple(chance.sample(["flooding", "heat", "health"], chance.choice([0, 1, 2]))),
            "technologies": tuple(chance.sample(["open-data", "drones"], chance.choice([0, 1, 2]))),
            "start_year": chance.choice([None, 1999, 2008, 2010, 2019, 2021]),
            "evidence_level": chance.choice([None, 0, 1, 2, 5]),
        }
        make_initiative(session, **record)
        records.append(record)
    return records


@pytest.fixture
def counts(session):
    return DatabaseCounts(session)


@pytest.fixture
def counted(session):
    """Count the statements a block sends."""
    sent: list[str] = []
    listener = lambda *arguments: sent.append(arguments[2])  # noqa: E731 - the signature is SQLAlchemy's
    event.listen(session.get_bind(), "before_cursor_execute", listener)
    yield sent
    event.remove(session.get_bind(), "before_cursor_execute", listener)


def test_goals_are_counted_and_those_without_initiatives_are_there(session, counts, catalogue):
    found = {goal.number: goal.initiatives for goal in queries.goal_counts(session, counts)}
    expected = Counter(number for record in catalogue for number in record["goals"])
    assert found == {number: expected[number] for number in range(1, 18)}


def keys_of(record, axis):
    if axis == "decade":
        return {None if record["start_year"] is None else f"{record['start_year'] // 10 * 10}s"}
    countries = [city.country for city in record["cities"]]
    return {country.region_code if axis == "region" else country.income_group for country in countries}


@pytest.mark.parametrize("axis", ["region", "income", "decade"])
def test_a_matrix_counts_an_initiative_once_a_column(session, counts, catalogue, axis):
    matrix = queries.matrix(session, counts, axis)
    cells = Counter(
        (number, key) for record in catalogue for number in record["goals"] for key in keys_of(record, axis)
    )
    totals = Counter(key for record in catalogue for key in keys_of(record, axis))
    columns = {column.code: column.initiatives for column in matrix.columns}
    assert columns == {code: totals[code] for code in columns}
    assert totals.keys() <= columns.keys()
    assert matrix.cells == {(n, key): cells[n, key] for n in range(1, 18) for key in columns}


def test_a_region_an_income_group_and_a_decade_with_nothing_are_there_too(session, counts):
    for year in (1998, 2021):
        make_initiative(session, start_year=year, goals=(11,))
    regions = {column.code: column.initiatives for column in queries.matrix(session, counts, "region").columns}
    assert (regions["southern-asia"], regions["melanesia"]) == (2, 0)
    assert not any("antarctica" in code for code in regions)
    incomes = [(column.code, column.initiatives) for column in queries.matrix(session, counts, "income").columns]
    assert incomes == [("low", 0), ("lower-middle", 2), ("upper-middle", 0), ("high", 0)]
    decades = [(column.code, column.initiatives) for column in queries.matrix(session, counts, "decade").columns]
    assert decades == [("1990s", 1), ("2000s", 0), ("2010s", 0), ("2020s", 1)]


def test_two_cities_of_one_region_count_once_and_of_two_regions_twice(session, counts):
    mumbai, pune, paris = make_city(session), make_city(session), make_city(session, country="FR")
    make_initiative(session, cities=(mumbai, pune, paris), goals=(11,))
    matrix = queries.matrix(session, counts, "region")
    counts = [(column.initiatives, matrix.cells[11, column.code]) for column in matrix.columns if column.initiatives]
    assert counts == [(1, 1), (1, 1)]


def test_columns_stand_in_their_own_order_and_unknown_last(session, counts):
    city = make_city(session)
    for year in (2021, None, 1998, 2003):
        make_initiative(session, cities=(city,), start_year=year)
    decades = queries.matrix(session, counts, "decade").columns
    assert decades == (
        Column("1990s", "1990s", 1),
        Column("2000s", "2000s", 1),
        Column("2010s", "2010s", 0),
        Column("2020s", "2020s", 1),
        Column(None, None, 1),
    )
    make_initiative(session, cities=(make_city(session, country="FR"),))
    incomes = [column.code for column in queries.matrix(session, counts, "income").columns]
    assert incomes == ["low", "lower-middle", "upper-middle", "high"]


def test_goals_that_occur_together_come_with_their_lift(session, counts, catalogue):
    found = {(pair.first, pair.second): pair for pair in queries.pairs(counts)}
    with_goals = [set(record["goals"]) for record in catalogue if record["goals"]]
    for one in range(1, 18):
        for other in range(one + 1, 18):
            both = sum({one, other} <= goals for goals in with_goals)
            assert ((one, other) in found) == (both > 0)
            if both:
                single, second = (sum(n in goals for goals in with_goals) for n in (one, other))
                assert found[one, other].initiatives == both
                assert found[one, other].lift == pytest.approx(both * len(with_goals) / single / second)
    in_order = [pair.initiatives for pair in queries.pairs(counts)]
    assert in_order == sorted(in_order, reverse=True)


def test_what_is_missing_is_told_only_of_regions_with_enough_entries(session, counts, catalogue):
    matrix = queries.matrix(session, counts, "region")
    for enough in (1, 15, 100):
        expected = {
            (goal.number, column.code)
            for goal in matrix.goals
            for column in matrix.columns
            if column.initiatives >= enough and not matrix.cells[goal.number, column.code]
        }
        assert {(gap.goal, gap.region) for gap in queries.gaps(session, counts, enough)} == expected
    assert queries.gaps(session, counts, 100) == ()


def test_a_goals_page_tells_its_targets_evidence_and_years(session, counts, catalogue):
    mine = [record for record in catalogue if 11 in record["goals"]]
    profile = queries.goal_profile(session, counts, 11)
    assert profile.initiatives == len(mine)
    assert [target.code for target in profile.targets][:2] == ["11.1", "11.2"]
    in_targets = Counter(code for record in catalogue for code in record["targets"])
    assert all(target.initiatives == in_targets[target.code] for target in profile.targets)
    levels = Counter(record["evidence_level"] for record in mine)
    assert profile.by_evidence == {str(n): levels[n] for n in range(6)} | {None: levels[None]}
    years = Counter(record["start_year"] for record in mine)
    assert profile.without_year == years.pop(None, 0)
    assert list(profile.by_year.items()) == sorted(years.items())


def test_a_goals_page_tells_the_cities_with_the_most_first(session, counts, catalogue):
    mine = Counter(city for record in catalogue if 11 in record["goals"] for city in record["cities"])
    expected = sorted(mine.items(), key=lambda item: (-item[1], item[0].name, item[0].id))
    found = queries.cities_working_on(session, counts, 11)
    assert found.total == len(expected)
    assert found.first == tuple(CityCount(city.slug, city.name, city.country.name, count) for city, count in expected)
    first = queries.cities_working_on(session, counts, 11, limit=3)
    assert (first.total, len(first.first)) == (len(expected), 3)
    assert [city.initiatives for city in first.first] == [count for _, count in expected[:3]]


@pytest.mark.parametrize(("field", "model"), [("challenges", Challenge), ("technologies", Technology)])
def test_challenges_and_technologies_say_how_much_more_often_than_elsewhere(session, counts, catalogue, field, model):
    mine = [record for record in catalogue if 11 in record["goals"]]
    together = Counter(code for record in mine for code in record[field])
    everywhere = Counter(code for record in catalogue for code in record[field])
    found = getattr(queries.goal_profile(session, counts, 11), field)
    assert {each.code for each in found} == set(together)
    for each in found:
        assert each.label == session.get(model, each.code).label
        assert (each.initiatives, each.everywhere) == (together[each.code], everywhere[each.code])
        expected = (together[each.code] / len(mine)) / (everywhere[each.code] / len(catalogue))
        assert each.lift == pytest.approx(expected)


def test_a_goal_without_initiatives_has_a_page_of_noughts(session, counts):
    profile = queries.goal_profile(session, counts, 14)
    assert (profile.initiatives, profile.by_year, profile.without_year) == (0, {}, 0)
    assert queries.cities_working_on(session, counts, 14) == WorkingCities(0, ())
    assert len(profile.targets) == len(session.get(Goal, 14).targets)
    assert set(profile.by_evidence.values()) == {0}
    assert queries.pairs(counts) == queries.gaps(session, counts) == ()
    assert {column.initiatives for column in queries.matrix(session, counts, "region").columns} == {0}
    assert queries.matrix(session, counts, "decade").columns == ()


@pytest.mark.parametrize(
    "ask",
    [
        queries.goal_counts,
        lambda session, counts: queries.matrix(session, counts, "region"),
        lambda _session, counts: queries.pairs(counts),
        queries.gaps,
        lambda session, counts: queries.goal_profile(session, counts, 11),
        lambda session, counts: queries.cities_working_on(session, counts, 11),
    ],
)
def test_one_initiative_and_three_take_the_same_number_of_queries(session, counts, counted, ask):
    make_initiative(session, goals=(11, 3), challenges=("heat",), technologies=("drones",))
    session.flush()
    counted.clear()
    ask(session, counts)
    once = len(counted)
    for _ in range(2):
        make_initiative(session, goals=(11, 3), challenges=("heat",), technologies=("drones",))
    session.flush()
    counted.clear()
    ask(session, counts)
    assert len(counted) == once <= 12


def test_the_lift_of_what_never_occurs_is_nought():
    assert lift(0, 0, 3, 10) == 0
    assert lift(2, 4, 5, 10) == 1
