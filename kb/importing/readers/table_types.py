"""Types of a table and its limits, and the cleaning of a cell's text."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kb.core.i18n import Message, gettext_noop
from kb.core.text import clean_text

BROKEN = gettext_noop("The workbook is broken (%(problem)s): open it in a spreadsheet and save it again.")
ENTITIES = gettext_noop("The workbook’s XML defines entities, so it was not read.")
TOO_WIDE = gettext_noop("Row %(row)s has %(cells)s cells; %(most)s columns are read at most.")
TOO_FAR = gettext_noop(
    "The file has more than %(most)s rows, including blank rows: delete the blank rows, or split it."
)

_SPACES = dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
_EXCEL_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")

Likeness = Callable[[Sequence[str]], int]
"""How many cells of a row look like names of columns that the reader wants; finds the heading and the sheet."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes beyond which a file is refused, so that no file can take the machine's memory or time.

    `file_bytes` as it lies on disk; `unpacked_bytes` of a workbook's parts together; `ratio` is how many times larger a
    big part may be than it was packed. The largest workbook of 20,000 rows that we met unpacked to 90 MB. `rows` counts
    those with something in them, `last_row` the blank ones too: the number is that of a spreadsheet's last row. `cells`
    are those with something in them, `letters` what stands in all of them together.
    """

    file_bytes: int = 25_000_000
    unpacked_bytes: int = 250_000_000
    ratio: int = 200
    parts: int = 2_000
    sheets: int = 255
    rows: int = 20_000
    last_row: int = 1_048_576
    columns: int = 500
    cells: int = 2_000_000
    letters: int = 60_000_000
    cell_letters: int = 32_767
    line_letters: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its place from 0, the letter that a spreadsheet shows, and its name, empty where it has none."""

    place: int
    letter: str
    name: str

    def __str__(self) -> str:
        return f"{self.letter} ({self.name})" if self.name else self.letter


@dataclass(frozen=True, slots=True)
class CellError:
    """What is wrong with a cell, by the place of its column; the row stands with the Row."""

    place: int
    problem: Message


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is not blank: its number as a spreadsheet shows it, its cells tidied, and what is wrong with them.

    `links` are the addresses that cells lead to, by the place of their column.
    """

    number: int
    cells: tuple[str, ...]
    errors: tuple[CellError, ...] = ()
    links: tuple[tuple[int, str], ...] = ()

    def cell(self, column: Column) -> str:
        """The text in a column; empty beyond the row's end."""
        return self.cells[column.place] if column.place < len(self.cells) else ""

    def link(self, column: Column) -> str | None:
        """The address that the cell of a column leads to."""
        return next((address for place, address in self.links if place == column.place), None)


def edited(row: Row, cells: Mapping[int, str]) -> Row:
    """The row with other text in some cells, by place; what was wrong with those is forgotten, and their links."""
    texts = list(row.cells) + [""] * (max(cells, default=-1) + 1 - len(row.cells))
    for place, text in cells.items():
        texts[place] = clean_cell(text)
    return Row(
        row.number,
        tuple(texts),
        tuple(error for error in row.errors if error.place not in cells),
        tuple((place, link) for place, link in row.links if place not in cells),
    )


Record = tuple[int, list[str], list[CellError], dict[int, str]]
"""A row as it is found: its number, its cells as text, what is wrong with them, and where they lead to."""


@dataclass(slots=True)
class Table:
    """What a file holds. `notes` say how it was taken, where that was not plain.

    `row_count` is how many rows the file has; `rows` may be only the first of them.
    """

    columns: list[Column]
    rows: list[Row]
    sheet: str | None = None
    notes: list[Message] = field(default_factory=list)
    row_count: int = 0


def letter(place: int) -> str:
    """The letters of a column as spreadsheets count them: A, B, ... Z, AA for 0, 1, ... 25, 26."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def place_of(letters: str) -> int:
    """The place of a column from 0, by its letters."""
    place = 0
    for sign in letters:
        place = place * 26 + ord(sign) - ord("A") + 1
    return place - 1


def clean_cell(text: str) -> str:
    """The text as `kb.core.text.clean_text` has it, with plain spaces and none around its lines."""
    if text.isascii() and text.isprintable():
        return _without_escapes(text).strip()
    text = clean_text(_without_escapes(text).translate(_SPACES))
    return "\n".join(line.strip() for line in text.split("\n")).strip("\u200c\u200d\u200e\u200f").strip()


def _without_escapes(text: str) -> str:
    """Control characters as Excel writes them into XML: a return is _x000D_."""
    if "_x" not in text:
        return text
    return _EXCEL_ESCAPE.sub(lambda match: "\n" if match[1].upper() in {"000D", "000A"} else match[0], text)
