"""Writes the index: adds, deletes and merges documents, and commits them with the last change that they hold.

Whoosh publishes a commit by renaming its table of contents, which bears the commit's number. The last change is
written before that, into a file that bears the same number: a reader takes both or neither, and a crash between leaves
a file that no table of contents refers to. Whoosh does not call fsync, so `DurableStorage` does: a power cut, too,
leaves the old commit or the new one.
"""

# mypy: allow-untyped-calls
# Whoosh's writer and its codec are not annotated.

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex, LockError
from whoosh.reading import SegmentReader
from whoosh.writing import SegmentWriter

from kb.core.errors import Problem

from ..engine_types import Document
from .codec import ArrayCodec
from .postings_pool import TermPool
from .schema import FORMAT, ID, IndexUnreadable, fields_of, schema
from .segments import INDEX_NAME, SegmentFiles, storage_of

MERGE_FLOOR = 32
"""Segments of up to this many documents are always merged: reading one more file costs more than rewriting them."""

KEPT_COMMITS = 8
"""Files of so many past commits stay, for a reader that is just opening one."""

MEMORY_MB = 128
"""Postings gathered in memory before they are sorted to disk."""

_TOC = re.compile(rf"_{INDEX_NAME}_(\d+)\.toc")
_STATE = re.compile(r"commit_(\d+)\.json")


class IndexLocked(Problem):
    """Another process is writing this index."""


def newest_commit(folder: Path) -> int:
    """The number of the newest commit; -1 if there is none. Takes a listing of the folder, about 0.1 ms."""
    try:
        with os.scandir(folder) as entries:
            matches = [_TOC.fullmatch(entry.name) for entry in entries]
    except FileNotFoundError:
        return -1
    return max((int(match[1]) for match in matches if match), default=-1)


def last_change_of(folder: Path, commit: int) -> int:
    """The last change a commit holds. Raises FileNotFoundError if the commit is gone, IndexUnreadable if damaged."""
    try:
        state = json.loads((folder / f"commit_{commit}.json").read_bytes())
        if state["format"] != FORMAT:
            raise IndexUnreadable(f"the index has format {state['format']}, this program writes {FORMAT}")
        return int(state["last_change"])
    except (ValueError, KeyError, TypeError) as error:
        raise IndexUnreadable(f"the state of commit {commit} cannot be read: {error}") from error


def create_index(folder: Path) -> None:
    """Make an empty index in a folder, made if need be. Raises FileExistsError if there is an index already."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if newest_commit(folder) >= 0:
        raise FileExistsError(f"there is an index in {folder} already")
    _write_state(folder, 0, 0)
    TOC.create(storage_of(folder), schema(), INDEX_NAME)


def _write_state(folder: Path, commit: int, last_change: int) -> None:
    path = folder / f"commit_{commit}.json"
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps({"format": FORMAT, "last_change": last_change}), encoding="utf-8")
    _sync(unfinished)
    unfinished.replace(path)


class DurableStorage(FileStorage):
    """Whoosh's storage, whose last step of a commit, the rename, waits until all that was written is on disk."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._created: set[str] = set()

    def create_file(self, name: str, excl: bool = False, mode: str = "wb", **kwargs: Any) -> Any:
        """Create a file as Whoosh does, and remember it."""
        self._created.add(name)
        return super().create_file(name, excl, mode, **kwargs)

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        """Publish a table of contents."""
        for name in self._created:
            path = Path(self.folder, name)
            if path.exists():
                _sync(path)
        super().rename_file(oldname, newname, safe)
        _sync(Path(self.folder))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class IndexWriter:
    """One run of writing, from the first document to commit or rollback. Holds the index's lock; not thread-safe.

    Raises IndexLocked if another process writes, IndexUnreadable if there is no index.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer = _writer(folder)
        self._added: dict[int, int] = {}
        self._written = _Written(storage_of(folder), self._writer.segments)

    def add(self, documents: Iterable[Document]) -> None:
        """Add documents, each replacing the one with its id, be it committed or of this run. Raises ValueError."""
        for document in documents:
            if not 0 <= document.id < 1 << 63:
                raise ValueError(f"a document's id must be within 0 and 2**63 - 1, not {document.id}")
            made = fields_of(document)
            self.delete((document.id,))
            self._added[document.id] = self._writer.docnum
            self._writer.add_document(**made)

    def delete(self, ids: Iterable[int]) -> None:
        """Take documents out; unknown ids are passed over."""
        for id_ in ids:
            number = self._added.pop(id_, None)
            # Whoosh cannot delete from the segment it is writing; the segment itself can note it.
            if number is not None:
                self._writer.newsegment.delete_document(number)
            for segment, written in self._written.places(id_):
                segment.delete_document(written)

    def commit(self, last_change: int) -> None:
        """Publish this run with the last change it holds. If it fails the run is lost, and the lock let go."""
        commit = self._writer.generation
        try:
            _write_state(self._folder, commit, last_change)
            self._writer.commit(mergetype=_merge)
        finally:
            self._let_go()
        for path in self._folder.iterdir():
            match = _STATE.fullmatch(path.name)
            if match and int(match[1]) <= commit - KEPT_COMMITS:
                path.unlink(missing_ok=True)

    def cancel(self) -> None:
        """Forget this run. The files it began are swept up by the next commit."""
        self._let_go()

    def _let_go(self) -> None:
        """Close files and lock whatever happened before; a failed commit has closed some of them already."""
        try:
            if not self._writer.is_closed:
                self._writer.cancel()
        finally:
            for part in (self._writer.perdocwriter, self._writer.fieldwriter):
                if not part.is_closed:
                    part.close()


def _writer(folder: Path) -> Any:
    """Whoosh's writer, with the lock."""
    try:
        index = FileIndex(DurableStorage(str(folder)), schema(), INDEX_NAME)
        # compound=False: compound segments are copied into memory as a whole when they are opened.
        writer: Any = SegmentWriter(index, timeout=1.0, codec=ArrayCodec(), compound=False)
    except LockError as error:
        raise IndexLocked(f"another process is writing the index in {folder}") from error
    # As for reading: whatever Whoosh's unpickling came upon means the same to a caller.
    except Exception as error:
        raise IndexUnreadable(f"the index in {folder} cannot be written: {error}") from error
    pool: Any = TermPool(writer.temp_storage(), MEMORY_MB)
    # The writer takes a `poolclass` and forgets it, so the pool is changed before anything is in it.
    writer.pool = pool
    return writer


class _Written:
    """Where committed documents are, by id: in which of Whoosh's segment objects, and with which number."""

    def __init__(self, storage: FileStorage, segments: list[Any]) -> None:
        self._segments = []
        for segment in segments:
            files = SegmentFiles(storage, segment)
            ids = files.numbers(ID, ">i8", None)
            files.close()
            order = np.argsort(ids, kind="stable")
            self._segments.append((segment, ids[order], order))

    def places(self, id_: int) -> list[tuple[Any, int]]:
        """Every place of an id, deleted ones included; deleting those again does no harm."""
        places: list[tuple[Any, int]] = []
        for segment, ids, order in self._segments:
            first, last = np.searchsorted(ids, id_, side="left"), np.searchsorted(ids, id_, side="right")
            places.extend((segment, int(order[at])) for at in range(first, last))
        return places


def _merge(writer: Any, segments: list[Any]) -> list[Any]:
    """Whoosh's merge policy: rewrite segments no larger than what is gathered so far, and those mostly deleted.

    Segment sizes then grow as powers of two, so that every document is rewritten about log2(n) times in all, and an
    index of 100,000 has at most a dozen segments.
    """
    gathered = max(writer.docnum, MERGE_FLOOR)
    kept = []
    for segment in sorted(segments, key=lambda each: each.doc_count_all() - each.deleted_count()):
        live = segment.doc_count_all() - segment.deleted_count()
        if live <= gathered or live < segment.deleted_count():
            if live:
                reader = SegmentReader(writer.storage, writer.schema, segment)
                try:
                    writer.add_reader(reader)
                finally:
                    reader.close()
            gathered += live
        else:
            kept.append(segment)
    return kept
