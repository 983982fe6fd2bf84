"""Makes a table of a file: its records, its heading, and the rows beneath with their true numbers."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from kb.core.errors import Refused
from kb.core.i18n import Message, gettext_noop

from .csv_text import read_text
from .file_types import kind_of
from .table_types import CellError, Column, Likeness, Limits, Record, Row, Table, clean_cell, letter
from .workbook import read_workbook

_HEADING_WITHIN = 20
_LONGEST_NAME = 300
_TOO_LONG = gettext_noop("The cell contains %(count)s characters; %(most)s are read at most.")
_TOO_MANY = gettext_noop("The file has %(rows)s rows; %(most)s are read at most: split it.")
_TOO_MANY_CELLS = gettext_noop(
    "The file has more than %(most)s cells with something in them: remove columns that are not needed, or split it."
)
_TOO_MANY_LETTERS = gettext_noop(
    "The cells contain more than %(most)s characters in total: remove columns that are not needed, or split it."
)
_BEYOND = gettext_noop(
    "The row has a cell after the last column of the heading: %(value)s. Is a separator missing or doubled?"
)

_GARBLED = re.compile("Ã[\u0080-\u00bf©¡³±ª´¼¶¤«ƒ]|â€[™œ“\u009d˜¢]|Â[°º»«]")


def _nothing(_cells: Sequence[str]) -> int:
    return 0


def read_table(
    file: BinaryIO,
    name: str,
    like: Likeness = _nothing,
    sheet: str | None = None,
    limits: Limits | None = None,
    encoding: str | None = None,
) -> Table:
    """Read a CSV file or workbook. `name` is what the file is called; `like` finds the heading. Raises Refused.

    `encoding` is that of a CSV file, where somebody has chosen one.
    """
    limits = limits or Limits()
    notes: list[Message] = []
    read_sheet = None
    raw_records: Iterator[Record]
    if kind_of(file, name, limits) == "workbook":
        read_sheet, raw_records = read_workbook(file, like, sheet, limits, notes)
    elif sheet is not None:
        raise Refused(gettext_noop("A CSV file has no sheets."))
    else:
        raw_records = ((number, cells, [], {}) for number, cells in read_text(file, like, limits, notes, encoding))
    records, more = _filled(raw_records, limits)
    head = _heading([cells for _, cells, _, _ in records], like)
    if records[head][0] > 1:
        notes.append(Message(gettext_noop("The heading was found in row %(row)s."), {"row": records[head][0]}))
    _name_from_above(records, head, like)
    columns = _columns(records, head, notes)
    rows = _rows(records, head)
    table = Table(columns, rows, read_sheet, notes, len(rows) + more)
    if table.row_count > limits.rows:
        raise Refused(_TOO_MANY, rows=table.row_count, most=limits.rows)
    if not table.rows:
        notes.append(Message(gettext_noop("The file has a heading, but no rows below it.")))
    if any(_is_garbled(cell) for row in table.rows for cell in row.cells):
        notes.append(
            Message(
                gettext_noop(
                    "Some letters look wrong, such as SÃ£o instead of São. The file may have been saved in a wrong "
                    "encoding."
                )
            )
        )
    return table


def _filled(raw_records: Iterator[Record], limits: Limits) -> tuple[list[Record], int]:
    """The records that are not blank, tidied, as many as may be read; and how many there are beyond those."""
    records: list[Record] = []
    more = filled = letters = 0
    for number, cells, cell_errors, links in raw_records:
        if not cell_errors and not any(cells):
            continue
        if len(records) > limits.rows + _HEADING_WITHIN:
            more += 1
            continue
        tidied = [_tidied(cell, place, cell_errors, limits) if cell else "" for place, cell in enumerate(cells)]
        here = len(tidied) - tidied.count("")
        if not here and not cell_errors:
            continue
        filled += here
        letters += sum(map(len, tidied))
        if filled > limits.cells:
            raise Refused(_TOO_MANY_CELLS, most=limits.cells)
        if letters > limits.letters:
            raise Refused(_TOO_MANY_LETTERS, most=limits.letters)
        records.append((number, tidied, cell_errors, links))
    return records, more


def _tidied(cell: str, place: int, cell_errors: list[CellError], limits: Limits) -> str:
    """The cell tidied; cut, and with an error, where it is too long."""
    # What is much too long is not looked at.
    text = clean_cell(cell) if len(cell) <= 2 * limits.cell_letters else cell
    if len(text) > limits.cell_letters:
        cell_errors.append(CellError(place, Message(_TOO_LONG, {"count": len(text), "most": limits.cell_letters})))
    return text[: limits.cell_letters]


def _heading(records: Sequence[Sequence[str]], like: Likeness) -> int:
    """The place of the row most like a heading; where none is, the first with two cells, or with any.

    Of a heading of two rows it is the second, in which nothing but names of fields stands.
    """
    first = [place for place, cells in enumerate(records) if any(cells)][:_HEADING_WITHIN]
    if not first:
        raise Refused(gettext_noop("The file has no rows."))
    best = max(first, key=lambda place: (like(records[place]), -place))
    if like(records[best]):
        below = records[best + 1] if best + 1 < len(records) else ()
        filled = sum(map(bool, below))
        return best + 1 if filled > 1 and like(below) == filled else best
    return next((place for place in first if sum(map(bool, records[place])) > 1), first[0])


def _name_from_above(records: list[Record], head: int, like: Likeness) -> None:
    """Give columns that the heading does not name the names above them, where it has two rows."""
    if not head or not like(records[head - 1][1]):
        return
    number, names, cell_errors, links = records[head]
    above = records[head - 1][1]
    width = max(len(names), len(above))
    names, above = ([*row, *[""] * (width - len(row))] for row in (names, above))
    records[head] = (number, [own or upper for own, upper in zip(names, above, strict=True)], cell_errors, links)


def _columns(records: Sequence[Record], head: int, notes: list[Message]) -> list[Column]:
    names = list(records[head][1])
    while names and not names[-1]:
        names.pop()
    # A column without a name is still a column where rows have something in it.
    filled = {place for _, cells, _, _ in records[head + 1 :] for place, cell in enumerate(cells[: len(names)]) if cell}
    columns = [
        Column(place, letter(place), " ".join(name.split())[:_LONGEST_NAME])
        for place, name in enumerate(names)
        if name or place in filled
    ]
    twice = [
        name for name, times in Counter(column.name.casefold() for column in columns).items() if name and times > 1
    ]
    if twice:
        notes.append(Message(gettext_noop("More than one column is called: %(names)s."), {"names": ", ".join(twice)}))
    return columns


def _rows(records: Sequence[Record], head: int) -> list[Row]:
    names = len(records[head][1])
    rows = []
    for number, cells, cell_errors, links in records[head + 1 :]:
        beyond = [
            CellError(place, Message(_BEYOND, {"value": cell[:60]}))
            for place, cell in enumerate(cells[names:], names)
            if cell
        ]
        for cell_error in cell_errors:
            cells[cell_error.place] = ""
        rows.append(
            Row(
                number,
                tuple(cells if beyond else cells[:names]),
                (*cell_errors, *beyond),
                tuple((place, address) for place, address in sorted(links.items()) if cells[place : place + 1] != [""]),
            )
        )
    return rows


def _is_garbled(text: str) -> bool:
    """Whether UTF-8 was read as another encoding before: "SÃ£o" for "São"."""
    return not text.isascii() and _GARBLED.search(text) is not None
