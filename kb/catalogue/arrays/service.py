"""Keeps the newest snapshot of a database in the memory of a process, brought up by the entries that changed."""

import threading

from sqlalchemy.orm import Session

from kb.core.db import Database

from ..change_log import MOST_ENTRIES_IN_A_REQUEST, MOST_ROWS_IN_A_REQUEST, changes_since, log_position
from ..entries import ENTRIES
from .codes import Codes
from .reading import read_table
from .snapshot import CatalogueSnapshot

MOST_CHANGES = 2_000
"""Beyond so many changed entries all are read anew, which is faster."""


class CatalogueArrays:
    """The published entries of one database as arrays; threads may share it.

    Where a follower of the change log calls `follow`, a request is answered from the newest snapshot there is when
    more has changed than a request can apply; without one, requests bring it up themselves.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._snapshot: CatalogueSnapshot | None = None
        self._is_followed = False

    def follow(self) -> None:
        """Bring this process up to the change log; called by the follower's thread after each change."""
        self._is_followed = True
        with self._database.snapshot() as session:
            version, name = log_position(session)
            if not _is_newest(self._snapshot, version, name):
                with self._lock:
                    self._snapshot = _brought_up(session, self._snapshot, version, name)

    def is_behind(self, newest: int) -> bool:
        """Whether the thread that follows the change log has yet to read changes up to this number."""
        return self._is_followed and (self._snapshot is None or self._snapshot.version < newest)

    def current(self, session: Session) -> CatalogueSnapshot:
        """The catalogue as the session sees it, or newer."""
        version, name = log_position(session)
        snapshot = self._snapshot
        if snapshot is not None and _is_newest(snapshot, version, name):
            return snapshot
        if snapshot is None or snapshot.name != name or not self._is_followed:
            with self._lock:
                self._snapshot = made = _brought_up(session, self._snapshot, version, name)
                return made
        if not self._lock.acquire(blocking=False):
            return snapshot
        try:
            self._snapshot = made = _brought_up(session, self._snapshot, version, name, MOST_ENTRIES_IN_A_REQUEST)
            return made
        finally:
            self._lock.release()


def _is_newest(snapshot: CatalogueSnapshot | None, version: int, name: str | None) -> bool:
    return snapshot is not None and snapshot.name == name and snapshot.version >= version


def _brought_up(
    session: Session, snapshot: CatalogueSnapshot | None, version: int, name: str | None, most: int | None = None
) -> CatalogueSnapshot:
    """The snapshot as of a version; as it was, where more than `most` entries have changed since."""
    if snapshot is None or snapshot.name != name:
        return _read(session, version, name)
    if snapshot.version >= version:
        return snapshot
    if most is not None and version - snapshot.version > MOST_ROWS_IN_A_REQUEST:
        return snapshot
    version, changed = changes_since(session, snapshot.version)
    ids = {kind: {entry_id for of, entry_id in changed if of == kind} for kind in ENTRIES}
    count = sum(map(len, ids.values()))
    if most is not None and count > most:
        return snapshot
    if count > MOST_CHANGES:
        return _read(session, version, name)
    tables = {
        kind: table.replaced(ids[kind], read_table(session, kind, snapshot.codes, ids[kind])) if ids[kind] else table
        for kind, table in snapshot.tables.items()
    }
    return CatalogueSnapshot(version, name, snapshot.codes, tables)


def _read(session: Session, version: int, name: str | None) -> CatalogueSnapshot:
    codes = Codes()
    return CatalogueSnapshot(version, name, codes, {kind: read_table(session, kind, codes) for kind in ENTRIES})
