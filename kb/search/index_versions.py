"""Generations of the index: each in a folder of its own, and one pointer that says which is live.

A rebuild writes a new folder beside the live one; swapping the pointer is one rename, so readers see the old index or
the new one and never an empty one. Two locks keep writers apart: `writing` for the live generation, `rebuilding` for
a rebuild; both end with the process that holds them.
"""

import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .index import IndexLocked, WhooshEngine, last_change_of, newest_commit

_POINTER = "current.json"
_PREFIX = "g-"


class IndexVersions:
    """The folder of the search index."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def live(self) -> tuple[str, str] | None:
        """The live generation's name and the identity of the database it was made from; None where there is none.

        A pointer that was cut off, as by a full disk, is read from the copy that lies in the generation itself.
        """
        pointer = self.root / _POINTER
        return _read(pointer) or (self._by_its_copy() if pointer.exists() else None)

    def mend(self) -> None:
        """Write a pointer that was cut off anew, or its copy where that is missing. Raises IndexLocked."""
        live = self.live()
        if live is None or (_read(self.root / _POINTER) and _read(self.root / live[0] / _POINTER)):
            return
        with self.lock("writing", wait_seconds=1.0):
            live = self.live()
            if live is not None and (self.root / live[0]).is_dir():
                self.make_live(*live)

    def _by_its_copy(self) -> tuple[str, str] | None:
        """What the copies say, where they say one thing: a generation gets its own when it becomes live."""
        copies = [copied for file in self.root.glob(f"{_PREFIX}*/{_POINTER}") if (copied := _read(file))]
        return copies[0] if len(copies) == 1 else None

    def open(self, name: str) -> WhooshEngine:
        """Open a generation. Raises IndexUnreadable."""
        return WhooshEngine.open(self.root / name, name)

    def last_change(self, name: str) -> int:
        """The last change that a generation holds, without opening it. Raises IndexUnreadable and OSError."""
        folder = self.root / name
        return last_change_of(folder, newest_commit(folder))

    def create(self) -> WhooshEngine:
        """Make an empty generation beside the live one."""
        self._make_root()
        name = _PREFIX + secrets.token_hex(6)
        return WhooshEngine.create(self.root / name, name)

    def make_live(self, name: str, identity: str) -> None:
        """Point to a generation, from now on."""
        self._write(self.root / name, name, identity)
        self._write(self.root, name, identity)

    def _write(self, folder: Path, name: str, identity: str) -> None:
        pointer = folder / _POINTER
        unfinished = pointer.with_suffix(".new")
        with unfinished.open("w", encoding="utf-8") as file:
            json.dump({"generation": name, "identity": identity}, file)
            file.flush()
            # Else a power cut may leave the new name with nothing in it.
            os.fsync(file.fileno())
        unfinished.replace(pointer)

    def disown(self, name: str) -> None:
        """Let a generation that turned out damaged be live no longer, so that the follower makes another."""
        with self.lock("writing", wait_seconds=1.0):
            live = self.live()
            if live and live[0] == name:
                (self.root / name / _POINTER).unlink(missing_ok=True)
                (self.root / _POINTER).unlink(missing_ok=True)

    def sweep(self, keep: str | None) -> None:
        """Take away every generation but one: old ones, which readers may still hold open, and unfinished ones."""
        for folder in self.root.glob(f"{_PREFIX}*"):
            if folder.name != keep:
                shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def lock(self, name: str, wait_seconds: float = 0.0) -> Iterator[None]:
        """Hold a lock among processes and threads while the block lasts. Raises IndexLocked where others have it."""
        self._make_root()
        with (self.root / f"{name}.lock").open("w") as file:
            ends = time.monotonic() + wait_seconds
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError:
                    if time.monotonic() >= ends:
                        raise IndexLocked(f"another process holds {name}.lock in {self.root}") from None
                    time.sleep(0.02)
            yield

    def _make_root(self) -> None:
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)


def _read(pointer: Path) -> tuple[str, str] | None:
    """Generation and identity that a pointer names; None for one that is missing or was cut off."""
    try:
        named = json.loads(pointer.read_text(encoding="utf-8"))
        return str(named["generation"]), str(named["identity"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
