"""The database: one declarative base, named constraints, and two kinds of session, for reading and for writing.

Plain SQLAlchemy, not a Flask extension, since the terminal and the follower use it without an application.
"""

import shutil
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    Engine,
    ExceptionContext,
    MetaData,
    Select,
    create_engine,
    event,
    inspect,
    literal,
    orm,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase

from kb.core import database_errors
from kb.core.database_errors import DatabaseBusy
from kb.core.fair_lock import FairLock
from kb.core.text import fold

_LOOK_AGAIN_SECONDS = 0.002
_READY_MILLISECONDS = 2_000

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

WAL_BYTES = 16 * 1024 * 1024
"""What SQLite's write-ahead log is cut back to, once all that it holds is in the main file."""


LEAST_FREE_BYTES = 32 << 20
"""With less space on its disk a file of SQLite counts as full: WAL and index still need some of it."""


class Model(DeclarativeBase):
    """The base of every table; constraints get names, so that migrations can speak of them."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


def _make_state_dict(instance: Model, *_args: object) -> None:
    """Make the attribute dictionary of an instance's state while the instance is alive.

    CPython 3.11 keeps attributes in an array and makes the dictionary at the first attribute that does not fit. It
    counts the attributes, then allocates the dictionary, which may start the garbage collector. When that collects
    the instance, SQLAlchemy's weak reference callback (`InstanceState._cleanup`) deletes an attribute of the very
    state whose dictionary is being made: the count is wrong, and a later resize reads past the end (SIGSEGV in
    `dictresize`). `Session.close()` stored that attribute, `_strong_obj`, when instances were garbage but not yet
    collected. Since CPython 3.12 the collector runs between byte codes only. `tests/unit/core/test_db.py` has a program
    that crashes without this.
    """
    _ = inspect(instance).__dict__


if sys.version_info < (3, 12):
    event.listen(Model, "load", _make_state_dict, propagate=True)
    event.listen(Model, "init", _make_state_dict, propagate=True)


class Session(orm.Session):
    """The sessions of the application. The catalogue watches this class, so that no write escapes the change log."""


Row = TypeVar("Row")


def locked(query: Select[Row]) -> Select[Row]:
    """The rows of a query as they are now; on PostgreSQL nobody else changes them until the transaction ends."""
    return query.with_for_update().execution_options(populate_existing=True)


Value = TypeVar("Value")

VALUES_A_STATEMENT = 1_000
"""Values of one statement at most; no database takes any number of them."""


def in_batches(values: Iterable[Value]) -> Iterator[list[Value]]:
    """The values in lists short enough for a condition with `in_`."""
    listed = list(values)
    return (listed[first : first + VALUES_A_STATEMENT] for first in range(0, len(listed), VALUES_A_STATEMENT))


def insert_if_absent(session: orm.Session, model: type[Model], **values: Any) -> bool:
    """Insert a row unless there is one of its key already, also where two threads do so at the same moment.

    Whether it was inserted; where another transaction inserts the same, this waits for its end.
    """
    dialect = postgresql if session.connection().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(model).values(**values).on_conflict_do_nothing()
    return session.scalar(insert.returning(literal(1))) is not None


class Database:
    """One database by its URL. `reading()` and `writing()` hand out sessions; nothing else commits.

    `connections` is how many may be open at once: as many as threads, and some for the follower. With `must_exist` a
    file of SQLite is not made where it is missing; SQLite would make an empty one, and every table be missing.
    """

    def __init__(self, url: str, connections: int = 10, *, must_exist: bool = False) -> None:
        self.url = make_url(url)
        self.engine = _engine(self.url.render_as_string(hide_password=False), connections)
        self._write_lock = FairLock()
        if must_exist and self.file is not None:
            _demand_file(self.engine, self.file)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite; the other supported database is PostgreSQL."""
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """SQLite's main file; None for PostgreSQL, and for a database in memory."""
        return Path(self.url.database) if self.is_sqlite and self.url.database not in {None, "", ":memory:"} else None

    def checkpoint(self, quiet_seconds: float = 0) -> None:
        """Move what is in SQLite's write-ahead log into the main file, so that this file alone holds everything.

        Does nothing if the log was written to in the last `quiet_seconds`. Waits for nobody: what a reader still needs
        stays in the log until the next time.
        """
        if self.file is None:
            return
        # Whatever goes wrong, the log remains in force and nothing is lost.
        with suppress(OSError, sqlite3.Error):
            log = Path(f"{self.file}-wal").stat()
            if log.st_size and time.time() - log.st_mtime >= quiet_seconds:
                # Opened as it is there: one that was moved away meanwhile is not made anew.
                address = f"{self.file.resolve().as_uri()}?mode=rw"
                with closing(sqlite3.connect(address, uri=True, timeout=0)) as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def session(self) -> Session:
        """Open a session for reading; the caller closes it. A GET never commits."""
        return Session(self.engine, expire_on_commit=False)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session for reading and roll back whatever it did."""
        with self.session() as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Give a session for reading to which the database stands still, whatever others commit meanwhile."""
        with self.session() as session:
            if not self.is_sqlite:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session and commit once when the block ends well; roll back when it does not.

        On SQLite the write lock is taken at the start (BEGIN IMMEDIATE), so read-then-write cannot lose an update; the
        threads of a process get it in the order in which they came.
        """
        turn = _WriteTurn(self._write_lock)
        engine = self.engine.execution_options(kb_write_turn=turn)
        with turn, Session(engine, expire_on_commit=False, info={"write_turn": turn}) as session:
            yield session
            session.commit()

    def pause_writing(self) -> None:
        """Leave the database to other processes for a moment, between the transactions of long work.

        Threads of this process come in their order anyway, as all writers do on PostgreSQL.
        """
        if self.is_sqlite:
            time.sleep(3 * _LOOK_AGAIN_SECONDS)

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Give a connection for migrations and commit once when the block ends well.

        SQLite changes a table by copying it and dropping the old one; with foreign keys on, that would empty the tables
        that point to it. So they are off meanwhile, and all are checked before the commit. Raises RuntimeError.
        """
        turn = _WriteTurn(self._write_lock)
        with turn, self.engine.execution_options(kb_write_turn=turn).connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            if self.is_sqlite:
                raw.execute("PRAGMA foreign_keys=OFF").close()
            try:
                yield connection
                if self.is_sqlite and connection.execute(text("PRAGMA foreign_key_check")).first():
                    raise RuntimeError("the migration leaves rows that point to nothing; nothing was changed")
                connection.commit()
            finally:
                connection.rollback()
                if self.is_sqlite:
                    raw.execute("PRAGMA foreign_keys=ON").close()

    def why_unwritable(self) -> str | None:
        """Why nothing could be written now, in one line, or None: it begins a write and takes it back.

        Raises DatabaseUnavailable where the database itself refuses. For SQLite a disk that is nearly full is full.
        """
        turn = _WriteTurn(self._write_lock)
        with (
            turn,
            self.engine.execution_options(kb_write_turn=turn).connect() as connection,
            _short_busy_timeout(connection),
        ):
            return _why_sqlite_cannot_keep(connection) if self.is_sqlite else _why_postgresql_only_reads(connection)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


class _WriteTurn:
    """A writer's turn at the write lock of a process: taken as a transaction begins, and given back as it ends."""

    def __init__(self, lock: FairLock) -> None:
        self._lock, self._is_held = lock, False

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        self.end()

    def take(self, timeout: float) -> bool:
        self._is_held = self._is_held or self._lock.acquire(timeout)
        return self._is_held

    def end(self) -> None:
        if self._is_held:
            self._is_held = False
            self._lock.release()


@event.listens_for(Session, "after_transaction_end")
def _end_turn(session: orm.Session, transaction: orm.SessionTransaction) -> None:
    """Let the next writer begin once a transaction has been committed or rolled back."""
    if transaction.parent is None and "write_turn" in session.info:
        session.info["write_turn"].end()


@contextmanager
def _short_busy_timeout(connection: Connection) -> Iterator[None]:
    """Wait for other writers no longer than who asks for readiness does; as long as before once the block ends."""
    raw: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    patience = raw.execute("PRAGMA busy_timeout").fetchone()[0]
    raw.execute(f"PRAGMA busy_timeout={min(patience, _READY_MILLISECONDS)}").close()
    try:
        yield
    finally:
        raw.execute(f"PRAGMA busy_timeout={patience}").close()


def _why_sqlite_cannot_keep(connection: Connection) -> str | None:
    def pragma(name: str) -> int:
        return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())

    # Where a file may only be read, BEGIN IMMEDIATE passes and this does not: its own number is written anew.
    connection.exec_driver_sql(f"PRAGMA user_version = {pragma('user_version')}")
    if pragma("page_count") >= pragma("max_page_count") and not pragma("freelist_count"):
        return "the database has as many pages as it may have"
    file = connection.exec_driver_sql("PRAGMA database_list").first()[2]  # type: ignore[index] # main is always there
    if file and not Path(file).exists():
        # What is open of it can be written for as long as it stays open, and is then lost.
        return "the file of the database is gone"
    if file and (free := shutil.disk_usage(Path(file).parent).free) < LEAST_FREE_BYTES:
        return f"the disk of the database has {free} bytes left"
    return None


def _why_postgresql_only_reads(connection: Connection) -> str | None:
    query = "SELECT current_setting('transaction_read_only') = 'on', pg_is_in_recovery()"
    only_reads, recovers = connection.exec_driver_sql(query).one()
    return "the database can only be read" if only_reads or recovers else None


# A server that no longer answers is given up after 5 s on connecting (libpq, in seconds) and 15 s on sending (in
# milliseconds); otherwise each thread of pages would hang on it for minutes. Those that DATABASE_URL names stay.
_POSTGRESQL_LIMITS = {"connect_timeout": 5, "tcp_user_timeout": 15_000}


def _engine(url: str, connections: int) -> Engine:
    if url in {"sqlite://", "sqlite:///:memory:"}:
        engine = create_engine(url, hide_parameters=True)
    else:
        is_sqlite = url.startswith("sqlite")
        limits = {name: limit for name, limit in _POSTGRESQL_LIMITS.items() if name not in make_url(url).query}
        engine = create_engine(
            url,
            pool_pre_ping=not is_sqlite,
            pool_size=connections,
            max_overflow=5,
            hide_parameters=True,
            connect_args={} if is_sqlite else limits,
        )
    event.listen(engine, "handle_error", database_errors.translated, retval=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "handle_error", _note_read_only)
        event.listen(engine, "checkout", _refuse_read_only)
    return engine


def _demand_file(engine: Engine, file: Path) -> None:
    """Use no connection to a file that is missing, empty or another by now; each attempt is a DatabaseUnavailable.

    A file that was deleted or replaced while it is open can still be read and written, and what is written is lost.
    """

    def refuse_missing(*_: object) -> None:
        if not file.exists():
            raise sqlite3.OperationalError("unable to open database file: it is not there")

    def refuse_empty(raw: sqlite3.Connection, record: Any) -> None:
        if not raw.execute("PRAGMA schema_version").fetchone()[0]:
            raw.close()
            raise sqlite3.OperationalError("the database has no tables")
        record.info["file"] = _inode(file)

    def refuse_replaced(_raw: sqlite3.Connection, record: Any, _proxy: object) -> None:
        if _inode(file) != record.info["file"]:
            raise DisconnectionError("the file of the database is another, or gone")

    event.listen(engine, "do_connect", refuse_missing)
    event.listen(engine, "connect", refuse_empty)
    event.listen(engine, "checkout", refuse_replaced)


def _inode(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _prepare_sqlite(dbapi_connection: Any, _record: object) -> None:
    """Hand transactions over to SQLAlchemy and set what keeps SQLite safe under threads (see ARCHITECTURE.md)."""
    dbapi_connection.isolation_level = None
    dbapi_connection.create_function(
        "kb_fold", 1, lambda text: None if text is None else fold(text), deterministic=True
    )
    for pragma in (
        "journal_mode=WAL",
        "busy_timeout=10000",
        "foreign_keys=ON",
        "synchronous=NORMAL",
        f"journal_size_limit={WAL_BYTES}",
    ):
        dbapi_connection.execute(f"PRAGMA {pragma}").close()


def _note_read_only(context: ExceptionContext) -> None:
    """Note that a connection can only read: opened while its file could only be read, it stays so while it is open."""
    code = getattr(context.original_exception, "sqlite_errorcode", 0)
    if context.connection is not None and code & 0xFF == sqlite3.SQLITE_READONLY:
        context.connection.info["reads_only"] = True


def _refuse_read_only(_raw: sqlite3.Connection, record: Any, _proxy: object) -> None:
    if record.info.get("reads_only"):
        raise DisconnectionError("the connection can only read")


def _begin_sqlite(connection: Connection) -> None:
    turn: _WriteTurn | None = connection.get_execution_options().get("kb_write_turn")
    if turn is None:
        connection.exec_driver_sql("BEGIN")
    else:
        _begin_immediate(connection, turn)


def _begin_immediate(connection: Connection, turn: _WriteTurn) -> None:
    """Begin to write, after the other threads of this process that came before, and as soon as other processes let us.

    SQLite itself would look after ever longer pauses, and miss the moments that a process which writes all the time
    leaves to others. Here one thread of each process looks, so it may look often. Raises DatabaseBusy.
    """
    raw: Any = connection.connection.dbapi_connection
    patience = raw.execute("PRAGMA busy_timeout").fetchone()[0]
    deadline = time.monotonic() + patience / 1000
    if not turn.take(patience / 1000):
        raise DatabaseBusy(None, None, sqlite3.OperationalError("database is locked"))
    raw.execute("PRAGMA busy_timeout=0").close()
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except DatabaseBusy:
                if time.monotonic() > deadline:
                    raise
            else:
                return
            time.sleep(_LOOK_AGAIN_SECONDS)
    finally:
        raw.execute(f"PRAGMA busy_timeout={patience}").close()
