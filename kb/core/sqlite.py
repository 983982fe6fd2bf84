"""What keeps SQLite safe and fair: its pragmas, the turns of its writers, and a file that can be written."""

import shutil
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, event
from sqlalchemy.exc import DisconnectionError

from kb.core.database_errors import DatabaseBusy
from kb.core.text import fold

_LOOK_AGAIN_SECONDS = 0.002
_READY_MILLISECONDS = 2_000

WAL_BYTES = 16 * 1024 * 1024
"""What SQLite's write-ahead log is cut back to, once all that it holds is in the main file."""

LEAST_FREE_BYTES = 32 << 20
"""With less space on its disk a file of SQLite counts as full: WAL and index still need some of it."""


class FairLock:
    """A mutex handed from one thread to the one that has waited longest.

    The locks of `threading` go to whoever comes at the right moment: a thread that takes one again and again, as an
    import does, keeps the others waiting for as long as it likes.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Lock] = deque()

    def acquire(self, timeout: float) -> bool:
        """Take the lock; False where it was not given within so many seconds."""
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return True
            # Taken once, so that taking it again waits until `release` opens it.
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append(gate)
        try:
            given = gate.acquire(timeout=timeout)
        except BaseException:
            if not self._leave(gate):
                self.release()
            raise
        # It may be given at the very moment at which the time is over.
        return given or not self._leave(gate)

    def _leave(self, gate: threading.Lock) -> bool:
        """Wait no longer; False where the lock has been given meanwhile."""
        with self._mutex:
            if gate not in self._waiting:
                return False
            self._waiting.remove(gate)
            return True

    def release(self) -> None:
        """Give the lock to whoever waits longest, or to nobody."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False


def prepare(engine: Engine) -> None:
    """Hand transactions over to SQLAlchemy, and use no connection that can only read."""
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _note_read_only)
    event.listen(engine, "checkout", _refuse_read_only)


def leave_checkpoints(engine: Engine) -> None:
    """Keep SQLite from moving its log into the main file by itself, as it does after 1,000 pages."""
    event.listen(engine, "connect", lambda raw, _record: raw.execute("PRAGMA wal_autocheckpoint=0").close())


def checkpoint(file: Path, quiet_seconds: float) -> None:
    """Move the write-ahead log into the main file, unless it was written to in the last seconds; waits for nobody."""
    # Whatever goes wrong, the log remains in force and nothing is lost.
    with suppress(OSError, sqlite3.Error):
        log = Path(f"{file}-wal").stat()
        if log.st_size and time.time() - log.st_mtime >= quiet_seconds:
            # Opened as it is there: one that was moved away meanwhile is not made anew.
            address = f"{file.resolve().as_uri()}?mode=rw"
            with closing(sqlite3.connect(address, uri=True, timeout=0)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def pause() -> None:
    """Leave the file to other processes that wait for it."""
    time.sleep(3 * _LOOK_AGAIN_SECONDS)


class WriteTurn:
    """A writer's turn at the write lock of a process: taken as a transaction begins, and given back as it ends."""

    def __init__(self, lock: FairLock) -> None:
        self._lock, self._is_held = lock, False

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        self.end()

    def take(self, timeout: float) -> bool:
        """Wait for the turn at most so many seconds; whether it is held."""
        self._is_held = self._is_held or self._lock.acquire(timeout)
        return self._is_held

    def end(self) -> None:
        """Give the turn back, if it is held."""
        if self._is_held:
            self._is_held = False
            self._lock.release()


@contextmanager
def short_busy_timeout(connection: Connection) -> Iterator[None]:
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


def why_unwritable(connection: Connection) -> str | None:
    """Why a transaction that has begun could not be kept, in one line, or None; a disk nearly full is full."""

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


def demand_file(engine: Engine, file: Path) -> None:
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


def _prepare_connection(dbapi_connection: Any, _record: object) -> None:
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
        # Otherwise an erased address stays in the bytes of the file; SQLite as Debian builds it does so anyway.
        "secure_delete=ON",
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


def _begin(connection: Connection) -> None:
    turn: WriteTurn | None = connection.get_execution_options().get("kb_write_turn")
    if turn is None:
        connection.exec_driver_sql("BEGIN")
    else:
        _begin_immediate(connection, turn)


def _begin_immediate(connection: Connection, turn: WriteTurn) -> None:
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
