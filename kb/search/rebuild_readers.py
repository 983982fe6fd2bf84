"""Reads all entries for a rebuild of the index: few in this process, many in child processes of low priority.

A child reads the database, analyses documents and writes segments of its own, which the engine takes over. Each request
and each answer is a line of JSON; the first request says which database and which folder.
"""

import json
import os
import queue
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from kb.core import child_process
from kb.core.db import Database
from kb.core.errors import Problem
from kb.core.gc_tuning import rare_collections

from .documents import documents_of
from .index import MOST_POSTINGS, SegmentBuilder, WhooshEngine, write_segment, written_segment

FEW = 2_000
"""Documents up to which starting child processes would take longer than reading."""

MOST_PROCESSES = 4
_NICENESS = 10

Batch = Sequence[int]
Digests = list[tuple[int, int]]


class ChildEnded(Problem):
    """A child process ended before its work was done."""


class Reader(Protocol):
    """Reads entries in batches of their engine's ids; what it gives comes batch by batch."""

    def index(self, batches: Sequence[Batch]) -> Iterator[None]:
        """Write the documents of each batch into segments."""

    def hand_over(self, engine: WhooshEngine) -> None:
        """Give the segments to the engine, to be committed as one."""

    def digests(self, batches: Sequence[Batch]) -> Iterator[Digests]:
        """Id and digest of each document, as the database has it."""


class SegmentReader:
    """Reads with one session after the other, and writes segments into a folder."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._builder = SegmentBuilder()
        self._written: list[str] = []

    def index(self, batches: Sequence[Batch]) -> Iterator[None]:
        """Write the documents of each batch into segments."""
        for batch in batches:
            with self._database.reading() as session:
                for document in documents_of(session, batch):
                    self._builder.add(document)
            if self._builder.postings > MOST_POSTINGS:
                self._flush()
            yield

    def segments(self) -> list[str]:
        """The ids of the segments written."""
        self._flush()
        return self._written

    def merge(self, ids: Sequence[str]) -> list[tuple[str, int]]:
        """Make one segment of all, so that a search looks up each word once; its id and number of documents."""
        for id_ in ids:
            segment = written_segment(self._folder, id_)
            segment.add_to(self._builder, ())
        count = self._builder.count
        return [(write_segment(self._folder, self._builder), count)] if count else []

    def hand_over(self, engine: WhooshEngine) -> None:
        """Give the segments to the engine, to be committed as one."""
        engine.adopt(self.merge(self.segments()))

    def digests(self, batches: Sequence[Batch]) -> Iterator[Digests]:
        """Id and digest of each document, as the database has it."""
        for batch in batches:
            with self._database.reading() as session:
                digests = [(document.id, document.digest) for document in documents_of(session, batch)]
            yield digests

    def _flush(self) -> None:
        if self._builder.count:
            self._written.append(write_segment(self._folder, self._builder))
            self._builder = SegmentBuilder()


class ChildReaders:
    """Spreads batches over child processes; whichever is free takes the next one."""

    def __init__(self, database: Database, folder: Path, processes: int) -> None:
        self._children = [child_process.start(__name__) for _ in range(processes)]
        self._free: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="index-rebuild")
        where = {"database": database.url.render_as_string(hide_password=False), "folder": str(folder)}
        for child in self._children:
            _send(child, where)
            self._free.put(child)

    def index(self, batches: Sequence[Batch]) -> Iterator[None]:
        """Write the documents of each batch into segments."""
        for _ in self._threads.map(self._ask_any, [{"index": batch} for batch in batches]):
            yield

    def hand_over(self, engine: WhooshEngine) -> None:
        """Give the segments to the engine, to be committed as one."""
        written = self._threads.map(lambda child: _ask(child, {"segments": []}), self._children)
        merged = self._ask_any({"merge": list(chain.from_iterable(written))})
        engine.adopt((id_, count) for id_, count in merged)

    def digests(self, batches: Sequence[Batch]) -> Iterator[Digests]:
        """Id and digest of each document, as the database has it."""
        for digests in self._threads.map(self._ask_any, [{"digests": batch} for batch in batches]):
            yield [(id_, digest) for id_, digest in digests]

    def close(self) -> None:
        """End the children, whatever they are at."""
        for child in self._children:
            child_process.kill(child)
        self._threads.shutdown(cancel_futures=True)
        for child in self._children:
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()

    def _ask_any(self, request: object) -> Any:
        child = self._free.get()
        try:
            return _ask(child, request)
        finally:
            self._free.put(child)


def _send(child: Any, request: object) -> None:
    child.stdin.write(json.dumps(request).encode() + b"\n")
    child.stdin.flush()


def _ask(child: Any, request: object) -> Any:
    try:
        _send(child, request)
        answer = child.stdout.readline()
    except OSError as error:
        raise ChildEnded(f"a process that reads entries for the index has ended: {error}") from error
    # A child that is killed may have written a part of its line.
    if not answer.endswith(b"\n"):
        raise ChildEnded("a process that reads entries for the index has ended")
    return json.loads(answer)


@contextmanager
def reader_of(database: Database, folder: Path, count: int) -> Iterator[Reader]:
    """What reads so many entries best."""
    # A database in memory is there for this process alone.
    if count < FEW or (database.is_sqlite and database.file is None):
        yield SegmentReader(database, folder)
        return
    readers = ChildReaders(database, folder, min(os.cpu_count() or 1, MOST_PROCESSES))
    try:
        yield readers
    finally:
        readers.close()


def main() -> None:
    """Answer requests until there are no more."""
    os.nice(_NICENESS)
    where = json.loads(sys.stdin.readline())
    database = Database(where["database"], must_exist=True)
    reader = SegmentReader(database, Path(where["folder"]))
    with rare_collections():
        for line in sys.stdin:
            ((wanted, batch),) = json.loads(line).items()
            answer: object = None
            if wanted == "index":
                list(reader.index([batch]))
            elif wanted == "digests":
                (answer,) = reader.digests([batch])
            elif wanted == "merge":
                answer = reader.merge(batch)
            else:
                answer = reader.segments()
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    database.dispose()


if __name__ == "__main__":
    main()
