"""Workbooks: the values that were saved, as text; formulas are looked at, to tell those without a value, never run."""

import datetime
import re
import warnings
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException

from kb.problems import Refused
from kb.words import Phrase, marked

from .shapes import BROKEN, ENTITIES, TOO_WIDE, Flaw, Likeness, Limits
from .tidying import tidy

_NO_VALUE = marked("The formula's value was not saved with it. Open the file in a spreadsheet, save it, and try again.")
_ERROR = marked("The cell holds the error %(value)s.")
_NO_SHEET = marked("There is no sheet called %(wanted)s; there are: %(names)s.")
_NO_VISIBLE_SHEET = marked("The workbook holds no sheet with cells that can be seen.")
_TOO_LONG = marked("The sheet has more than %(most)s rows: split it.")
_LOOKED_AT = 30
_BROKEN = (
    zipfile.BadZipFile,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
)

Record = tuple[list[str], list[Flaw]]


def read_workbook(
    file: BinaryIO, like: Likeness, sheet: str | None, limits: Limits, notes: list[Phrase]
) -> tuple[str, list[Record]]:
    """The name of the sheet that was read, and its rows; blank ones too. Raises Refused."""
    try:
        with warnings.catch_warnings():
            # openpyxl warns of parts it leaves out, such as drawings and validations; none of them is a value.
            warnings.simplefilter("ignore")
            values = _opened(file, data_only=True)
            try:
                name = _sheet(values, like, sheet, notes)
                formulas = _formulas(file, name) if _has_formulas(file) else None
                return name, list(_rows(values[name], formulas, limits))
            finally:
                values.close()
    except DefusedXmlException:
        raise Refused(ENTITIES) from None
    except _BROKEN as problem:
        said = f"{type(problem).__name__}: {problem}".splitlines()[0][:200]
        raise Refused(BROKEN, problem=said) from None


def _sheet(workbook: Any, like: Likeness, wanted: str | None, notes: list[Phrase]) -> str:
    visible = [sheet.title for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    if wanted is not None:
        if wanted not in visible:
            raise Refused(_NO_SHEET, wanted=wanted, names=tuple(visible)) if visible else Refused(_NO_VISIBLE_SHEET)
        return wanted
    if not visible:
        raise Refused(_NO_VISIBLE_SHEET)
    # The sheet with the row most like a heading; of equals the first, which a spreadsheet shows.
    best: str = max(visible, key=lambda title: (_likeness(workbook[title], like), -visible.index(title)))
    if len(visible) > 1:
        others = ", ".join(title for title in visible if title != best)
        notes.append(
            Phrase(marked("The sheet %(name)s was read; these were not: %(others)s."), {"name": best, "others": others})
        )
    return best


def _likeness(sheet: Any, like: Likeness) -> int:
    first = sheet.iter_rows(max_row=_LOOKED_AT, values_only=True)
    return max((like([tidy(_text(value, "")) for value in row]) for row in first), default=0)


def _has_formulas(file: BinaryIO) -> bool:
    with zipfile.ZipFile(file) as package:
        for name in package.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                with package.open(name) as part:
                    tail = b""
                    while block := part.read(1 << 20):
                        if re.search(rb"<(?:\w+:)?f[ />]", tail + block):
                            return True
                        tail = block[-20:]
    return False


def _formulas(file: BinaryIO, name: str) -> Iterator[tuple[Any, ...]]:
    file.seek(0)
    rows: Iterator[tuple[Any, ...]] = _opened(file)[name].iter_rows()
    return rows


def _opened(file: BinaryIO, *, data_only: bool = False) -> Any:
    # Imported when first needed: openpyxl takes 26 MB of each process.
    from openpyxl import load_workbook  # noqa: PLC0415

    return load_workbook(file, read_only=True, data_only=data_only)


def _rows(sheet: Any, formulas: Iterator[tuple[Any, ...]] | None, limits: Limits) -> Iterator[Record]:
    # What a workbook claims of its size may be wrong, and then cells would be missed.
    sheet.reset_dimensions()
    filled = 0
    for number, row in enumerate(sheet.iter_rows(), 1):
        written = next(formulas, ()) if formulas is not None else ()
        if len(row) > limits.columns and any(cell.value is not None for cell in row[limits.columns :]):
            raise Refused(TOO_WIDE, row=number, cells=len(row), most=limits.columns)
        cells, flaws = [], []
        for place, cell in enumerate(row[: limits.columns]):
            text = _text(cell.value, getattr(cell, "number_format", "") or "")
            is_formula = place < len(written) and written[place].data_type == "f"
            if cell.value is None and is_formula:
                flaws.append(Flaw(place, Phrase(_NO_VALUE)))
            elif getattr(cell, "data_type", "") == "e":
                flaws.append(Flaw(place, Phrase(_ERROR, {"value": text})))
                text = ""
            cells.append(text)
        filled += any(cells)
        if filled > limits.rows + _LOOKED_AT:
            raise Refused(_TOO_LONG, most=limits.rows)
        yield cells, flaws


def _text(value: Any, number_format: str) -> str:
    """A value as a person would type it: days as 2024-05-31, whole numbers without a point, per cent with its sign."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.datetime) and value.time() != datetime.time():
        return value.isoformat(" ", "minutes")
    if isinstance(value, datetime.date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, int | float):
        return f"{_plain(round(value * 100, 10))}%" if "%" in number_format else _plain(value)
    return str(value)


def _plain(value: float) -> str:
    """A number in digits, never as 1e+16."""
    return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")
