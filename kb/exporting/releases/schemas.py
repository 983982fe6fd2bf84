"""A table of a release and its columns, as a Frictionless data package describes them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from ..cells import Cell
from ..codebook import ColumnMeaning, codes_in_words
from ..columns import LABEL_OF_CODE, Table

_TYPES: Mapping[str, str] = {
    "text": "string",
    "address": "string",
    "code": "string",
    "codes": "string",
    "integer": "integer",
    "number": "number",
    "year": "year",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}
"""The type that a data package has for each type of column."""

Reference = tuple[str, str]
"""A table and a column of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of a release: its type, the codes that it may hold (None for any), and the column that it refers to."""

    name: str
    label: str
    explanation: str = ""
    type: str = "text"
    values: Mapping[str, str] | None = None
    refers: Reference | None = None

    def schema(self, *, is_required: bool) -> dict[str, Any]:
        """The field as a data package has it."""
        described: dict[str, Any] = {"name": self.name, "type": _TYPES[self.type], "title": self.label}
        if self.explanation:
            described["description"] = self.explanation
        constraints: dict[str, Any] = {"required": True} if is_required else {}
        if self.values is not None and self.type == "code":
            constraints["enum"] = list(self.values)
        return {**described, "constraints": constraints} if constraints else described

    def of_label(self) -> "Field":
        """The field beside that of a code, for its label."""
        return Field(name=f"{self.name}_label", label=self.label, explanation=LABEL_OF_CODE)

    def meaning(self, table: str) -> ColumnMeaning:
        """What the codebook says of it, as a column of a table."""
        values = codes_in_words(self.values)
        refers = f"{self.refers[0]}.{self.refers[1]}" if self.refers else ""
        return ColumnMeaning(
            table=table,
            column=self.name,
            label=self.label,
            explanation=self.explanation,
            type=self.type,
            values=values,
            refers_to=refers,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseTable:
    """A table of a release; `key` are the columns that tell its rows apart.

    `table` is the table of entries that it is; `rows` selects the rows of a list that they refer to. A table of the
    forum has neither: `forum` makes the rows of all of them.
    """

    name: str
    label: str
    fields: Sequence[Field]
    key: Sequence[str]
    table: Table | None = None
    rows: Select[*tuple[Any, ...]] | None = None

    @property
    def path(self) -> str:
        """Its file in the archive."""
        return f"data/{self.name}.csv"

    @property
    def header(self) -> list[str]:
        """The names of its columns."""
        return [field.name for field in self.fields]

    def schema(self) -> dict[str, Any]:
        """Its schema as a data package has it (Table Schema)."""
        described: dict[str, Any] = {
            "fields": [field.schema(is_required=field.name in self.key) for field in self.fields],
            "missingValues": [""],
            "primaryKey": list(self.key),
        }
        foreign_keys = [
            {
                "fields": [field.name],
                "reference": {
                    "resource": "" if field.refers[0] == self.name else field.refers[0],
                    "fields": [field.refers[1]],
                },
            }
            for field in self.fields
            if field.refers is not None
        ]
        return {**described, "foreignKeys": foreign_keys} if foreign_keys else described

    def select(self, session: Session) -> Iterator[list[Cell]]:
        """The rows of a list that entries refer to."""
        if self.rows is not None:
            yield from (list(row) for row in session.execute(self.rows))
