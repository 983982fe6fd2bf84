"""A value derived from the catalogue: brought up to the change log, by requests or by a thread that follows it."""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue import followed
from kb.catalogue.change_log import log_position
from kb.catalogue.entries import EntryKind
from kb.catalogue.followed import MOST_ENTRIES_IN_A_REQUEST, FollowedValue
from kb.catalogue.models import CatalogueIdentity, Initiative
from kb.core.db import Database
from tests.factories import make_city, make_initiative, make_leader


class _Titles(NamedTuple):
    newest: int
    identity: str | None
    titles: frozenset[str]


class _Initiatives(FollowedValue[_Titles]):
    """The titles of all initiatives that were ever there, with a list of what was read to find them."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, {EntryKind.INITIATIVE}, self._all, self._changed)
        self.database = database
        self.readings: list[object] = []
        self.may_read, self.is_reading = threading.Event(), threading.Event()
        self.may_read.set()

    @property
    def titles(self) -> list[str]:
        """What a request sees."""
        with self.database.reading() as session:
            return sorted(self.current(session).titles)

    @contextmanager
    def reading_in_thread(self) -> Iterator[None]:
        """Another thread is reading while the block lasts."""
        self.may_read.clear()
        self.is_reading.clear()
        thread = threading.Thread(target=self.follow)
        thread.start()
        try:
            assert self.is_reading.wait(30)
            yield
        finally:
            self.may_read.set()
            thread.join(30)

    def _all(self, session: Session) -> _Titles:
        self.readings.append("all")
        return _Titles(*log_position(session), frozenset(session.scalars(select(Initiative.title))))

    def _changed(self, value: _Titles, session: Session, newest: int, changes: Collection[tuple[str, int]]) -> _Titles:
        self.is_reading.set()
        assert self.may_read.wait(30)
        ids = [entry_id for kind, entry_id in changes if kind == EntryKind.INITIATIVE]
        self.readings.append(len(ids))
        titles = session.scalars(select(Initiative.title).where(Initiative.id.in_(ids)))
        return value._replace(newest=newest, titles=value.titles | set(titles))


def _add(database: Database, *titles: str) -> None:
    with database.writing() as session:
        for title in titles:
            make_initiative(session, title)


def test_all_is_read_once_and_then_what_changed(database: Database) -> None:
    initiatives = _Initiatives(database)
    assert (initiatives.titles, initiatives.titles) == ([], [])
    _add(database, "a", "b")
    assert (initiatives.titles, initiatives.titles) == (["a", "b"], ["a", "b"])
    initiatives.follow()
    _add(database, "c")
    initiatives.follow()
    assert initiatives.titles == ["a", "b", "c"]
    assert initiatives.readings == ["all", 2, 1]


@pytest.mark.one_database
def test_a_request_reads_a_few_changes_and_leaves_many_to_the_thread_that_follows(database: Database) -> None:
    followed, alone = _Initiatives(database), _Initiatives(database)
    followed.follow()
    assert alone.titles == []
    _add(database, "a")
    assert followed.titles == alone.titles == ["a"]
    many = [f"b {number:02}" for number in range(MOST_ENTRIES_IN_A_REQUEST + 1)]
    _add(database, *many)
    assert (followed.titles, alone.titles) == (["a"], ["a", *many])
    with database.reading() as session:
        newest, _identity = log_position(session)
    assert (followed.is_behind(newest), alone.is_behind(newest)) == (True, False)
    followed.follow()
    assert followed.titles == ["a", *many]
    assert not followed.is_behind(newest)


@pytest.mark.one_database
def test_changes_of_other_kinds_do_not_count(database: Database) -> None:
    initiatives = _Initiatives(database)
    initiatives.follow()
    with database.writing() as session:
        city = make_city(session)
        for _ in range(MOST_ENTRIES_IN_A_REQUEST + 1):
            make_leader(session, city=city)
        make_initiative(session, "a", cities=(city,))
    assert initiatives.titles == ["a"]


@pytest.mark.one_database
def test_a_request_reads_no_long_log_and_leaves_it_to_the_thread_that_follows(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed, "MOST_ROWS_IN_A_REQUEST", 1)
    initiatives = _Initiatives(database)
    initiatives.follow()
    _add(database, "a", "b")
    assert initiatives.titles == []
    initiatives.follow()
    assert initiatives.titles == ["a", "b"]


@pytest.mark.one_database
def test_while_another_thread_reads_a_request_is_answered_by_what_there_is(database: Database) -> None:
    initiatives = _Initiatives(database)
    initiatives.follow()
    _add(database, "a")
    with initiatives.reading_in_thread():
        assert initiatives.titles == []
    assert initiatives.titles == ["a"]


def test_what_a_session_wrote_and_took_back_is_seen_by_nobody_else(database: Database) -> None:
    initiatives = _Initiatives(database)
    assert initiatives.titles == []
    with database.writing() as session:
        make_initiative(session, "a")
        session.flush()
        assert initiatives.current(session).titles == {"a"}
        session.rollback()
    _add(database, "b", "c")
    assert initiatives.titles == ["b", "c"]


@pytest.mark.one_database
@pytest.mark.parametrize("is_followed", [True, False])
def test_another_database_in_its_place_is_read_anew(database: Database, *, is_followed: bool) -> None:
    initiatives = _Initiatives(database)
    if is_followed:
        initiatives.follow()
    assert initiatives.titles == []
    _add(database, "a")
    with database.writing() as session:
        # As a restored backup has it: another name.
        session.add(CatalogueIdentity(id=1, name="made-up"))
    assert initiatives.titles == ["a"]
    assert initiatives.readings == ["all", "all"]
