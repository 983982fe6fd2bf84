"""XLSX: a sheet for the entries and one for each of their lists, or one for another table; and the codebook."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, time
from typing import Any
from xml.sax.saxutils import escape

from sqlalchemy.orm import Session

from ..cells import Cell
from ..codebook import HEADER, codebook
from ..columns import tables_of
from ..export import LICENCE, PUBLISHER, Export, Links
from ..plain_tables import PlainTable

MOST_ROWS = 1_048_576
"""Rows of a sheet, with its head."""

LONGEST_TEXT = 32_767
"""Signs of a cell."""

_PIECE_BYTES = 1 << 16

_SETTINGS = {
    "constant_memory": True,
    # Text stays text: no formula, no link, no number is made of it.
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": False,
}

_ABOUT = ("about", "value")


def write(session: Session, export: Export, links: Links) -> Iterator[bytes]:
    """A workbook of entries; each batch of them gives an empty piece, so that whoever sends the pieces can stop."""
    return _written(export, lambda workbook: _fill(workbook, session, export, links))


def write_table(table: PlainTable) -> Iterator[bytes]:
    """A workbook of a table: its rows, what its columns mean, and what it is about."""
    return _written(table, lambda workbook: _fill_with_table(workbook, table))


def _written(about: Export | PlainTable, fill: Callable[[Any], Iterator[bytes]]) -> Iterator[bytes]:
    """A workbook, which is put together in a folder that goes away with the last piece or with the reader."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - takes long to import, and is seldom needed

    with tempfile.TemporaryDirectory(prefix="kb-xlsx-") as folder, tempfile.TemporaryFile(dir=folder) as file:
        workbook = Workbook(file, {**_SETTINGS, "tmpdir": folder})
        moment = datetime.combine(about.made_on, time())
        workbook.set_properties(
            {"title": about.title, "author": PUBLISHER, "comments": about.address, "created": moment}
        )
        try:
            yield from fill(workbook)
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
    sheets = [(table, _Sheet(workbook, table.name, table.header, bold)) for table in tables]
    for entries, names in export.named_batches(session):
        for table, sheet in sheets:
            sheet.add(table.rows(entries, names, links))
        yield b""
    _Sheet(workbook, "codebook", HEADER, bold).add(codebook(export.kind))
    about = [
        *_about(export),
        ("Change number of the catalogue", export.change_number),
        ("Entries", len(export.ids)),
    ]
    about += [
        ("Not whole", f"The sheet {table.name} has more rows than fit: take the CSV files.")
        for table, sheet in sheets
        if sheet.is_cut
    ]
    _Sheet(workbook, "about", _ABOUT, bold).add(about)


def _fill_with_table(workbook: Any, table: PlainTable) -> Iterator[bytes]:
    bold = workbook.add_format({"bold": True})
    sheet = _Sheet(workbook, table.name, table.header, bold)
    for rows in table.batches():
        sheet.add(rows)
        yield b""
    _Sheet(workbook, "codebook", HEADER, bold).add(field.meaning(table.name) for field in table.fields)
    _Sheet(workbook, "about", _ABOUT, bold).add(_about(table))


def _about(file: Export | PlainTable) -> list[tuple[str, Cell]]:
    return [
        ("Title", file.title),
        ("Address", file.address),
        ("Publisher", PUBLISHER),
        ("Licence", LICENCE),
        ("Made on", file.made_on.isoformat()),
    ]


class _Sheet:
    """A sheet that is written row by row, with a head that stays in sight."""

    def __init__(self, workbook: Any, name: str, header: Sequence[str], bold: Any) -> None:
        self._sheet = workbook.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        for place, cell in enumerate(header):
            self._sheet.write_string(0, place, cell, bold)
        self._next = 1
        self.is_cut = False

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Write more rows, as far as they fit."""
        sheet = self._sheet
        for row in rows:
            if self._next >= MOST_ROWS:
                self.is_cut = True
                return
            for place, cell in enumerate(row):
                if cell is None or cell == "":
                    continue
                if isinstance(cell, str):
                    self._write_text(place, cell[:LONGEST_TEXT])
                elif isinstance(cell, bool):
                    sheet.write_boolean(self._next, place, cell)
                else:
                    sheet.write_number(self._next, place, cell)
            self._next += 1

    def _write_text(self, place: int, text: str) -> None:
        """Write a text as it is: one that looks like the markup of a cell would be let in, so it gets some around it.

        Where that is too long for a cell, it loses its last sign, and looks like markup no more.
        """
        if text.startswith("<r>") and text.endswith("</r>"):
            marked = f'<r><t xml:space="preserve">{escape(text)}</t></r>'
            # A sign may count twice.
            text = marked if len(marked) <= LONGEST_TEXT // 2 else text[:-1]
        self._sheet.write_string(self._next, place, text)
