"""What a test asks of files on disk: who may open them, and what SQLite's main file holds by itself."""

import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any


def modes(folder: Path) -> dict[str, str]:
    """Files and folders below a folder that other users may open, each with its mode."""
    found = {str(path.relative_to(folder)): path.lstat().st_mode for path in folder.rglob("*")}
    return {
        path: f"{stat.S_IMODE(mode):04o}" for path, mode in found.items() if mode & 0o077 and not stat.S_ISLNK(mode)
    }


def in_main_file(file: Path, statement: str) -> list[tuple[Any, ...]]:
    """What a statement finds for somebody who copied SQLite's main file and nothing else."""
    copied = file.with_name("copied.sqlite3")
    shutil.copy(file, copied)
    with closing(sqlite3.connect(copied)) as connection:
        found = connection.execute(statement).fetchall()
    for part in file.parent.glob("copied.sqlite3*"):
        part.unlink()
    return found
