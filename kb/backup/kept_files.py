"""The files beside the database that a backup holds: published releases, and files of citable downloads.

No such file ever changes: it is written under another name and renamed once it is whole. So a restoration only adds
those that are missing, and removes none.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from .archive import Manifest, describe

Folders = Mapping[str, Path]
"""Where the files lie, by the name of their folder in the archive, such as `releases`."""

_UNFINISHED = {".new", ".lock"}
RESTORING = ".kb-restore-"
"""How the names of files and folders on the way of a restoration begin."""


@dataclass(slots=True)
class Placed:
    """What a restoration did with the files of a backup: those it added, and the names of those here that differ."""

    added: list[Path] = field(default_factory=list)
    differing: list[Path] = field(default_factory=list)


def gather(folders: Folders, working: Path) -> Iterator[str]:
    """Link or copy all files into a folder, so that they stay meanwhile; gives their paths there. Raises OSError."""
    for name, folder in folders.items():
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            if file.name.startswith(".") or file.suffix in _UNFINISHED or not file.is_file():
                continue
            target = working / name / file.name
            target.parent.mkdir(mode=0o700, exist_ok=True)
            # One that was removed since it was listed is no longer wanted.
            with suppress(FileNotFoundError):
                _link_or_copy(file, target)
                yield f"{name}/{file.name}"


@contextmanager
def placed(manifest: Manifest, extracted: Path, folders: Folders) -> Iterator[Placed]:
    """Add the files that are missing; if the block fails, they are taken away again. Raises OSError.

    A file that is here with another content is left as it is.
    """
    result = Placed()
    for folder in folders.values():
        # Of a restoration that was killed.
        for left in folder.glob(f"{RESTORING}*"):
            left.unlink()
    try:
        for path, member in manifest.files.items():
            folder_name, _, name = path.rpartition("/")
            if folder_name not in folders:
                continue
            target = folders[folder_name] / name
            if not target.exists():
                _add(extracted / path, target)
                result.added.append(target)
            elif describe(target) != member:
                result.differing.append(target)
        yield result
    except BaseException:
        for file in result.added:
            file.unlink(missing_ok=True)
        raise


def _add(file: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = target.with_name(f"{RESTORING}{target.name}")
    try:
        shutil.copyfile(file, unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _link_or_copy(file: Path, target: Path) -> None:
    try:
        # Of a symbolic link, such as `latest.zip`, the file that it leads to.
        os.link(file.resolve(), target)
    except FileNotFoundError:
        raise
    except OSError:  # another file system, or one without links
        shutil.copyfile(file, target)
