"""Tables as CSV files, for researchers and their spreadsheets.

UTF-8 with a byte order mark, since Excel reads accents wrongly without one; codes beside labels; labels in English
whatever the reader's language, so that the same address gives everybody the same file.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

Cell = str | int | float | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV file; None becomes an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """A CSV file to keep under `name`."""
    response = Response(csv_bytes(header, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _cell(cell: Cell) -> str:
    """What is written; text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP)."""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    return "" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell)
