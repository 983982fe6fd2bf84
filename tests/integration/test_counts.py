"""The index and the database count the same, whatever is counted, and after whatever was done to entries."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from config import Config
from kb.catalogue.counts import Counts
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import Country, Initiative, Outcome
from kb.core.db import Database
from kb.search import indexing
from kb.search.counts import DatabaseCounts, IndexCounts
from kb.search.facets import FIELDS
from kb.search.follower import Follower
from kb.search.index_versions import IndexVersions
from kb.search.service import Search
from tests.factories import make_city, make_initiative, make_leader, make_vision

_HAVING = [{"goal": "11"}, {"goal": "11", "region": "southern-asia"}, {"goal": "no-number"}]
_PAIRS = [*combinations_with_replacement(FIELDS, 2)]
_PAIRS_WITH_GOALS = [("goal", field) for field in FIELDS]


def _everything(counts: Counts, pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[Any, Any]]:
    """Questions with their answers: of every field, and of these pairs of fields."""
    for kind in EntryKind:
        yield kind, counts.total(kind)
        for field in FIELDS:
            yield (kind, field, "any"), counts.having_any(kind, field)
            yield (kind, field), dict(counts.by(kind, field))
    for field, other in pairs:
        yield (field, other), dict(counts.table(EntryKind.INITIATIVE, field, other))
    for having in _HAVING:
        for field in ("challenge", "size", "year"):
            yield (field, *having.items()), dict(counts.by(EntryKind.INITIATIVE, field, **having))
    for having in ({}, *_HAVING):
        for limit in (3, None):
            yield ("cities", limit, *having.items()), counts.cities(limit, **having)


def _agree(session: Session, search: Search, pairs: Sequence[tuple[str, str]]) -> dict[Any, Any]:
    by_index = search.counts(session)
    assert isinstance(by_index, IndexCounts)
    answers = dict(_everything(by_index, pairs))
    in_database = dict(_everything(DatabaseCounts(session), pairs))
    different = {
        question: (answer, in_database[question])
        for question, answer in answers.items()
        if answer != in_database[question]
    }
    assert different == {}
    return answers


def test_both_count_the_same_over_the_seed(seeded_config: Config) -> None:
    database = Database(seeded_config.database_url)
    with database.reading() as session:
        answers = _agree(session, Search(database, seeded_config.search_index), _PAIRS_WITH_GOALS)
    database.dispose()
    assert all(answers[EntryKind.INITIATIVE, field, "any"] for field in FIELDS)


def test_both_count_the_same_after_entries_were_changed_and_deleted(database: Database, tmp_path: Path) -> None:
    chance = random.Random(3)  # noqa: S311 - made-up data need no secrecy
    with database.writing() as session:
        session.get_one(Country, "KE").income_group = session.get_one(Country, "BR").region_code = None
        cities = [
            make_city(session, country=country, challenges=chance.choice([(), ("heat",), ("heat", "flooding")]))
            for country in ("IN", "KE", "FR", "BR", "IN")
        ]
        for city in cities:
            make_leader(session, city=city)
            make_vision(session, city, goals=(11,), adopted_year=chance.choice([None, 2015]))
        for _ in range(30):
            _make_initiative(session, chance, cities)
    indexing.rebuild(database, tmp_path)
    follower = Follower(database, tmp_path)
    with database.reading() as session:
        before = _agree(session, Search(database, tmp_path), ())
    with database.writing() as session:
        initiatives = session.query(Initiative).order_by(Initiative.id).all()
        for initiative in initiatives[::5]:
            session.delete(initiative)
        initiatives[1].outcomes = [Outcome(measure="Made-up", value=3)]
        initiatives[2].cost_amount, initiatives[2].cost_currency, initiatives[2].start_year = 4, "EUR", 1987
        session.get_one(Country, "FR").income_group = "low"
        _make_initiative(session, chance, cities)
    follower.step()
    with database.reading() as session:
        after = _agree(session, Search(database, tmp_path), _PAIRS)
    follower.close()
    assert before[EntryKind.INITIATIVE] - 5 == after[EntryKind.INITIATIVE] == 25
    assert after[EntryKind.INITIATIVE, "year"]["1987"] == 1
    assert "unknown" in after[EntryKind.INITIATIVE, "region"].keys() & after[EntryKind.INITIATIVE, "income"].keys()


def _make_initiative(session: Session, chance: random.Random, cities: list[Any]) -> None:
    some: Callable[..., tuple[Any, ...]] = lambda *choices: tuple(chance.sample(choices, chance.randint(0, 2)))  # noqa: E731
    initiative = make_initiative(
        session,
        cities=tuple(chance.sample(cities, chance.choice([1, 1, 3]))),
        goals=some(3, 11, 13),
        targets=some("11.2", "11.6", "13.1"),
        challenges=some("heat", "flooding", "health"),
        technologies=some("drones", "open-data"),
        start_year=chance.choice([None, 1999, 2010, 2012]),
        evidence_level=chance.choice([None, 0, 2]),
        stage=chance.choice(["pilot", "scaled"]),
        language=chance.choice(["en", "es"]),
        contact=chance.choice([None, "Made-up Office"]),
    )
    initiative.outcomes = [
        Outcome(measure="Made-up", value=chance.choice([None, 5]), is_target=chance.random() < 0.5)
        for _ in range(chance.randint(0, 2))
    ]


@pytest.mark.one_database
def test_with_a_damaged_index_the_database_counts(sqlite_database: Database, tmp_path: Path) -> None:
    with sqlite_database.writing() as session:
        make_initiative(session)
    indexing.rebuild(sqlite_database, tmp_path)
    search = Search(sqlite_database, tmp_path)
    search.refresh()
    (segment,) = tmp_path.glob("*/*.segment")
    content = segment.read_bytes()
    directory = json.loads(content[int.from_bytes(content[8:16], "little") :])
    _type, _length, place, _checksum = directory["cities"]
    with segment.open("r+b") as file:
        file.seek(place)
        file.write(b"\xff")
    with sqlite_database.reading() as session:
        counts = search.counts(session)
        assert isinstance(counts, DatabaseCounts)
        assert counts.total(EntryKind.INITIATIVE) == 1
    assert IndexVersions(tmp_path).live() is None, "the follower makes another"


def test_without_an_index_of_this_database_the_database_counts(sqlite_database: Database, tmp_path: Path) -> None:
    search = Search(sqlite_database, tmp_path)
    with sqlite_database.reading() as session:
        assert isinstance(search.counts(session), DatabaseCounts)
