"""CSV as the world writes it: in four encodings, with four separators, and cells of several lines."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from kb.problems import Refused
from kb.words import Phrase, marked

from .shapes import TOO_WIDE, Likeness, Limits

_SEPARATORS = ",;\t|"
_NAMED = {",": marked("commas"), ";": marked("semicolons"), "\t": marked("tabs"), "|": marked("vertical bars")}
_NOT_SO_ENCODED = marked("The file says it is %(encoding)s but is not, at byte %(byte)s.")
_UNREADABLE = marked("Row %(row)s cannot be read: %(problem)s.")
_NEVER_CLOSED = marked(
    "A quotation mark that opens in row %(row)s is never closed, so the rows after it cannot be told."
)
_SAMPLE = 100
_END = "\x00end"

_BY_MARK = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(file: BinaryIO, like: Likeness, limits: Limits, notes: list[Phrase]) -> list[list[str]]:
    """The records of a CSV file, blank ones too, so that a record's place is its row. Raises Refused."""
    text = _decoded(file.read(), notes)
    if "\x00" in text:
        raise Refused(marked("The file holds bytes that no text has: it is no CSV file, or a broken one."))
    first, _, rest = text.partition("\n")
    given = None
    # Excel reads the separator from such a first line, and shows it as no row.
    if first.strip().strip('"').lower().startswith("sep=") and first.strip().strip('"')[4:]:
        given, text = first.strip().strip('"')[4:5], rest
    separator = given or _separator(text, like)
    if separator != ",":
        notes.append(
            Phrase(
                marked("Cells are separated by %(what)s."),
                {"what": Phrase(_NAMED.get(separator, marked("another sign")))},
            )
        )
    return list(_records(text, separator, limits))


def _decoded(content: bytes, notes: list[Phrase]) -> str:
    encoding = next((name for mark, name in _BY_MARK if content.startswith(mark)), None) or _by_noughts(content)
    try:
        if encoding:
            return content.decode(encoding)
        return content.decode("utf-8")
    except UnicodeDecodeError as problem:
        if encoding:
            raise Refused(_NOT_SO_ENCODED, encoding=encoding.upper(), byte=problem.start + 1) from None
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        raise Refused(
            marked("The file is neither UTF-8 nor Windows-1252: open it in a spreadsheet and save it as CSV UTF-8.")
        ) from None
    notes.append(
        Phrase(
            marked("The file is not UTF-8; it was read as Windows-1252. If accents look wrong, save it as CSV UTF-8.")
        )
    )
    return text


def _by_noughts(content: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of plain text is nought."""
    start = content[:2000]
    half = max(len(start) // 2, 1)
    if start[1::2].count(0) > 0.4 * half and start[0::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if start[0::2].count(0) > 0.4 * half and start[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def _separator(text: str, like: Likeness) -> str:
    """The one that makes most of the first rows alike in width, with a row among them that looks like a heading."""

    def fitness(separator: str) -> tuple[int, float, int]:
        try:
            records = [row for row in _sample(text, separator) if any(cell.strip() for cell in row)]
        except csv.Error:
            return 0, 0.0, 0
        if not records:
            return 0, 0.0, 0
        width, often = Counter(map(len, records)).most_common(1)[0]
        if width < 2:
            return 0, 0.0, 0
        return max(like(row) for row in records[:20]), often / len(records), width

    best = max(_SEPARATORS, key=fitness)
    return best if fitness(best)[2] else ","


def _sample(text: str, separator: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return [row for _, row in zip(range(_SAMPLE), reader, strict=False)]


def _records(text: str, separator: str, limits: Limits) -> Iterator[list[str]]:
    """Every record. What follows the text shows whether a quotation mark was left open: it would swallow the rest."""
    ended = text if text.endswith(("\n", "\r")) or not text else f"{text}\r\n"
    reader = csv.reader(io.StringIO(f"{ended}{_END}", newline=""), delimiter=separator)
    number, opened = 0, 1
    try:
        for number, record in enumerate(reader, 1):
            if record == [_END]:
                return
            if len(record) > limits.columns:
                raise Refused(TOO_WIDE, row=number, cells=len(record), most=limits.columns)
            opened = number
            if record and record[-1].endswith(_END):
                break
            yield record
    except csv.Error as problem:
        raise Refused(_UNREADABLE, row=number + 1, problem=str(problem)) from None
    raise Refused(_NEVER_CLOSED, row=opened)
