"""The settings of a machine on which the `kb` command runs, without a database or with the whole seed."""

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
    shutil.copy(seeded_config.database_url.removeprefix("sqlite:///"), tmp_path / "deep" / "kb.sqlite3")
    database = Database(environment["DATABASE_URL"])
    with database.migrating() as connection:
        command.stamp(AlembicConfig(ROOT / "alembic.ini", attributes={"connection": connection, "quiet": True}), "head")
    database.dispose()
    shutil.copytree(seeded_config.search_index, tmp_path / "index")
    return environment
