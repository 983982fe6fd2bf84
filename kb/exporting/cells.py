"""Cells of tables, written so that spreadsheets and programs read them alike.

UTF-8 with a byte order mark, since Excel reads accents wrongly without one; codes beside labels; labels in English
whatever the reader's language, so that the same address gives everybody the same file.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

Cell = str | int | float | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV file; None becomes an empty cell."""
    return b"".join(csv_chunks(header, [rows]))


def csv_chunks(header: Sequence[str], batches: Iterable[Iterable[Sequence[Cell]]]) -> Iterator[bytes]:
    """A CSV file in pieces: its head, then one for each batch of rows; None becomes an empty cell."""
    yield _BYTE_ORDER_MARK + _lines([header])
    for rows in batches:
        yield _lines(rows)


def harmless(text: str) -> str:
    """The text; what a spreadsheet would run as a formula gets an apostrophe in front (OWASP)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_written(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _written(cell: Cell) -> str | int | None:
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else repr(cell)
    return cell
