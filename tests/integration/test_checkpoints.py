"""SQLite's main file alone holds everything: after a command, when the site stops, and soon after the last write."""

import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text

from kb.accounts.models import User
from kb.core.db import Database
from kb.search.follower import start
from tests.factories import make_user
from tests.files import in_main_file
from tests.followers import wait_for_followers
from tests.http_server import served
from tests.terminal import kb


def test_after_a_command_the_main_file_is_enough(migrated: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "deep" / "kb.sqlite3"
    # Somebody else has the database open, so that SQLite itself does not tidy up when the command ends.
    with closing(sqlite3.connect(file)) as other:
        other.execute("SELECT count(*) FROM users").fetchone()
        assert kb(migrated, "user", "invite", "made-up@new.example", "--name", "Made-up Person").returncode == 0
        assert in_main_file(file, "SELECT email FROM users") == [("made-up@new.example",)]


def test_when_the_site_stops_the_main_file_is_enough(migrated: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "deep" / "kb.sqlite3"
    database = Database(migrated["DATABASE_URL"])
    with served(migrated, tmp_path / "log"), database.writing() as session:
        make_user(session, email="made-up@late.example")
    # The connection of this test is still open.
    assert in_main_file(file, "SELECT email FROM users WHERE email LIKE '%late%'") == [("made-up@late.example",)]
    database.dispose()


def test_soon_after_a_save_the_main_file_is_enough(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.search.follower.QUIET_SECONDS", 0.1)
    file = sqlite_database.file
    assert file is not None
    stop = start(sqlite_database, tmp_path / "index")
    try:
        with sqlite_database.writing() as session:
            make_user(session, email="made-up@quiet.example")
        deadline = time.monotonic() + 30
        while not (found := in_main_file(file, "SELECT email FROM users")) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert found == [("made-up@quiet.example",)]
    finally:
        stop.set()
        wait_for_followers()


def test_a_log_that_is_being_written_to_is_left_alone(sqlite_database: Database) -> None:
    log = Path(f"{sqlite_database.file}-wal")
    with sqlite_database.writing() as session:
        make_user(session)
    sqlite_database.checkpoint(quiet_seconds=3_600)
    assert log.stat().st_size > 0
    sqlite_database.checkpoint()
    assert log.stat().st_size == 0


def test_a_reader_keeps_what_it_sees_and_nobody_waits(sqlite_database: Database) -> None:
    with sqlite_database.reading() as session:
        assert session.scalars(select(User)).all() == []
        with sqlite_database.writing() as writing:
            make_user(writing)
        ended = threading.Event()
        threading.Thread(target=lambda: (sqlite_database.checkpoint(), ended.set())).start()
        assert ended.wait(4), "the checkpoint waited for a reader"
        assert session.scalars(select(User)).all() == []
    sqlite_database.checkpoint()
    assert Path(f"{sqlite_database.file}-wal").stat().st_size == 0


def test_a_database_without_a_file_has_nothing_to_move(postgresql_database: Database) -> None:
    for database in (postgresql_database, Database("sqlite://")):
        assert database.file is None
        database.checkpoint()


def test_the_log_is_cut_back_to_a_size(sqlite_database: Database) -> None:
    with sqlite_database.reading() as session:
        assert session.scalar(text("PRAGMA journal_size_limit")) == 16 * 1024 * 1024
