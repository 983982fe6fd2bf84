"""Reads uploaded files in a child process with limits of time and memory, so that no file can harm the site.

The child (`kb.core.child_process`) gets the file as a nameless temporary one, and answers with a compressed table in
another.
"""

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from tempfile import TemporaryFile
from typing import IO, Any

import structlog

from kb.core import child_process
from kb.core.errors import Busy, Refused
from kb.core.i18n import gettext_noop

from . import reading_process
from .columns import BY_NAME
from .readers import Limits, refuse_large
from .serialization import table_from

_TOO_LONG = gettext_noop(
    "This file takes too long to read: %(seconds)s seconds were not enough. Delete rows, columns and sheets that are "
    "not needed, save it as CSV, or split it."
)
_TOO_MUCH = gettext_noop(
    "This file takes too much memory to read: more than %(most)s MB. Delete rows, columns and sheets that are not "
    "needed, save it as CSV, or split it."
)
_BROKE_OFF = gettext_noop("This file cannot be read. Open it in a spreadsheet, save it as CSV, and try again.")
_BUSY = gettext_noop("Other files are being read at the moment. Try again in a minute.")

_PATIENCE_SECONDS = 3.0
_SLOTS = threading.BoundedSemaphore(2)
"""So many files are read at once by one process of the site."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """What the reading of one file may take: seconds of a processor and in all, memory, and the size of its table."""

    cpu_seconds: int = 40
    seconds: float = 60
    memory_bytes: int = 500_000_000
    output_bytes: int = 100_000_000


def read_file(
    content: bytes,
    name: str,
    sheet: str | None = None,
    encoding: str | None = None,
    *,
    is_patient: bool = False,
    limits: ProcessLimits = ProcessLimits(),
) -> bytes:
    """Read a file by `read_table`, in a child process; give the table as `table_from` takes it.

    Raises Refused, and Busy where others are reading; `is_patient` waits for its turn however long it takes.
    """
    refuse_large(len(content), Limits())
    with _slot(is_patient=is_patient), TemporaryFile() as file, TemporaryFile() as answer:
        file.write(content)
        file.flush()
        request = {
            "file": file.fileno(),
            "name": name,
            "known": dict(BY_NAME),
            "sheet": sheet,
            "encoding": encoding,
            "limits": asdict(limits),
        }
        _run(request, file, answer, limits)
        answer.seek(0)
        table = answer.read()
    table_from(table, first=0)
    return table


@contextmanager
def _slot(*, is_patient: bool) -> Iterator[None]:
    if not _SLOTS.acquire(timeout=None if is_patient else _PATIENCE_SECONDS):
        raise Busy(_BUSY)
    try:
        yield
    finally:
        _SLOTS.release()


def _run(request: dict[str, Any], file: IO[bytes], answer: IO[bytes], limits: ProcessLimits) -> None:
    """Run the child to its end. Refused where it does not end well."""
    with TemporaryFile() as errors:
        child = child_process.start(reading_process.__name__, stdout=answer, stderr=errors, pass_fds=(file.fileno(),))
        try:
            child.communicate(json.dumps(request).encode(), timeout=limits.seconds)
        except subprocess.TimeoutExpired:
            raise Refused(_TOO_LONG, seconds=limits.seconds) from None
        finally:
            child_process.kill(child)
            child.wait()
        if child.returncode in {-signal.SIGXCPU, -signal.SIGALRM}:
            raise Refused(_TOO_LONG, seconds=limits.cpu_seconds)
        # The kernel kills where the whole machine has too little memory.
        if child.returncode in {reading_process.OUT_OF_MEMORY, reading_process.TOO_MUCH_OUTPUT, -signal.SIGKILL}:
            raise Refused(_TOO_MUCH, most=limits.memory_bytes / 1e6)
        if child.returncode:
            errors.seek(0)
            trace = errors.read(10_000).decode(errors="replace")
            _log.error("a file could not be read", status=child.returncode, trace=trace)
            raise Refused(_BROKE_OFF)
