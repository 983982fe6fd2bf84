"""The database: one declarative base, named constraints, and two kinds of session, for reading and for writing.

Plain SQLAlchemy, not a Flask extension, since the terminal and the follower use it without an application.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, MetaData, Select, create_engine, event, inspect, literal, orm, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from kb.core import commits, database_errors, metrics, sqlite
from kb.core.database_errors import DatabaseUnavailable
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.core.sqlite import FairLock
from kb.core.standbys import Standbys, StandbyState, make_impatient, note_written

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


_POINT_TO_NOTHING = gettext_noop(
    "Rows of the database would point to nothing, or do so already; `PRAGMA foreign_key_check` in sqlite3 lists them."
    " Nothing was changed."
)


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

    def close(self) -> None:
        """Close it; a server that is gone by now has nothing to take back, and what was read is as good."""
        try:
            super().close()
        except DatabaseUnavailable:
            self.invalidate()


Row = TypeVar("Row")


def locked(query: Select[Row]) -> Select[Row]:
    """The rows of a query as they are now; on PostgreSQL nobody else changes them until the transaction ends."""
    return query.with_for_update().execution_options(populate_existing=True)


def lock_row(session: orm.Session, row: Any) -> bool:
    """Lock a row, and read its columns as they are now; False where it was deleted since it was read."""
    model = type(row)
    return session.scalar(locked(select(model).where(model.id == row.id))) is not None


def read_columns(session: orm.Session, query: Select[*tuple[Any, ...]], **values: Any) -> Sequence[Any]:
    """The rows of a query for columns alone, for these values of its parameters.

    Past the ORM, which would take as long again to prepare for them.
    """
    if session.autoflush:
        session.flush()
    return session.connection().execute(query, values).all()


def rows_if_any(session: orm.Session, queries: Sequence[Select[Any]], **values: Any) -> list[Sequence[Any]]:
    """The first columns of the rows of several queries, a list for each, with the same values for their parameters.

    For queries that were made once and of which many find nothing: one query asks first which of them have rows, unless
    there is but one. To load no rows by each would take SQLAlchemy as long as all of that.
    """
    have_rows = [True] if len(queries) == 1 else read_columns(session, _have_rows(tuple(queries)), **values)[0]
    return [
        session.scalars(query, values).unique().all() if has_rows else ()
        for query, has_rows in zip(queries, have_rows, strict=True)
    ]


@cache
def _have_rows(queries: Sequence[Select[Any]]) -> Select[*tuple[bool, ...]]:
    return select(*(query.order_by(None).with_only_columns(literal(1)).exists() for query in queries))


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
    insert = postgresql.insert if session.connection().dialect.name == "postgresql" else sqlite_insert
    statement = insert(model).values(**values).on_conflict_do_nothing()
    return session.scalar(statement.returning(literal(1))) is not None


_ROWS_A_STATEMENT = 10_000


def insert_rows(session: orm.Session, model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows, all with the same columns, past instances, their defaults and the change log.

    PostgreSQL gets 10,000 of them in one statement, as JSON: one statement for each row, which the driver would send,
    costs the server half as much again and the client six times as much. SQLite prepares one statement for all rows.
    """
    if not rows:
        return
    connection, columns = session.connection(), list(rows[0])
    into = f"INSERT INTO {model.__tablename__} ({', '.join(columns)})"
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"{into} VALUES ({', '.join(f':{column}' for column in columns)})", list(rows))
        return
    types = ", ".join(f"{name} {model.__table__.c[name].type.compile(connection.dialect)}" for name in columns)
    statement = f"{into} SELECT * FROM json_to_recordset(%s) AS row({types})"  # noqa: S608 - the names of our models
    for first in range(0, len(rows), _ROWS_A_STATEMENT):
        connection.exec_driver_sql(statement, (json.dumps(rows[first : first + _ROWS_A_STATEMENT]),))


class Database:
    """One database by its URL. `reading()` and `writing()` hand out sessions; nothing else commits.

    `connections` is how many may be open at once: as many as threads, and some for the follower. With `must_exist` a
    file of SQLite is not made where it is missing; SQLite would make an empty one, and every table be missing. Without
    `checkpoints` SQLite's write-ahead log is left to another program, which copies it before it empties it.

    Reads that say how new they must be (`after`) may be answered by a standby of `read_urls`, none of which is used
    while it is more than `lag_seconds` behind; all other reads, and all writes, go to the primary at `url`.
    """

    def __init__(
        self,
        url: str,
        connections: int = 10,
        *,
        must_exist: bool = False,
        read_urls: Sequence[str] = (),
        lag_seconds: float = 10,
        checkpoints: bool = True,
    ) -> None:
        self.url = make_url(url)
        self._checkpoints = checkpoints
        limits = _LIMITS_BESIDE_OTHERS if read_urls else _POSTGRESQL_LIMITS
        self.engine = _engine(self.url.render_as_string(hide_password=False), connections, limits)
        self._write_lock = FairLock()
        standbys = [_engine(read_url, connections, limits) for read_url in read_urls]
        self._standbys = Standbys(self.engine, standbys, lag_seconds) if standbys else None
        if self.is_sqlite and not checkpoints:
            sqlite.leave_checkpoints(self.engine)
        if must_exist and self.file is not None:
            sqlite.demand_file(self.engine, self.file)

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
        if self.file is None or not self._checkpoints:
            return
        sqlite.checkpoint(self.file, quiet_seconds)

    def session(self, after: int | None = None, beside: orm.Session | None = None) -> Session:
        """Open a session for reading; the caller closes it. A GET never commits.

        It reads the primary, unless something else is said. With `after`, a position in the write-ahead log (see
        `standbys.written_position`), it may read a standby that has everything up to there: 0 leaves it to any, and
        NEWEST to none as long as the primary can be reached. Whoever says so is soon given an error where the server
        falls silent, and may read again elsewhere. `beside` reads the same server as another session.
        """
        self._require_server()
        engine = self.engine
        if beside is not None:
            # A transaction that writes has an engine of its own, by which another would wait for its turn.
            engine = self.engine if "write_turn" in beside.info else beside.get_bind().engine
        elif after is not None and self._standbys is not None:
            engine = self._standbys.engine(after)
        return Session(engine, expire_on_commit=False, info={"is_impatient": after is not None})

    @contextmanager
    def reading(self, after: int | None = None) -> Iterator[Session]:
        """Give a session for reading, chosen as by `session`, and roll back whatever it did."""
        with self.session(after) as session:
            yield session

    @contextmanager
    def snapshot(self, after: int | None = None, beside: orm.Session | None = None) -> Iterator[Session]:
        """Give a session for reading to which the database stands still, whatever others commit meanwhile."""
        with self.session(after, beside) as session:
            if not self.is_sqlite:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    @property
    def has_standbys(self) -> bool:
        """Whether there are servers to read from beside the primary."""
        return self._standbys is not None

    @property
    def is_gone(self) -> bool:
        """Whether it is known that neither the primary nor a standby answers."""
        return self._standbys is not None and self._standbys.are_gone

    def is_of_standby(self, session: orm.Session) -> bool:
        """Whether a session reads a standby, and may see less than the primary."""
        return self._standbys is not None and self._standbys.is_one(session.get_bind().engine)

    def standbys(self) -> list[StandbyState]:
        """The standbys as they were found within the last second; the first time each is asked at once."""
        return self._standbys.states() if self._standbys is not None else []

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Session]:
        """Give a session and commit once when the block ends well; roll back when it does not.

        Whatever it raises, nothing was kept, unless it raises CommitUnknown.
        On SQLite the write lock is taken at the start (BEGIN IMMEDIATE), so read-then-write cannot lose an update; the
        threads of a process get it in the order in which they came. On PostgreSQL many write at once. `alone` is for
        what must see all that anybody writes: it begins when those who write have ended, and whoever comes then waits.
        Where they do not end within ALONE_SECONDS it raises DatabaseBusy.
        """
        self._require_server()
        turn = sqlite.WriteTurn(self._write_lock)
        engine = self.engine.execution_options(kb_write_turn=turn)
        info = {"write_turn": turn, "is_alone": alone}
        with turn, Session(engine, expire_on_commit=False, info=info) as session:
            yield session
            self._commit(session)
            commits.has_committed.set(True)
            if self._standbys is not None:
                note_written(session)

    def _commit(self, session: Session) -> None:
        if self.is_sqlite:
            session.commit()
            return
        transaction = commits.transaction_of(session)
        try:
            session.commit()
        except DatabaseUnavailable as problem:
            commits.require_done(self.engine, transaction, problem)

    def pause_writing(self) -> None:
        """Leave the database to other processes for a moment, between the transactions of long work.

        Threads of this process come in their order anyway, as all writers do on PostgreSQL.
        """
        if self.is_sqlite:
            sqlite.pause()

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Give a connection for migrations and commit once when the block ends well.

        SQLite changes a table by copying it and dropping the old one; with foreign keys on, that would empty the tables
        that point to it. So they are off meanwhile, and all are checked before the commit. Raises Refused.
        """
        turn = sqlite.WriteTurn(self._write_lock)
        with turn, self.engine.execution_options(kb_write_turn=turn).connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            if self.is_sqlite:
                raw.execute("PRAGMA foreign_keys=OFF").close()
            try:
                yield connection
                if self.is_sqlite and connection.execute(text("PRAGMA foreign_key_check")).first():
                    raise Refused(_POINT_TO_NOTHING)
                connection.commit()
            finally:
                connection.rollback()
                if self.is_sqlite:
                    raw.execute("PRAGMA foreign_keys=ON").close()

    def why_unwritable(self) -> str | None:
        """Why nothing could be written now, in one line, or None: it begins a write and takes it back.

        Raises DatabaseUnavailable where the database itself refuses. For SQLite a disk that is nearly full is full.
        """
        turn = sqlite.WriteTurn(self._write_lock)
        with (
            turn,
            self.engine.execution_options(kb_write_turn=turn).connect() as connection,
            sqlite.short_busy_timeout(connection),
        ):
            return sqlite.why_unwritable(connection) if self.is_sqlite else _why_postgresql_only_reads(connection)

    def _require_server(self) -> None:
        """Raise DatabaseUnavailable at once where no server answers, so that no thread waits for one."""
        if self.is_gone:
            raise DatabaseUnavailable(None, None, OSError("no server of the database answers"))

    def dispose(self) -> None:
        """Close every pooled connection; after it, each process asks the standbys itself."""
        if self._standbys is not None:
            self._standbys.dispose()
        self.engine.dispose()


ALONE_SECONDS = 10
"""For so long a transaction that is to write alone waits for others, while nobody else begins to write."""

_WRITERS_LOCK = 0x6B62_7772
"""The number of the advisory lock that every writer to PostgreSQL takes first of all: shared, or alone."""


@event.listens_for(Session, "after_begin")
def _join_writers(session: orm.Session, transaction: orm.SessionTransaction, connection: Connection) -> None:
    """Wait for whoever writes alone, or for all others; as nobody holds another lock by then, none waits in a ring."""
    if "write_turn" not in session.info or transaction.nested or connection.dialect.name != "postgresql":
        return
    if session.info["is_alone"]:
        connection.execute(text(f"SET LOCAL lock_timeout = '{ALONE_SECONDS * 1000:.0f}ms'"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})"))
        connection.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
    else:
        connection.execute(text(f"SELECT pg_advisory_xact_lock_shared({_WRITERS_LOCK})"))


@event.listens_for(Session, "after_begin")
def _note_impatient(session: orm.Session, _transaction: object, connection: Connection) -> None:
    if session.info.get("is_impatient"):
        make_impatient(connection)


@event.listens_for(Session, "after_transaction_end")
def _end_turn(session: orm.Session, transaction: orm.SessionTransaction) -> None:
    """Let the next writer begin once a transaction has been committed or rolled back."""
    if transaction.parent is None and "write_turn" in session.info:
        session.info["write_turn"].end()


def _why_postgresql_only_reads(connection: Connection) -> str | None:
    query = "SELECT current_setting('transaction_read_only') = 'on', pg_is_in_recovery()"
    only_reads, recovers = connection.exec_driver_sql(query).one()
    return "the database can only be read" if only_reads or recovers else None


_OVERFLOW = 5
"""Connections beyond the size of the pool that may be open for a while."""


class CountedPool(QueuePool):
    """A pool that counts how often somebody waits for a connection."""

    # Where SQLAlchemy's own pools log: its notes are of no use to whoever reads ours.
    _sqla_logger_namespace = "sqlalchemy.pool.CountedPool"

    def _do_get(self) -> ConnectionPoolEntry:
        if not self.checkedin() and self.overflow() >= _OVERFLOW:
            metrics.POOL_WAITS.add()
        return super()._do_get()


# A server that no longer answers is given up after 5 s on connecting (libpq, in seconds) and 15 s on sending (in
# milliseconds); otherwise each thread of pages would hang on it for minutes. Those that DATABASE_URL names stay.
_POSTGRESQL_LIMITS = {"connect_timeout": 5, "tcp_user_timeout": 15_000}
_LIMITS_BESIDE_OTHERS = _POSTGRESQL_LIMITS | {"connect_timeout": 3}
"""Where there are other servers to ask."""


def _engine(url: str, connections: int, limits: Mapping[str, int]) -> Engine:
    is_sqlite = url.startswith("sqlite")
    if url in {"sqlite://", "sqlite:///:memory:"}:
        engine = create_engine(url, hide_parameters=True)
    else:
        limits = {name: limit for name, limit in limits.items() if name not in make_url(url).query}
        engine = create_engine(
            url,
            pool_pre_ping=not is_sqlite,
            pool_size=connections,
            max_overflow=_OVERFLOW,
            poolclass=CountedPool,
            hide_parameters=True,
            connect_args={} if is_sqlite else limits,
        )
    event.listen(engine, "handle_error", database_errors.translated, retval=True)
    if is_sqlite:
        sqlite.prepare(engine)
    return engine
