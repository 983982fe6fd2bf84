"""What interfaces hold on to: made once, and told of changes by the change log."""

import threading
from pathlib import Path

import numpy as np
import pytest

from kb.catalogue.models import City, Initiative, Place
from kb.core.db import Database
from kb.peers import saved_places, service
from kb.peers.answers import PeerQuestion
from kb.peers.service import Peers
from tests.factories import make_city, make_initiative, make_place


@pytest.fixture
def ids(database: Database) -> dict[str, int]:
    with database.writing() as session:
        home = make_city(session, challenges=("heat",))
        other = make_city(session, challenges=("heat",))
        initiative = make_initiative(session, cities=(other,), challenges=("heat",))
        make_initiative(session, cities=(home,), challenges=("heat",))
        return {"place": home.place_id, "home": home.id, "other": other.id, "initiative": initiative.id}


def test_each_page_gets_its_answer(database: Database, ids: dict[str, int]) -> None:
    peers = Peers(database)
    with database.reading() as session:
        assert len(peers.find(session, PeerQuestion(ids["place"])).peers) == 1
        initiative = session.get_one(Initiative, ids["initiative"])
        assert len(peers.similar(session, initiative)) == 1
        assert [suited_city.place.id for suited_city in peers.suits(session, initiative)] == [ids["place"]]
        slugs = [session.get_one(City, ids[name]).slug for name in ("home", "other")]
        assert len(peers.compare(session, slugs).pairs) == 1
        assert peers.gazetteer.matching("made-up city")


def test_a_change_of_the_catalogue_is_seen(database: Database, ids: dict[str, int]) -> None:
    peers = Peers(database)
    with database.reading() as session:
        before = peers.profiles(session)
        assert peers.profiles(session) is before
    with database.writing() as session:
        session.delete(session.get_one(Initiative, ids["initiative"]))
    with database.reading() as session:
        assert peers.profiles(session).initiative(ids["initiative"]) is None


def test_within_a_session_every_answer_rests_on_the_same(database: Database, ids: dict[str, int]) -> None:
    peers = Peers(database)
    with database.reading() as session:
        before = peers.profiles(session)
        with database.writing() as other:
            other.delete(other.get_one(Initiative, ids["initiative"]))
        assert peers.profiles(session) is before


def test_a_city_at_a_new_place_is_found_at_once(database: Database, ids: dict[str, int]) -> None:
    peers = Peers(database)
    peers.warm()
    with database.writing() as session:
        city = make_city(session, "Made-up Newcomer", challenges=("heat",))
    with database.reading() as session:
        answer = peers.find(session, PeerQuestion(ids["place"]))
        assert city.place_id in [peer.place.id for peer in answer.peers]
        assert [place.id for place in peers.gazetteer.matching("made-up newcomer")] == [city.place_id]


def test_a_gazetteer_that_grew_is_seen_after_a_while(
    database: Database, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_LOOK_SECONDS", 0.0)
    peers = Peers(database)
    with database.reading() as session:
        peers.find(session, PeerQuestion(ids["place"]))
        feature_matrix = peers.feature_matrix
    with database.writing() as session:
        place = make_place(session)
    with database.reading() as session:
        answer = peers.find(session, PeerQuestion(ids["place"], pool="places"))
        assert place.id in [peer.place.id for peer in answer.peers]
        assert peers.feature_matrix is not feature_matrix


@pytest.mark.one_database
@pytest.mark.parametrize("is_followed", [True, False])
def test_a_place_of_which_the_log_tells_is_there_at_once(
    database: Database, ids: dict[str, int], *, is_followed: bool
) -> None:
    peers = Peers(database)
    feature_matrix = peers.feature_matrix
    read = peers.follow if is_followed else lambda: peers.find(session, PeerQuestion(ids["place"]))
    with database.reading() as session:
        read()
    assert peers.feature_matrix is feature_matrix
    with database.writing() as session:
        place = make_place(session)
    with database.reading() as session:
        read()
    assert place.id in peers.feature_matrix.ids


def test_many_visitors_at_once_make_the_table_once(database: Database, ids: dict[str, int]) -> None:
    peers = Peers(database)
    tables: list[object] = []
    threads = [threading.Thread(target=lambda: tables.append(peers.feature_matrix)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tables) == 6
    assert len({id(table) for table in tables}) == 1


def test_a_warm_service_has_all_that_takes_long(database: Database, ids: dict[str, int]) -> None:
    peers = Peers(database)
    peers.warm()
    assert peers.feature_matrix is peers.feature_matrix
    assert peers.gazetteer is peers.gazetteer


@pytest.mark.one_database
def test_a_new_process_maps_what_another_made_of_the_gazetteer(
    database: Database, ids: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_places, "FEWEST", 1)
    first = Peers(database, tmp_path / "places")
    made = (first.feature_matrix.arrays(), first.gazetteer.matching("made-up"), first.gazetteer.near("made-up citi 1"))
    with monkeypatch.context() as another_process:
        for name in ("FeatureMatrix.read", "read_arrays"):
            another_process.setattr(f"kb.peers.saved_places.{name}", None)
        second = Peers(database, tmp_path / "places")
        assert second.feature_matrix.names == first.feature_matrix.names
        for name, array in made[0].items():
            np.testing.assert_array_equal(second.feature_matrix.arrays()[name], array)
        assert (second.gazetteer.matching("made-up"), second.gazetteer.near("made-up citi 1")) == made[1:]
        with database.reading() as session:
            assert len(second.find(session, PeerQuestion(ids["place"])).peers) == 1
    with database.writing() as session:
        place = session.get_one(Place, ids["place"])
        place.latitude += 1
    third = Peers(database, tmp_path / "places")
    row = third.feature_matrix.row(ids["place"])
    assert third.feature_matrix.latitude[row] == first.feature_matrix.latitude[row] + 1


@pytest.mark.one_database
def test_small_gazetteers_are_not_saved(database: Database, ids: dict[str, int], tmp_path: Path) -> None:
    peers = Peers(database, tmp_path / "places")
    assert peers.feature_matrix is not None
    assert peers.gazetteer is not None
    assert not (tmp_path / "places").exists()
