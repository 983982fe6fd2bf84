"""The page of the method tells the truth: its example is what the score is, its scales are those of the gazetteer."""

import math

import numpy as np
import pytest
from sqlalchemy.orm import Session

import kb.app
from config import Config
from kb.catalogue.entries import TermKind
from kb.catalogue.queries import labels
from kb.core.db import Database
from kb.core.errors import NotFound
from kb.peers.context import context_scores, steps
from kb.peers.feature_matrix import NUMERIC, FeatureMatrix
from kb.peers.method import METHOD, worked_example
from kb.peers.place_resolution import resolve
from kb.peers.ranking import LEAST_CONTEXT, STRENGTHS, close_enough
from kb.peers.service import Peers
from kb.peers.variables import CODES
from kb.peers.weights import DEFAULT_WEIGHTS, EMPHASIS, emphasis_of, emphasised, understood
from tests.factories import make_place
from tools.calibrate_peers import agreement, typed_places


def test_the_example_adds_up_to_the_score(session: Session) -> None:
    place = make_place(session, admin1="01")
    other = make_place(session, country="FI", latitude=60.2, longitude=24.9, population=600_000, is_capital=True)
    table = FeatureMatrix.read(session)
    example = worked_example(session, table, place.id, other.id)
    assert [line.variable.code for line in example.lines] == list(CODES)
    assert example.distance == pytest.approx(math.sqrt(example.sum_of_products / example.sum_of_weights))
    assert example.score == pytest.approx(math.exp(-example.distance))
    assert (
        example.score == context_scores(table, table.row(place.id), DEFAULT_WEIGHTS.variables)[0][table.row(other.id)]
    )
    assert sum(line.product for line in example.lines) == pytest.approx(example.sum_of_products)
    words = {line.variable.code: (str(line.mine), str(line.theirs)) for line in example.lines}
    assert words["population"] == ("400,000 people", "600,000 people")
    assert words["region"] == ("India, Southern Asia", "Finland, Northern Europe")
    assert words["standing"] == ("Largest city in its province or state", "National capital")


def test_an_unknown_value_has_no_words_and_no_part(session: Session) -> None:
    place, other = make_place(session, population=None), make_place(session)
    example = worked_example(session, FeatureMatrix.read(session), place.id, other.id)
    line = next(line for line in example.lines if line.variable.code == "population")
    assert (line.mine, line.part.steps, line.product) == (None, None, 0)
    assert example.known < 1
    with pytest.raises(NotFound):
        worked_example(session, FeatureMatrix.read(session), place.id, 5)


def test_every_variable_has_its_words_source_and_weight() -> None:
    assert [variable.code for variable in METHOD.variables] == list(CODES)
    assert all(variable.label and variable.measured and variable.source for variable in METHOD.variables)
    assert all(variable.weight > 0 for variable in METHOD.variables)


def test_what_counts_more_is_of_variables_and_challenges_that_there_are(session: Session) -> None:
    assert EMPHASIS.keys() <= labels(session, TermKind.CHALLENGE).keys()
    assert {code for factors in EMPHASIS.values() for code in factors} <= set(CODES)
    assert all(factor > 1 for factors in EMPHASIS.values() for factor in factors.values())
    both = emphasis_of(["flooding", "heat", "waste"])
    assert both["coast"] == max(EMPHASIS["flooding"]["coast"], EMPHASIS["heat"]["coast"])
    assert emphasised(DEFAULT_WEIGHTS, ["waste"]) is DEFAULT_WEIGHTS
    without, _ = understood({"coast": 0})
    assert emphasised(without, ["flooding"]).of["coast"] == 0


@pytest.fixture(scope="module")
def seeded_peers(seeded_config: Config) -> Peers:
    return Peers(Database(seeded_config.database_url), seeded_config.instance / kb.app.PLACES)


def test_one_step_is_about_what_two_places_at_random_differ_by(seeded_peers: Peers) -> None:
    table = seeded_peers.feature_matrix
    rows = np.random.default_rng(7).integers(0, len(table), 60)
    mean = np.nanmean(np.concatenate([steps(table, int(row)) for row in rows], axis=1), axis=1)
    for code in NUMERIC:
        # Standing is of two or three levels, most of them the lowest, so that its mean is no scale.
        if code != "standing":
            assert mean[CODES.index(code)] == pytest.approx(1, abs=0.3), code


def test_the_words_of_peers_mean_what_the_page_of_the_method_says(seeded_peers: Peers) -> None:
    table = seeded_peers.feature_matrix
    rows = np.random.default_rng(7).integers(0, len(table), 60)
    scores = np.concatenate([context_scores(table, int(row), DEFAULT_WEIGHTS.variables)[0] for row in rows])
    shares = {word: float((scores >= least).mean()) for word, least in STRENGTHS.items()}
    assert shares == {
        "strong": pytest.approx(1 / 50, rel=0.4),
        "fair": pytest.approx(1 / 20, rel=0.4),
        "weak": pytest.approx(1 / 5, rel=0.4),
    }
    assert np.median(scores) == pytest.approx(LEAST_CONTEXT, abs=0.03)


FLOODED = {"Beira": "MZ", "Khulna": "BD", "Georgetown": "GY", "Ho Chi Minh City": "VN"}
"""Ports in deltas and plains by the sea."""

HIGH = {"La Paz": "BO", "Addis Ababa": "ET", "Quito": "EC", "Kathmandu": "NP"}
"""Capitals in the mountains."""


def test_a_capital_in_the_mountains_is_no_peer_of_a_port_in_a_delta_for_floods(seeded_peers: Peers) -> None:
    table = seeded_peers.feature_matrix

    def rows(places: dict[str, str]) -> list[int]:
        found = (resolve(seeded_peers.gazetteer, name, country).likeliest for name, country in places.items())
        return [table.row(place.id) for place in found if place]

    for_floods = emphasised(DEFAULT_WEIGHTS, ["flooding"])
    low, high = rows(FLOODED), rows(HIGH)
    for row in low:
        plain, weighed = (context_scores(table, row, weights.variables)[0] for weights in (DEFAULT_WEIGHTS, for_floods))
        # Even one that names the same challenges and no other is no peer.
        assert not close_enough(for_floods.combined(weighed[high], np.ones(len(high))), weighed[high], for_floods).any()
        assert (weighed[high] < plain[high]).all()
        assert weighed[[other for other in low if other != row]].mean() > plain[[o for o in low if o != row]].mean()


@pytest.mark.parametrize(
    ("name", "country", "sea", "standing"),
    [("Mumbai", "IN", True, 1), ("Nairobi", "KE", False, 2), ("Zürich", "CH", False, 1), ("Shanghai", "CN", True, 1)],
)
def test_the_seeded_gazetteer_is_told_as_it_is(
    seeded_peers: Peers, name: str, country: str, sea: bool, standing: int
) -> None:
    place = resolve(seeded_peers.gazetteer, name, country).place
    row = seeded_peers.feature_matrix.row(place.id)
    assert (seeded_peers.feature_matrix.km_from_sea[row] < 40) == sea
    assert seeded_peers.feature_matrix.standing[row] == standing


def test_the_arrays_stay_small(seeded_peers: Peers) -> None:
    assert len(seeded_peers.feature_matrix) > 69_000
    assert seeded_peers.feature_matrix.memory < 14_000_000


def test_cities_of_one_type_come_before_others_as_the_page_of_the_method_says(seeded_peers: Peers) -> None:
    table = seeded_peers.feature_matrix
    places, weights = typed_places(table), DEFAULT_WEIGHTS.variables
    assert len(places.rows) == 330
    assert agreement(table, places, weights) == pytest.approx(0.81, abs=0.005)
    assert agreement(table, places, weights, abroad=True) == pytest.approx(0.78, abs=0.005)
    by_nothing = np.where(np.array(CODES) == "standing", 1.0, 0.0)
    assert agreement(table, places, by_nothing) < 0.7
