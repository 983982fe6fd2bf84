"""From a file to a table: what it is, its records, its heading, and the rows beneath with their true numbers."""

from collections import Counter
from collections.abc import Sequence
from typing import BinaryIO

from kb.problems import Refused
from kb.words import Phrase, marked

from .shapes import Column, Flaw, Likeness, Limits, Row, Table, letter
from .sniffing import kind_of
from .text import read_text
from .tidying import is_garbled, tidy
from .workbook import Record, read_workbook

_HEADING_WITHIN = 20
_TOO_LONG = marked("The cell holds %(count)s letters; %(most)s are read at most.")
_TOO_MANY = marked("The file has %(rows)s rows; %(most)s are read at most: split it.")
_BEYOND = marked(
    "The row has a cell beyond the last column of the heading: %(value)s. Is a separator missing or doubled?"
)


def _nothing(_cells: Sequence[str]) -> int:
    return 0


def read_table(
    file: BinaryIO, name: str, like: Likeness = _nothing, sheet: str | None = None, limits: Limits | None = None
) -> Table:
    """Read a CSV file or workbook. `name` is what the file is called; `like` finds the heading. Raises Refused."""
    limits = limits or Limits()
    notes: list[Phrase] = []
    found_sheet = None
    records: list[Record]
    if kind_of(file, name, limits) == "workbook":
        found_sheet, records = read_workbook(file, like, sheet, limits, notes)
    elif sheet is not None:
        raise Refused(marked("A CSV file has no sheets."))
    else:
        records = [(cells, []) for cells in read_text(file, like, limits, notes)]
    tidied = [([tidy(cell) for cell in cells], flaws) for cells, flaws in records]
    head = _heading([cells for cells, _ in tidied], like)
    if head:
        notes.append(Phrase(marked("The heading was found in row %(row)s."), {"row": head + 1}))
    table = Table(_columns(tidied, head, notes), [], found_sheet, notes)
    table.rows = list(_rows(tidied, head, limits))
    if len(table.rows) > limits.rows:
        raise Refused(_TOO_MANY, rows=len(table.rows), most=limits.rows)
    if not table.rows:
        notes.append(Phrase(marked("The file has a heading, but no rows below it.")))
    if any(is_garbled(cell) for row in table.rows for cell in row.cells):
        notes.append(
            Phrase(marked("Some letters look as though the file was saved in a wrong encoding before: SÃ£o for São."))
        )
    return table


def _heading(records: Sequence[Sequence[str]], like: Likeness) -> int:
    """The place of the row most like a heading; where none is, the first with two cells, or with any."""
    first = [place for place, cells in enumerate(records) if any(cells)][:_HEADING_WITHIN]
    if not first:
        raise Refused(marked("The file holds no rows."))
    best = max(first, key=lambda place: (like(records[place]), -place))
    if like(records[best]):
        return best
    return next((place for place in first if sum(map(bool, records[place])) > 1), first[0])


def _columns(records: Sequence[Record], head: int, notes: list[Phrase]) -> list[Column]:
    names = list(records[head][0])
    while names and not names[-1]:
        names.pop()
    # A column without a name is still a column where rows have something in it.
    filled = {place for cells, _ in records[head + 1 :] for place, cell in enumerate(cells[: len(names)]) if cell}
    columns = [
        Column(place, letter(place), " ".join(name.split()))
        for place, name in enumerate(names)
        if name or place in filled
    ]
    twice = [
        name for name, times in Counter(column.name.casefold() for column in columns).items() if name and times > 1
    ]
    if twice:
        notes.append(Phrase(marked("More than one column is called: %(names)s."), {"names": ", ".join(twice)}))
    return columns


def _rows(records: Sequence[Record], head: int, limits: Limits) -> list[Row]:
    names = len(records[head][0])
    rows = []
    for place, (cells, flaws) in enumerate(records[head + 1 :], head + 1):
        if not any(cells) and not flaws:
            continue
        found = list(flaws)
        for column, cell in enumerate(cells):
            if len(cell) > limits.cell_letters:
                values = {"count": len(cell), "most": limits.cell_letters}
                found.append(Flaw(column, Phrase(_TOO_LONG, values)))
                cells[column] = ""
            elif cell and column >= names:
                found.append(Flaw(column, Phrase(_BEYOND, {"value": cell[:60]})))
        rows.append(Row(place + 1, tuple(cells), tuple(found)))
    return rows
