"""What tests of backups share: a machine's settings, people who write all the time, changed archives."""

import json
import os
import shutil
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.config import Config as AlembicConfig
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from alembic import command
from config import ROOT
from kb.accounts.models import User
from kb.catalogue.models import Initiative
from kb.core.db import Database
from tests import postgresql
from tests.factories import make_initiative, make_user


def stamp(database: Database) -> None:
    """Leave a database with tables as `kb seed` leaves it, but for the entries."""
    with database.migrating() as connection:
        command.stamp(AlembicConfig(ROOT / "alembic.ini", attributes={"connection": connection, "quiet": True}), "head")


def settings(database: Database, tmp_path: Path) -> dict[str, str]:
    """The settings of a machine whose folders are in one."""
    return {
        "PATH": f"{postgresql.programs()}:{os.environ['PATH']}",
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "KB_SEARCH_INDEX": str(tmp_path / "index"),
        "KB_INSTANCE": str(tmp_path / "instance"),
        "KB_DEVELOPMENT": "1",
    }


@contextmanager
def writers(database: Database, count: int = 3) -> Iterator[list[Exception]]:
    """Threads that write an initiative and a person in each transaction, until the block ends; what went wrong."""
    stop, problems = threading.Event(), []

    def write(name: str) -> None:
        number = 0
        while not stop.is_set():
            try:
                with database.writing() as session:
                    number += 1
                    make_initiative(session, f"Made-up Pair {name} {number}")
                    make_user(session, name=f"Made-up Pair {name} {number}")
            except SQLAlchemyError as problem:
                problems.append(problem)
                return

    threads = [threading.Thread(target=write, args=(str(one),)) for one in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield problems
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def pairs(database: Database) -> tuple[list[str], list[str]]:
    """The titles of the initiatives and the names of the people that `writers` wrote."""
    with database.reading() as session:
        return (
            list(session.scalars(select(Initiative.title).where(Initiative.title.like("%Pair%")).order_by("title"))),
            list(session.scalars(select(User.name).where(User.name.like("%Pair%")).order_by("name"))),
        )


def wait_for_pairs(database: Database, more_than: int) -> None:
    deadline = time.monotonic() + 60
    while len(pairs(database)[0]) <= more_than:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def changed(archive: Path, **fields: Any) -> None:
    """Write other things into an archive's manifest; without what is None."""
    folder = archive.with_suffix("")
    with tarfile.open(archive) as tar:
        # Debian's Python 3.11.2 has no filters.
        tar.extraction_filter = getattr(tarfile, "data_filter", None)
        tar.extractall(folder)  # noqa: S202 - the test wrote it
    manifest = json.loads((folder / "manifest.json").read_text())
    written = {name: value for name, value in (manifest | fields).items() if value is not None}
    (folder / "manifest.json").write_text(json.dumps(written))
    with tarfile.open(archive, "w") as tar:
        for name in ("manifest.json", *manifest["files"]):
            tar.add(folder / name, name)
    shutil.rmtree(folder)
