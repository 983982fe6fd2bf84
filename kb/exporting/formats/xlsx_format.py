"""XLSX: a sheet for the entries, one for each of their lists, and the codebook."""

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from typing import Any
from xml.sax.saxutils import escape

from sqlalchemy.orm import Session

from ..cells import Cell
from ..codebook import HEADER, codebook
from ..columns import tables_of
from ..export import LICENCE, PUBLISHER, Export, Links

MOST_ROWS = 1_048_576
"""Rows of a sheet, with its head."""

LONGEST_TEXT = 32_767
"""Units of UTF-16 in a cell."""

_PIECE_BYTES = 1 << 16

_SETTINGS = {
    "constant_memory": True,
    # Text stays text: no formula, no link, no number is made of it.
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": False,
}


def write(session: Session, export: Export, links: Links) -> Iterator[bytes]:
    """A workbook, which is put together in a folder that goes away with the last piece or with the reader.

    Until it is, each batch of entries gives an empty piece, so that whoever sends the pieces can stop.
    """
    from xlsxwriter import Workbook  # noqa: PLC0415 - takes long to import, and is seldom needed

    with tempfile.TemporaryDirectory(prefix="kb-xlsx-") as folder, tempfile.TemporaryFile(dir=folder) as file:
        workbook = Workbook(file, {**_SETTINGS, "tmpdir": folder})
        moment = datetime.combine(export.made_on, time())
        workbook.set_properties(
            {"title": export.title, "author": PUBLISHER, "comments": export.address, "created": moment}
        )
        try:
            yield from _fill(workbook, session, export, links)
            workbook.close()
        finally:
            for sheet in workbook.worksheets():
                # Its rows so far: open still where the reader has gone.
                sheet.row_data_fh.close()
        file.seek(0)
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _fill(workbook: Any, session: Session, export: Export, links: Links) -> Iterator[bytes]:
    bold = workbook.add_format({"bold": True})
    tables = tables_of(export.kind).values()
    sheets = [(table, Sheet(workbook, table.name, table.header, bold)) for table in tables]
    for entries, names in export.named_batches(session):
        for table, sheet in sheets:
            sheet.add(table.rows(entries, names, links))
        yield b""
    Sheet(workbook, "codebook", HEADER, bold).add(codebook(export.kind))
    about: list[tuple[str, Cell]] = [
        ("Title", export.title),
        ("Address", export.address),
        ("Publisher", PUBLISHER),
        ("Licence", LICENCE),
        ("Made on", export.made_on.isoformat()),
        ("Change number of the catalogue", export.change_number),
        ("Entries", len(export.ids)),
    ]
    about += [
        ("Not whole", f"The sheet {table.name} has more rows than fit: take the CSV files.")
        for table, sheet in sheets
        if sheet.is_cut
    ]
    Sheet(workbook, "about", ("about", "value"), bold).add(about)


class Sheet:
    """A sheet that is written row by row, with a head that stays in sight.

    The head is written by the library; rows go as XML into the file in which it keeps rows: all takes half the time.
    """

    def __init__(self, workbook: Any, name: str, header: Sequence[str], bold: Any) -> None:
        self._sheet = workbook.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        for place, cell in enumerate(header):
            self._sheet.write_string(0, place, cell, bold)
        # It writes a row when the next one begins.
        self._sheet._write_single_row()  # noqa: SLF001 - the library has no other way to end a row
        self._columns = [_column_name(place) for place in range(len(header))]
        self._next = 1
        self.is_cut = False

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write more rows, as far as they fit."""
        parts: list[str] = []
        for row in rows:
            if self._next >= MOST_ROWS:
                self.is_cut = True
                break
            self._next += 1
            number = self._next
            parts.append(f'<row r="{number}">')
            for column, cell in zip(self._columns, row, strict=True):
                if cell is None or cell == "":
                    continue
                if isinstance(cell, str):
                    parts.append(f'<c r="{column}{number}" t="inlineStr"><is>{_text(cell)}</is></c>')
                elif isinstance(cell, bool):
                    parts.append(f'<c r="{column}{number}" t="b"><v>{cell:d}</v></c>')
                else:
                    parts.append(f'<c r="{column}{number}"><v>{cell:.16G}</v></c>')
            parts.append("</row>")
        self._sheet.row_data_fh.write("".join(parts))
        self._sheet.dim_rowmax = self._next - 1


def _column_name(place: int) -> str:
    """The letters of a column, counted from 0: A to Z, then AA and so on."""
    letters = ""
    place += 1
    while place:
        place, letter = divmod(place - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def _text(text: str) -> str:
    """An element with a text of a cell, cut where it is too long.

    White space at its ends is kept. Signs that XML cannot hold are written as `_x0001_`, and what is written like that
    with its first sign as `_x005F_`, as Excel does (ECMA-376, part 1, 22.9.2.19).
    """
    if len(text) > LONGEST_TEXT // 2:
        text = text.encode("utf-16-le")[: LONGEST_TEXT * 2].decode("utf-16-le", "ignore")
    keeps_space = ' xml:space="preserve"' if text[0].isspace() or text[-1].isspace() else ""
    if _NEEDS_CARE.search(text):
        text = _NOT_OF_XML.sub(lambda match: f"_x{ord(match[0]):04X}_", _LIKE_ESCAPED.sub("_x005F\\g<0>", text))
        text = escape(text)
    return f"<t{keeps_space}>{text}</t>"


_LIKE_ESCAPED = re.compile("_x[0-9a-fA-F]{4}_")
_NOT_OF_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_NEEDS_CARE = re.compile("[&<>_\x00-\x08\x0b-\x1f\ufffe\uffff]")
