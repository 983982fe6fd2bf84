"""The engine of `kb.search.engine_types` over one generation folder."""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, RLock
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from ..engine_types import Document, Query, Result, Stats, StoredText
from ..parsing import ParsedQuery
from ..spelling import Spelling
from .beginnings import Beginning, beginnings
from .executor import answer, matching_ids
from .index_writer import IndexWriter, create_index, last_change_of, newest_commit, open_segment
from .other_spellings import with_other_spellings
from .schema import IndexUnreadable, reading_files
from .segments import Segment, segments_of_commit
from .snapshot import Snapshot

_TRIES = 20
_PAUSE_SECONDS = 0.02
_CLOSED = -2


@dataclass(frozen=True, slots=True)
class _Commit:
    """A commit: its number, the last change it holds, its segments by name, and which documents of each are deleted."""

    number: int
    last_change: int
    segments: Mapping[str, Segment]
    deleted: Mapping[str, Sequence[int]]

    def snapshot(self) -> Snapshot:
        """The commit as it is searched."""
        with reading_files():
            return Snapshot(self.number, self.last_change, list(self.segments.values()), self.deleted)


class WhooshEngine:
    """Search and write one index folder. Many threads may search; writes are taken one at a time.

    Only one process may write: the first `index` or `delete` takes the index's lock, `commit`, `rollback` and `close`
    let it go, and so does the end of the process, however it comes. If a commit fails its error is raised, the run's
    writes are forgotten, and the next `index` starts afresh.
    """

    def __init__(self, path: Path, generation: str) -> None:
        """Open the index in a folder. `generation` is the name results carry. Raises IndexUnreadable."""
        self.path = path
        self.generation = generation
        self._writing = RLock()
        self._refreshing = Lock()
        self._store: IndexWriter | None = None
        self._snapshot: Snapshot | None = None
        self._commit = self._load({})

    @classmethod
    def open(cls, path: Path, generation: str) -> Self:
        """Open an index. Raises IndexUnreadable if there is none, or none that this program can read."""
        return cls(path, generation)

    @classmethod
    def create(cls, path: Path, generation: str) -> Self:
        """Make an empty index in a folder, and open it. Raises FileExistsError if there is one."""
        create_index(path)
        return cls(path, generation)

    def index(self, documents: Iterable[Document]) -> None:
        """Add documents, each replacing the one with its id. Raises IndexLocked, and ValueError for a negative id."""
        with self._writing:
            self._open_store().add(documents)

    def delete(self, ids: Iterable[int]) -> None:
        """Take documents out; an unknown id is no error. Raises IndexLocked."""
        with self._writing:
            self._open_store().delete(ids)

    def adopt(self, segments: Iterable[tuple[str, int]]) -> None:
        """Take over segments that other processes wrote with `write_segment`, by id and number of documents."""
        with self._writing:
            self._open_store().adopt(segments)

    def commit(self, last_change: int) -> str:
        """Make the writes durable with the number of the last change they hold; return the generation.

        A reader sees both or neither. Committing nothing is allowed, and records the last change.
        """
        with self._writing:
            store = self._open_store()
            self._store = None
            store.commit(last_change)
            return self.generation

    def rollback(self) -> None:
        """Forget what was written since the last commit, and let the lock go."""
        with self._writing:
            if self._store is not None:
                store, self._store = self._store, None
                store.cancel()

    def refresh(self) -> bool:
        """Let `search` see the newest commit; True if there was a newer one. About 0.1 ms when there is none.

        Searches under way go on with the snapshot they began with. Raises IndexUnreadable and keeps the old snapshot
        if the new commit cannot be read.
        """
        with self._refreshing:
            if newest_commit(self.path) == self._commit.number:
                return False
            commit = self._load(self._commit.segments)
            if self._snapshot is not None:
                self._snapshot = commit.snapshot()
            self._commit = commit
            return True

    def search(self, query: Query) -> Result:
        """Answer a query against the commit last refreshed to. Raises IndexUnreadable where the disk is damaged."""
        with reading_files():
            return answer(self.snapshot, query, self.generation)

    def matching_ids(self, query: Query) -> npt.NDArray[np.int64]:
        """The ids of all that a query finds, in no order; some milliseconds for 100,000. Raises IndexUnreadable."""
        with reading_files():
            return matching_ids(self.snapshot, query)

    def stored_texts(self, ids: Sequence[int]) -> dict[int, StoredText]:
        """What can be shown of live documents by their ids. Raises IndexUnreadable."""
        with reading_files():
            return self.snapshot.stored_texts(ids)

    def ids(self) -> list[int]:
        """Every live id, ascending."""
        snapshot = self.snapshot
        ids: list[int] = sorted(snapshot.ids[snapshot.live_rows].tolist())
        return ids

    def digests(self) -> list[tuple[int, int]]:
        """Id and digest of every live document, in no order. Raises IndexUnreadable."""
        snapshot = self.snapshot
        with reading_files():
            digests = [digest for segment in snapshot.segments for digest in segment.digests.tolist()]
        return [(int(snapshot.ids[row]), digests[row]) for row in snapshot.live_rows.tolist()]

    def stats(self) -> Stats:
        """What the index holds, as of the last refresh; bytes as they are on disk now."""
        commit = self._commit
        size = 0
        for path in self.path.glob("*"):
            # A writer may just have swept a file away.
            with suppress(FileNotFoundError):
                size += path.stat().st_size
        documents = sum(segment.count for segment in commit.segments.values()) - sum(map(len, commit.deleted.values()))
        return Stats(documents, len(commit.segments), size, commit.last_change, self.generation)

    def close(self) -> None:
        """Let go of the lock, and of the files once searches under way have ended; later searches find nothing."""
        self.rollback()
        with self._refreshing:
            self._commit = _Commit(_CLOSED, 0, {}, {})
            self._snapshot = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def snapshot(self) -> Snapshot:
        """The commit last refreshed to; made when first asked for, so that who only writes has none."""
        snapshot = self._snapshot
        if snapshot is None:
            with self._refreshing:
                snapshot = self._snapshot = self._snapshot or self._commit.snapshot()
        return snapshot

    def warm(self) -> None:
        """Read what any search needs, so that the first one need not. Raises IndexUnreadable."""
        with reading_files():
            self.snapshot.warm()

    def with_other_spellings(self, parsed: ParsedQuery) -> ParsedQuery:
        """The query with other spellings of its compounds that the index holds. Raises IndexUnreadable."""
        with reading_files():
            return with_other_spellings(self.snapshot, parsed)

    def beginnings(self, typed: str, limit: int) -> list[Beginning]:
        """What to suggest while somebody types, the best first. Raises IndexUnreadable."""
        with reading_files():
            return beginnings(self.snapshot, typed, limit)

    def spelling(self) -> Spelling:
        """Nearer words for what was typed, by the commit last refreshed to.

        The first call after opening reads the vocabulary, 20,000 words in about 0.1 s; later ones only what is new.
        Raises IndexUnreadable.
        """
        with reading_files():
            return self.snapshot.spelling()

    def _open_store(self) -> IndexWriter:
        if self._store is None:
            self._store = IndexWriter(self.path, self._commit.segments)
        return self._store

    def _load(self, opened: Mapping[str, Segment]) -> _Commit:
        """The newest commit. A writer may sweep files away while they are being opened; then look again."""
        for _ in range(_TRIES):
            number = newest_commit(self.path)
            if number < 0:
                raise IndexUnreadable(f"there is no index in {self.path}")
            try:
                last_change = last_change_of(self.path, number)
                segments = segments_of_commit(self.path, number)
                return _Commit(
                    number,
                    last_change,
                    {each.segment_id(): open_segment(self.path, each, opened) for each in segments},
                    {each.segment_id(): tuple(each.deleted_docs()) for each in segments},
                )
            except FileNotFoundError as error:
                missing = error
                time.sleep(_PAUSE_SECONDS)
            except IndexUnreadable:
                raise
            except Exception as error:
                raise IndexUnreadable(f"the index cannot be opened: {error!r}") from error
        raise IndexUnreadable(f"a file of the index is missing: {missing}")
