"""Reads from standbys: whoever has written reads their own words, none that lags or is gone is used, and back again."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from config import Config
from kb.app import create_app
from kb.catalogue.models import City
from kb.core import standbys
from kb.core.column_types import now
from kb.core.database_errors import DatabaseUnavailable
from kb.core.db import Database, Model
from kb.core.standbys import NEWEST, written_position
from kb.forum.live import session_control
from kb.web.core import own_writes
from tests import postgresql
from tests.factories import make_city, make_terms, make_user
from tests.forum_factories import make_dialogue
from tests.sign_in import signed_in, token_in

pytestmark = pytest.mark.postgresql

_SETTINGS = {"autovacuum": "off", "full_page_writes": "off", "wal_retrieve_retry_interval": "50ms"}

LAG_SECONDS = 0.2
"""A standby may lag for so long in these tests."""


class Servers(NamedTuple):
    """The URLs of a primary and of the standby that follows it."""

    primary: str
    standby: str


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """Both run, and have tables and terms."""
    with postgresql.cluster(_SETTINGS) as pattern, postgresql.standby(pattern, _SETTINGS) as standby_pattern:
        urls = Servers(pattern.format(name="postgres"), standby_pattern.format(name="postgres"))
        database = Database(urls.primary)
        Model.metadata.create_all(database.engine)
        with database.writing() as session:
            make_terms(session)
        database.dispose()
        yield urls


@pytest.fixture(autouse=True)
def _asked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standbys, "CHECK_SECONDS", 0.02)


@pytest.fixture
def database(servers: Servers) -> Iterator[Database]:
    """The database of both, once the standby is used."""
    made = Database(servers.primary, read_urls=[servers.standby], lag_seconds=LAG_SECONDS)
    wait_until(lambda: made.standbys()[0].used)
    yield made
    made.dispose()


@pytest.fixture
def standby(servers: Servers) -> Iterator[Database]:
    """The standby alone, whatever its lag."""
    made = Database(servers.standby)
    yield made
    made.dispose()


def wait_until(happens: Callable[[], object]) -> None:
    """Wait until something is so; fail when it takes too long."""
    deadline = time.monotonic() + 30
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def paused(standby: Database) -> Iterator[None]:
    """Let the standby receive what is written and not replay it, while the block lasts."""
    run(standby, "SELECT pg_wal_replay_pause()")
    wait_until(lambda: run(standby, "SELECT pg_get_wal_replay_pause_state()") == "paused")
    try:
        yield
    finally:
        run(standby, "SELECT pg_wal_replay_resume()")


def run(database: Database, statement: str) -> object:
    """The value that a statement gives."""
    with database.reading() as session:
        return session.scalar(text(statement))


def reads_standby(database: Database, after: int | None) -> bool:
    """Whether a session that must see so much reads the standby."""
    with database.reading(after) as session:
        return bool(session.scalar(text("SELECT pg_is_in_recovery()")))


def test_a_read_that_says_how_new_it_must_be_may_come_from_the_standby_and_others_come_from_the_primary(
    database: Database,
) -> None:
    assert [reads_standby(database, after) for after in (0, None, NEWEST)] == [True, False, False]


def test_who_has_written_reads_it_from_the_primary_until_the_standby_has_it(
    database: Database, standby: Database
) -> None:
    with paused(standby):
        with database.writing() as session:
            name = make_city(session).name
        written = written_position.get()
        count = select(func.count()).where(City.name == name)
        with database.reading(after=written) as mine, database.reading(after=0) as others:
            assert (mine.scalar(count), others.scalar(count)) == (1, 0)
    wait_until(lambda: reads_standby(database, written))
    with database.reading(after=written) as session:
        assert session.scalar(count) == 1


def test_a_standby_that_lags_too_far_is_left_out_and_taken_in_again(database: Database, standby: Database) -> None:
    with paused(standby):
        with database.writing() as session:
            make_city(session)
        wait_until(lambda: not database.standbys()[0].used)
        state = database.standbys()[0]
        assert state.reachable
        assert (state.lag_seconds or 0) > LAG_SECONDS
        assert not reads_standby(database, 0)
    wait_until(lambda: reads_standby(database, 0))
    assert database.standbys()[0].lag_seconds == 0


def test_a_standby_that_lagged_before_this_process_began_is_left_out(
    database: Database, standby: Database, servers: Servers
) -> None:
    with paused(standby):
        with database.writing() as session:
            make_city(session)
        wait_until(lambda: seconds_since_replay(standby) > LAG_SECONDS)
        later = Database(servers.primary, read_urls=[servers.standby], lag_seconds=LAG_SECONDS)
        assert [state.used for state in later.standbys()] == [False]
        later.dispose()


def test_an_idle_primary_is_no_lag(database: Database, standby: Database) -> None:
    wait_until(lambda: seconds_since_replay(standby) > 2 * LAG_SECONDS)
    state = database.standbys()[0]
    assert (state.used, state.lag_seconds) == (True, 0)


def seconds_since_replay(standby: Database) -> float:
    """How long ago the last transaction was that the standby replayed."""
    return float(str(run(standby, "SELECT extract(epoch FROM now() - pg_last_xact_replay_timestamp())")))


def test_reads_go_on_from_the_standby_while_the_primary_is_gone_and_back_to_it(
    database: Database, servers: Servers
) -> None:
    postgresql.stop(servers.primary)
    try:
        wait_until(lambda: _read_or_none(database, NEWEST) is True)
        assert reads_standby(database, written_position.get() + 1_000_000)
    finally:
        postgresql.start(servers.primary)
    wait_until(lambda: not reads_standby(database, NEWEST))
    wait_until(lambda: database.standbys()[0].used)


def _read_or_none(database: Database, after: int) -> bool | None:
    try:
        return reads_standby(database, after)
    except DatabaseUnavailable:
        return None


def test_a_standby_that_is_gone_is_left_out_and_taken_in_again(database: Database, servers: Servers) -> None:
    postgresql.stop(servers.standby)
    try:
        wait_until(lambda: _read_or_none(database, 0) is False)
        assert not database.standbys()[0].reachable
    finally:
        postgresql.start(servers.standby)
    wait_until(lambda: reads_standby(database, 0))


def test_the_name_of_a_standby_does_not_show_its_password() -> None:
    url = "postgresql+psycopg://made-up:secret@127.0.0.1:1/made-up"
    database = Database(url, read_urls=[url])
    assert [state.name for state in database.standbys()] == ["127.0.0.1:1/made-up"]
    assert not database.standbys()[0].reachable
    database.dispose()


@pytest.fixture
def site(servers: Servers, database: Database, tmp_path: Path) -> Iterator[Flask]:
    """An application over both, whose standby is used."""
    made = create_app(
        Config(
            database_url=servers.primary,
            database_read_url=servers.standby,
            search_index=tmp_path / "search_index",
            instance=tmp_path / "instance",
            development=True,
            rate_limit="100000 per minute",
        )
    )
    wait_until(lambda: made.extensions["kb_database"].standbys()[0].used)
    yield made
    made.extensions["kb_pdfs"].close()
    made.extensions["kb_search"].close()
    made.extensions["kb_database"].dispose()


def test_who_has_asked_a_question_without_an_account_sees_it_though_the_standby_lags(
    site: Flask, database: Database, standby: Database
) -> None:
    with database.writing() as session:
        forum_session = make_dialogue(session, "made-up")
        session_control.take_step(session, forum_session, "started", 0, now())
        code = forum_session.short_code
    wait_until(lambda: reads_standby(database, written_position.get()))
    visitor = site.test_client()
    with paused(standby):
        token = token_in(visitor.get("/sign-in").text)
        visitor.get(f"/f/{code}")
        asked = visitor.post(f"/f/{code}/ask", data={"csrf_token": token, "text": "What did it cost, and who paid?"})
        assert asked.status_code == 303
        assert "who paid?" in visitor.get(f"/f/{code}/mine").text
        visitor.delete_cookie(own_writes.COOKIE)
        assert "who paid?" not in visitor.get(f"/f/{code}/mine").text


def test_a_person_who_has_signed_in_reads_the_primary(site: Flask, database: Database, standby: Database) -> None:
    with database.writing() as session:
        person = make_user(session, "administrator")
    with paused(standby):
        reader = signed_in(site.test_client(), person)
        with database.writing() as session:
            city = make_city(session)
        assert reader.get(f"/cities/{city.slug}").status_code == 200
