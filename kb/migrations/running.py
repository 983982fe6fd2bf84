"""Applies migrations, each in a transaction of its own, while the site may be served.

On PostgreSQL a change of a table waits for all who use the table, and all who come later wait behind it. So it waits
for two seconds at most, gives up, and is tried again after a pause in which the others go on.
"""

import itertools
import time
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from alembic import command
from kb.core.database_errors import DatabaseBusy
from kb.core.db import Database
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from .nodes import nodes_before
from .scripts import Migration, Migrations, Phase, alembic_config
from .state import revision_of

LOCK_SECONDS = 2
"""How long a migration waits for a table that others use, and they for it."""

STATEMENT_SECONDS = 60
"""How long one statement of a migration may take; it may hold up everybody who writes to its table."""

PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between two tries."""

_LOCK_KEY = 7_238_041_509_116_402
"""Of the advisory lock that one `kb migrate` holds: any number that no other program takes in the same database."""

_TIMED_OUT = "57014"

_NEWER = gettext_noop(
    "The database has version %(here)s, which is newer than this program (version %(head)s). Nothing was changed: run"
    " `kb migrate` of the newest program."
)
_BUSY = gettext_noop(
    "The database was busy for too long (%(reason)s). It has version %(here)s, and nothing is half done: run"
    " `kb migrate` again."
)
_TOO_LONG = gettext_noop(
    "Migration %(revision)s was stopped: a statement took longer than %(seconds)s seconds, and others may have to"
    " wait for it. Nothing is half done. Allow more with --statement-seconds, at a quiet time."
)
_OLDER_NODES = gettext_noop(
    "An older version runs on %(names)s, which migration %(revision)s would stop. Nothing was changed: update or stop"
    " it, then run `kb migrate --contract` again. A node that was killed counts for two minutes."
)


class _Locked(Exception):
    """Another `kb migrate` is at work."""


def migrate(
    database: Database,
    *,
    contract: bool = False,
    statement_seconds: int = STATEMENT_SECONDS,
    applied: Callable[[Migration], object],
    waiting: Callable[[str, float], object],
) -> None:
    """Apply `expand` migrations up to the first `contract` one; with `contract` all; to an empty database all.

    `applied` is called after each; `waiting` before a pause, with the reason and its seconds. Raises Refused where the
    database is newer, stays busy, or an older node runs, and SQLAlchemyError.
    """
    migrations = Migrations.of_program()
    while done := _with_patience(
        database, lambda: _apply_next(database, migrations, contract=contract, seconds=statement_seconds), waiting
    ):
        for migration in done:
            applied(migration)


def _with_patience(
    database: Database, act: Callable[[], Sequence[Migration]], waiting: Callable[[str, float], object]
) -> Sequence[Migration]:
    for pause in (*PAUSES, None):
        try:
            return act()
        except _Locked:
            reason = "another `kb migrate` is at work"
        except DatabaseBusy as problem:
            reason = str(problem)
        if pause is not None:
            waiting(reason, pause)
            time.sleep(pause)
    with database.engine.connect() as connection:
        here = revision_of(connection)
    raise Refused(_BUSY, reason=reason, here=here or "-")


def _apply_next(database: Database, migrations: Migrations, *, contract: bool, seconds: int) -> Sequence[Migration]:
    """Apply the next migration in a transaction, or to an empty database all; which ones."""
    with database.migrating() as connection:
        if not database.is_sqlite:
            _set_limits(connection, seconds)
        here = revision_of(connection)
        if here is not None and here not in migrations.revisions:
            raise Refused(_NEWER, here=here, head=migrations.head)
        wanted = migrations.after(here)
        if here is not None:
            expanding = itertools.takewhile(lambda migration: migration.phase is Phase.EXPAND, wanted)
            wanted = tuple(wanted if contract else expanding)[:1]
            _refuse_older_nodes(connection, migrations, wanted)
        if wanted:
            _upgrade(connection, wanted[-1], seconds)
    return wanted


def _set_limits(connection: Connection, seconds: int) -> None:
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
    connection.execute(text(f"SET LOCAL statement_timeout = '{seconds}s'"))
    if not connection.scalar(text(f"SELECT pg_try_advisory_xact_lock({_LOCK_KEY})")):
        raise _Locked


def _refuse_older_nodes(connection: Connection, migrations: Migrations, wanted: Sequence[Migration]) -> None:
    for migration in wanted:
        if migration.phase is Phase.CONTRACT and (nodes := nodes_before(connection, migration.revision, migrations)):
            names = ", ".join(f"{node.name} (seen {node.seconds} s ago)" for node in nodes)
            raise Refused(_OLDER_NODES, names=names, revision=migration.revision)


def _upgrade(connection: Connection, migration: Migration, seconds: int) -> None:
    try:
        command.upgrade(alembic_config(connection=connection), migration.revision)
    except DBAPIError as problem:
        if getattr(problem.orig, "sqlstate", None) == _TIMED_OUT:
            raise Refused(_TOO_LONG, revision=migration.revision, seconds=seconds) from None
        raise
