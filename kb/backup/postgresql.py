"""Dumps a PostgreSQL database while it is written to, and restores it in one transaction, by PostgreSQL's programs."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import text

from kb.core.db import Database
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

NAME = "database.dump"

_MISSING = gettext_noop(
    "%(program)s is not installed. Install PostgreSQL's client programs, version %(version)s or later."
)
_OLDER = gettext_noop(
    "%(program)s has version %(here)s and the server has version %(server)s: install PostgreSQL's client programs of"
    " version %(server)s or later."
)
_FAILED = gettext_noop("%(program)s failed: %(reason)s.")

# Everything in the schema goes: a table that only a newer version knows would be in the way of its migration.
_DROP_TABLES = """
SET lock_timeout = '30s';
DO $$
DECLARE existing record;
BEGIN
  FOR existing IN SELECT schemaname, tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
    EXECUTE format('DROP TABLE IF EXISTS %I.%I CASCADE', existing.schemaname, existing.tablename);
  END LOOP;
END $$;
"""


def dump(database: Database, file: Path) -> tuple[str | None, str]:
    """Write a dump as the database is at one moment; nobody who writes has to wait.

    Gives the migration that the database is at, and the server's version. Raises Refused and SQLAlchemyError.
    """
    program = _program("pg_dump", database)
    with database.snapshot() as session:
        snapshot = session.scalar(text("SELECT pg_export_snapshot()"))
        revision = None
        if session.scalar(text("SELECT to_regclass('alembic_version')")) is not None:
            revision = session.scalar(text("SELECT version_num FROM alembic_version"))
        version = session.scalar(text("SELECT current_setting('server_version')"))
        _run(database, program, "--format=custom", f"--snapshot={snapshot}", f"--file={file}")
    return revision, str(version)


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


def restore(database: Database, dump_file: Path, folder: Path, identity: str) -> None:
    """Replace everything in the database by a dump and give it another name: all in one transaction, or nothing.

    The folder is for files on the way. Raises Refused and SQLAlchemyError.
    """
    reader, runner = _program("pg_restore", database), _program("psql", database)
    before, content, after = (folder / name for name in ("before.sql", "content.sql", "after.sql"))
    # Written out whole first: were a program to stop in the middle of a pipe, the other would take half for all.
    _run(None, reader, "--no-owner", "--no-privileges", f"--file={content}", str(dump_file))
    with database.reading() as session:
        schema = session.scalar(text("SELECT quote_ident(current_schema())"))
    before.write_text(_DROP_TABLES, encoding="utf-8")
    # The dump has set an empty search path, so the table is named with its schema.
    rename = f"UPDATE {schema}.catalogue_identity SET name = '{identity}'"  # noqa: S608 - hexadecimal digits
    after.write_text(f"{rename};\nANALYZE;\n", encoding="utf-8")
    files = [f"--file={file}" for file in (before, content, after)]
    _run(database, runner, "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", *files)


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
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if ended.returncode:
        lines = ended.stderr.strip().splitlines() or [f"it ended with {ended.returncode}"]
        reason = next((line for line in lines if "error" in line.lower()), lines[0])
        raise Refused(_FAILED, program=Path(program).name, reason=reason.rstrip("."))
    return ended.stdout
