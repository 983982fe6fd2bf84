"""The child process that reads one uploaded file: `python -m kb.importing.reading_process`.

Standard input says what to read, as JSON; the file itself is an open descriptor. Standard output gets one line of JSON
for the table, then one for each row; or one line that says why the file is refused. It imports as little as it can, so
that it starts at once. See `reading`, which starts it.
"""

import json
import os
import resource
import signal
import sys
from typing import Any

from kb.core import child_process
from kb.core.errors import Refused
from kb.importing.readers import Row, Table, read_table

from .columns import likeness
from .stored_messages import message_to_json

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


def _write(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
    sys.stdout.write("\n")


def _write_table(table: Table, first: int | None, letters: int | None, columns: list[str] | None) -> None:
    _write(
        {
            "columns": [[column.place, column.letter, column.name] for column in table.columns],
            "sheet": table.sheet,
            "notes": [message_to_json(note) for note in table.notes],
            "row_count": table.row_count,
        }
    )
    places = None if columns is None else {column.place for column in table.columns if column.letter in columns}
    for row in table.rows[:first]:
        _write(_row(row, places, letters))


def _row(row: Row, places: set[int] | None, letters: int | None) -> list[Any]:
    cells = [cell[:letters] if places is None or place in places else "" for place, cell in enumerate(row.cells)]
    while cells and not cells[-1] and places is not None:
        cells.pop()
    flaws = [
        [cell_error.place, message_to_json(cell_error.problem)]
        for cell_error in row.errors
        if places is None or cell_error.place in places
    ]
    return [row.number, cells, flaws]


def main() -> None:
    """Read the file that standard input names."""
    request = json.load(sys.stdin)
    sys.stdout.reconfigure(encoding="utf-8", errors="surrogatepass")  # type: ignore[union-attr]
    # openpyxl would import it if it could, for values that no file holds: that takes longer than most files.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    _limit(**request["limits"])
    try:
        with os.fdopen(request["file"], "rb") as file:
            try:
                table = read_table(file, request["name"], likeness, request["sheet"])
            except Refused as refused:
                _write({"refused": message_to_json(refused.message)})
            else:
                _write_table(table, request["first"], request["letters"], request["columns"])
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
