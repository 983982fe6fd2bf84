"""Reads uploaded files into tables, in a child process with limits (`kb.core.file_reading`)."""

import structlog

from kb.core import file_reading
from kb.core.errors import Busy, Refused
from kb.core.file_reading import ProcessLimits
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

LIMITS = ProcessLimits(cpu_seconds=40, seconds=60, memory_bytes=500_000_000, output_bytes=100_000_000)
"""What the reading of one file may take."""

_PATIENCE_SECONDS = 3.0
_SLOTS = file_reading.Slots(2)

_log = structlog.get_logger()


def read_file(
    content: bytes,
    name: str,
    sheet: str | None = None,
    encoding: str | None = None,
    *,
    is_patient: bool = False,
    limits: ProcessLimits = LIMITS,
) -> bytes:
    """Read a file by `read_table`, in a child process; give the table as `table_from` takes it.

    Raises Refused, and Busy where others are reading; `is_patient` waits for its turn however long it takes.
    """
    refuse_large(len(content), Limits())
    request = {"name": name, "known": dict(BY_NAME), "sheet": sheet, "encoding": encoding}
    try:
        with _SLOTS.take(None if is_patient else _PATIENCE_SECONDS):
            table = file_reading.read(reading_process.__name__, content, request, limits)
    except TimeoutError:
        raise Busy(_BUSY) from None
    except file_reading.TooSlow as slow:
        raise Refused(_TOO_LONG, seconds=slow.seconds) from None
    except file_reading.TooLarge:
        raise Refused(_TOO_MUCH, most=limits.memory_bytes / 1e6) from None
    except file_reading.ChildFailed as failed:
        _log.error("a file could not be read", status=failed.status, trace=failed.trace)
        raise Refused(_BROKE_OFF) from None
    table_from(table, first=0)
    return table
