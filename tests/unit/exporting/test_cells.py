"""Cells of CSV files, of which the same data must give the same bytes."""

from collections.abc import Sequence

import pytest

from kb.exporting.cells import Cell, csv_bytes, csv_lines


@pytest.mark.parametrize(
    ("cells", "written"),
    [
        ((None, None), ("", "")),
        (("air-quality", None, ""), ("air-quality", "", "")),
        (
            ("plain", "one, two", 'say "so"', "two\nlines", "back\rtwo"),
            ("plain", '"one, two"', '"say ""so"""', '"two\nlines"', '"back\rtwo"'),
        ),
        (("=1+1", "+1", "-1", "@A1", "\tx", "plain"), ("'=1+1", "'+1", "'-1", "'@A1", "'\tx", "plain")),
        (("\rx", "=A1,2"), ('"\'\rx"', '"\'=A1,2"')),
        ((True, False, None), ("true", "false", "")),
        ((-1, 2.0, -0.5, 1e21, 1e-7), ("-1", "2", "-0.5", "1000000000000000000000", "1e-07")),
        (("a\0=b", "\0", "c"), ("a\0=b", "\0", "c")),
        ((7, "seven", "-seven", None), ("7", "seven", "'-seven", "")),
    ],
)
def test_a_column_is_written_as_each_of_its_cells_is(cells: Sequence[Cell], written: Sequence[str]) -> None:
    assert csv_lines([[cell] for cell in cells]).decode() == "".join(f"{text}\r\n" for text in written)
    assert csv_lines([["first", cell] for cell in cells]).decode() == "".join(f"first,{text}\r\n" for text in written)


def test_a_file_begins_with_its_head() -> None:
    assert csv_bytes(["a", "=b"], [[1, None], ["x", 2]]) == b"\xef\xbb\xbfa,'=b\r\n1,\r\nx,2\r\n"
    assert csv_bytes(["a"], []) == b"\xef\xbb\xbfa\r\n"


def test_rows_of_other_lengths_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="zip"):
        csv_lines([["a", "b"], ["c"]])
