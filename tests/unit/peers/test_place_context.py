"""The context of a place in words, and the sources of what is known."""

import numpy as np
import pytest
from babel.core import get_cldr_version
from sqlalchemy.orm import Session

from kb.core.i18n import Message
from kb.peers.feature_matrix import FeatureMatrix, PlaceFacts
from kb.peers.geodesy import kilometres
from kb.peers.place_context import CONTEXT_VARIABLES, place_contexts
from tests.factories import make_place
from tests.unit.peers.query_counter import queries

pytestmark = pytest.mark.one_database


def test_a_place_is_told_in_words_and_what_it_lacks_is_not_known(session: Session) -> None:
    at = {"latitude": -1.3, "longitude": 36.8}
    known = make_place(
        session, country="KE", population=4_300_000, climate_zone="Cfb", elevation_m=1_684, relief_m=746, **at
    )
    names = [
        make_place(session, country="KE", population=people, **at).name for people in (50_000, 400_000, None, 20_000)
    ]
    unknown = make_place(session, country="AQ", latitude=-70.0, longitude=90.0, population=None)
    matrix = FeatureMatrix.read(session)
    with queries(session) as sent:
        contexts = place_contexts(session, matrix, [known.id, unknown.id, 999_999_999])
    assert len(sent) == 1
    assert contexts.keys() == {known.id, unknown.id}
    said = {fact.code: fact.value and str(fact.value) for fact in contexts[known.id]}
    assert str(said.pop("languages")).startswith("Swahili (official, ")
    assert str(said.pop("coast")).startswith("about 4")
    assert said == {
        "population": "4,300,000 people",
        "income": "Lower-middle income",
        "climate": "Warm temperate, rain all year, warm summer (Cfb)",
        "elevation": "1,684 m above the sea",
        "relief": "746 m",
        "surroundings": "470,000 people",
        "neighbours": f"{names[1]}, {names[0]}, {names[3]} and 1 more",
        "standing": None,
    }
    of_nothing = {fact.code: fact.value for fact in contexts[unknown.id]}
    assert of_nothing.pop("neighbours") == Message("No place of over 5,000 people")
    assert of_nothing.pop("coast") is not None
    assert of_nothing.pop("surroundings") == Message("%(number)s people", {"number": 0})
    assert set(of_nothing.values()) == {None}


def test_every_fact_has_a_source_with_a_licence_and_languages_are_those_of_the_installed_version() -> None:
    assert all(variable.source and variable.licence for variable in CONTEXT_VARIABLES)
    (languages,) = (variable for variable in CONTEXT_VARIABLES if variable.code == "languages")
    assert f"CLDR {get_cldr_version()}," in languages.source


def test_the_places_within_a_reach_are_those_that_a_look_at_all_finds() -> None:
    rng = np.random.default_rng(5)
    crowded = np.stack([rng.uniform(10, 14, 400), rng.uniform(-2, 2, 400)], axis=1)
    beyond_the_date_line = np.stack([rng.uniform(-1, 1, 60), rng.uniform(179, 181, 60)], axis=1)
    beyond_the_date_line[:, 1] = (beyond_the_date_line[:, 1] + 180) % 360 - 180
    at_the_poles = np.stack([np.repeat([89.5, -89.9], 30), rng.uniform(-180, 180, 60)], axis=1)
    alone = np.array([[50.0, 50.0]])
    points = rng.permutation(np.concatenate([crowded, beyond_the_date_line, at_the_poles, alone]))
    matrix = FeatureMatrix.of(
        PlaceFacts(
            id=number,
            country="KE",
            region=None,
            continent=None,
            income_group=None,
            admin1=None,
            latitude=latitude,
            longitude=longitude,
            population=None,
            is_capital=False,
        )
        for number, (latitude, longitude) in enumerate(points.tolist())
    )
    counts = set()
    for row in range(len(matrix)):
        is_near = kilometres(matrix.vectors, matrix.vectors[row]) <= 100
        is_near[row] = False
        found = matrix.within(row, 100.0)
        assert found.tolist() == np.flatnonzero(is_near).tolist()
        counts.add(len(found))
    assert {0, 29} <= counts
    assert max(counts) > 50
