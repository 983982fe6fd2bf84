"""Files of rows from outside, read into cells of text: CSV in any dress, and workbooks of Excel (.xlsx).

`read_table(file, name)` gives a Table: its Columns with the letter that a spreadsheet shows, its Rows with their true
number, and notes on how the file was taken. What cannot be read is Refused in one sentence that says what to do;
a cell that cannot be taken, such as a formula whose value was never saved, is a CellError of its row and column.
Nothing in a file is ever run: formulas give the value that was saved with them, and macros are refused.
"""

from .encodings import ENCODINGS
from .file_types import refuse_large
from .table import read_table
from .table_types import CellError, Column, Limits, Row, Table, clean_cell, edited, place_of

__all__ = [
    "ENCODINGS",
    "CellError",
    "Column",
    "Limits",
    "Row",
    "Table",
    "clean_cell",
    "edited",
    "place_of",
    "read_table",
    "refuse_large",
]
