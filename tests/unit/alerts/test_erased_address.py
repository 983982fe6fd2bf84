"""On SQLite, an address that was deleted is not left in the bytes of the file."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kb.alerts import actions
from kb.core.db import Database

ADDRESS = "made-up-reader@bay.example"


@pytest.fixture
def database(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database whose SQLite leaves deleted bytes unless it is told otherwise; that of Debian does not."""
    connect = sqlite3.connect

    def connected(*args: Any, **settings: Any) -> sqlite3.Connection:
        connection = connect(*args, **settings)
        connection.execute("PRAGMA secure_delete=OFF").close()
        return connection

    monkeypatch.setattr(sqlite3.dbapi2, "connect", connected)
    database = Database(sqlite_database.url.render_as_string())
    yield database
    database.dispose()


def times_in_files(database: Database) -> int:
    """How often the address stands in the file and in its write-ahead log, once all is in the file."""
    assert database.file is not None
    database.checkpoint()
    log = Path(f"{database.file}-wal")
    return sum(file.read_bytes().count(ADDRESS.encode()) for file in (database.file, log) if file.exists())


@pytest.mark.parametrize("alerts", [1, 200], ids=["one of many rows of a page", "all rows of many pages"])
def test_an_address_is_in_no_file_once_its_alerts_have_ended(database: Database, alerts: int) -> None:
    with database.writing() as session:
        for number in range(alerts):
            actions.ask(session, ADDRESS, f"q=made-up-{number}", "Made-up words", "daily", "en")
        actions.ask(session, "made-up-other@bay.example", "q=made-up", "Made-up words", "daily", "en")
    assert times_in_files(database) >= alerts
    with database.writing() as session:
        assert actions.end_all(session, ADDRESS) == alerts
    assert times_in_files(database) == 0
