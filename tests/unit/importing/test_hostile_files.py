"""Small files that claim to be large, and files that would take hours or all memory: each is refused in a sentence."""

import io

import pytest

from kb.core.errors import Refused
from kb.importing.columns import BY_NAME, match
from kb.importing.headings import likeness_to
from kb.importing.readers import Column, Limits, Table, read_table

from .test_readers import repacked, workbook

HEAD = b'<row r="1">%s</row>' % b"".join(
    b'<c r="%s1" t="inlineStr"><is><t>%s</t></is></c>' % pair for pair in ((b"A", b"title"), (b"B", b"city"))
)


def read(content: bytes, name: str = "made-up.csv", **limits: int) -> Table:
    return read_table(io.BytesIO(content), name, likeness_to(BY_NAME), limits=Limits(**limits))


def with_rows(xml: bytes, after: bytes = b"") -> bytes:
    """A workbook whose sheet holds the heading and those rows, as no spreadsheet would write them."""

    def change(name: str, part: bytes) -> bytes:
        before, found, _ = part.partition(b"<sheetData>")
        return before + found + HEAD + xml + b"</sheetData>" + after + b"</worksheet>" if found else part

    return repacked(workbook([["title", "city"], ["A", "B"]]), change)


def in_part(ending: str, old: bytes, new: bytes, rows: tuple = (["title", "city"], ["A", "B"])) -> bytes:
    """A workbook with something else in one of its parts."""
    return repacked(workbook(rows), lambda name, part: part.replace(old, new, 1) if name.endswith(ending) else part)


def test_a_row_far_beyond_the_last_one_of_any_spreadsheet_is_refused() -> None:
    content = with_rows(b'<row r="999999999999"><c r="A999999999999"><v>1</v></c></row>')
    assert len(content) < 10_000
    with pytest.raises(Refused, match="more than 1,048,576 rows"):
        read(content, "made-up.xlsx")


def test_a_gap_before_a_row_is_no_rows() -> None:
    (row,) = read(with_rows(b'<row r="1048576"><c r="B1048576"><v>7</v></c></row>'), "made-up.xlsx").rows
    assert (row.number, row.cells) == (1_048_576, ("", "7"))


def test_an_empty_cell_in_the_last_column_makes_a_row_no_wider() -> None:
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c><c r="XFD%d"/></row>' % (n, n, n) for n in range(2, 300))
    table = read(with_rows(rows), "made-up.xlsx")
    assert {len(row.cells) for row in table.rows} == {2}
    assert len(table.rows) == 298


def test_a_filled_cell_in_the_last_column_is_too_wide() -> None:
    with pytest.raises(Refused, match="Row 2 has 16,384 cells; 500 columns"):
        read(with_rows(b'<row r="2"><c r="XFD2"><v>1</v></c></row>'), "made-up.xlsx")


def test_rows_whose_numbers_go_back_are_left_out() -> None:
    rows = b"".join(b'<row r="%d"><c r="A2"><v>%d</v></c></row>' % (number, number) for number in (5, 3, 5, 6))
    assert [row.number for row in read(with_rows(rows), "made-up.xlsx").rows] == [5, 6]


@pytest.mark.parametrize(
    ("content", "limits", "said"),
    [
        (b"title,city\n" + b"\n" * 2_000, {"last_row": 1_000}, "more than 1,000 rows, including blank rows"),
        (b"title,city\n" + b",\n" * 2_000, {"last_row": 1_000}, "more than 1,000 rows, including blank rows"),
        (b"title,city\n" + b"x" * 5_000, {"line_letters": 1_000}, "Line 2 has more than 1,000 characters"),
        (b"," * 5_000, {"line_letters": 1_000}, "Line 1 has more than 1,000 characters"),
        (b"title" + b",c" * 20_000, {}, "20,001 cells; 500 columns are read"),
        (b'title,city\n"A,' + b"x,y\n" * 40_000, {}, "cell in row 2 has more than 131,072 characters. Is a quotation"),
        (b"title,city\n" + b"A,B\n" * 600, {"cells": 1_000}, "more than 1,000 cells with something in them"),
        (b"title,city\n" + b"AAAA,B\n" * 600, {"letters": 1_000}, "more than 1,000 characters in total"),
        (b"title,city\n" + b"A,B\n" * 600 + b"C,\0\n", {}, "The file is not a CSV file"),
    ],
)
def test_text_of_more_than_may_be_read_is_refused(content: bytes, limits: dict[str, int], said: str) -> None:
    with pytest.raises(Refused, match=said):
        read(content, **limits)


def test_blank_rows_take_no_memory() -> None:
    assert [row.number for row in read(b"title,city\n" + b",\n" * 1_000 + b"A,B\n").rows] == [1_002]


def test_rows_beyond_those_that_are_read_are_counted_and_not_held() -> None:
    with pytest.raises(Refused, match="has 3,000 rows; 20 are read at most"):
        read(b"title,city\n" + b"A,B\n" * 3_000, rows=20, cells=100)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            in_part("workbook.xml", b"<sheets>", b"<sheets>" + b'<sheet name="S" sheetId="9" r:id="rId1"/>' * 300),
            "has 301 sheets; 255 are read",
        ),
        (
            in_part(
                "styles.xml",
                b"<fonts",
                b'<numFmts count="1"><numFmt numFmtId="170" formatCode="%s"/></numFmts><fonts' % (b"[" * 5_000),
            ),
            "number format of more than 1,000 characters",
        ),
        (with_rows(b'<row r="2"><c r="A2"><v>' + b"9" * 5_000 + b"</v></c></row>"), "broken"),
        (with_rows(b'<row r="2">' + b"<c><f>" * 3_000 + b"</f></c>" * 3_000 + b"</row>" + b"<broken>"), "broken"),
    ],
)
def test_a_workbook_made_to_take_minutes_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read(content, "made-up.xlsx")


def test_a_text_that_thousands_of_cells_share_is_counted_for_each() -> None:
    content = in_part("sharedStrings.xml", b"<t>A</t>", b"<t>" + b"A " * 16_000 + b"</t>", (["title"], *[["A"]] * 100))
    with pytest.raises(Refused, match="more than 1,000,000 characters in total"):
        read(content, "made-up.xlsx", letters=1_000_000)


def test_a_cell_of_megabytes_is_a_flaw_of_its_cell() -> None:
    content = in_part("sharedStrings.xml", b"<t>A</t>", b"<t>" + b"Ab" * 60_000 + b"</t>")
    (row,) = read(content, "made-up.xlsx").rows
    assert (row.cells, [str(cell_error.problem) for cell_error in row.errors]) == (
        ("", "B"),
        ["The cell contains 120,000 characters; 32,767 are read at most."],
    )


def test_thousands_of_merged_cells_are_not_looked_at() -> None:
    merged = b"".join(b'<mergeCell ref="A%d:nonsense"/>' % n for n in range(1_000))
    content = with_rows(b'<row r="2"><c r="A2"><v>1</v></c></row>', b"<mergeCells>" + merged + b"</mergeCells>")
    assert [row.cells for row in read(content, "made-up.xlsx").rows] == [("1",)]


@pytest.mark.parametrize(("value", "said"), [(b"1e999", "inf"), (b"1e20", "100000000000000000000")])
def test_numbers_beyond_all_bounds_are_text(value: bytes, said: str) -> None:
    (row,) = read(with_rows(b'<row r="2"><c r="A2"><v>' + value + b"</v></c></row>"), "made-up.xlsx").rows
    assert row.cells == (said,)


def test_a_broken_stream_in_a_workbook_is_told() -> None:
    content = bytearray(workbook([["title", "city"], *[[f"A{n}", "B"] for n in range(500)]]))
    at = content.index(b"xl/worksheets/sheet1.xml") + 60
    content[at : at + 40] = bytes(range(40))
    with pytest.raises(Refused, match="broken"):
        read(bytes(content), "made-up.xlsx")


def test_only_the_first_columns_of_a_row_are_compared_with_a_heading() -> None:
    widths: list[int] = []

    def like(cells) -> int:
        widths.append(len(cells))
        return 0

    with pytest.raises(Refused):
        read_table(io.BytesIO(b"a" + b",b" * 5_000), "made-up.csv", like)
    assert max(widths) <= 500


def test_a_column_named_by_thousands_of_open_brackets_is_no_column_we_know() -> None:
    matched = match([Column(0, "A", ")" + "(" * 50_000), Column(1, "B", "Title (of the project) (*)")])
    assert matched.taken == {1: "title"}
