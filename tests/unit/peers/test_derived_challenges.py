"""What a city works on counts as a challenge of that city, less than what it names, and says where it comes from."""

import pytest

from kb.catalogue.models import Challenge, City, CityChallenge, Initiative
from kb.core.db import Database
from kb.peers.answers import PeerAnswer, PeerQuestion
from kb.peers.challenges import DERIVED, Rarity, challenge_score
from kb.peers.service import Peers
from tests.factories import make_city, make_initiative

pytestmark = pytest.mark.one_database


def test_a_derived_challenge_counts_half_of_a_statement() -> None:
    rarity = Rarity(3, {"flooding": 1, "heat": 1})
    mine = {"flooding": None, "heat": None}
    named = challenge_score(mine, {"flooding": None}, rarity)
    derived = challenge_score(mine, {"flooding": DERIVED}, rarity)
    # Shared: 0.75 against the mean of 1 and a half of it. Heat, which one city names, weighs 0.75 in both.
    assert named == pytest.approx(0.5)
    assert derived == pytest.approx(0.75 / (0.75 + 1))
    severe = challenge_score(mine, {"flooding": "under-a-third", "heat": DERIVED}, rarity)
    assert severe == challenge_score({"flooding": "under-a-third", "heat": DERIVED}, mine, rarity) == 1
    # What a city only works on draws it less away from another than what it names.
    assert challenge_score({"flooding": None}, {"flooding": None, "heat": DERIVED}, rarity) == pytest.approx(1 / 1.5)


def test_an_initiative_gives_its_city_a_challenge_as_long_as_it_is_there(database: Database) -> None:
    with database.writing() as session:
        city, other = make_city(session, challenges=("flooding",)), make_city(session)
        session.flush()
        city_id, other_id = city.id, other.id
    peers = Peers(database)

    def challenges() -> dict[str, str | None]:
        with database.reading() as session:
            profiles = peers.profiles(session)
            of_city, of_other = profiles.city(city_id), profiles.city(other_id)
            assert of_city is not None
            assert of_other is not None
            assert of_other.challenges == {}
            assert profiles.challenge_rarity == Rarity.of([of_city.challenges])
            return dict(of_city.challenges)

    assert challenges() == {"flooding": None}
    with database.writing() as session:
        city = session.get_one(City, city_id)
        made = make_initiative(session, cities=(city,), challenges=("flooding", "heat"), stage="discontinued")
        session.flush()
        initiative_id = made.id
    assert challenges() == {"flooding": None, "heat": DERIVED}
    with database.writing() as session:
        city = session.get_one(City, city_id)
        city.challenges.append(CityChallenge(challenge_code="heat", severity="met", position=9))
    assert challenges() == {"flooding": None, "heat": "met"}
    with database.writing() as session:
        initiative = session.get_one(Initiative, initiative_id)
        initiative.challenges.append(session.get_one(Challenge, "waste"))
        city = session.get_one(City, city_id)
        city.challenges = [named for named in city.challenges if named.challenge_code == "heat"]
    assert challenges() == {"flooding": DERIVED, "heat": "met", "waste": DERIVED}
    with database.writing() as session:
        session.delete(session.get_one(Initiative, initiative_id))
    assert challenges() == {"heat": "met"}


def test_answers_say_which_challenges_are_from_initiatives(database: Database) -> None:
    with database.writing() as session:
        mine = make_city(session, name="Mine", challenges=("flooding",))
        works, names = (
            make_city(session, name="Works"),
            make_city(session, name="Names", challenges=("flooding", "heat")),
        )
        make_initiative(session, cities=(mine,), challenges=("heat",))
        make_initiative(session, cities=(works,), challenges=("flooding",))
        tried = make_initiative(session, cities=(names,), challenges=("waste",))
        session.flush()
        place_id, tried_id = mine.place_id, tried.id
    peers = Peers(database)

    def ask(challenges: dict[str, str | None] | None) -> PeerAnswer:
        with database.reading() as session:
            return peers.find(session, PeerQuestion(place_id, challenges))

    answer = ask(None)
    assert (answer.challenges, answer.derived) == ({"flooding": None, "heat": None}, {"heat"})
    assert {challenge.code: challenge.is_derived for challenge in answer.named} == {"flooding": False, "heat": True}
    same = {
        peer.place.name: {challenge.code: challenge.is_derived for challenge in peer.same_challenge_for}
        for peer in answer.peers_with_same_challenge
    }
    assert same == {"Works": {"flooding": True}, "Names": {"flooding": False, "heat": False}}
    (reason,) = (peer.reasons[0] for peer in answer.peers if peer.place.name == "Works")
    assert str(reason) == "both face Flooding (from its initiatives, 100%)"
    # Whoever ticks a challenge has named it.
    assert ask({"heat": None}).derived == frozenset()
    with database.reading() as session:
        suited = peers.suits(session, session.get_one(Initiative, tried_id))
    assert suited == ()
