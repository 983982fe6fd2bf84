"""Cells of tables, written so that spreadsheets and programs read them alike.

UTF-8 with a byte order mark, since Excel reads accents wrongly without one; codes beside labels; labels in English
whatever the reader's language, so that the same address gives everybody the same file.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Cell = str | int | float | None

_FORMULA = frozenset("=+-@\t\r")
_needs_quotes = re.compile('[",\r\n]').search
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV file; None becomes an empty cell."""
    return b"".join(csv_chunks(header, [rows]))


def csv_chunks(header: Sequence[str], batches: Iterable[Iterable[Sequence[Cell]]]) -> Iterator[bytes]:
    """A CSV file in pieces: its head, then one for each batch of rows; None becomes an empty cell."""
    yield _BYTE_ORDER_MARK + csv_lines([header])
    for rows in batches:
        yield csv_lines(rows)


def csv_lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Lines of a CSV file, without the byte order mark that one for spreadsheets begins with."""
    # Not by `csv.writer`, which looks at each sign twice.
    lines = [",".join(["" if cell is None else _written(cell) for cell in row]) for row in rows]
    return "".join([f"{line}\r\n" for line in lines]).encode()


def _written(cell: Cell) -> str:
    """A cell, in quotes where it needs them; what would run as a formula gets an apostrophe in front (OWASP)."""
    if not isinstance(cell, str):
        return _number(cell)
    if cell[:1] in _FORMULA:
        cell = f"'{cell}"
    return '"' + cell.replace('"', '""') + '"' if _needs_quotes(cell) else cell


def _number(cell: Any) -> str:
    """A number, without an exponent where it is whole; true or false."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell)
