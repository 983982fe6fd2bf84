"""Chooses the server for reads of PostgreSQL: a standby that follows closely and has what is asked for, or the primary.

Each server is asked once a second by a thread of its own, so no statement waits for one that is gone. How far a standby
lags follows from positions of the primary's write-ahead log that this process saw: a standby lags since the first of
them that it has not replayed. So an idle primary is no lag, and no two clocks are compared.
"""

import os
import socket
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import structlog
from sqlalchemy import Connection, Engine, ExceptionContext, NullPool, create_engine, event, orm, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

log = structlog.get_logger(__name__)

NEWEST: Final = 1 << 64
"""Beyond every position of a log: only the primary has all that was written."""

CHECK_SECONDS = 1.0
"""How often each server is asked."""

SILENCE_SECONDS = 3.0
"""A server that has not answered for so long counts as gone, until it answers again. Whoever reads a page from it is
given an error, since the page can be read from another."""

HANG_UP_SECONDS = 6.0
"""After so long without an answer, everybody else who waits for a server is given an error too."""

_WATCH_SECONDS = 0.25
"""How often it is looked for servers that have become silent."""

_END_SECONDS = 10.0
"""For so long it is waited for the threads that ask to end: none may run when a process is forked."""

# Beside what an address names: a server that does not answer is given up before its silence is noticed.
_CHECK_LIMITS = {"connect_timeout": 2, "tcp_user_timeout": 2_000}

_STATE = text(
    """
    SELECT pg_is_in_recovery() AS is_standby,
           CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END - '0/0'
               AS position,
           extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) AS replayed_before,
           (SELECT system_identifier FROM pg_control_system()) AS cluster,
           (SELECT oid FROM pg_database WHERE datname = current_database()) AS database
    """
)
_HAS_REPLAYED = text("SELECT NOT pg_is_in_recovery() OR pg_last_wal_replay_lsn() - '0/0' >= :position")
# What was inserted, not only written: the record of a commit that was not waited for is still in memory.
_WRITTEN = text("SELECT pg_current_wal_insert_lsn() - '0/0'")

_IS_PATIENT = "is_patient"
"""Where a connection notes that work is done with it which nobody does again elsewhere."""

written_position: ContextVar[int] = ContextVar("written_position", default=0)
"""Where the primary's log ended after the last write of this thread's request; 0 before any, and without standbys."""


def make_impatient(connection: Connection) -> None:
    """Let a connection be ended as soon as its server is silent, until it is back in its pool: it only reads."""
    connection.info[_IS_PATIENT] = False


def note_written(session: orm.Session) -> None:
    """Note where the log ends after a commit, so that whoever wrote reads it; where that fails, from the primary."""
    try:
        position = int(session.scalar(_WRITTEN) or NEWEST)
    except SQLAlchemyError:
        position = NEWEST
    written_position.set(position)


@dataclass(frozen=True, slots=True)
class StandbyState:
    """A standby as it was last found; `lag_seconds` is None where it, or the primary, has not answered yet.

    `is_of_another` says that it is no copy of the primary's database, so that nothing may be read from it.
    """

    name: str
    reachable: bool
    lag_seconds: float | None
    used: bool
    is_of_another: bool


class _Sample(NamedTuple):
    """Where a server's log ended at a moment of `time.monotonic`."""

    moment: float
    position: int


class OpenConnections:
    """The open connections of an engine, which can be ended where their server has stopped answering.

    libpq waits for an answer as long as the other side confirms what was sent, which a proxy or a server that hangs
    does for ever: the thread that asked would never come back.
    """

    def __init__(self, engine: Engine) -> None:
        self._connections: weakref.WeakKeyDictionary[Any, dict[str, Any]] = weakref.WeakKeyDictionary()
        self._driver = engine.dialect.loaded_dbapi
        self._lock = threading.Lock()
        event.listen(engine, "connect", self._note)
        # After the ping, until which nothing was asked.
        event.listen(engine, "checkout", self._take)
        event.listen(engine, "checkin", self._give_back)

    def _note(self, connection: Any, record: ConnectionPoolEntry) -> None:
        with self._lock:
            self._connections[connection] = record.info

    def _take(self, _connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        record.info[_IS_PATIENT] = True

    def _give_back(self, _connection: object, record: ConnectionPoolEntry) -> None:
        record.info[_IS_PATIENT] = False

    def hang_up(self, *, also_patient: bool) -> int:
        """End them at once, or only those that are impatient; whoever waits for one gets an error. How many."""
        ended = 0
        with self._lock:
            chosen = [each for each, info in self._connections.items() if also_patient or not info.get(_IS_PATIENT)]
            for connection in chosen:
                del self._connections[connection]
        for connection in chosen:
            # One that was closed meanwhile has no socket; the copy keeps its number from being given to another.
            with suppress(self._driver.Error, OSError):
                with socket.socket(fileno=os.dup(connection.pgconn.socket)) as copy:
                    copy.shutdown(socket.SHUT_RDWR)
                ended += 1
        return ended


class _Server:
    """One server, what it last answered, and the thread that asks it."""

    def __init__(self, engine: Engine, *, is_assumed_there: bool) -> None:
        self.engine = engine
        self.name = _name(engine)
        self.is_assumed_there = is_assumed_there
        self.checks = _engine_for_checks(engine)
        self._open = [OpenConnections(engine), OpenConnections(self.checks)]
        self.reset()
        event.listen(engine, "handle_error", self._note_refused)

    def reset(self) -> None:
        self._answers = self.is_assumed_there
        self.is_standby = False
        self.position = 0
        self.replayed_before: float | None = None
        self.identity: tuple[int, int] | None = None
        self.was_asked = threading.Event()
        self._looks = self._hung_up_at_look = 0

    @property
    def is_there(self) -> bool:
        return self._answers and not self.is_silent

    @property
    def is_silent(self) -> bool:
        """Whether it has not answered for a while, whatever a single attempt says."""
        return self._silent_seconds >= SILENCE_SECONDS

    @property
    def _silent_seconds(self) -> float:
        """For how long it has not answered, in looks of this process: while that does not run, nobody is silent."""
        return self._looks * _WATCH_SECONDS

    def hang_up_if_silent(self) -> None:
        """End its connections where none of them is answered, once in a while."""
        self._looks += 1
        since = (self._looks - self._hung_up_at_look) * _WATCH_SECONDS
        if not self.is_silent or since < SILENCE_SECONDS:
            return
        self._hung_up_at_look = self._looks
        also_patient = self._silent_seconds >= HANG_UP_SECONDS
        if ended := sum(connections.hang_up(also_patient=also_patient) for connections in self._open):
            log.warning("the database does not answer: its connections were ended", server=self.name, count=ended)

    def has_replayed(self, position: int) -> bool:
        """Whether it has everything up to a position; asked only where its last answer does not say so."""
        if self.position >= position:
            return True
        try:
            with self.engine.connect() as connection:
                has_replayed = bool(connection.scalar(_HAS_REPLAYED, {"position": position}))
        except SQLAlchemyError:
            return False
        if has_replayed:
            self.position = max(self.position, position)
        return has_replayed

    def ask(self, connection: Connection) -> None:
        row = connection.execute(_STATE).one()
        self.is_standby, self.position = row.is_standby, int(row.position or 0)
        self.replayed_before = None if row.replayed_before is None else float(row.replayed_before)
        self.identity = (row.cluster, row.database)

    def note(self, *, answers: bool) -> None:
        if answers != self._answers:
            note = log.info if answers else log.warning
            note("the database answers" if answers else "the database is gone", server=self.name)
        self._answers = answers
        if answers:
            self._looks = self._hung_up_at_look = 0

    def _note_refused(self, context: ExceptionContext) -> None:
        """Note at once that no connection could be made; one that broke says nothing of the next."""
        if context.connection is None and not context.is_pre_ping:
            self.note(answers=False)


class Standbys:
    """A primary and its standbys, by their engines; threads may share it, and each process asks for itself."""

    def __init__(self, primary: Engine, standbys: Iterable[Engine], lag_seconds: float) -> None:
        self._primary = _Server(primary, is_assumed_there=True)
        self._standbys = [_Server(engine, is_assumed_there=False) for engine in standbys]
        self._lag_seconds = lag_seconds
        self._history: deque[_Sample] = deque(maxlen=max(60, round(2 * lag_seconds / CHECK_SECONDS)))
        self._lock = threading.Lock()
        self._asking: tuple[int, threading.Event] | None = None
        self._threads: list[threading.Thread] = []
        for server in (self._primary, *self._standbys):
            event.listen(server.engine, "do_connect", self._refusal(server))

    def engine(self, after: int) -> Engine:
        """The engine of a server that has everything up to a position, as far as one can be reached."""
        self._ask_always()
        if after < NEWEST:
            for standby in self._ordered():
                if self._is_used(standby) and standby.has_replayed(after):
                    return standby.engine
        if self._primary.is_there:
            return self._primary.engine
        there = [standby for standby in self._standbys if standby.is_there and not self._is_of_another(standby)]
        return max(there, key=lambda standby: standby.position).engine if there else self._primary.engine

    @property
    def are_gone(self) -> bool:
        """Whether neither the primary nor a standby answers, so that nobody need wait for one; False until asked."""
        return self._is_asking() and all(server.is_silent for server in (self._primary, *self._standbys))

    def is_one(self, engine: Engine) -> bool:
        """Whether an engine is that of a standby."""
        return any(standby.engine is engine for standby in self._standbys)

    def states(self) -> list[StandbyState]:
        """What is known of each standby; waits for the first answers."""
        self._ask_always()
        deadline = time.monotonic() + SILENCE_SECONDS
        for server in (self._primary, *self._standbys):
            server.was_asked.wait(max(0.0, deadline - time.monotonic()))
        return [
            StandbyState(
                standby.name,
                standby.is_there,
                self._lag(standby),
                self._is_used(standby),
                self._is_of_another(standby),
            )
            for standby in self._standbys
        ]

    def dispose(self) -> None:
        """Close every pooled connection once nobody asks any more; whoever reads next has the servers asked again."""
        with self._lock:
            if self._asking is not None:
                self._asking[1].set()
                deadline = time.monotonic() + _END_SECONDS
                for thread in self._threads:
                    thread.join(max(0.0, deadline - time.monotonic()))
            self._asking = None
        for standby in self._standbys:
            standby.engine.dispose()

    def _is_asking(self) -> bool:
        """Whether this process asks the servers all the time."""
        return self._asking is not None and self._asking[0] == os.getpid()

    def _refusal(self, server: _Server) -> Callable[..., None]:
        """What is called before a connection is made: whoever would wait for a silent server is told at once."""

        def refuse(*_given: object) -> None:
            if self._is_asking() and server.is_silent:
                raise server.engine.dialect.loaded_dbapi.OperationalError("the server does not answer")

        return refuse

    def _ordered(self) -> Sequence[_Server]:
        """The standbys in this process's order: it keeps to one, so that its readers do not go back and forth."""
        first = os.getpid() % len(self._standbys)
        return self._standbys[first:] + self._standbys[:first]

    def _is_used(self, standby: _Server) -> bool:
        if not standby.is_there or self._is_of_another(standby):
            return False
        lag = self._lag(standby)
        return not self._primary.is_there if lag is None else lag <= self._lag_seconds

    def _is_of_another(self, standby: _Server) -> bool:
        """Whether it has another database than the primary, as far as both have said; a wrong address leads to one."""
        identities = {standby.identity, self._primary.identity} - {None}
        return len(identities) > 1

    def _lag(self, standby: _Server) -> float | None:
        """For how many seconds the standby has not had all that the primary had; None where that is not known."""
        history = list(self._history)
        if not history or not standby.was_asked.is_set() or not standby.is_there:
            return None
        missing = next((sample for sample in history if sample.position > standby.position), None)
        if missing is None or not standby.is_standby:
            return 0.0
        lag = time.monotonic() - missing.moment
        # It was behind already when this process began to look.
        return max(lag, standby.replayed_before or 0.0) if missing is history[0] else lag

    def _ask_always(self) -> None:
        """Start the threads that ask, once in each process: those of its parent did not come along."""
        if self._is_asking():
            return
        with self._lock:
            if self._is_asking():
                return
            self._history.clear()
            stop = threading.Event()
            servers = (self._primary, *self._standbys)
            for server in servers:
                server.reset()
            self._threads = [
                threading.Thread(target=self._ask, args=(server, stop), name="standbys", daemon=True)
                for server in servers
            ]
            self._threads.append(threading.Thread(target=self._watch, args=(stop,), name="standbys", daemon=True))
            for thread in self._threads:
                thread.start()
            self._asking = os.getpid(), stop

    def _ask(self, server: _Server, stop: threading.Event) -> None:
        connection: Connection | None = None
        while not stop.is_set():
            try:
                connection = connection or server.checks.connect()
                server.ask(connection)
                # A primary that was demoted, or an address that leads elsewhere, is none to read from.
                server.note(answers=server is not self._primary or not server.is_standby)
                if server is self._primary and not server.is_standby:
                    self._note_primary(server)
            except SQLAlchemyError:
                server.note(answers=False)
                if connection is not None:
                    connection.invalidate()
                    connection.close()
                    connection = None
            server.was_asked.set()
            stop.wait(CHECK_SECONDS)
        if connection is not None:
            connection.close()

    def _watch(self, stop: threading.Event) -> None:
        while not stop.wait(_WATCH_SECONDS):
            for server in (self._primary, *self._standbys):
                server.hang_up_if_silent()

    def _note_primary(self, primary: _Server) -> None:
        if self._history and primary.position < self._history[-1].position:
            # Another primary, which never had what the one before wrote last.
            self._history.clear()
        self._history.append(_Sample(time.monotonic(), primary.position))


def _engine_for_checks(engine: Engine) -> Engine:
    """An engine for one connection of its own, which waits for nobody."""
    limits = {name: limit for name, limit in _CHECK_LIMITS.items() if name not in engine.url.query}
    arguments: dict[str, Any] = {"connect_args": limits, "poolclass": NullPool, "hide_parameters": True}
    return create_engine(engine.url, isolation_level="AUTOCOMMIT", **arguments)


def _name(engine: Engine) -> str:
    """The address without user and password, as logs and pages may show it."""
    url = engine.url
    host = url.host or url.query.get("host", "")
    port = url.port or url.query.get("port", "")
    place = f"{host}:{port}" if port else str(host)
    return f"{place}/{url.database or ''}"
