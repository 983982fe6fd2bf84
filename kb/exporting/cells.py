"""Cells of tables, written so that spreadsheets and programs read them alike.

UTF-8 with a byte order mark, since Excel reads accents wrongly without one; codes beside labels; labels in English
whatever the reader's language, so that the same address gives everybody the same file.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Cell = str | int | float | None

_FORMULA = frozenset("=+-@\t\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV file; None becomes an empty cell."""
    return b"".join(csv_chunks(header, [rows]))


def csv_chunks(header: Sequence[str], batches: Iterable[Iterable[Sequence[Cell]]]) -> Iterator[bytes]:
    """A CSV file in pieces: its head, then one for each batch of rows; None becomes an empty cell."""
    yield csv_head(header)
    yield from map(csv_lines, batches)


def csv_head(header: Sequence[str]) -> bytes:
    """The first line of a CSV file for spreadsheets, with a byte order mark."""
    return _BYTE_ORDER_MARK + csv_lines([header])


def csv_lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Lines of a CSV file, without the byte order mark that one for spreadsheets begins with."""
    return csv_lines_of_columns(list(zip(*rows, strict=True)))


def csv_lines_of_columns(columns: Iterable[Sequence[Cell]]) -> bytes:
    """Lines of a CSV file, as `csv_lines` gives them, from the cells of each column."""
    # Not by `csv.writer`, which looks at each sign twice.
    rows = zip(*map(_column, columns), strict=True)
    return "".join([f"{line}\r\n" for line in map(",".join, rows)]).encode()


def _column(cells: Sequence[Cell]) -> Sequence[str]:
    """The cells of a column as they are written; most columns of codes and addresses need no look at each."""
    types = set(map(type, cells))
    if types <= {int, type(None)}:
        return ["" if cell is None else str(cell) for cell in cells]
    if types <= {str, type(None)}:
        texts: list[Any] = [cell or "" for cell in cells]
        if not _needs_quotes("\0".join(texts)) and _FORMULA.isdisjoint([text[:1] for text in texts]):
            return texts
    return ["" if cell is None else _written(cell) for cell in cells]


def _written(cell: Cell) -> str:
    """A cell, in quotes where it needs them; what would run as a formula gets an apostrophe in front (OWASP)."""
    if not isinstance(cell, str):
        return _number(cell)
    if cell[:1] in _FORMULA:
        cell = f"'{cell}"
    return '"' + cell.replace('"', '""') + '"' if _needs_quotes(cell) else cell


def _needs_quotes(text: str) -> bool:
    # Four times as fast as a regular expression.
    return "," in text or '"' in text or "\n" in text or "\r" in text


def _number(cell: Any) -> str:
    """A number, without an exponent where it is whole; true or false."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell)
