"""Answers with a table as a CSV file, for researchers and their spreadsheets."""

from collections.abc import Iterable, Sequence

from flask import Response

from kb.exporting.cells import Cell, csv_bytes

from .headers import as_attachment


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """A CSV file to keep under `name`."""
    response = as_attachment(Response(csv_bytes(header, rows), mimetype="text/csv"), f"{name}.csv")
    response.headers["X-Robots-Tag"] = "noindex"
    return response
