"""Files in a folder by their SHA-256: renamed once they are whole, and bounded in age and size."""

import fcntl
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import file_digest, sha256
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

import structlog

log = structlog.get_logger(__name__)

DOWNLOADS = "downloads"
"""The folder in that of the instance."""

_UNFINISHED = ".new"
_LOCK = ".lock"
_ABANDONED_SECONDS = 6 * 3600
"""Older files on the way, and locks, are of processes that were killed."""

_DAY_SECONDS = 86_400
_LEAST_SECONDS = 3_600
"""So long a file stays whatever the settings say, since whoever asked for it is about to fetch it."""


class KeptFiles:
    """Files by their SHA-256. Threads and processes may share the folder.

    A file is kept for `days` since it was written; beyond `megabytes` of all files the oldest go first, but for the
    newest one.
    """

    def __init__(self, folder: Path, days: int, megabytes: int) -> None:
        self._folder = folder
        self._seconds = max(days * _DAY_SECONDS, _LEAST_SECONDS)
        self._bytes = megabytes * 1_000_000
        self._checked: dict[str, tuple[int, int]] = {}

    def keep(self, chunks: Iterable[bytes]) -> tuple[str, int]:
        """Write a file; its SHA-256 and its size. Raises OSError, and then nothing is kept."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._folder / f"{secrets.token_hex(8)}{_UNFINISHED}"
        digest, size = sha256(), 0
        try:
            with unfinished.open("xb") as file:
                for chunk in chunks:
                    digest.update(chunk)
                    size += file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._folder / digest.hexdigest())
        finally:
            unfinished.unlink(missing_ok=True)
        self.prune()
        return digest.hexdigest(), size

    def open(self, checksum: str) -> BinaryIO | None:
        """A file to read; None where it is not there, or is not what it was, which removes it."""
        path = self._folder / checksum
        try:
            file = path.open("rb")
        except OSError:
            return None
        if self._is_whole(file, checksum):
            file.seek(0)
            return file
        file.close()
        log.warning("a file of a download was damaged", file=path.name)
        self.remove(checksum)
        return None

    def _is_whole(self, file: BufferedReader, checksum: str) -> bool:
        """Whether a file is what its name says; it is read again only if it was written since."""
        status = os.fstat(file.fileno())
        state = (status.st_mtime_ns, status.st_size)
        if self._checked.get(checksum) != state:
            if file_digest(file, "sha256").hexdigest() != checksum:
                return False
            self._checked[checksum] = state
        return True

    def remove(self, checksum: str) -> None:
        """Take a file away."""
        with suppress(OSError):
            (self._folder / checksum).unlink()

    def prune(self) -> None:
        """Take away what is too old, the oldest of what is too much, and what was never finished."""
        now, total = time.time(), 0
        files = sorted(self._files(now), key=lambda file: file[1])
        for path, age, size in files:
            if path.suffix in {_UNFINISHED, _LOCK}:
                is_over = age > _ABANDONED_SECONDS
            else:
                is_newest = not total
                total += size
                is_over = age > self._seconds or (total > self._bytes and not is_newest)
            if is_over:
                with suppress(OSError):
                    path.unlink()
        names = {path.name for path, _, _ in files}
        for checksum in list(self._checked):
            if checksum not in names:
                self._checked.pop(checksum, None)

    def _files(self, now: float) -> Iterator[tuple[Path, float, int]]:
        """Each file with its age in seconds and its size; others may take files away at the same moment."""
        with suppress(OSError):
            for path in self._folder.iterdir():
                with suppress(OSError):
                    status = path.stat()
                    yield path, now - status.st_mtime, status.st_size

    @contextmanager
    def working_on(self, name: str) -> Iterator[bool]:
        """Whether no other process works on what is called so; the claim ends with the block or the process."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / f"{name}{_LOCK}").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                is_ours = True
            except OSError:
                is_ours = False
            yield is_ours
