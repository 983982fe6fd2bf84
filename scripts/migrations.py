"""Check that the migrations, run on an empty SQLite file, make just the tables that the models declare."""

import os
import sys
import tempfile
from pathlib import Path

from alembic.config import Config
from alembic.util import CommandError

from alembic import command

ROOT = Path(__file__).resolve().parent.parent

with tempfile.TemporaryDirectory() as folder:
    os.environ["DATABASE_URL"] = f"sqlite:///{folder}/check.sqlite3"
    config = Config(ROOT / "alembic.ini")
    try:
        command.upgrade(config, "head")
        command.check(config)
    except CommandError as problem:
        sys.exit(f"alembic check: {problem}")
