"""CSV: one table, in the cells that every spreadsheet and statistics program reads."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from ..cells import csv_chunks, csv_head, csv_lines_of_columns
from ..columns import main_table, tables_of
from ..export import Export, Links
from ..plain_tables import PlainTable


def write(session: Session, export: Export, links: Links) -> Iterator[bytes]:
    """The table that the export names, with its head; only what it shows is read."""
    table = tables_of(export.kind)[export.table] if export.table else main_table(export.kind)
    yield csv_head(table.header)
    for entries, names in export.named_batches(session, table.fields):
        yield csv_lines_of_columns(table.cells(entries, names, links))


def write_table(table: PlainTable) -> Iterator[bytes]:
    """The rows with their head."""
    return csv_chunks(table.header, table.batches())
