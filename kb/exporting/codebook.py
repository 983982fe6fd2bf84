"""The codebook: what each column of each table means, from the declarations."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kb.catalogue.entries import EntryKind

from .columns import SEPARATOR, tables_of


class ColumnMeaning(NamedTuple):
    """A column of a table. `label`, `explanation` and `values` are English; `refers_to` is a list, or a kind of entry.

    `values` has the codes of a closed list, each with its label: "idea = Idea; pilot = Pilot".
    """

    table: str
    column: str
    label: str
    explanation: str
    type: str
    values: str
    refers_to: str


HEADER = ColumnMeaning._fields


def codebook(kind: EntryKind) -> Iterator[ColumnMeaning]:
    """Every column of every table of a kind."""
    for table in tables_of(kind).values():
        for column in table.columns:
            values = codes_in_words(column.values)
            yield ColumnMeaning(
                table=table.name,
                column=column.name,
                label=column.label,
                explanation=column.explanation,
                type=column.type,
                values=values,
                refers_to=column.refers,
            )


def codes_in_words(codes: Mapping[str, str] | None) -> str:
    """The codes of a closed list in a cell, each with its label; empty where any value may be."""
    return SEPARATOR.join(f"{code} = {label}" for code, label in (codes or {}).items())
