"""Reads workbooks: the values that were saved, as text; formulas are never run.

openpyxl knows strings, styles and dates; rows are taken from its parser as they stand in the sheet, since its own
reader makes a cell for each gap before a cell, and a row for each gap before a row, however large they are said to be.
"""

import datetime
import math
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException

from kb.core.errors import Refused
from kb.core.i18n import Message, gettext_noop

from .sheet_ranges import LINK_BEGINNINGS, MergedCells, ranges_of
from .table_types import BROKEN, ENTITIES, TOO_FAR, TOO_WIDE, CellError, Likeness, Limits, Record, clean_cell

_NO_VALUE = gettext_noop(
    "The formula's value was not saved with it. Open the file in a spreadsheet, save it, and try again."
)
_ERROR = gettext_noop("The cell contains the error %(value)s.")
_NO_SHEET = gettext_noop("There is no sheet called %(wanted)s; there are: %(names)s.")
_NO_VISIBLE_SHEET = gettext_noop("The workbook has no visible sheet with cells.")
_TOO_LONG = gettext_noop("The sheet has more than %(most)s rows: split it.")
_MERGED = gettext_noop("Cells are merged: the value was used for each of their rows (%(ranges)s).")
_NAMED_RANGES = 5
_LINK_FORMULA = re.compile(
    r'\s*=?\s*HYPERLINK\(\s*"((?:[^"]|"")*)"\s*(?:[,;]\s*"((?:[^"]|"")*)"\s*)?\)\s*', re.IGNORECASE
)
_LONGEST_FORMULA = 5000
_LOOKED_AT = 30
_NO_MEMORY = 1  # XML_ERROR_NO_MEMORY of expat
_BROKEN = (
    zipfile.BadZipFile,
    # That of Python's XML parser and that of lxml, which openpyxl uses where it is installed, are such.
    SyntaxError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
    ArithmeticError,
    RuntimeError,
    zlib.error,
)


def read_workbook(
    file: BinaryIO, like: Likeness, sheet: str | None, limits: Limits, notes: list[Message]
) -> tuple[str, Iterator[Record]]:
    """The name of the sheet that is read, and its rows as they are asked for; gaps are no rows. Raises Refused."""
    with _refusing_broken():
        workbook = _opened(file)
        try:
            name = _sheet(workbook, like, sheet, limits, notes)
        except BaseException:
            workbook.close()
            raise
    return name, _read(workbook, name, limits, notes)


def _read(workbook: Any, name: str, limits: Limits, notes: list[Message]) -> Iterator[Record]:
    with closing(workbook), _refusing_broken():
        yield from _rows(workbook[name], limits, notes)


@contextmanager
def _refusing_broken() -> Iterator[None]:
    """Refuse as broken whatever openpyxl trips over."""
    try:
        with warnings.catch_warnings():
            # openpyxl warns of parts it leaves out, such as drawings and validations; none of them is a value.
            warnings.simplefilter("ignore")
            yield
    except DefusedXmlException:
        raise Refused(ENTITIES) from None
    except _BROKEN as problem:
        if isinstance(problem, ParseError) and problem.code == _NO_MEMORY:
            raise MemoryError from None
        problem_text = (f"{type(problem).__name__}: {problem}".splitlines() or [""])[0][:200]
        raise Refused(BROKEN, problem=problem_text) from None


def _sheet(workbook: Any, like: Likeness, wanted: str | None, limits: Limits, notes: list[Message]) -> str:
    visible = [sheet.title for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    if wanted is not None:
        if wanted not in visible:
            raise Refused(_NO_SHEET, wanted=wanted, names=tuple(visible)) if visible else Refused(_NO_VISIBLE_SHEET)
        return wanted
    if not visible:
        raise Refused(_NO_VISIBLE_SHEET)
    # The sheet with the row most like a heading; of equals the first, which a spreadsheet shows.
    best: str = max(visible, key=lambda title: (_likeness(workbook[title], like, limits), -visible.index(title)))
    if len(visible) > 1:
        others = ", ".join(title for title in visible if title != best)
        notes.append(
            Message(
                gettext_noop("The sheet %(name)s was read. These were not: %(others)s."),
                {"name": best, "others": others},
            )
        )
    return best


def _likeness(sheet: Any, like: Likeness, limits: Limits) -> int:
    best = 0
    for number, row in _parsed(sheet):
        if number > _LOOKED_AT:
            break
        # No name of a column is long.
        best = max(best, like([clean_cell(_text(cell["value"])[:200]) for cell in row[: limits.columns]]))
    return best


def _opened(file: BinaryIO) -> Any:
    reader = _reader_class()(file, read_only=True, data_only=True, keep_links=False)
    reader.read()
    return reader.wb


@cache
def _reader_class() -> type[Any]:
    """The reader of openpyxl, with strings read some five times as fast, and without what is no value."""
    # Imported when first needed: openpyxl takes 26 MB of each process.
    from openpyxl.reader import excel  # noqa: PLC0415
    from openpyxl.xml.constants import SHEET_MAIN_NS  # noqa: PLC0415
    from openpyxl.xml.functions import iterparse  # noqa: PLC0415

    item, text, run, end = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("si", "t", "r", "sst"))

    class Reader(excel.ExcelReader):  # type: ignore[misc]
        def read_strings(self) -> None:
            part = self.package.find(excel.SHARED_STRINGS)
            if part is None:
                return
            with self.archive.open(part.PartName[1:]) as source:
                for _, element in iterparse(source):
                    if element.tag == item:
                        # Signs of pronunciation (rPh) are no part of it.
                        pieces = [element, *element.findall(run)]
                        literal_string = "".join(piece.findtext(text) or "" for piece in pieces)
                        self.shared_strings.append(literal_string.replace("x005F_", ""))
                        element.clear()
                    elif element.tag == end:
                        break

        def read_properties(self) -> None: ...

        def read_custom(self) -> None: ...

        def read_theme(self) -> None: ...

    return Reader


@cache
def _parser() -> type[Any]:
    """The parser that openpyxl has for a sheet, which also tells a formula whose value was not saved."""
    from openpyxl.worksheet import _reader  # noqa: PLC0415

    class Parser(_reader.WorkSheetParser):  # type: ignore[misc]
        def rows(self) -> Iterator[tuple[int, list[dict[str, Any]]]]:
            for _, element in _reader.iterparse(self.source):
                if element.tag == _reader.ROW_TAG:
                    yield self.parse_row(element)
                    element.clear()
                elif element.tag == _reader.DATA_TAG:
                    # Merged cells and links follow, for `ranges_of`, and rules of colour, which are no value.
                    return

        def parse_cell(self, element: Any) -> dict[str, Any]:
            cell: dict[str, Any] = super().parse_cell(element)
            formula = element.find(_reader.FORMULA_TAG)
            if formula is not None:
                _take_link(cell, formula.text or "")
                if cell["value"] is None:
                    cell["data_type"] = "f"
            return cell

    return Parser


def _take_link(cell: dict[str, Any], formula: str) -> None:
    """The address in a formula that is a link, and the words in it where its value was not saved."""
    link = _LINK_FORMULA.fullmatch(formula[:_LONGEST_FORMULA])
    if link is None:
        return
    target, label = ((text or "").replace('""', '"') for text in link.groups())
    if target.lower().startswith(LINK_BEGINNINGS):
        cell["link"] = target
    if cell["value"] is None:
        cell["value"], cell["data_type"] = label or target, "s"


def _parsed(sheet: Any) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The rows of a sheet that hold cells, by number, each with its cells; numbers that go back are left out."""
    workbook, last = sheet.parent, 0
    with sheet._get_source() as source:  # noqa: SLF001
        parser = _parser()(
            source,
            sheet._shared_strings,  # noqa: SLF001
            data_only=True,
            epoch=workbook.epoch,
            date_formats=workbook._date_formats,  # noqa: SLF001
            timedelta_formats=workbook._timedelta_formats,  # noqa: SLF001
        )
        for number, cells in parser.rows():
            if number > last:
                last = number
                yield number, cells


def _rows(sheet: Any, limits: Limits, notes: list[Message]) -> Iterator[Record]:
    filled = 0
    merged, linked = ranges_of(sheet, limits)
    is_percent = _percent_styles(sheet.parent)
    for number, row in _parsed(sheet):
        if number > limits.last_row:
            raise Refused(TOO_FAR, most=limits.last_row)
        width = max((cell["column"] for cell in row), default=0)
        cells = [""] * min(width, limits.columns)
        cell_errors: list[CellError] = []
        links = linked.of_row(number)
        for cell in row:
            place, value, kind = cell["column"] - 1, cell["value"], cell["data_type"]
            if value is None and kind != "f":
                continue
            if place >= limits.columns:
                raise Refused(TOO_WIDE, row=number, cells=place + 1, most=limits.columns)
            if "link" in cell:
                links[place] = cell["link"]
            if value is None:
                cell_errors.append(CellError(place, Message(_NO_VALUE)))
            elif kind == "e":
                cell_errors.append(CellError(place, Message(_ERROR, {"value": str(value)[:60]})))
            else:
                cells[place] = _text(value, is_percent=isinstance(value, int | float) and is_percent(cell["style_id"]))
        links |= merged.fill(number, cells, cell_errors, links)
        filled += any(cells)
        if filled > limits.rows + _LOOKED_AT:
            raise Refused(_TOO_LONG, most=limits.rows)
        yield number, cells, cell_errors, links
    _note_merged(merged, notes)


def _note_merged(merged: MergedCells, notes: list[Message]) -> None:
    if merged.used:
        names = [cell_range.label for cell_range in islice(merged.used, _NAMED_RANGES)]
        names += ["…"] if len(merged.used) > _NAMED_RANGES else []
        notes.append(Message(_MERGED, {"ranges": ", ".join(names)}))


def _percent_styles(workbook: Any) -> Callable[[int], bool]:
    """Whether a style shows numbers as per cent."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE  # noqa: PLC0415

    @cache
    def is_percent(style: int) -> bool:
        number = workbook._cell_styles[style].numFmtId  # noqa: SLF001
        if number < BUILTIN_FORMATS_MAX_SIZE:
            return "%" in BUILTIN_FORMATS.get(number, "")
        return "%" in workbook._number_formats[number - BUILTIN_FORMATS_MAX_SIZE]  # noqa: SLF001

    return is_percent


def _text(value: Any, *, is_percent: bool = False) -> str:
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
        return f"{_plain(round(value * 100, 10))}%" if is_percent else _plain(value)
    return str(value)


def _plain(value: float) -> str:
    """A number in digits, never as 1e+16."""
    if not math.isfinite(value):
        return str(value)
    return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")
