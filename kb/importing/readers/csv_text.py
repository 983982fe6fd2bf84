"""Reads CSV in any common encoding, with four separators, and cells of several lines."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import BinaryIO, TextIO

from kb.core.errors import Refused
from kb.core.i18n import Message, gettext_noop

from .encodings import encoding_of
from .table_types import TOO_FAR, TOO_WIDE, Likeness, Limits

_SEPARATORS = ",;\t|"
_NAMED = {
    ",": gettext_noop("commas"),
    ";": gettext_noop("semicolons"),
    "\t": gettext_noop("tabs"),
    "|": gettext_noop("vertical bars"),
}
_UNREADABLE = gettext_noop("Row %(row)s cannot be read: %(problem)s.")
_NEVER_CLOSED = gettext_noop("A quotation mark in row %(row)s is never closed, so the rows after it cannot be read.")
_LONG_LINE = gettext_noop(
    "Line %(line)s has more than %(most)s characters. This is not a CSV file, or its line breaks are missing."
)
_LONG_FIELD = gettext_noop(
    "A cell in row %(row)s has more than %(most)s characters. Is a quotation mark opened there and never closed?"
)
_SAMPLE = 100
_SAMPLE_LETTERS = 500_000
_END = "\x00end"


def read_text(
    file: BinaryIO, like: Likeness, limits: Limits, notes: list[Message], encoding: str | None = None
) -> Iterator[tuple[int, list[str]]]:
    """The records of a CSV file, each with the number of its row, read as they are asked for. Raises Refused."""
    encoding = encoding_of(file, encoding, notes)
    with _opened(file, encoding) as text:
        first = text.readline(100).strip().strip('"')
    # Excel reads the separator from such a first line, and shows it as no row.
    stated_separator = first[4:5] if first.lower().startswith("sep=") else ""
    with _opened(file, encoding) as text:
        if stated_separator:
            text.readline()
        sample = text.read(_SAMPLE_LETTERS)
    separator = stated_separator or _separator(sample, like, limits)
    if separator != ",":
        notes.append(
            Message(
                gettext_noop("Cells are separated by %(what)s."),
                {"what": Message(_NAMED.get(separator, gettext_noop("another character")))},
            )
        )
    return _read(file, encoding, separator, limits, skip_first=bool(stated_separator))


def _read(
    file: BinaryIO, encoding: str, separator: str, limits: Limits, *, skip_first: bool
) -> Iterator[tuple[int, list[str]]]:
    with _opened(file, encoding) as text:
        if skip_first:
            text.readline()
        yield from _records(_lines(text, limits), separator, limits)


@contextmanager
def _opened(file: BinaryIO, encoding: str) -> Iterator[TextIO]:
    """The file as text from its beginning; the file itself stays open."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding, newline="")
    try:
        yield text
    finally:
        text.detach()


def _separator(sample: str, like: Likeness, limits: Limits) -> str:
    """The one that makes most of the first rows alike in width, with a row among them that looks like a heading."""

    def fitness(separator: str) -> tuple[int, float, int]:
        try:
            records = [row for row in _first_records(sample, separator) if any(cell.strip() for cell in row)]
        except csv.Error:
            return 0, 0.0, 0
        if not records:
            return 0, 0.0, 0
        width, often = Counter(map(len, records)).most_common(1)[0]
        if width < 2:
            return 0, 0.0, 0
        return max(like(row[: limits.columns]) for row in records[:20]), often / len(records), width

    best = max(_SEPARATORS, key=fitness)
    return best if fitness(best)[2] else ","


def _first_records(sample: str, separator: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    records = list(islice(reader, _SAMPLE))
    if 1 < len(records) < _SAMPLE and len(sample) == _SAMPLE_LETTERS:
        # The sample ends where it happens to end, within its last record.
        records.pop()
    return records


def _lines(text: TextIO, limits: Limits) -> Iterator[str]:
    """The lines, and then the mark of the end, which stands alone unless a quotation mark was left open."""
    line, number = "", 0
    # A line is never longer in memory than it may be.
    while following := text.readline(limits.line_letters + 1):
        line, number = following, number + 1
        if len(line) > limits.line_letters:
            raise Refused(_LONG_LINE, line=number, most=limits.line_letters)
        yield line if line.endswith(("\n", "\r")) else f"{line}\r\n"
    yield _END


def _records(lines: Iterator[str], separator: str, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Every record. The mark of the end shows whether a quotation mark was left open: it would swallow the rest."""
    reader = csv.reader(lines, delimiter=separator)
    number, opened = 0, 1
    try:
        for number, record in enumerate(reader, 1):
            if record == [_END]:
                return
            if len(record) > limits.columns:
                raise Refused(TOO_WIDE, row=number, cells=len(record), most=limits.columns)
            if number > limits.last_row:
                raise Refused(TOO_FAR, most=limits.last_row)
            opened = number
            if record and record[-1].endswith(_END):
                break
            yield number, record
    except csv.Error as problem:
        if "field limit" in str(problem):
            raise Refused(_LONG_FIELD, row=number + 1, most=csv.field_size_limit()) from None
        raise Refused(_UNREADABLE, row=number + 1, problem=str(problem)) from None
    raise Refused(_NEVER_CLOSED, row=opened)
