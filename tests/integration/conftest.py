"""The settings of a machine on which the `kb` command runs: without a database, with terms alone, or the whole seed."""

import os
import shutil
from pathlib import Path

import pytest
from alembic.config import Config as AlembicConfig

from alembic import command
from config import ROOT, Config
from kb.core.db import Database


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{tmp_path / 'deep' / 'kb.sqlite3'}",
        "KB_SEARCH_INDEX": str(tmp_path / "index"),
        "KB_INSTANCE": str(tmp_path / "instance"),
        "KB_DEVELOPMENT": "1",
    }


@pytest.fixture
def seeded(environment: dict[str, str], seeded_config: Config, tmp_path: Path) -> dict[str, str]:
    """Where the seed is there already, with its index."""
    (tmp_path / "deep").mkdir()
    copy_of(Path(seeded_config.database_url.removeprefix("sqlite:///")), tmp_path / "deep" / "kb.sqlite3")
    shutil.copytree(seeded_config.search_index, tmp_path / "index")
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
