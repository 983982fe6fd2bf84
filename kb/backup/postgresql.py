"""Dumps a PostgreSQL database while it is written to, and restores it in one transaction, by PostgreSQL's programs."""

import os
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kb.core import child_process
from kb.core.db import Database
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from .archive import TableSum

log = structlog.get_logger(__name__)

NAME = "database.dump"

_MISSING = gettext_noop(
    "%(program)s is not installed. Install PostgreSQL's client programs, version %(version)s or later."
)
_OLDER = gettext_noop(
    "%(program)s has version %(here)s and the server has version %(server)s: install PostgreSQL's client programs of"
    " version %(server)s or later."
)
_FAILED = gettext_noop("%(program)s failed: %(reason)s.")
_IN_USE = gettext_noop("The database is in use: stop `kb serve` first. Nothing was changed.")

_SCRATCH = re.compile(r"citypeers_verify_(\d{9,12})_[0-9a-f]{8}")
_SCRATCH_SECONDS = 60
"""A database for verifying is used within so many seconds, and until it is dropped; otherwise it is abandoned."""

_MAY_NOT = "42501"
"""The code of PostgreSQL for "insufficient privilege"."""

_IS_USED = "55006"
"""The code of PostgreSQL for "object in use"."""

_LOCK_SECONDS = 30
"""Of others who use the database, a restoration waits for so long for each table."""

# Everything in the schema goes: a table that only a newer version knows would be in the way of its migration.
_DROP_TABLES = """
SET statement_timeout = 0;
SET lock_timeout = '{seconds}s';
DO $$
DECLARE existing record;
BEGIN
  FOR existing IN SELECT schemaname, tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
    EXECUTE format('DROP TABLE IF EXISTS %I.%I CASCADE', existing.schemaname, existing.tablename);
  END LOOP;
END $$;
"""

# A database that no index was ever made of has no name yet; one of an earlier version has no columns for the moments.
_NOTE = """
INSERT INTO {schema}.catalogue_identity (id, name) VALUES (1, '{identity}')
  ON CONFLICT (id) DO UPDATE SET name = excluded.name;
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = '{schema_name}'
             AND table_name = 'catalogue_identity' AND column_name = 'restored_at') THEN
    UPDATE {schema}.catalogue_identity SET backup_made_at = '{made_at}', restored_at = '{restored_at}';
  END IF;
END $$;
ANALYZE;
"""

# How values are written as text follows settings, which may be others on another machine.
_AS_TEXT = (
    "SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; SET LOCAL intervalstyle = 'iso_8601';"
    " SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1"
)
# A dump takes as long as it takes, and its transaction stays open meanwhile.
_NO_TIMEOUTS = "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0"
_TABLES = (
    "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
    " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
)

_OWN_UNUSED_DATABASES = """
SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = current_user
  AND NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pg_stat_activity.datname = pg_database.datname)
"""


def dump(database: Database, file: Path) -> tuple[str | None, str, dict[str, TableSum]]:
    """Write a dump as the database is at one moment; nobody who writes has to wait.

    Gives the migration that the database is at, the server's version, and what the tables held at that moment. Raises
    Refused and SQLAlchemyError.
    """
    program = _program("pg_dump", database)
    with database.snapshot() as session:
        session.execute(text(_NO_TIMEOUTS))
        snapshot = session.scalar(text("SELECT pg_export_snapshot()"))
        revision = None
        if session.scalar(text("SELECT to_regclass('alembic_version')")) is not None:
            revision = session.scalar(text("SELECT version_num FROM alembic_version"))
        version = session.scalar(text("SELECT current_setting('server_version')"))
        _run(database, program, "--format=custom", f"--snapshot={snapshot}", f"--file={file}")
        sums = table_sums(session)
    return revision, str(version), sums


def holds_rows(database: Database) -> bool:
    """Whether any table of the database has a row."""
    with database.reading() as session:
        tables = session.scalars(
            text(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
                " WHERE schemaname = current_schema() AND tablename <> 'alembic_version'"
            )
        ).all()
        reads = [f"SELECT EXISTS (SELECT 1 FROM {name})" for name in tables]  # noqa: S608 - quoted by PostgreSQL
        return any(session.scalar(text(read)) for read in reads)


def restore(
    database: Database, dump_file: Path, folder: Path, identity: str, made_at: datetime, restored_at: datetime
) -> None:
    """Replace everything in the database by a dump, give it another name, and note of which moment it is.

    All in one transaction, or nothing. The folder is for files on the way. Raises Refused and SQLAlchemyError.
    """
    with database.reading() as session:
        name, quoted = session.execute(text("SELECT current_schema(), quote_ident(current_schema())")).one()
    before, after = folder / "before.sql", folder / "after.sql"
    before.write_text(_DROP_TABLES.replace("{seconds}", str(_LOCK_SECONDS)), encoding="utf-8")
    # The dump has set an empty search path, so the table is named with its schema.
    note = _NOTE.format(
        schema=quoted,
        schema_name=name.replace("'", "''"),
        identity=identity,
        made_at=made_at,
        restored_at=restored_at,
    )
    after.write_text(note, encoding="utf-8")
    _load(database, dump_file, folder, before=before, after=after)


def restored_sums(database: Database, dump_file: Path, folder: Path) -> dict[str, TableSum] | None:
    """What the tables hold once a dump is restored into a database of its own, which is then dropped.

    None where our user may not create databases; then the dump was only read to its end. Raises Refused and
    SQLAlchemyError.
    """
    with _scratch_database(database) as scratch:
        if scratch is None:
            _run(None, _program("pg_restore", database), "--file=/dev/null", str(dump_file))
            return None
        _load(scratch, dump_file, folder)
        with scratch.snapshot() as session:
            return table_sums(session)


def drop_abandoned(database: Database) -> None:
    """Drop the databases that verifications which were killed have left on the server. Raises SQLAlchemyError."""
    with _autocommitting(database) as connection:
        for name in connection.scalars(text(_OWN_UNUSED_DATABASES)).all():
            made = _SCRATCH.fullmatch(name)
            if made and time.time() - int(made[1]) > _SCRATCH_SECONDS:
                log.warning("the database of a verification that did not finish is removed", database=name)
                try:
                    connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
                except DBAPIError as problem:
                    if getattr(problem.orig, "sqlstate", None) != _IS_USED:
                        raise


def _autocommitting(database: Database) -> Connection:
    """A connection that begins no transaction: databases are made and dropped outside of any."""
    return database.engine.execution_options(isolation_level="AUTOCOMMIT").connect()


@contextmanager
def _scratch_database(database: Database) -> Iterator[Database | None]:
    """A new and empty database on the same server, while the block lasts; None where our user may not create it."""
    name = f"citypeers_verify_{int(time.time())}_{secrets.token_hex(4)}"
    with _autocommitting(database) as connection:
        encoding = connection.execute(
            text(
                "SELECT format('ENCODING %L LC_COLLATE %L LC_CTYPE %L',"
                " pg_encoding_to_char(encoding), datcollate, datctype)"
                " FROM pg_database WHERE datname = current_database()"
            )
        ).scalar_one()
        try:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 {encoding}"))
        except DBAPIError as problem:
            if getattr(problem.orig, "sqlstate", None) != _MAY_NOT:
                raise
            yield None
            return
        scratch = Database(database.url.set(database=name).render_as_string(hide_password=False))
        try:
            # A database that somebody is connected to is not abandoned.
            with scratch.engine.connect():
                yield scratch
        finally:
            scratch.dispose()
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def _load(
    database: Database, dump_file: Path, folder: Path, *, before: Path | None = None, after: Path | None = None
) -> None:
    """Run a dump, with what goes before and after it, in one transaction."""
    reader, runner = _program("pg_restore", database), _program("psql", database)
    content = folder / "content.sql"
    # Written out whole first: were a program to stop in the middle of a pipe, the other would take half for all.
    _run(None, reader, "--no-owner", "--no-privileges", f"--file={content}", str(dump_file))
    files = [f"--file={file}" for file in (before, content, after) if file is not None]
    _run(database, runner, "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", *files)


def table_sums(session: Session) -> dict[str, TableSum]:
    """What each table holds, as the session sees it."""
    session.execute(text(_NO_TIMEOUTS))
    session.execute(text(_AS_TEXT))
    return {name: _table_sum(session, name) for name in session.scalars(text(_TABLES)).all()}


def _table_sum(session: Session, name: str) -> TableSum:
    """The sums of two parts of the SHA-256 of each row as text."""
    part = "coalesce(sum(('x' || substr(digest, {}, 15))::bit(60)::bigint::numeric), 0)"
    query = (
        f"SELECT count(*), {part.format(1)}, {part.format(16)} FROM"  # noqa: S608 - the name is quoted by PostgreSQL
        f" (SELECT encode(sha256(convert_to(found::text, 'UTF8')), 'hex') AS digest FROM {name} AS found) AS digests"
    )
    rows, first, second = session.execute(text(query.replace(":", "\\:"))).one()
    return TableSum(rows, f"{int(first):x}-{int(second):x}")


def _program(name: str, database: Database) -> str:
    """The path of a client program that may talk to the server. Raises Refused."""
    with database.reading() as session:
        server = int(session.scalar(text("SELECT current_setting('server_version_num')")) or 0) // 10_000
    path = shutil.which(name)
    if path is None:
        raise Refused(_MISSING, program=name, version=str(server))
    version = _run(None, path, "--version")
    number = re.search(r"(\d+)", version)
    if number and int(number[1]) < server:
        raise Refused(_OLDER, program=name, here=number[1], server=str(server))
    return path


def _run(database: Database | None, program: str, *words: str) -> str:
    """Run a program, on a database if one is given, and give what it prints. Raises Refused with its complaint."""
    environment = dict(os.environ)
    if database is not None:
        _, settings = database.engine.dialect.create_connect_args(database.url)
        # In the environment, since anybody may read the words of a command.
        if password := settings.pop("password", None):
            environment["PGPASSWORD"] = str(password)
        from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - a site on SQLite needs no driver of PostgreSQL
        from psycopg.pq import Conninfo  # noqa: PLC0415 - as above

        # What SQLAlchemy tells psycopg alone is nothing to other programs.
        keywords = {option.keyword.decode() for option in Conninfo.get_defaults()}
        shared = {keyword: value for keyword, value in settings.items() if keyword in keywords}
        words = (*words, f"--dbname={make_conninfo(**shared)}")
    command = [program, *words]
    # Were this process killed, a program that went on could replace the database later, when nobody expects it.
    ended = subprocess.run(  # noqa: S603 - ours
        command,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=child_process.ending_with_this(),
    )
    if ended.returncode:
        lines = ended.stderr.strip().splitlines() or [f"it ended with {ended.returncode}"]
        reason = next((line for line in lines if "error" in line.lower()), lines[0])
        if "lock timeout" in reason:
            raise Refused(_IN_USE)
        raise Refused(_FAILED, program=Path(program).name, reason=reason.rstrip("."))
    return ended.stdout
