"""Messages and tables in and out of the database: messages as JSON, a table as compressed lines of JSON."""

import gzip
import io
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, Any

from kb.core.errors import Refused
from kb.core.i18n import Label, Message, Value

from .readers import CellError, Column, Row, Table

MessageJSON = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RowMessage:
    """A sentence about a row; `column` is the letter of the column it is about, None for the whole row."""

    column: str | None
    message: Message


def message_to_json(message: Message) -> MessageJSON:
    """The message as JSON."""
    return {"template": message.template, "values": {name: _as_json(value) for name, value in message.values.items()}}


def message_from_json(stored: Mapping[str, Any]) -> Message:
    """The message of such JSON."""
    return Message(stored["template"], {name: _value(value) for name, value in stored["values"].items()})


def _as_json(value: Value) -> Any:
    match value:
        case Message():
            return message_to_json(value)
        case Label():
            return {"label": value.text}
        case tuple():
            return [_as_json(item) for item in value]
    return value


def _value(stored: Any) -> Any:
    match stored:
        case {"template": _}:
            return message_from_json(stored)
        case {"label": text}:
            return Label(text)
        case list():
            return tuple(_value(item) for item in stored)
    return stored


def row_message_to_json(row_message: RowMessage) -> MessageJSON:
    """The message as JSON, with its column."""
    return {"column": row_message.column, **message_to_json(row_message.message)}


def row_message_from_json(stored: Mapping[str, Any]) -> RowMessage:
    """The message of such JSON, with its column."""
    return RowMessage(stored["column"], message_from_json(stored))


def write_table(file: IO[bytes], table: Table) -> None:
    """Write a table, compressed: a line of JSON for the whole of it, then one for each row."""
    head = {
        "columns": [[column.place, column.letter, column.name] for column in table.columns],
        "sheet": table.sheet,
        "notes": [message_to_json(note) for note in table.notes],
        "row_count": table.row_count,
    }
    rows = (
        [row.number, row.cells, [[error.place, message_to_json(error.problem)] for error in row.errors], row.links]
        for row in table.rows
    )
    _write_lines(file, chain([head], rows))


def write_refusal(file: IO[bytes], message: Message) -> None:
    """Write, instead of a table, why there is none."""
    _write_lines(file, [{"refused": message_to_json(message)}])


def _write_lines(file: IO[bytes], values: Iterable[Any]) -> None:
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1, mtime=0) as lines:
        for value in values:
            line = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            lines.write(f"{line}\n".encode("utf-8", "surrogatepass"))


def is_table(content: bytes) -> bool:
    """Whether it was written by `write_table`; no file that could be uploaded begins so."""
    return content.startswith(b"\x1f\x8b")


def table_from(content: bytes, columns: Collection[str] | None = None, first: int | None = None) -> Table:
    """The table that was written; only the cells of some `columns`, by letter, and the `first` rows, where given.

    Raises Refused where a refusal was written.
    """
    with gzip.open(io.BytesIO(content)) as lines:
        head = json.loads(lines.readline())
        if "refused" in head:
            raise Refused(message_from_json(head["refused"]))
        all_columns = [Column(place, letter, name) for place, letter, name in head["columns"]]
        places = {column.place for column in all_columns if columns is None or column.letter in columns}
        rows = [_row(json.loads(line), None if columns is None else places) for line in islice(lines, first)]
    notes = [message_from_json(note) for note in head["notes"]]
    return Table(all_columns, rows, head["sheet"], notes, head["row_count"])


def _row(stored: Any, places: Collection[int] | None) -> Row:
    # A table of a version before has no links.
    number, cells, errors, *rest = stored
    if places is not None:
        cells = [cell if place in places else "" for place, cell in enumerate(cells)]
    return Row(
        number,
        tuple(cells),
        tuple(
            CellError(place, message_from_json(problem))
            for place, problem in errors
            if places is None or place in places
        ),
        tuple((place, link) for links in rest for place, link in links if places is None or place in places),
    )
