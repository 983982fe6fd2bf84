"""Makes the files of downloads, here and now or in a thread, and makes them again once they are gone.

A small download is made in the request that asks for it. A large one takes some seconds for each 10,000 entries: a
thread of the server makes it while its page looks again, as imports are run. Whoever looks at a download that nobody
makes, since the process that did was killed, lets it be made: so nothing is lost and no list of tasks is kept.
"""

import errno
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, BinaryIO

import structlog

from kb.catalogue.change_log import log_position
from kb.core.column_types import now
from kb.core.database_errors import TEMPORARY
from kb.core.db import Database
from kb.core.error_traces import described
from kb.core.errors import Busy, Refused
from kb.core.gc_tuning import rare_collections
from kb.core.i18n import gettext_noop
from kb.search.service import Search

from ..cells import Cell
from ..coverage import Coverage, coverage
from ..export import Export, Links
from ..formats import FORMATS
from ..names import read_terms
from . import actions
from .files import KeptFiles
from .models import Download
from .pieces import CannotBeRead, KeptExport, PieceWriter, head_of, piece_of, source_rows, sources_of
from .questions import from_json

SMALL = 1_000
"""Entries of a CSV file that a request makes itself, in a second or so; of other formats as many as take as long."""

_INDEX_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.2

NO_SPACE = gettext_noop("There is no space left on the server’s disk. Please tell the people who run this site.")
NOT_WRITTEN = gettext_noop("The file could not be written. Please tell the people who run this site.")
UNFORESEEN = gettext_noop("Something went wrong on our side. The problem was recorded.")
INDEX_BEHIND = gettext_noop("The search does not have the newest changes yet. Please try again in a minute.")
DIFFERS = gettext_noop(
    "This file is no longer available: built again, it would not be exactly the same. You can make a "
    "new download of the same search."
)
_BEING_BUILT = gettext_noop("The file is being built again. This page tries again automatically in a few seconds.")

log = structlog.get_logger(__name__)


class Differs(Exception):
    """A file that was built again is not what it was: `checksum` is that of the new one, None where none was built."""

    def __init__(self, checksum: str | None) -> None:
        super().__init__(checksum)
        self.checksum = checksum


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What a file is made from, and what is told of it, as the catalogue named `identity` was at a change number."""

    pieces: list[str]
    change_number: int
    identity: str | None
    sources: int
    coverage: Coverage


class DownloadMaker:
    """Makes downloads of one database; threads may share it. `wait` is for tests and for the end of a process."""

    def __init__(self, database: Database, search: Search, files: KeptFiles) -> None:
        self._database, self._search, self._files = database, search, files
        self._lock = threading.Lock()
        self._queue: deque[int] = deque()
        self._thread: threading.Thread | None = None
        self._differing: dict[int, str | None] = {}
        """The checksums of files that were built again and differ, by download."""

    def make(self, download_id: int) -> None:
        """Make a download, unless it is made or another process is at it; what goes wrong is noted with it."""
        with self._files.working_on(f"download-{download_id}") as is_ours:
            if not is_ours:
                return
            with self._database.reading() as session:
                download = session.get(Download, download_id)
            if download is not None and download.state == "waiting":
                self._make(download)

    def make_later(self, download_id: int) -> None:
        """Let the thread make a download, or build its file again; one at a time."""
        with self._lock:
            if download_id not in self._queue:
                self._queue.append(download_id)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="downloads", daemon=True)
                self._thread.start()

    def wait(self, seconds: float = 60) -> None:
        """Wait until the thread has nothing to do."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def open(self, download: Download) -> BinaryIO:
        """The file of a download that is made; built again where it is gone.

        Raises Differs where it cannot be had as it was, and Busy while a large one is being built.
        """
        kept = self._kept(download)
        if kept is not None:
            return kept
        if download.id in self._differing:
            raise Differs(self._differing[download.id])
        if not is_small(download.format, download.entries or 0):
            self.make_later(download.id)
            raise Busy(_BEING_BUILT)
        self._build_again(download)
        kept = self._kept(download)
        if kept is None:
            raise Busy(_BEING_BUILT)
        return kept

    def source_rows(self, download: Download) -> Iterator[list[list[Cell]]]:
        """The table of the sources of a download as it was, in batches; it has a session of its own until it ends."""
        with self._database.reading() as session:
            about = _about(download, download.change_number, download.made_at or download.asked_at)
            yield from source_rows(session, KeptExport.read(session, download.pieces, **about))

    def _kept(self, download: Download) -> BinaryIO | None:
        return self._files.open(download.checksum or "")

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._thread = None
                    return
                download_id = self._queue[0]
            try:
                self._do(download_id)
            except Exception:  # whoever looks at it again lets it be made again
                log.exception("a download was not made", download=download_id)
            with self._lock:
                self._queue.popleft()

    def _do(self, download_id: int) -> None:
        with self._database.reading() as session:
            download = session.get_one(Download, download_id)
        if download.state == "waiting":
            with rare_collections():
                self.make(download_id)
        elif download.state == "made" and download_id not in self._differing:
            with self._files.working_on(f"download-{download_id}") as is_ours:
                if is_ours and (kept := self._kept(download)) is None:
                    self._build_again(download)
                elif is_ours and kept is not None:
                    kept.close()

    def _make(self, download: Download) -> None:
        try:
            self._make_and_note(download)
            return
        except Refused as refused:
            problem = refused.message.template
        except OSError as trouble:
            log.error("a download was not written", download=download.code, problem=str(trouble))
            problem = NO_SPACE if trouble.errno in {errno.ENOSPC, errno.EDQUOT} else NOT_WRITTEN
        except TEMPORARY:
            # It goes on waiting, and whoever looks at it lets it be made.
            raise
        except Exception:  # whatever it is, nobody should wait for ever
            log.exception("a download was not made", download=download.code)
            problem = UNFORESEEN
        with self._database.writing() as session:
            actions.note_failed(session, download.id, problem)

    def _make_and_note(self, download: Download) -> None:
        made_at = now()
        ends = time.monotonic() + _INDEX_SECONDS
        while (gathered := self._gather(download, made_at)) is None:
            if time.monotonic() > ends:
                raise Refused(INDEX_BEHIND)
            time.sleep(_LOOK_AGAIN_SECONDS)
        checksum, size = self._write(download, gathered.pieces, gathered.change_number, made_at)
        with self._database.writing() as session:
            actions.note_made(
                session,
                download,
                gathered.identity,
                change_number=gathered.change_number,
                made_at=made_at,
                entries=gathered.coverage.entries,
                sources=gathered.sources,
                checksum=checksum,
                size=size,
                coverage=gathered.coverage,
                pieces=gathered.pieces,
            )

    def _gather(self, download: Download, made_at: datetime) -> _Gathered | None:
        """Keep what the file is made from, all as of one moment; None where the index is of another moment."""
        pieces = PieceWriter(self._database)
        sources: set[bytes] = set()
        ids: list[int] = []
        with self._database.snapshot() as session:
            change_number, identity = log_position(session)
            counts = self._search.counts(session)
            keys = self._search.matching(session, from_json(download.question)).keys
            if not self._search.is_as_of(session, change_number):
                return None
            export = Export(
                ids=[entry_id for kind, entry_id in keys if kind == download.kind],
                **_about(download, change_number, made_at),
            )
            for entries, names in export.named_batches(session):
                pieces.add(piece_of(session, download.kind, entries, names))
                ids += [entry["id"] for entry in entries]
                sources.update(_hash(url) for entry in entries for url in sources_of(download.kind, entry))
            head = pieces.add(head_of(read_terms(session), ids))
            covered = coverage(session, download.kind, ids, counts)
        pieces.flush()
        return _Gathered([head, *pieces.keys[:-1]], change_number, identity, len(sources), covered)

    def _write(
        self, download: Download, pieces: Sequence[str], change_number: int, made_at: datetime
    ) -> tuple[str, int]:
        """Write the file from the pieces alone; its SHA-256 and its size."""
        with self._database.reading() as session:
            export = KeptExport.read(session, pieces, **_about(download, change_number, made_at))
            return self._files.keep(FORMATS[download.format].write(session, export, Links(download.site)))

    def _build_again(self, download: Download) -> None:
        """Build a file that is gone. Raises Differs where it is another one, which is not kept."""
        checksum = None
        try:
            checksum, _ = self._write(
                download, download.pieces, download.change_number, download.made_at or download.asked_at
            )
        except (CannotBeRead, LookupError, TypeError, ValueError, AttributeError) as problem:
            # As where this version of the program declares a field that was not there yet.
            log.error("a download cannot be built again", download=download.code, problem=described(problem))
        if checksum != download.checksum:
            if checksum is not None:
                self._files.remove(checksum)
            log.error("a download is another one when built again", download=download.code, checksum=checksum)
            self._differing[download.id] = checksum
            with suppress(*TEMPORARY), self._database.writing() as session:
                actions.note_differing(session, download.id, DIFFERS)
            raise Differs(checksum)


def is_small(file_format: str, entries: int) -> bool:
    """Whether a request may make a file itself."""
    return entries * FORMATS[file_format].effort <= SMALL


def _about(download: Download, change_number: int, made_at: datetime) -> dict[str, Any]:
    """What an Export says of a download besides its entries."""
    return {
        "kind": download.kind,
        "title": download.words,
        "address": f"{download.site}{download.path}",
        "change_number": change_number,
        "made_on": made_at.date(),
    }


def _hash(text: str) -> bytes:
    """Eight bytes that stand for a text when different ones are counted."""
    return blake2b(text.encode(), digest_size=8).digest()
