"""The child process that reads one uploaded file: `python -m kb.importing.reading_process`.

It answers (`kb.core.file_reading`) the table as `serialization` writes it, or why the file is refused. It imports as
little as it can, so that it starts at once. See `reading`, which starts it.
"""

import sys
from collections.abc import Mapping
from typing import Any, BinaryIO

from kb.core import file_reading
from kb.core.errors import Refused
from kb.importing.readers import read_table

from .headings import likeness_to
from .serialization import write_refusal, write_table


def main() -> None:
    """Read the file that the parent sent."""
    # openpyxl would import it if it could, for values that no file holds: that takes longer than most files.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    file_reading.answer(_write_table)


def _write_table(request: Mapping[str, Any], file: BinaryIO, output: BinaryIO) -> None:
    try:
        like = likeness_to(request["known"])
        table = read_table(file, request["name"], like, request["sheet"], encoding=request["encoding"])
    except Refused as refused:
        write_refusal(output, refused.message)
    else:
        write_table(output, table)


if __name__ == "__main__":
    main()
