"""Arrays derived from the database, saved in a folder: made once, and read by every process that starts later.

A folder holds each array as NumPy's own file, and a list of the files' checksums. It is written under another name and
then renamed. Arrays are read into memory, which processes share that are forked afterwards: a file that is mapped ends
the process when somebody else cuts it off.
"""

import fcntl
import json
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from io import BytesIO
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
        for array in made.values():
            array.setflags(write=False)
        try:
            _save(folder, made)
        except OSError as problem:
            log.warning("arrays are not saved", folder=str(folder), reason=str(problem))
        return made


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
    """What was saved; None unless every file is as it was written."""
    try:
        checksums = json.loads((folder / _CHECKSUMS).read_bytes())
        arrays = {str(name): _read(folder / f"{name}.npy", checksum) for name, checksum in checksums.items()}
        if arrays:
            return arrays
        log.warning("saved arrays are damaged", folder=str(folder))
    except FileNotFoundError:
        pass
    except (OSError, ValueError, AttributeError, EOFError, RecursionError) as problem:
        log.warning("saved arrays are damaged", folder=str(folder), reason=str(problem))
    return None


def _read(file: Path, checksum: object) -> npt.NDArray[Any]:
    """The array of a file, read-only. Raises ValueError unless the file has this checksum."""
    content = file.read_bytes()
    if zlib.crc32(content) != checksum:
        raise ValueError(f"{file.name} is not as it was written")
    array: npt.NDArray[Any] = np.load(BytesIO(content), allow_pickle=False)
    array.setflags(write=False)
    return array


def _save(folder: Path, arrays: Arrays) -> None:
    unfinished = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        checksums = {}
        for name, array in arrays.items():
            content = BytesIO()
            np.save(content, array, allow_pickle=False)
            (unfinished / f"{name}.npy").write_bytes(content.getbuffer())
            checksums[name] = zlib.crc32(content.getbuffer())
        (unfinished / _CHECKSUMS).write_text(json.dumps(checksums), encoding="ascii")
        # What is there already is damaged.
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    for other in folder.parent.iterdir():
        if other.is_dir() and other != folder and time.time() - other.stat().st_mtime > _OLD_SECONDS:
            shutil.rmtree(other, ignore_errors=True)
