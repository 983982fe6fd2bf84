"""Finds out whether PostgreSQL did a COMMIT that it did not answer.

The number of a transaction tells it only on a server that had all the transaction wrote: another server, or the same
one after a crash, may have given the number to another transaction. A server that was promoted, or recovered from a
crash, had it if it replayed the log up to there.
"""

import time
from contextvars import ContextVar
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Row, orm, text
from sqlalchemy.exc import SQLAlchemyError

from kb.core.database_errors import CommitUnknown, DatabaseUnavailable

log = structlog.get_logger(__name__)

LOOK_SECONDS = 3.0
"""For so long it is tried to find out."""

_PAUSE_SECONDS = 0.05

# The number is none where nothing was written. Everything that the transaction wrote is before the position.
_BEFORE = text(
    """
    SELECT pg_current_xact_id_if_assigned()::text AS number,
           pg_current_wal_insert_lsn() - '0/0' AS position,
           pg_postmaster_start_time() AS started
    """
)
_SERVER = text(
    """
    SELECT pg_is_in_recovery() AS is_standby,
           pg_postmaster_start_time() = :started AS is_the_same,
           pg_last_wal_replay_lsn() - '0/0' >= :position AS had_it
    """
)
_STATUS = text("SELECT pg_xact_status(CAST(CAST(:number AS text) AS xid8))")

has_committed: ContextVar[bool] = ContextVar("has_committed", default=False)
"""Whether this thread's request has committed anything."""


def transaction_of(session: orm.Session) -> Row[Any]:
    """What identifies a session's transaction, once all is sent to the database that it writes."""
    session.flush()
    return session.execute(_BEFORE).one()


def require_done(engine: Engine, transaction: Row[Any], problem: DatabaseUnavailable) -> None:
    """Return where a transaction was committed although its COMMIT raised a problem. Raises it or CommitUnknown."""
    if transaction.number is None or not problem.connection_invalidated:
        raise problem
    is_done = _is_done(engine, transaction)
    log.warning("the answer to a commit was lost", is_done=is_done, problem=str(problem))
    if is_done is None:
        raise CommitUnknown(None, None, problem.orig or problem, connection_invalidated=True) from problem
    if not is_done:
        raise problem


def _is_done(engine: Engine, transaction: Row[Any]) -> bool | None:
    deadline = time.monotonic() + LOOK_SECONDS
    while time.monotonic() < deadline:
        try:
            with engine.connect() as connection:
                known, is_done = _looked_up(connection, transaction)
        except SQLAlchemyError:
            known = False
        if known:
            return is_done
        time.sleep(_PAUSE_SECONDS)
    return None


def _looked_up(connection: Connection, transaction: Row[Any]) -> tuple[bool, bool | None]:
    """Whether more looking is of no use, and what was found out."""
    server = connection.execute(_SERVER, {"started": transaction.started, "position": transaction.position}).one()
    if server.is_standby:
        return False, None
    if not server.is_the_same and not server.had_it:
        # It began without the transaction. One that was stopped in order and started again does not tell.
        return True, None if server.had_it is None else False
    status = connection.scalar(_STATUS, {"number": transaction.number})
    return status != "in progress", {"committed": True, "aborted": False}.get(status)
