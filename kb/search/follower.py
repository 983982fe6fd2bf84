"""The follower: a thread that keeps the live index at the end of the change log, and mends it when it is broken.

When nobody has written for a while it also empties SQLite's write-ahead log into the main file.

Every web process may run one; the lock of `index_versions` lets one write at a time, others find nothing left to do.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import structlog

from kb.catalogue.queries import last_change
from kb.core import metrics
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

AfterChange = Callable[[], object]
"""What is called when the change log grew, as a bound method."""


class _Listener:
    """One callable, with the state of log and index that it was last called for."""

    def __init__(self, call: AfterChange) -> None:
        self._call = call
        self._called_for: object = None
        self._outage = Outage(f"{getattr(call, '__qualname__', call)} did not follow the change log")

    def tell(self, state: object) -> None:
        """Call it, unless it was called for this state; trouble is noted, and it is called again at the next step."""
        if state == self._called_for:
            return
        try:
            self._call()
        except (*TEMPORARY, OSError) as problem:
            self._outage.failed(problem)
        except Exception:
            log.exception("the change log was not followed")
            self._called_for = state
        else:
            self._outage.is_over()
            self._called_for = state


class Follower:
    """Follows one database's log into one index folder. Not thread-safe: one thread steps it.

    `after_change` are called in that thread when the log or the live index is another than they were last called for.
    """

    def __init__(self, database: Database, root: Path, after_change: Sequence[AfterChange] = ()) -> None:
        self._database = database
        self._root = root
        self._listeners = [_Listener(call) for call in after_change]
        self._versions = IndexVersions(root)
        self._engine: WhooshEngine | None = None
        self._seen = -1
        self._newest: tuple[int, str | None] | None = None
        self._is_behind = True

    def step(self) -> int:
        """Bring the index up to the log once; return how many documents were written. Rebuilds a broken index.

        Raises IndexLocked while another process rebuilds, and SQLAlchemyError while the database cannot be reached.
        """
        newest, name = self._look()
        self._is_behind = True
        written = self._follow(newest, name)
        self._is_behind = False
        return written

    def _follow(self, newest: int, name: str | None) -> int:
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
                # Changes that no document draws on are behind us as well.
                self._seen = max(newest, engine.stats().last_change)
                return written
        except IndexUnreadable as problem:
            log.warning("search index rebuilt", reason=str(problem))
            metrics.INDEX_REBUILDS.add()
            self.close()
            return rebuild(self._database, self._root, self._while_rebuilding).documents

    def _look(self) -> tuple[int, str | None]:
        """The newest change of the log, and the name of the database."""
        with self._database.reading() as session:
            self._newest = last_change(session), identity(session)
        return self._newest

    def _while_rebuilding(self, batches: Sequence[Any], _label: str) -> Iterator[Any]:
        """Go through the batches of a rebuild, which takes its time: the others need not wait for it."""
        for batch in batches:
            metrics.FOLLOWER_STEP.set(time.time())
            self._look()
            self.tell()
            yield batch

    def tell(self) -> None:
        """Let the listeners know what changed: the log, whether the index has followed it, or which index is live."""
        if self._newest is not None:
            # The index may follow only after a step that failed had told of the log.
            state = (self._newest, self._is_behind, self._live())
            for listener in self._listeners:
                listener.tell(state)

    def _live(self) -> tuple[str, str] | None:
        """Which index is live; None also while the folder cannot be read."""
        try:
            return self._versions.live()
        except OSError:
            return None

    def run(self, stop: threading.Event) -> None:
        """Step until told to stop; trouble is noted and tried again, for the site answers without an index too."""
        outage = Outage("search index not followed")
        while not stop.is_set():
            metrics.FOLLOWER_STEP.set(time.time())
            pause = POLL_SECONDS
            try:
                self.step()
                outage.is_over()
            except IndexLocked:
                pause = RETRY_SECONDS
            except (*TEMPORARY, OSError) as problem:
                self.close()
                pause = outage.failed(problem)
            except Exception:
                log.exception("search index not followed")
                self.close()
                pause = RETRY_SECONDS
            self.tell()
            self._database.checkpoint(QUIET_SECONDS)
            stop.wait(pause)
        self.close()

    def close(self) -> None:
        """Let go of the index."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        self._seen = -1


def start(database: Database, root: Path, after_change: Sequence[AfterChange] = ()) -> threading.Event:
    """Run a follower in a thread of its own; set the event to stop it.

    The thread calls each of `after_change` after every step in which the change log grew, the index being up to date
    then, and once as it begins. What one of them raises is logged and ends neither the thread nor the others.
    """
    stop = threading.Event()
    follower = Follower(database, root, after_change)
    thread = threading.Thread(target=follower.run, args=(stop,), name="search-follower", daemon=True)
    thread.start()
    return stop
