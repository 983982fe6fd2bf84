"""Answers with a table as a CSV file, for researchers and their spreadsheets."""

from collections.abc import Iterable, Sequence

from flask import Response

from kb.exporting.cells import Cell, csv_bytes


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """A CSV file to keep under `name`."""
    response = Response(csv_bytes(header, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response
