"""The follower: a thread that keeps the live index at the end of the change log, and mends it when it is broken.

When nobody has written for a while it also empties SQLite's write-ahead log into the main file.

Every web process may run one; the lock of `index_versions` lets one write at a time, others find nothing left to do.
"""

import threading
from pathlib import Path

import structlog

from kb.catalogue.queries import last_change
from kb.core.database_errors import TEMPORARY
from kb.core.db import Database
from kb.core.retrying import Outage

from .index import IndexLocked, IndexUnreadable, WhooshEngine
from .index_versions import IndexVersions
from .indexing import follow, identity, rebuild, usable

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.2
RETRY_SECONDS = 2.0
QUIET_SECONDS = 2.0
"""Seconds without a write after which SQLite's write-ahead log is moved into the main file."""


class Follower:
    """Follows one database's log into one index folder. Not thread-safe: one thread steps it."""

    def __init__(self, database: Database, root: Path) -> None:
        self._database = database
        self._root = root
        self._versions = IndexVersions(root)
        self._engine: WhooshEngine | None = None
        self._seen = -1

    def step(self) -> int:
        """Bring the index up to the log once; return how many documents were written. Rebuilds a broken index.

        Raises IndexLocked while another process rebuilds, and SQLAlchemyError while the database cannot be reached.
        """
        with self._database.reading() as session:
            newest, name = last_change(session), identity(session)
        self._versions.mend()
        live = self._versions.live()
        # After a backup was restored the database has another name, even if more was written since than the index knew.
        if self._engine is not None and (live != (self._engine.generation, name) or newest < self._seen):
            self.close()
        if self._engine is not None and newest == self._seen:
            return 0
        try:
            with self._versions.lock("writing", RETRY_SECONDS):
                engine = self._engine or usable(self._database, self._versions, newest)
                self._engine = engine
                written = follow(self._database, engine)
                self._seen = engine.stats().last_change
                return written
        except IndexUnreadable as problem:
            log.warning("search index rebuilt", reason=str(problem))
            self.close()
            return rebuild(self._database, self._root).documents

    def run(self, stop: threading.Event) -> None:
        """Step until told to stop; trouble is noted and tried again, for the site answers without an index too."""
        outage = Outage("search index not followed")
        while not stop.is_set():
            pause = POLL_SECONDS
            try:
                self.step()
                outage.is_over()
            except IndexLocked:
                pause = RETRY_SECONDS
            except (*TEMPORARY, OSError) as problem:
                self.close()
                pause = outage.failed(problem)
            except Exception as problem:
                log.exception("search index not followed", problem=str(problem))
                self.close()
                pause = RETRY_SECONDS
            self._database.checkpoint(QUIET_SECONDS)
            stop.wait(pause)
        self.close()

    def close(self) -> None:
        """Let go of the index."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        self._seen = -1


def start(database: Database, root: Path) -> threading.Event:
    """Run a follower in a thread of its own; set the event to stop it."""
    stop = threading.Event()
    thread = threading.Thread(target=Follower(database, root).run, args=(stop,), name="search-follower", daemon=True)
    thread.start()
    return stop
