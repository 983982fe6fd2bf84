"""Keeps the index equal to the database: follows the change log, rebuilds, and compares."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.catalogue.change_log import NO_ENTRY
from kb.catalogue.models import CatalogueIdentity, Change
from kb.catalogue.queries import last_change
from kb.core import metrics
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.errors import Problem
from kb.core.gc_tuning import rare_collections

from .documents import all_ids, documents_of
from .engine_types import Engine
from .index import IndexUnreadable, WhooshEngine
from .index_versions import IndexVersions
from .kind_definition import SearchedKind
from .kinds import KINDS, document_id, key_of, kind_called
from .rebuild_readers import reader_of

Read = TypeVar("Read")
Track = Callable[[Sequence[Any], str], Iterable[Any]]

_CHANGES_A_BATCH = 1_000
_DOCUMENTS_A_BATCH = 250
_LOCK_WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Status:
    """How an index stands: `generation` None where there is none to use, with `reason` saying why."""

    generation: str | None
    documents: int
    last_change: int
    newest_change: int
    reason: str | None = None

    @property
    def lag(self) -> int:
        """How many ids of the change log the index has not seen."""
        return max(0, self.newest_change - self.last_change)


@dataclass(frozen=True, slots=True)
class IndexLag:
    """How far an index is behind: changes that it does not hold, and the seconds since the first of them was made."""

    changes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Difference:
    """An entry that index and database do not agree on: missing from the index, orphaned in it, or outdated."""

    kind: SearchedKind
    entry_id: int
    what: str


class IndexDiffers(Problem):
    """A new index is not what the database says it should be; it was not made live."""


def identity(session: Session) -> str | None:
    """The database's random name; None before its first index is made."""
    return session.scalar(select(CatalogueIdentity.name))


def named(database: Database) -> str:
    """The database's random name, given now if it has none."""
    with database.reading() as session:
        name = identity(session)
    if name is None:
        with database.writing() as session:
            name = identity(session)
            if name is None:
                name = secrets.token_hex(16)
                session.add(CatalogueIdentity(id=1, name=name))
    return name


def follow(database: Database, engine: Engine) -> int:
    """Bring an engine up to the end of the log, in batches; return how many documents were written.

    Each batch is committed together with the last change it holds, so a crash anywhere repeats work and loses none.
    A change of no entry is committed too: labels of terms are kept as of a commit.
    """
    written = 0
    engine.refresh()
    last = engine.stats().last_change
    while True:
        with database.reading() as session:
            changes = session.execute(
                select(Change.id, Change.kind, Change.entry_id)
                .where(Change.id > last, Change.kind.in_([*KINDS, NO_ENTRY]))
                .order_by(Change.id)
                .limit(_CHANGES_A_BATCH)
            ).all()
            # A kind that only a newer version knows is passed over: that version's own index holds it.
            if not changes:
                return written
            entries = {(change.kind, change.entry_id) for change in changes if change.kind != NO_ENTRY}
            ids = sorted(document_id(kind_called(kind), entry_id) for kind, entry_id in entries)
            try:
                documents = list(documents_of(session, ids))
                engine.index(documents)
                engine.delete(set(ids) - {document.id for document in documents})
                last = changes[-1].id
                engine.commit(last)
            except BaseException:
                engine.rollback()
                raise
        engine.refresh()
        metrics.INDEX_DOCUMENTS.add(amount=len(ids))
        written += len(ids)


def rebuild(database: Database, root: Path, track: Track | None = None) -> Status:
    """Write a new generation beside the live one, catch up, compare with the database, and only then swap.

    Raises IndexLocked when another process is rebuilding, and IndexDiffers when the new index is not what the database
    says, which leaves the live one as it is.
    """
    versions = IndexVersions(root)
    with versions.lock("rebuilding"), rare_collections():
        name = named(database)
        engine = versions.create()
        try:
            with database.reading() as session:
                last = last_change(session)
                ids = all_ids(session)
            batches = [ids[start : start + _DOCUMENTS_A_BATCH] for start in range(0, len(ids), _DOCUMENTS_A_BATCH)]
            with reader_of(database, engine.path, len(ids)) as reader:
                for _ in _tracked(reader.index(batches), batches, track, "Index"):
                    pass
                reader.hand_over(engine)
                engine.commit(last)
                engine.refresh()
                follow(database, engine)
                digests = dict(chain.from_iterable(_tracked(reader.digests(batches), batches, track, "Check")))
            if differences := compare(database, engine, digests):
                raise IndexDiffers(f"the new index is not what the database says; differences: {len(differences)}")
            with versions.lock("writing", _LOCK_WAIT_SECONDS):
                follow(database, engine)
                versions.make_live(engine.generation, name)
        finally:
            engine.close()
            # After a success this is the new generation, after trouble the one that was live before.
            live = versions.live()
            versions.sweep(keep=live[0] if live else None)
    return status(database, root)


def _tracked(results: Iterator[Read], batches: Sequence[Any], track: Track | None, label: str) -> Iterator[Read]:
    """The results of batches under a progress bar."""
    for _ in track(batches, label) if track else batches:
        yield next(results)


def status(database: Database, root: Path) -> Status:
    """How the live index stands to the database."""
    with database.reading() as session:
        newest = last_change(session)
        followed = session.scalar(select(Change.id).where(Change.kind.in_(KINDS)).order_by(Change.id.desc()).limit(1))
    try:
        engine = usable(database, IndexVersions(root), newest)
    except IndexUnreadable as error:
        return Status(None, 0, 0, newest, str(error))
    stats = engine.stats()
    engine.close()
    return Status(stats.generation, stats.documents, stats.last_change, followed or 0)


def index_lag(database: Database, root: Path, session: Session | None = None) -> IndexLag | None:
    """How far the live index of this machine is behind; None where there is none of this database.

    Reads one small file of it and asks the database three questions that an index answers, in a session if there is
    one already. Raises SQLAlchemyError.
    """
    if session is None:
        with database.reading() as opened:
            return index_lag(database, root, opened)
    versions = IndexVersions(root)
    try:
        live = versions.live()
        if live is None or live[1] != identity(session):
            return None
        last = versions.last_change(live[0])
    except (IndexUnreadable, OSError):
        return None
    return lag_after(session, last)


def lag_after(session: Session, last: int) -> IndexLag:
    """How far an index is behind that holds all up to a change."""
    newer = (Change.id > last, Change.kind.in_(KINDS))
    first = session.execute(select(Change.id, Change.at).where(*newer).order_by(Change.id).limit(1)).first()
    if first is None:
        return IndexLag(0, 0.0)
    changes = session.scalar(select(func.count()).where(*newer)) or 0
    return IndexLag(changes, max(0.0, (now() - first.at).total_seconds()))


def usable(database: Database, versions: IndexVersions, newest: int) -> WhooshEngine:
    """Open the live generation. Raises IndexUnreadable when there is none, or it is not of this database as it is."""
    live = versions.live()
    if live is None:
        raise IndexUnreadable(f"there is no index in {versions.root}")
    name, made_from = live
    with database.reading() as session:
        ours = identity(session)
    if made_from != ours:
        raise IndexUnreadable("the index was made from another database")
    engine = versions.open(name)
    if engine.stats().last_change > newest:
        engine.close()
        raise IndexUnreadable("the index is ahead of the database, as after a restored backup")
    return engine


def check(database: Database, root: Path) -> list[Difference]:
    """Every difference between the live index and the database, both ways. Raises IndexUnreadable without an index."""
    with database.reading() as session:
        newest = last_change(session)
    engine = usable(database, IndexVersions(root), newest)
    try:
        return compare(database, engine)
    finally:
        engine.close()


def compare(database: Database, engine: Engine, read: Mapping[int, int] | None = None) -> list[Difference]:
    """Every difference between an engine and the database, leaving out entries with changes still to be followed.

    `read` are digests of documents that were read of the database since; where they are given, only those that differ
    from the engine's are looked at again.
    """
    differences: list[Difference] = []
    digests = dict(engine.digests())
    # Everything is read as of one moment: an edit meanwhile would look like a difference.
    with database.snapshot() as session:
        waiting = {
            document_id(kind_called(kind), entry_id)
            for kind, entry_id in session.execute(
                select(Change.kind, Change.entry_id).where(
                    Change.id > engine.stats().last_change, Change.kind.in_(KINDS)
                )
            )
        }
        ids = all_ids(session)
        in_doubt = ids if read is None else [id_ for id_ in ids if id_ not in read or read[id_] != digests.get(id_)]
        for document in documents_of(session, in_doubt):
            digest = digests.get(document.id)
            if document.id not in waiting and digest != document.digest:
                differences.append(_difference(document.id, "missing" if digest is None else "outdated"))
    differences += [_difference(orphan, "orphaned") for orphan in digests.keys() - set(ids) if orphan not in waiting]
    return differences


def _difference(document: int, what: str) -> Difference:
    kind, entry_id = key_of(document)
    return Difference(kind, entry_id, what)
