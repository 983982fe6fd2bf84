"""Exceptions of the database, by its driver's codes; each leads to one HTTP status (kb/web/core/errors.py)."""

import sqlite3

from sqlalchemy import ExceptionContext
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class DatabaseUnavailable(OperationalError):
    """The database cannot be reached or written: it is down, read-only, full or damaged.

    Nothing was kept, unless it is CommitUnknown.

    As text it is what the driver says of it in one line, without the statement and its values.
    """

    def __str__(self) -> str:
        return _first_line(self.orig)


class DatabaseBusy(DatabaseUnavailable):
    """Others were writing for too long, or two changes waited for one another: nothing was kept; send it again."""


class CommitUnknown(DatabaseUnavailable):
    """The answer to COMMIT was lost, and nobody can tell now whether all was kept or nothing."""


TEMPORARY = (DatabaseUnavailable, PoolTimeout)
"""What may be over when the same is tried later: the database, or one of our connections to it, was not free."""


class ValueRefused(DataError):
    """A value that no column can hold, such as a number of 30 digits or a NUL; what it was, the text does not say."""

    def __str__(self) -> str:
        state = getattr(self.orig, "sqlstate", None)
        return type(self.orig).__name__ + (f" ({state})" if state else "")


def points_to_nothing(problem: IntegrityError) -> bool:
    """Whether a row was to point to one that is not there: it was deleted since it was read, in another transaction."""
    codes = getattr(problem.orig, "sqlite_errorcode", None), getattr(problem.orig, "sqlstate", None)
    return codes in {(sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, None), (None, "23503")}


_Codes = tuple[tuple[type[DBAPIError], frozenset[int]], ...]

# https://www.sqlite.org/rescode.html, without the extended part of a code.
_SQLITE: _Codes = (
    (DatabaseBusy, frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})),
    (
        DatabaseUnavailable,
        frozenset(
            {
                sqlite3.SQLITE_CANTOPEN,
                sqlite3.SQLITE_CORRUPT,
                sqlite3.SQLITE_FULL,
                sqlite3.SQLITE_IOERR,
                sqlite3.SQLITE_NOTADB,
                sqlite3.SQLITE_PROTOCOL,
                sqlite3.SQLITE_READONLY,
            }
        ),
    ),
    (ValueRefused, frozenset({sqlite3.SQLITE_TOOBIG})),
)
# https://www.postgresql.org/docs/current/errcodes-appendix.html: rollbacks, deadlocks among them, a lock or a statement
# that took too long; connections, read only, resources, the operator, the system, damage; data exceptions but for a
# division by zero, which would be a fault of ours, and what is too large for an index.
_POSTGRESQL: tuple[tuple[type[DBAPIError], tuple[str, ...]], ...] = (
    (DatabaseBusy, ("40", "55P03", "57014")),
    (DatabaseUnavailable, ("08", "25006", "53", "55000", "57", "58", "XX001", "XX002")),
    (ValueRefused, ("2200", "22010", "22011", "2202", "22P0", "54000")),
)
_READ_ONLY = {"25006", "55000"}
"""What was to be written, or where the log ends, on a server that follows another."""

_WITHOUT_CODE: tuple[tuple[type[DBAPIError], type[DBAPIError]], ...] = (
    (DatabaseUnavailable, OperationalError),
    (ValueRefused, DataError),
)


def translated(context: ExceptionContext) -> DBAPIError | None:
    """The error of ours for an error of the driver, by its code; None for what is neither the database's nor a value's.

    A ping before a connection is used is left alone: SQLAlchemy then connects anew.
    """
    problem = context.original_exception
    kind = None if context.is_pre_ping else _kind_of(problem, context.sqlalchemy_exception)
    if kind is None:
        return None
    if getattr(problem, "sqlstate", None) in _READ_ONLY:
        # The server was the primary when the connection was made; a new one may lead to the next.
        context.is_disconnect = True
    return kind(None, None, problem, connection_invalidated=context.is_disconnect)


def _kind_of(problem: BaseException, wrapped: StatementError | None) -> type[DBAPIError] | None:
    if isinstance(problem, OverflowError | UnicodeEncodeError):
        return ValueRefused
    code = getattr(problem, "sqlite_errorcode", None)
    if isinstance(code, int):
        return next((kind for kind, codes in _SQLITE if code & 0xFF in codes), None)
    state = getattr(problem, "sqlstate", None)
    if state is None:
        # The driver itself says that there is no connection, or that a text holds a NUL.
        return next((kind for kind, base in _WITHOUT_CODE if isinstance(wrapped, base)), None)
    return next((kind for kind, states in _POSTGRESQL if state.startswith(states)), None)


def _first_line(problem: BaseException | None) -> str:
    primary = getattr(getattr(problem, "diag", None), "message_primary", None)
    return (primary or str(problem)).strip().splitlines()[0]
