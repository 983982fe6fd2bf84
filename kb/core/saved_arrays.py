"""Arrays derived from the database, saved in a folder and mapped into memory: made once, shared by all processes.

A folder holds each array as NumPy's own file, and a list of their checksums. It is written under another name and then
renamed, and never changed: what a process has mapped stays as it is, even when the folder is deleted.
"""

import fcntl
import json
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import structlog

log = structlog.get_logger(__name__)

Arrays = Mapping[str, npt.NDArray[Any]]

_CHECKSUMS = "checksums.json"
_LOCK = ".lock"
_OLD_SECONDS = 24 * 3600.0


def saved(folder: Path, make: Callable[[], Arrays]) -> Arrays:
    """The arrays of a folder, read-only; made and saved where it is missing, damaged or from somebody else.

    Other folders beside it are of earlier data, and are deleted after a day. Where nothing can be saved, what was made
    stays in memory, and the log says why.
    """
    arrays = _load(folder)
    if arrays is not None:
        return arrays
    with _making(folder.parent):
        # Another process may have made them meanwhile.
        arrays = _load(folder)
        if arrays is not None:
            return arrays
        made = make()
        try:
            _save(folder, made)
        except OSError as problem:
            log.warning("arrays are not saved", folder=str(folder), reason=str(problem))
            return made
        return _load(folder) or made


@contextmanager
def _making(parent: Path) -> Iterator[None]:
    """Keep other processes waiting, which would make the same; where there can be no lock, let them."""
    with ExitStack() as stack:
        with suppress(OSError):
            parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = stack.enter_context((parent / _LOCK).open("wb"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _load(folder: Path) -> Arrays | None:
    """What was saved, mapped into memory; None unless every file is as it was written."""
    try:
        checksums = json.loads((folder / _CHECKSUMS).read_bytes())
        arrays = {
            str(name): np.lib.format.open_memmap(folder / f"{name}.npy", mode="r").view(np.ndarray)
            for name in checksums
        }
        if arrays and {name: _checksum(array) for name, array in arrays.items()} == checksums:
            return arrays
        log.warning("saved arrays are damaged", folder=str(folder))
    except FileNotFoundError:
        pass
    except (OSError, ValueError, TypeError, EOFError) as problem:
        log.warning("saved arrays are damaged", folder=str(folder), reason=str(problem))
    return None


def _save(folder: Path, arrays: Arrays) -> None:
    unfinished = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        for name, array in arrays.items():
            np.save(unfinished / f"{name}.npy", array, allow_pickle=False)
        checksums = {name: _checksum(array) for name, array in arrays.items()}
        (unfinished / _CHECKSUMS).write_text(json.dumps(checksums), encoding="ascii")
        # What is there already is damaged.
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    for other in folder.parent.iterdir():
        if other.is_dir() and other != folder and time.time() - other.stat().st_mtime > _OLD_SECONDS:
            shutil.rmtree(other, ignore_errors=True)


def _checksum(array: npt.NDArray[Any]) -> list[Any]:
    """What tells an array from any other: its kind, its shape, and the sum of its bytes."""
    contiguous = np.ascontiguousarray(array)
    return [array.dtype.str, list(array.shape), zlib.crc32(contiguous.view(np.uint8).reshape(-1).data)]
