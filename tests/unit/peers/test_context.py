"""The context score keeps its promises for any places, and the arrays compute what the formula says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core.errors import NotFound
from kb.peers.context import alike, context_scores, parts, steps
from kb.peers.feature_matrix import CLIMATE_CODES, NUMERIC, FeatureMatrix, PlaceFacts
from kb.peers.variables import CODES, STEPS
from kb.peers.weights import DEFAULT_WEIGHTS

WEIGHTS = DEFAULT_WEIGHTS.variables
# Mozambique and Brazil share Portuguese, France shares no language with either; of AA and EE none is known.
COUNTRIES = {
    "AA": ("r1", "c1", "low"),
    "MZ": ("r1", "c1", "high"),
    "BR": ("r2", "c1", None),
    "FR": ("r3", "c2", "lower-middle"),
    "EE": (None, None, "upper-middle"),
}


@st.composite
def places(draw, least: int = 2, most: int = 8) -> list[PlaceFacts]:
    made = []
    for number in range(draw(st.integers(least, most))):
        country = draw(st.sampled_from(sorted(COUNTRIES)))
        region, continent, income = COUNTRIES[country]
        made.append(
            PlaceFacts(
                id=number + 1,
                country=country,
                region=region,
                continent=continent,
                income_group=income,
                admin1=draw(st.sampled_from([None, "01", "02"])),
                latitude=draw(st.floats(-89, 89)),
                longitude=draw(st.floats(-180, 180)),
                population=draw(st.one_of(st.none(), st.integers(1, 40_000_000))),
                is_capital=draw(st.booleans()),
                climate_zone=draw(st.sampled_from([None, "Aw", "Am", "Cfb", "Cfa", "BSh"])),
                elevation_m=draw(st.one_of(st.none(), st.integers(-50, 4_000))),
                relief_m=draw(st.one_of(st.none(), st.integers(0, 4_000))),
            )
        )
    return made


def weights_of_all():
    return st.lists(st.floats(0.01, 10), min_size=len(CODES), max_size=len(CODES)).map(np.array)


@given(places(), weights_of_all())
def test_the_score_lies_within_0_and_1_is_symmetric_and_1_with_itself(facts: list[PlaceFacts], weights) -> None:
    table = FeatureMatrix.of(facts)
    matrix = np.stack([context_scores(table, row, weights)[0] for row in range(len(table))])
    assert ((matrix >= 0) & (matrix <= 1)).all()
    assert (matrix == matrix.T).all()
    assert (np.diag(matrix) == 1).all()


def plain_step(table: FeatureMatrix, row: int, other: int, code: str) -> float | None:
    """One step in plain Python, from the table's columns; None where either place lacks it."""
    number = {
        "population": lambda at: math.log(table.population[at]),
        "income": lambda at: table.income[at],
        "latitude": lambda at: abs(table.latitude[at]),
        "coast": lambda at: math.log(table.km_from_sea[at] + 25),
        "elevation": lambda at: math.log(max(table.elevation[at], 0) + 50),
        "relief": lambda at: math.log(table.relief[at] + 50),
        "surroundings": lambda at: math.log(table.around[at] + 10_000),
        "standing": lambda at: table.standing[at],
    }
    if code in number:
        step = abs(float(number[code](row)) - float(number[code](other))) / STEPS[code]
        return None if math.isnan(step) else step
    if code == "distance":
        cosine = sum(float(a) * float(b) for a, b in zip(table.vectors[row], table.vectors[other], strict=True))
        return 2 * (1 - math.exp(-6371 * math.acos(max(-1, min(1, cosine))) / 1000))
    if code == "climate":
        return climate_step(*(CLIMATE_CODES[at] if at >= 0 else None for at in table.climate[[row, other]]))
    if table.country[row] == table.country[other]:
        return 0.0
    return language_step(table, row, other) if code == "language" else region_step(table, row, other)


def language_step(table: FeatureMatrix, row: int, other: int) -> float | None:
    mine, theirs = (set(table.languages_of(at)) for at in (row, other))
    return (0.0 if mine & theirs else 1.0) if mine and theirs else None


def region_step(table: FeatureMatrix, row: int, other: int) -> float | None:
    if min(table.region[row], table.region[other]) < 0:
        return None
    if table.region[row] == table.region[other]:
        return 0.5
    return 1.0 if table.continent[row] == table.continent[other] else 1.5


def climate_step(mine: str | None, theirs: str | None) -> float | None:
    if mine is None or theirs is None:
        return None
    if mine == theirs:
        return 0.0
    return 0.5 if mine[:2] == theirs[:2] else 1.0 if mine[0] == theirs[0] else 1.5


def by_the_formula(table: FeatureMatrix, row: int, other: int, weights) -> float:
    """The same score for one pair."""
    products, known = 0.0, 0.0
    for weight, code in zip(weights, CODES, strict=True):
        step = plain_step(table, row, other, code)
        if step is not None:
            products += weight * step**2
            known += weight
    return math.exp(-math.sqrt(products / known))


@given(places(), weights_of_all())
def test_the_arrays_compute_what_the_formula_says(facts: list[PlaceFacts], weights) -> None:
    table = FeatureMatrix.of(facts)
    for row in range(len(table)):
        scores, _ = context_scores(table, row, weights)
        expected = [by_the_formula(table, row, other, weights) for other in range(len(table))]
        # The arc cosine of the plain formula loses digits for points that nearly coincide.
        np.testing.assert_allclose(scores, expected, atol=2e-4)


@given(places(least=4, most=8), weights_of_all())
def test_most_places_and_few_have_the_scores_that_they_have_among_all(facts: list[PlaceFacts], weights) -> None:
    table = FeatureMatrix.of(facts)
    among_all = context_scores(table, 0, weights)
    for others in (np.arange(1, len(table)), np.array([len(table) - 1, 2])):
        for scores, of_all in zip(context_scores(table, 0, weights, others), among_all, strict=True):
            np.testing.assert_array_equal(scores, of_all[others])


@given(places(), weights_of_all(), st.sampled_from(NUMERIC), st.floats(-50, 50))
def test_a_variable_that_either_place_lacks_moves_nothing(facts, weights, code: str, value: float) -> None:
    floats = steps(FeatureMatrix.of(facts), 0)
    place = CODES.index(code)
    floats[place, 1] = np.nan
    scores, known = alike(floats, weights)
    without = np.delete(floats, place, axis=0)
    expected, _ = alike(without, np.delete(weights, place))
    assert scores[1] == pytest.approx(expected[1], abs=1e-12)
    assert known[1] <= 1 - weights[place] / weights.sum() + 1e-9


@given(places(), st.integers(1, 40_000_000))
def test_the_population_of_one_place_says_nothing_where_the_other_has_none(facts, population: int) -> None:
    facts[0] = facts[0]._replace(population=None, latitude=10.0)
    facts[1] = facts[1]._replace(latitude=-10.0, admin1=None, is_capital=False)
    scores = []
    for value in (1_000, population):
        table = FeatureMatrix.of([facts[0], facts[1]._replace(population=value)])
        scores.append(context_scores(table, 0, WEIGHTS)[0][1])
    assert scores[0] == scores[1]


@given(places(), weights_of_all(), st.sampled_from(CODES))
def test_a_weight_of_0_takes_the_variable_out(facts: list[PlaceFacts], weights, code: str) -> None:
    table = FeatureMatrix.of(facts)
    place = CODES.index(code)
    weights[place] = 0.0
    floats = steps(table, 0)
    before = alike(floats, weights)
    floats[place] = 3.0
    after = alike(floats, weights)
    assert (before[0] == after[0]).all()
    its_parts = parts(table, 0, np.arange(len(table)), weights)
    assert all(parts[place].took == 0 for parts in its_parts)


@given(places(), weights_of_all())
def test_what_the_variables_took_away_adds_up_to_what_is_missing(facts: list[PlaceFacts], weights) -> None:
    table = FeatureMatrix.of(facts)
    scores, _ = context_scores(table, 0, weights)
    for score, its_parts in zip(scores, parts(table, 0, np.arange(len(table)), weights), strict=True):
        assert sum(part.took for part in its_parts) == pytest.approx(1 - score, abs=1e-9)
        assert [part.code for part in its_parts] == list(CODES)


def test_places_of_which_nothing_weighted_is_known_are_not_alike() -> None:
    scores, known = alike(np.array([[np.nan], [1.0]]), np.array([1.0, 0.0]))
    assert (scores[0], known[0]) == (0.0, 0.0)


def fact(number: int, **fields) -> PlaceFacts:
    plain = PlaceFacts(number, "AA", "r1", "c1", "low", "01", 10.0, 20.0, 100_000, False)
    return plain._replace(**fields)


def test_a_table_tells_standing_sea_and_surroundings() -> None:
    table = FeatureMatrix.of(
        [
            fact(1, latitude=51.9, longitude=4.1, population=600_000),
            fact(2, latitude=52.0, longitude=4.3, population=500_000, is_capital=True),
            fact(3, latitude=43.8, longitude=87.6, population=300_000, admin1="02"),
            fact(4, latitude=52.0, longitude=4.4, population=None, admin1=None),
        ]
    )
    assert table.standing[:3].tolist() == [1, 2, 1]
    assert math.isnan(table.standing[3])
    assert table.around.tolist() == [500_000, 600_000, 0, 1_100_000]
    assert table.km_from_sea[0] < 15
    assert table.km_from_sea[2] == 1_000


def test_a_table_is_not_to_be_changed_and_says_what_it_lacks() -> None:
    table = FeatureMatrix.of([fact(3), fact(7)])
    with pytest.raises(ValueError, match="read-only"):
        table.population[0] = 1
    assert table.row(7) == 1
    assert table.rows([7, 5, 3]).tolist() == [1, -1, 0]
    assert table.memory > 0
    with pytest.raises(NotFound):
        table.row(5)
    assert FeatureMatrix.of([]).rows([1]).tolist() == [-1]


def test_a_table_has_elevation_relief_climate_and_languages_and_says_what_it_lacks() -> None:
    table = FeatureMatrix.of(
        [
            fact(1, country="MZ", climate_zone="Aw", elevation_m=0, relief_m=None),
            fact(2, country="BO", climate_zone="Cwb", elevation_m=3_782, relief_m=1_000),
            fact(3, country="AQ", climate_zone=None, elevation_m=None),
        ]
    )
    assert table.elevation[:2].tolist() == [0, 3_782]
    assert [math.isnan(value) for value in table.elevation] == [False, False, True]
    assert [math.isnan(value) for value in table.relief] == [True, False, True]
    assert [CLIMATE_CODES[number] if number >= 0 else None for number in table.climate] == ["Aw", "Cwb", None]
    assert table.language_codes == ("ay", "es", "pt", "qu")
    assert table.languages[:, table.country].T.tolist() == [
        [False, False, True, False],
        [True, True, False, True],
        [False, False, False, False],
    ]
    again = FeatureMatrix.of_arrays(table.arrays())
    assert (again.language_codes, again.names) == (table.language_codes, table.names)
