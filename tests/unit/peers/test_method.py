"""The page of the method tells the truth: its example is what the score is, its scales are those of the gazetteer."""

import math

import numpy as np
import pytest
from sqlalchemy.orm import Session

from config import Config
from kb.core.db import Database
from kb.core.errors import NotFound
from kb.peers.context import context_scores, steps
from kb.peers.feature_matrix import NUMERIC, FeatureMatrix
from kb.peers.method import METHOD, worked_example
from kb.peers.place_resolution import resolve
from kb.peers.service import PLACES, Peers
from kb.peers.variables import CODES
from kb.peers.weights import DEFAULT_WEIGHTS
from tests.factories import make_place


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


@pytest.fixture(scope="module")
def seeded_peers(seeded_config: Config) -> Peers:
    return Peers(Database(seeded_config.database_url), seeded_config.instance / PLACES)


def test_one_step_is_about_what_two_places_at_random_differ_by(seeded_peers: Peers) -> None:
    table = seeded_peers.feature_matrix
    rows = np.random.default_rng(7).integers(0, len(table), 60)
    mean = np.nanmean(np.concatenate([steps(table, int(row)) for row in rows], axis=1), axis=1)
    for code in NUMERIC:
        # Standing is of two or three levels, most of them the lowest, so that its mean is no scale.
        if code != "standing":
            assert mean[CODES.index(code)] == pytest.approx(1, abs=0.3), code


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
    assert len(seeded_peers.feature_matrix) > 34_000
    assert seeded_peers.feature_matrix.memory < 8_000_000
