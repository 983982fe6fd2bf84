"""Writes the index: adds, deletes and merges documents, and commits them with the last change that they hold.

Whoosh publishes a commit by renaming its table of contents, which bears the commit's number. The last change is
written before that, into a file that bears the same number: a reader takes both or neither, and a crash between leaves
a file that no table of contents refers to. Whoosh does not call fsync, so `DurableStorage` does: a power cut, too,
leaves the old commit or the new one.
"""

# mypy: allow-untyped-calls
# Whoosh is annotated in part only.

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from whoosh.codec.whoosh3 import W3Segment
from whoosh.fields import Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, clean_files
from whoosh.util.filelock import try_for

from kb.core.errors import Problem

from ..engine_types import Document
from .schema import FORMAT, IndexUnreadable
from .segment_builder import SegmentBuilder
from .segment_file import write_arrays
from .segments import EXTENSION, INDEX_NAME, Segment, segments_of_commit

MERGE_FLOOR = 32
"""Segments of up to this many documents are always merged: reading one more file costs more than rewriting them."""

KEPT_COMMITS = 8
"""Files of so many past commits stay, for a reader that is just opening one."""

MOST_POSTINGS = 1_500_000
"""Postings of stems gathered in memory before they are written as a segment: some 250 MB, with all else."""

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
    TOC.create(FileStorage(str(folder)), Schema(), INDEX_NAME)


def _write_state(folder: Path, commit: int, last_change: int) -> None:
    path = folder / f"commit_{commit}.json"
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps({"format": FORMAT, "last_change": last_change}), encoding="utf-8")
    _sync(unfinished)
    unfinished.replace(path)


class _DurableStorage(FileStorage):
    """Whoosh's storage, whose last step of a commit, the rename, waits until all that was written is on disk."""

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        """Publish a table of contents; the files of segments are on disk already."""
        _sync(Path(self.folder, oldname))
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

    `opened` are segments that somebody has open, by name. Raises IndexLocked if another process writes,
    IndexUnreadable if there is no index.
    """

    def __init__(self, folder: Path, opened: Mapping[str, Segment]) -> None:
        self._folder = folder
        self._storage = _DurableStorage(str(folder))
        self._lock = self._storage.lock(f"{INDEX_NAME}_WRITELOCK")
        if not try_for(self._lock.acquire, timeout=1.0, delay=0.1):
            raise IndexLocked(f"another process is writing the index in {folder}")
        try:
            self._commit = newest_commit(folder) + 1
            self._toc_segments = segments_of_commit(folder, self._commit - 1)
            self._opened = {each.segment_id(): open_segment(folder, each, opened) for each in self._toc_segments}
        except FileNotFoundError as error:
            self._lock.release()
            raise IndexUnreadable(f"the index in {folder} cannot be written: {error}") from error
        except BaseException:
            self._lock.release()
            raise
        self._builder = SegmentBuilder()
        self._added: dict[int, int] = {}
        self._replaced: list[int] = []

    def add(self, documents: Iterable[Document]) -> None:
        """Add documents, each replacing the one with its id, be it committed or of this run. Raises ValueError."""
        for document in documents:
            if self._builder.postings > MOST_POSTINGS:
                self._flush()
            number = self._builder.add(document)
            self.delete((document.id,))
            self._added[document.id] = number

    def delete(self, ids: Iterable[int]) -> None:
        """Take documents out; unknown ids are passed over."""
        for id_ in ids:
            number = self._added.pop(id_, None)
            if number is not None:
                self._replaced.append(number)
            for segment in self._toc_segments:
                # Deleting what is deleted again does no harm.
                for written in self._opened[segment.segment_id()].numbers_of(id_):
                    segment.delete_document(written)

    def commit(self, last_change: int) -> None:
        """Publish this run with the last change it holds. If it fails the run is lost, and the lock let go."""
        try:
            _write_state(self._folder, self._commit, last_change)
            self._merge()
            self._flush()
            TOC(Schema(), self._toc_segments, self._commit).write(self._storage, INDEX_NAME)
            clean_files(self._storage, INDEX_NAME, self._commit, self._toc_segments)
        finally:
            self._lock.release()
        for path in self._folder.iterdir():
            match = _STATE.fullmatch(path.name)
            if match and int(match[1]) <= self._commit - KEPT_COMMITS:
                path.unlink(missing_ok=True)

    def cancel(self) -> None:
        """Forget this run. The files it began are swept up by the next commit."""
        self._lock.release()

    def _merge(self) -> None:
        """Rewrite segments no larger than what is gathered so far, and those mostly deleted.

        Segment sizes then grow as powers of two, so that every document is rewritten about log2(n) times in all, and an
        index of 100,000 has at most a dozen segments.
        """
        gathered = max(self._builder.count, MERGE_FLOOR)
        kept = []
        for segment in sorted(self._toc_segments, key=_live_count):
            live = _live_count(segment)
            if live <= gathered or live < segment.deleted_count():
                if live:
                    self._opened[segment.segment_id()].add_to(self._builder, list(segment.deleted_docs()))
                gathered += live
            else:
                kept.append(segment)
        self._toc_segments = kept

    def adopt(self, segments: Iterable[tuple[str, int]]) -> None:
        """Take over segments that other processes wrote into the folder: the id of each, and its documents."""
        for id_, count in segments:
            self._append(id_, count)

    def _flush(self) -> None:
        """Write what is gathered as a segment."""
        builder, self._builder = self._builder, SegmentBuilder()
        if builder.count:
            self._append(write_segment(self._folder, builder), builder.count, self._replaced)
        self._added, self._replaced = {}, []

    def _append(self, id_: str, count: int, deleted: Iterable[int] = ()) -> None:
        """Let the next commit have a segment, by its id, with the number of its documents and those deleted in it."""
        segment: Any = W3Segment(None, INDEX_NAME, doccount=count, segid=id_)
        for number in deleted:
            segment.delete_document(number)
        name = segment.segment_id()
        self._opened[name] = Segment(self._folder, name)
        self._toc_segments.append(segment)


def write_segment(folder: Path, builder: SegmentBuilder) -> str:
    """Write a segment that no commit refers to yet; return its id."""
    segment: Any = W3Segment(None, INDEX_NAME)
    write_arrays(folder / f"{segment.segment_id()}{EXTENSION}", builder.arrays())
    id_: str = segment.segid
    return id_


def written_segment(folder: Path, id_: str) -> Segment:
    """A segment that no commit refers to yet, by its id."""
    return Segment(folder, W3Segment(None, INDEX_NAME, segid=id_).segment_id())


def open_segment(folder: Path, segment: Any, opened: Mapping[str, Segment]) -> Segment:
    """The segment that Whoosh's own object stands for, opened unless it is. Raises FileNotFoundError."""
    return opened.get(segment.segment_id()) or Segment(folder, segment.segment_id())


def _live_count(segment: Any) -> int:
    count: int = segment.doc_count_all() - segment.deleted_count()
    return count
