"""An initiative's page: others like it, and the cities it may suit."""

import random
from collections.abc import Collection

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import CityChallenge, Initiative
from kb.peers import similar_initiatives as similar_initiatives_module
from kb.peers.feature_matrix import FeatureMatrix
from kb.peers.geodesy import Floats, Rows
from kb.peers.similar_initiatives import _contexts, cities_it_may_suit, similar_initiatives
from tests.factories import make_city, make_initiative
from tests.unit.peers import made_up_catalogue
from tests.unit.peers.query_counter import queries


def test_similar_initiatives_share_something_and_say_what(session: Session) -> None:
    mine = make_initiative(session, challenges=("heat",), technologies=("drones",), goals=(13,))
    both = {"challenges": ("heat",), "technologies": ("drones",), "goals": (13,)}
    make_initiative(session, "Made-up Like", **both)
    make_initiative(session, "Made-up Half", challenges=("heat",), technologies=("blockchain",), goals=(4,))
    make_initiative(session, "Made-up Unlike", challenges=("waste",), technologies=("blockchain",), goals=(4,))
    found = similar_initiatives(session, mine)
    assert [similar_initiative.initiative.title for similar_initiative in found] == ["Made-up Like", "Made-up Half"]
    assert found[0].score == pytest.approx(1)
    assert [str(reason) for reason in found[0].reasons] == [
        "both address Extreme heat",
        "both use Drones",
        "both work for goal 13 (Climate action)",
    ]
    assert found[0].known == pytest.approx(0.8)


def test_what_either_initiative_lacks_is_left_out_of_the_score(session: Session) -> None:
    mine = make_initiative(session, challenges=("heat",), technologies=("drones",))
    make_initiative(session, challenges=("heat",))
    (similar_initiative,) = similar_initiatives(session, mine)
    assert (similar_initiative.score, similar_initiative.parts) == (pytest.approx(1), {"challenges": pytest.approx(1)})


def test_of_two_that_share_as_much_the_one_in_a_city_alike_comes_first(session: Session) -> None:
    home = make_city(session)
    mine = make_initiative(session, cities=(home,), challenges=("heat",))
    far = make_city(session, country="FI", place={"latitude": 60.0, "longitude": 25.0})
    make_initiative(session, "Made-up Far", cities=(far,), challenges=("heat",))
    make_initiative(session, "Made-up Near", cities=(make_city(session),), challenges=("heat",))
    found = similar_initiatives(session, mine, matrix=FeatureMatrix.read(session))
    assert [similar_initiative.initiative.title for similar_initiative in found] == ["Made-up Near", "Made-up Far"]


def test_it_may_suit_cities_alike_that_name_its_challenges_and_have_not_solved_them(session: Session) -> None:
    home = make_city(session, "Made-up Home", challenges=("heat",))
    mine = make_initiative(session, cities=(home,), challenges=("heat", "waste"))
    make_city(session, "Made-up Both", challenges=("heat", "waste"))
    make_city(session, "Made-up One", challenges=("heat",))
    make_city(session, "Made-up None", challenges=("ageing",))
    solved = make_city(session, "Made-up Solved")
    solved.challenges = [CityChallenge(challenge_code="heat", status="solved")]
    session.flush()
    suited_cities = cities_it_may_suit(session, FeatureMatrix.read(session), mine)
    assert [suited_city.place.name for suited_city in suited_cities] == ["Made-up Both", "Made-up One"]
    assert suited_cities[0].challenge == pytest.approx(1)
    said = [str(reason) for reason in suited_cities[0].reasons]
    assert "faces Unmanaged waste (40% of cities do), Extreme heat (80%)" in said
    assert "like Made-up Home" in said
    assert 0 < suited_cities[1].score < suited_cities[0].score <= 1


def test_ruling_cities_out_before_their_context_is_compared_changes_no_answer(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_up_catalogue.fill(session, random.Random(5), cities=40, initiatives=30, visions=0)  # noqa: S311 - made-up data
    matrix, entries = FeatureMatrix.read(session), session.scalars(select(Initiative)).all()
    answers = [cities_it_may_suit(session, matrix, entry, 3) for entry in entries]
    compared: list[int] = []

    def count(matrix: FeatureMatrix, homes: Collection[int], weights: Floats, rows: Rows) -> tuple[Floats, Floats]:
        compared.append(len(rows))
        return _contexts(matrix, homes, weights, rows)

    monkeypatch.setattr(similar_initiatives_module, "_contexts", count)
    for entry in entries:
        cities_it_may_suit(session, matrix, entry, 3)
    without = sum(compared)
    compared.clear()
    monkeypatch.setattr(similar_initiatives_module, "_COMPARED_FIRST", 4)
    assert [cities_it_may_suit(session, matrix, entry, 3) for entry in entries] == answers
    assert 0 < sum(compared) < without


def test_an_initiative_of_which_little_is_known_suits_nobody_and_says_nothing_wrong(session: Session) -> None:
    mine = make_initiative(session)
    assert cities_it_may_suit(session, FeatureMatrix.read(session), mine) == ()
    assert similar_initiatives(session, mine) == ()


def test_one_and_three_take_the_same_number_of_queries(session: Session) -> None:
    mine = make_initiative(session, cities=(make_city(session),), challenges=("heat",))
    counted = []
    for _ in range(3):
        city = make_city(session, challenges=("heat",))
        make_initiative(session, cities=(city,), challenges=("heat",), goals=(4,), technologies=("drones",))
        session.flush()
        table = FeatureMatrix.read(session)
        with queries(session) as sent:
            like = similar_initiatives(session, mine, matrix=table)
            assert like[0].initiative.cities
            assert cities_it_may_suit(session, table, mine)
        counted.append(len(sent))
    assert counted[0] == counted[2]
