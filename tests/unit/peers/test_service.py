"""What doors hold on to: made once, and told of changes by the change log."""

import gc
import threading

import pytest

from kb.catalogue.models import City, Initiative
from kb.db import Database
from kb.peers.questions import PeerQuestion
from kb.peers.service import Peers
from tests.factories import make_city, make_initiative


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
        assert [one.place.id for one in peers.suits(session, initiative)] == [ids["place"]]
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
        assert ids["initiative"] not in peers.profiles(session).initiatives


def test_many_visitors_at_once_make_the_table_once(database: Database, ids: dict[str, int]) -> None:
    peers = Peers(database)
    tables: list[object] = []
    threads = [threading.Thread(target=lambda: tables.append(peers.table)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tables) == 6
    assert len({id(table) for table in tables}) == 1


def test_a_warm_service_has_all_that_takes_long(database: Database, ids: dict[str, int]) -> None:
    peers = Peers(database)
    peers.warm()
    gc.unfreeze()
    assert peers.table is peers.table
    assert peers.gazetteer is peers.gazetteer
