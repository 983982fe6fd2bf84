"""Profiles as arrays: the same answers as worked out entry by entry, and the same arrays whether read or followed."""

import random
from typing import Any

import pytest
from sqlalchemy.orm import Session

import kb.app
from config import Config
from kb.catalogue.change_log import changes_since
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import Challenge, Initiative, InitiativeGoal
from kb.core.db import Database
from kb.peers.answers import PeerQuestion
from kb.peers.feature_matrix import FeatureMatrix
from kb.peers.peer_search import find_peers
from kb.peers.profile_reading import read_profiles, updated_profiles
from kb.peers.profiles import Profiles
from kb.peers.service import Peers
from kb.peers.similar_initiatives import cities_it_may_suit, similar_initiatives
from tests.factories import make_city, make_initiative, make_vision
from tests.sampling import examples
from tests.unit.peers.made_up_catalogue import CHALLENGES, edit, fill
from tests.unit.peers.plain_peers import PlainPeers

pytestmark = pytest.mark.one_database


def compare_with_plain(
    session: Session, matrix: FeatureMatrix, chance: random.Random, initiatives: int, places: int
) -> None:
    """Ask both ways for some initiatives and places: the same in the same order, scores to a millionth."""
    profiles = read_profiles(session)
    plain = PlainPeers(session, matrix)

    def close(value: Any) -> Any:
        return pytest.approx(value, abs=1e-6)

    for number in chance.sample(sorted(plain.initiatives), initiatives):
        entry = session.get_one(Initiative, number)
        similar = similar_initiatives(session, entry, 6, matrix, profiles)
        expected = plain.similar(number, 6)
        assert [each.initiative.id for each in similar] == [each[0] for each in expected]
        for each, (_, score, parts, known) in zip(similar, expected, strict=True):
            assert (each.score, each.parts, each.known) == (close(score), close(parts), close(known))
        suited = cities_it_may_suit(session, matrix, entry, 6, profiles)
        assert [(city.place.id, frozenset(challenge.code for challenge in city.shared)) for city in suited] == [
            (place, shared) for place, *_, shared in plain.suits(number, 6)
        ]
        assert [value for city in suited for value in (city.score, city.context, city.challenge)] == close(
            [value for _, *values, _ in plain.suits(number, 6) for value in values]
        )
    for place in chance.sample(matrix.ids.tolist(), places):
        challenges = chance.choice((None, {}, {CHALLENGES[0]: None, CHALLENGES[2]: "under-a-third", "dragons": None}))
        known = {code: value for code, value in (challenges or {}).items() if code != "dragons"}
        question = PeerQuestion(
            place,
            challenges,
            excluded_regions=frozenset(chance.choice(((), ("western-europe",)))),
            excluded_languages=frozenset(chance.choice(((), ("en",)))),
            is_abroad=chance.random() < 0.3,
            pool=chance.choice(("cities", "places")),
            limit=7,
        )
        answer = find_peers(session, matrix, question, profiles)
        expected_lists = plain.find(place, None if challenges is None else known, question, 7)
        for name, peers in (
            ("peers", answer.peers or answer.nearest),
            ("with_results", answer.peers_with_results),
            ("with_same_challenge", answer.peers_with_same_challenge),
        ):
            assert [peer.place.id for peer in peers] == [each[0] for each in expected_lists[name]]
            assert [value for peer in peers for value in (peer.context, peer.challenge or 0, peer.combined)] == close(
                [value or 0 for each in expected_lists[name] for value in each[1:]]
            )
        stopped = sorted(expected_lists["stopped"], key=lambda each: not session.get_one(Initiative, each[0]).lessons)
        for found, expected in ((answer.did, expected_lists["did"]), (answer.stopped, stopped)):
            assert [
                (each.initiative.id, each.city.id, {challenge.code for challenge in each.shared}, each.has_results)
                for each in found
            ] == [(each[0], each[1], set(each[2]), each[4]) for each in expected]
            assert [value for each in found for value in (each.closeness, each.score)] == close(
                [value for each in expected for value in (each[3], each[5])]
            )


@pytest.mark.parametrize("seed", range(examples(2)))
def test_answers_are_those_worked_out_entry_by_entry(sqlite_database: Database, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - made-up data need no secrecy
    with sqlite_database.writing() as session:
        fill(session, chance, cities=25, initiatives=60, visions=8)
        compare_with_plain(session, FeatureMatrix.read(session), chance, initiatives=15, places=8)


def test_answers_about_the_seed_are_those_worked_out_entry_by_entry(seeded_config: Config) -> None:
    database = Database(seeded_config.database_url)
    matrix = Peers(database, seeded_config.instance / kb.app.PLACES).feature_matrix
    chance = random.Random(1)  # noqa: S311 - a sample, no secret
    with database.reading() as session:
        compare_with_plain(session, matrix, chance, initiatives=6, places=3)


def decoded(profiles: Profiles) -> dict[str, Any]:
    """All that profiles say, without the order of terms and sets."""
    visions = profiles.visions
    return {
        "cities": [profiles.city_in(row) for row in range(len(profiles.cities.ids))],
        "results": [profiles.results_of(row) for row in range(len(profiles.cities.ids))],
        "initiatives": [profiles.initiative_in(row) for row in range(len(profiles.initiatives.ids))],
        "visions": [
            (vision, int(profiles.cities.ids[city]), profiles.goals.sets[goals])
            for vision, city, goals in zip(*(column.tolist() for column in visions), strict=True)
        ],
        "rarity": [
            profiles.challenge_rarity,
            profiles.goal_rarity,
            profiles.initiative_challenge_rarity,
            profiles.initiative_goal_rarity,
            profiles.technology_rarity,
        ],
    }


@pytest.mark.parametrize("seed", range(examples(4)))
def test_followed_arrays_are_those_read_afresh(sqlite_database: Database, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - made-up data need no secrecy
    with sqlite_database.writing() as session:
        fill(session, chance, cities=8, initiatives=14, visions=4)
        profiles = read_profiles(session)
        for _ in range(40):
            for _ in range(chance.choice((1, 1, 4))):
                edit(session, chance)
            before = decoded(profiles)
            followed = updated_profiles(profiles, session, *changes_since(session, profiles.newest))
            fresh = read_profiles(session)
            assert decoded(followed) == decoded(fresh)
            assert followed.newest == fresh.newest
            assert decoded(profiles) == before
            profiles = followed


def test_where_only_texts_changed_nothing_is_made_anew(sqlite_database: Database) -> None:
    with sqlite_database.writing() as session:
        initiative = make_initiative(session, goals=(11,), challenges=("heat",))
        session.flush()
        profiles = read_profiles(session)
        rarity = profiles.initiative_goal_rarity
        initiative.summary = "Another summary."
        session.flush()
        followed = updated_profiles(profiles, session, *changes_since(session, profiles.newest))
        assert followed.newest > profiles.newest
        assert followed.initiatives is profiles.initiatives
        assert followed.cities is profiles.cities
        assert followed.initiative_goal_rarity is rarity
        initiative.goals = [InitiativeGoal(goal_number=13)]
        session.flush()
        followed = updated_profiles(followed, session, *changes_since(session, followed.newest))
        assert decoded(followed) == decoded(read_profiles(session))


def test_goals_are_counted_also_while_no_city_is_known(sqlite_database: Database) -> None:
    with sqlite_database.reading() as session:
        empty = read_profiles(session)
    with sqlite_database.writing() as session:
        make_initiative(session, goals=(11,))
    with sqlite_database.reading() as session:
        newest, changes = changes_since(session, empty.newest)
        of_initiatives = {(kind, number) for kind, number in changes if kind == EntryKind.INITIATIVE}
        profiles = updated_profiles(empty, session, newest, of_initiatives)
    assert len(profiles.goal_totals) == len(profiles.cities.ids) == 0


def test_all_is_read_in_batches_too(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(5)  # noqa: S311 - made-up data need no secrecy
    with sqlite_database.writing() as session:
        fill(session, chance, cities=9, initiatives=20, visions=5)
        whole = decoded(read_profiles(session))
        for module in ("kb.peers.entry_profiles", "kb.peers.profile_reading"):
            monkeypatch.setattr(f"{module}.BATCH", 3)
        assert decoded(read_profiles(session)) == whole


def test_sets_that_nothing_has_any_more_are_forgotten(sqlite_database: Database) -> None:
    with sqlite_database.writing() as session:
        initiative = make_initiative(session, goals=(11,), challenges=("heat",))
        vision = make_vision(session, make_city(session), goals=(13,))
        session.flush()
        profiles = read_profiles(session)
        for number in range(1, 16):
            initiative.goals = [InitiativeGoal(goal_number=number)]
            initiative.challenges = [session.get_one(Challenge, CHALLENGES[number % len(CHALLENGES)])]
            session.flush()
            changes = {(EntryKind.INITIATIVE.value, initiative.id)}
            profiles = updated_profiles(profiles, session, profiles.newest, changes)
            assert len(profiles.goals.sets) <= 6
            assert len(profiles.challenges.sets) <= 4
            assert decoded(profiles) == decoded(read_profiles(session))
    assert decoded(profiles)["visions"][0][0] == vision.id
