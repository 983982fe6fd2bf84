"""The settings of a machine on which the `kb` command runs: without a database, with terms alone, or the whole seed."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.config import Config as AlembicConfig

from alembic import command
from config import ROOT
from kb.core.db import Database
from kb.peers.saved_places import fingerprint
from kb.peers.service import PLACES
from tests.conftest import Seeding


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{tmp_path / 'deep' / 'kb.sqlite3'}",
        "KB_SEARCH_INDEX": str(tmp_path / "index"),
        "KB_INSTANCE": str(tmp_path / "instance"),
        "KB_DEVELOPMENT": "1",
    }


@pytest.fixture(scope="session")
def seed_into(seeding: Seeding) -> Callable[[Path, Path, Path], None]:
    """Put into a file, an index and a folder of an instance what `kb seed` makes there."""
    database = Database(f"sqlite:///{seeding.folder / 'kb.sqlite3'}")
    with database.reading() as session:
        name = fingerprint(session)
    database.dispose()

    def seed_into(file: Path, index: Path, instance: Path) -> None:
        shutil.copy(seeding.folder / "kb.sqlite3", file)
        shutil.copytree(seeding.folder / "index", index)
        others = os.umask(0o077)
        for made in (seeding.folder / PLACES).glob(f"*/{name}/*"):
            kept = instance / made.relative_to(seeding.folder)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(made, kept)
        os.umask(others)

    return seed_into


@pytest.fixture
def seeded(
    environment: dict[str, str], seed_into: Callable[[Path, Path, Path], None], tmp_path: Path
) -> dict[str, str]:
    """Where the seed is there already, with its index, and what is made of its places."""
    (tmp_path / "deep").mkdir()
    seed_into(tmp_path / "deep" / "kb.sqlite3", tmp_path / "index", tmp_path / "instance")
    return environment


@pytest.fixture
def migrated(environment: dict[str, str], sqlite_template: Path, tmp_path: Path) -> dict[str, str]:
    """Where terms are there and no entries yet: commands and the server start in a third of the time."""
    (tmp_path / "deep").mkdir()
    copy_of(sqlite_template, tmp_path / "deep" / "kb.sqlite3")
    return environment


def copy_of(template: Path, file: Path) -> None:
    """Copy a database that was made from the models, as one that migrations have made."""
    shutil.copy(template, file)
    database = Database(f"sqlite:///{file}")
    with database.migrating() as connection:
        command.stamp(AlembicConfig(ROOT / "alembic.ini", attributes={"connection": connection, "quiet": True}), "head")
    database.dispose()
