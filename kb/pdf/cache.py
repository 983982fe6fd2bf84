"""PDFs in a folder, by the hash of the HTML that they were made from; bounded in size and age."""

import os
import time
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

LARGEST_BYTES = 64_000_000
"""Bytes of all files together."""

OLDEST_SECONDS = 86_400


class PdfCache:
    """The folder; several processes may use it. What goes wrong with it is logged, for it can be done without."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> bytes | None:
        """The PDF with a key, unless there is none or it is too old."""
        file = self._folder / f"{key}.pdf"
        try:
            return file.read_bytes() if time.time() - file.stat().st_mtime < OLDEST_SECONDS else None
        except OSError:
            return None

    def put(self, key: str, pdf: bytes) -> None:
        """Keep a PDF; drop what is too old, and the oldest of what is too much."""
        try:
            # Briefs of chairs are not public.
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # A name for each process: two may make the same document at once.
            written = self._folder / f"{key}.{os.getpid()}.new"
            written.write_bytes(pdf)
            written.replace(self._folder / f"{key}.pdf")
            self._prune()
        except OSError as problem:
            log.warning("a PDF could not be kept", problem=str(problem))

    def _prune(self) -> None:
        oldest, total = time.time() - OLDEST_SECONDS, 0
        files = [(file.stat(), file) for file in self._folder.iterdir()]
        for stat, file in sorted(files, key=lambda pair: -pair[0].st_mtime):
            total += stat.st_size
            if stat.st_mtime < oldest or total > LARGEST_BYTES:
                file.unlink(missing_ok=True)
