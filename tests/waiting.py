"""Waits for what other threads and processes do."""

import time
from collections.abc import Callable

from sqlalchemy import text

from kb.core.db import Database

SECONDS = 90
"""How long anything may take before a test gives up; nothing is expected to come near."""


def wait_until(is_so: Callable[[], object]) -> None:
    """Look again and again until something is so; fail when it takes too long."""
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def somebody_waits(database: Database) -> bool:
    """Whether somebody waits for a lock of PostgreSQL."""
    with database.reading() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
