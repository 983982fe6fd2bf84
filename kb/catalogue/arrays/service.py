"""Keeps the newest snapshot of a database in the memory of a process, brought up by the entries that changed."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from kb.core.db import Database

from ..change_log import log_position
from ..entries import ENTRIES
from ..followed import FollowedValue
from .codes import Codes
from .reading import read_table
from .snapshot import CatalogueSnapshot

MOST_CHANGES = 2_000
"""Beyond so many changed entries all are read anew, which is faster."""


class CatalogueArrays(FollowedValue[CatalogueSnapshot]):
    """The published entries of one database as arrays; threads may share it."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, ENTRIES, _read, _updated)


def _read(session: Session) -> CatalogueSnapshot:
    newest, identity = log_position(session)
    codes = Codes()
    return CatalogueSnapshot(newest, identity, codes, {kind: read_table(session, kind, codes) for kind in ENTRIES})


def _updated(
    snapshot: CatalogueSnapshot, session: Session, newest: int, changes: Collection[tuple[str, int]]
) -> CatalogueSnapshot:
    ids = {kind: {entry_id for of, entry_id in changes if of == kind} for kind in ENTRIES}
    if sum(map(len, ids.values())) > MOST_CHANGES:
        return _read(session)
    tables = {
        kind: table.replaced(ids[kind], read_table(session, kind, snapshot.codes, ids[kind])) if ids[kind] else table
        for kind, table in snapshot.tables.items()
    }
    return CatalogueSnapshot(newest, snapshot.identity, snapshot.codes, tables)
