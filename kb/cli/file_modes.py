"""Closes the product's files to other users than the one it runs as (files 0600, folders 0700)."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from config import ROOT
from kb.exporting.downloads.files import DOWNLOADS
from kb.peers.service import PLACES
from kb.server.worker_records import EXITS_FILE, WORKERS_FILE

from .context import Context

UMASK = 0o077
"""What `kb` sets before anything else, so that whatever it makes is closed to other users. SQLite honours it."""

_INSTANCE_PARTS = ("pdf", DOWNLOADS, "releases", "templates", PLACES, f"{WORKERS_FILE}*", f"{EXITS_FILE}*")
_INDEX_PARTS = ("g-*", "*.lock", "current.*")


def open_to_others(context: Context) -> dict[Path, int]:
    """The product's files and folders that other users may read or write, each with its mode."""
    return {path: stat.S_IMODE(status.st_mode) for path, status in _wide(context)}


def tighten(context: Context) -> None:
    """Close the product's files and folders to other users; those of another owner are left as they are."""
    for path, status in _wide(context):
        if status.st_uid == os.geteuid():
            with suppress(FileNotFoundError):
                path.chmod(stat.S_IMODE(status.st_mode) & ~UMASK)


def _wide(context: Context) -> Iterator[tuple[Path, os.stat_result]]:
    for path in _paths(context):
        # A site that runs takes files of its index away meanwhile.
        with suppress(FileNotFoundError):
            status = path.lstat()
            # A device, such as /dev/null by a wrong address of the database, is everybody's.
            is_ours = stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)
            if status.st_mode & UMASK and is_ours:
                yield path, status


def _paths(context: Context) -> Iterator[Path]:
    """The database, `instance/` if the database lies there, what we keep in the instance folder, and the search index.

    A folder that also holds what is not ours, such as /var/lib, is left out. Links are not followed.
    """
    file = context.database().file
    if file is not None and file.resolve().parent == ROOT / "instance":
        yield from _tree(ROOT / "instance")
    elif file is not None:
        yield from (Path(f"{file.resolve()}{suffix}") for suffix in ("", "-wal", "-shm", "-journal"))
    for pattern in _INSTANCE_PARTS:
        for part in context.config.instance.glob(pattern):
            yield from _tree(part)
    index = context.config.search_index
    parts = {part for pattern in _INDEX_PARTS for part in index.glob(pattern)}
    if parts and {part.name for part in index.iterdir()} <= {part.name for part in parts} | {"README.md"}:
        yield index
    for part in sorted(parts):
        yield from _tree(part)


def _tree(path: Path) -> Iterator[Path]:
    """A file, or a folder with all beneath it."""
    yield path
    for folder, folders, files in os.walk(path):
        yield from (Path(folder, name) for name in (*folders, *files))
