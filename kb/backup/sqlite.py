"""Copies an SQLite database into one file while it is written to, and puts such a file in a database's place."""

import hashlib
import marshal
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from .archive import TableSum

NAME = "database.sqlite3"

_NO_FILE = gettext_noop("There is no database at %(file)s.")
_IN_USE = gettext_noop("The database %(file)s is in use: stop `kb serve` first. Nothing was changed.")
_NOT_COPIED = gettext_noop("The database %(file)s cannot be copied to %(folder)s: %(reason)s.")
_FAILED = gettext_noop("The database %(file)s cannot be read: %(reason)s.")
_BROKEN = gettext_noop("The database in %(file)s is damaged: %(reason)s.")
_NOT_AS_SAID = gettext_noop("%(file)s is damaged: its database has version %(here)s, not %(revision)s.")

_MOMENT = "%Y-%m-%d %H:%M:%S.%f"
"""How SQLAlchemy writes a moment in SQLite, which is in UTC."""

_MARSHAL_VERSION = 2
"""The last version of Python's format in which the same values always give the same bytes."""


def dump(source: Path, file: Path) -> tuple[str, dict[str, TableSum]]:
    """Copy a database into a new file, as it is at one moment; nobody who writes has to wait.

    Gives SQLite's version, and what the tables of the source held at that moment. Raises Refused.
    """
    if not source.is_file():
        raise Refused(_NO_FILE, file=str(source))
    with (
        _refusing_errors(source, folder=file.parent.parent),
        closing(_connect(source)) as connection,
        closing(sqlite3.connect(file)) as copy,
    ):
        # One transaction, so that the copy is of the same moment as the checksums.
        connection.isolation_level = None
        connection.execute("BEGIN")
        sums = _table_sums(connection)
        # One step for all pages: a copy in several begins anew whenever somebody writes in between.
        connection.backup(copy)
        # So that the file is whole without a log beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
    verify(file)
    return sqlite3.sqlite_version, sums


def verify(file: Path) -> None:
    """Raise Refused unless a database is whole."""
    with _refusing_errors(file), closing(_connect(file)) as connection:
        wrong = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if wrong == "ok" and connection.execute("PRAGMA foreign_key_check").fetchone():
            wrong = "it has rows that refer to rows that are missing"
    if wrong != "ok":
        raise Refused(_BROKEN, file=str(file), reason=wrong)


def verify_revision(file: Path, expected: str, archive: Path) -> None:
    """Raise Refused unless the database that an archive holds is at the migration that its manifest says."""
    if (here := revision(file)) != expected:
        raise Refused(_NOT_AS_SAID, file=str(archive), here=here or "-", revision=expected)


def table_sums(file: Path) -> dict[str, TableSum]:
    """What each table of a database holds. Raises Refused."""
    with _refusing_errors(file), closing(_connect(file)) as connection:
        return _table_sums(connection)


def revision(file: Path) -> str | None:
    """The migration a database is at; None if it has never been migrated."""
    with _refusing_errors(file), closing(_connect(file)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None


def note_restoration(file: Path, identity: str, made_at: datetime, restored_at: datetime) -> None:
    """Give a database another name, and note of which moment it is, where its version has columns for that."""
    with _refusing_errors(file), closing(_connect(file)) as connection, connection:
        # A database that no index was ever made of has no name yet.
        connection.execute("INSERT OR REPLACE INTO catalogue_identity (id, name) VALUES (1, ?)", (identity,))
        columns = {row[1] for row in connection.execute("PRAGMA table_info(catalogue_identity)")}
        if "restored_at" in columns:
            statement = "UPDATE catalogue_identity SET backup_made_at = ?, restored_at = ?"
            connection.execute(statement, (f"{made_at:{_MOMENT}}", f"{restored_at:{_MOMENT}}"))


def holds_rows(file: Path) -> bool:
    """Whether there is a database with any row, or a file that is no database at all."""
    if not file.is_file() or file.stat().st_size == 0:
        return False
    try:
        with closing(_connect(file)) as connection:
            reads = [f'SELECT 1 FROM "{name}" LIMIT 1' for name in _tables(connection) if name != "alembic_version"]  # noqa: S608 - the database's own names
            return any(connection.execute(read).fetchone() for read in reads)
    except sqlite3.Error:
        return True


def replace(file: Path, restored: Path, aside: Path) -> None:
    """Put a restored database in the place of another, which lies in the folder `aside` until that has succeeded.

    `restored` and `aside` are on the file system of `file`. Raises Refused while anybody else uses the database.
    """
    with _nobody_else(file):
        moved: dict[Path, Path] = {}
        try:
            for part in _parts(file):
                # Were the process killed here, there would still be a database, the old one.
                moved[part] = _move_or_link(part, aside / part.name, stays=part == file)
            restored.rename(file)
        except BaseException:
            for part, kept in moved.items():
                kept.rename(part)
            raise


def _move_or_link(part: Path, kept: Path, *, stays: bool) -> Path:
    """Give a file its place aside; one that stays is where it was, too, until another takes its place."""
    if stays:
        with suppress(OSError):  # of a file system without links
            os.link(part, kept)
            return kept
    return part.rename(kept)


def _table_sums(connection: sqlite3.Connection) -> dict[str, TableSum]:
    return {name: _table_sum(connection, name) for name in _tables(connection)}


def _table_sum(connection: sqlite3.Connection, name: str) -> TableSum:
    rows, total = 0, 0
    for row in connection.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - the database's own name
        digest = hashlib.sha256(marshal.dumps(row, _MARSHAL_VERSION)).digest()
        rows, total = rows + 1, total + int.from_bytes(digest[:16], "big")
    return TableSum(rows, f"{total % 2**128:032x}")


def _tables(connection: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    return [name for (name,) in connection.execute(query)]


def _parts(file: Path) -> list[Path]:
    parts = (file.with_name(f"{file.name}{suffix}") for suffix in ("", "-wal", "-shm", "-journal"))
    return [part for part in parts if part.exists()]


@contextmanager
def _nobody_else(file: Path) -> Iterator[None]:
    """Hold a database alone while the block lasts, with all of its log in the main file. Raises Refused."""
    if not file.is_file():
        yield
        return
    with closing(_connect(file)) as connection:
        try:
            # Refused as long as anybody else has the database open.
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as problem:
            if "locked" in str(problem):
                raise Refused(_IN_USE, file=str(file)) from None
        except sqlite3.DatabaseError:
            # A damaged database is what backups are for.
            pass
        yield


def _connect(file: Path) -> sqlite3.Connection:
    """Open a database that is there; none is made."""
    return sqlite3.connect(f"file:{quote(str(file.resolve()))}?mode=rw", uri=True, timeout=2)


@contextmanager
def _refusing_errors(file: Path, folder: Path | None = None) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as problem:
        if folder is not None:
            raise Refused(_NOT_COPIED, file=str(file), folder=str(folder), reason=str(problem)) from None
        raise Refused(_FAILED, file=str(file), reason=str(problem)) from None
