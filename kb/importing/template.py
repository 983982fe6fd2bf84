"""Writes the template to fill in: all columns with hints, the allowed codes, and an example that is never imported."""

import csv
import io
from collections.abc import Iterator

from sqlalchemy.orm import Session

from .columns import FIELDS
from .vocabulary import vocabularies

_OUTCOMES = ("outcome_1_", "outcome_2_")
_SHEET = "Initiatives"


def _columns() -> list[str]:
    return [code for code in FIELDS if not code.startswith("outcome_") or code.startswith(_OUTCOMES)]


def _example() -> list[str]:
    return [FIELDS[code].example for code in _columns()]


def as_csv() -> bytes:
    """The template as CSV: the heading, and the example."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_columns(), _example()])
    return text.getvalue().encode("utf-8-sig")


def as_workbook(session: Session) -> bytes:
    """The template as a workbook: a sheet to fill in, one that explains the columns, and one of the allowed codes."""
    import xlsxwriter  # noqa: PLC0415 - takes long to import, and is seldom needed

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        soft = book.add_format({"italic": True, "font_color": "#666666"})
        for name, rows, widths in (
            (_SHEET, [_columns(), _example()], [18] * len(_columns())),
            ("Columns", list(_explained()), [24, 40, 90]),
            ("Allowed codes", list(_codes(session)), [20, 28, 60]),
        ):
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row, bold if not number else soft if name == _SHEET else None)
            for place, width in enumerate(widths):
                sheet.set_column(place, place, width)
            sheet.freeze_panes(1, 0)
    return file.getvalue()


def _explained() -> Iterator[tuple[str, str, str]]:
    yield "Column", "What it holds", "How it is written"
    for code in _columns():
        yield code, FIELDS[code].label, FIELDS[code].hint


def _codes(session: Session) -> Iterator[tuple[str, str, str]]:
    yield "Column", "Code", "Meaning"
    names = {"role": "partners (role)", "direction": "outcome_…_direction"}
    for name, words in vocabularies(session).items():
        for code, label in words.labels.items():
            yield names.get(name, name), code, label
