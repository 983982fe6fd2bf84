"""Work in the background while the database cannot be reached: one line each, and it goes on by itself."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import TimeoutError as PoolTimeout

from kb.core.database_errors import DatabaseBusy, DatabaseUnavailable
from kb.core.db import Database
from kb.core.retrying import daily, until_done
from kb.editorial.models import Proposal
from kb.forum.live.retention import forget_old_names
from kb.importing.choices import AFTER
from kb.importing.models import Import
from kb.peers.service import Peers
from kb.search import follower
from kb.search.index_versions import IndexVersions
from tests.factories import make_place
from tests.followers import wait_for_followers
from tests.log_capture import captured_logs
from tests.unit.importing.importing import Bench, line
from tests.waiting import wait_until


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """Of both databases this one can be taken away and given back."""
    return sqlite_database


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.core.retrying.FIRST_SECONDS", 0.01)
    monkeypatch.setattr("kb.core.retrying.MOST_SECONDS", 0.05)


@contextmanager
def gone(database: Database) -> Iterator[None]:
    """Take the database away, as long as the block lasts."""
    file = Path(database.url.database or "")
    database.dispose()
    away = file.parent.with_name("away")
    file.parent.rename(away)
    try:
        yield
    finally:
        away.rename(file.parent)


@contextmanager
def failing(database: Database, times: int) -> Iterator[threading.Event]:
    """Take the database away; the event is set when it was asked in vain so many times."""
    asked, enough = [], threading.Event()

    def count(*_: object) -> None:
        asked.append(1)
        if len(asked) >= times:
            enough.set()

    event.listen(database.engine, "do_connect", count)
    with gone(database):
        yield enough
    event.remove(database.engine, "do_connect", count)


def run(act: Callable[..., object], *given: object) -> threading.Thread:
    """Let a thread do it."""
    thread = threading.Thread(target=act, args=given, daemon=True)
    thread.start()
    return thread


def assert_one_line_and_that_it_is_over(lines: list[str], what: str) -> None:
    """One warning without a trace for each problem in turn, and one line when it works again.

    A connection that is opened in the very moment the file comes back may only read: that is a second problem.
    """
    *warnings, end = lines
    assert 1 <= len(warnings) <= 2, "\n".join(lines)
    assert all("[warning" in line and what in line for line in warnings)
    assert "unable to open database file" in warnings[0]
    assert "it works again" in end


def test_the_follower_says_once_that_it_cannot_follow(
    database: Database, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path_factory.mktemp("index")
    with captured_logs(capsys) as lines:
        with failing(database, 5) as enough:
            stop = follower.start(database, root)
            assert enough.wait(30)
        written: list[str] = []
        wait_until(lambda: written.extend(lines()) or any("it works again" in one for one in written))
        stop.set()
        wait_for_followers()
    assert IndexVersions(root).live()
    written = [one for one in written if "search index rebuilt" not in one]
    assert_one_line_and_that_it_is_over(written, "search index not followed")


def test_peers_are_read_as_soon_as_the_database_is_there(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.writing() as session:
        make_place(session, "Made-up Alpha")
    peers = Peers(database)
    with captured_logs(capsys) as lines:
        with failing(database, 5) as enough:
            thread = run(until_done, lambda: peers.feature_matrix, "peers are not in memory yet", threading.Event())
            assert enough.wait(30)
        thread.join(30)
        assert not thread.is_alive()
        assert_one_line_and_that_it_is_over(lines(), "peers are not in memory yet")


def test_names_of_askers_are_forgotten_as_soon_as_the_database_is_there(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = threading.Event()
    with captured_logs(capsys) as lines:
        with failing(database, 5) as enough:
            forget = partial(forget_old_names, database, 90)
            thread = run(daily, forget, "names of askers could not be deleted", stop)
            assert enough.wait(30)
        written: list[str] = []
        wait_until(lambda: written.extend(lines()) or any("it works again" in one for one in written))
        stop.set()
        thread.join(30)
    assert_one_line_and_that_it_is_over(written, "names of askers could not be deleted")


def test_what_waits_for_the_database_waits_for_a_free_connection_too(capsys: pytest.CaptureFixture[str]) -> None:
    tries = []

    def act() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise PoolTimeout("QueuePool limit reached")

    with captured_logs(capsys) as lines:
        until_done(act, "nothing yet", threading.Event())
        assert len(lines()) == 2
    assert len(tries) == 3


@pytest.mark.parametrize(
    "problem",
    [
        DatabaseBusy(None, None, sqlite3.OperationalError("database is locked")),
        DatabaseUnavailable(None, None, psycopg.errors.CannotConnectNow("the database system is starting up")),
        PoolTimeout("QueuePool limit reached"),
    ],
)
def test_an_import_that_meets_a_busy_database_goes_on_by_itself(database: Database, problem: Exception) -> None:
    bench = Bench(database)
    met = []

    def fail(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "INSERT INTO proposals" in statement and len(met) < 2:
            met.append(1)
            raise problem

    import_id = bench.upload([line(str(number), title=f"Made-up Siren {number}") for number in range(3)])
    event.listen(database.engine, "before_cursor_execute", fail)
    bench.run(import_id)
    with database.reading() as session:
        assert session.get_one(Import, import_id).state == AFTER["run"]
        assert session.scalar(select(func.count()).select_from(Proposal)) == 3
    assert len(met) == 2


def test_an_import_waits_for_the_database(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    bench = Bench(database)
    held = bench.upload_only([line("1")])
    with captured_logs(capsys) as lines:
        with failing(database, 5) as enough:
            bench.runner.wake()
            assert enough.wait(30)
        bench.runner.wait(30)
        assert_one_line_and_that_it_is_over(lines(), "imports wait for the database")
    with database.reading() as session:
        assert session.get_one(Import, held).state == "checked"
