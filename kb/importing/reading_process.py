"""The child process that reads one uploaded file: `python -m kb.importing.reading_process`.

Standard input says what to read, as JSON; the file itself is an open descriptor. Standard output gets the table as
`serialization` writes it, or why the file is refused. It imports as little as it can, so that it starts at once. See
`reading`, which starts it.
"""

import json
import os
import resource
import signal
import sys

from kb.core import child_process
from kb.core.errors import Refused
from kb.importing.readers import read_table

from .headings import likeness_to
from .serialization import write_refusal, write_table

OUT_OF_MEMORY = 3
"""The status of a child that had too little memory."""

TOO_MUCH_OUTPUT = 4
"""The status of a child whose table is larger than it may be."""


def _limit(*, cpu_seconds: int, seconds: float, memory_bytes: int, output_bytes: int) -> None:
    """Limit this process, so that it ends even when its parent is gone."""
    child_process.limit_memory(memory_bytes)
    child_process.limit_cpu(cpu_seconds)
    resource.setrlimit(resource.RLIMIT_FSIZE, (output_bytes, output_bytes))
    # Somewhat later than the parent, who tells what happened.
    signal.alarm(int(seconds) + 5)


def main() -> None:
    """Read the file that standard input names."""
    request = json.load(sys.stdin)
    # openpyxl would import it if it could, for values that no file holds: that takes longer than most files.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    _limit(**request["limits"])
    try:
        with os.fdopen(request["file"], "rb") as file:
            try:
                like = likeness_to(request["known"])
                table = read_table(file, request["name"], like, request["sheet"], encoding=request["encoding"])
            except Refused as refused:
                write_refusal(sys.stdout.buffer, refused.message)
            else:
                write_table(sys.stdout.buffer, table)
        sys.stdout.flush()
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except OSError:
        # Nothing else here writes: the answer has grown beyond its limit.
        os._exit(TOO_MUCH_OUTPUT)
    # What is left in memory need not be taken apart piece by piece.
    os._exit(0)


if __name__ == "__main__":
    main()
