"""What stands in addresses besides text: numbers of rows, and kinds of entry and of term.

A number that no row can have leads nowhere, and never as far as the database.
"""

from typing import Any

from flask import Flask
from werkzeug.routing import AnyConverter, IntegerConverter, Map

from kb.catalogue.entries import TERMS, EntryKind, TermKind
from kb.core.column_types import LARGEST_ID


class Number(IntegerConverter):
    """`<int:key>` in the address of a view, from 0 to the largest id."""

    def __init__(self, url_map: Map, **settings: Any) -> None:
        super().__init__(url_map, **{"max": LARGEST_ID, **settings})


class EntryKindConverter(AnyConverter):
    """`<entry_kind:kind>` in the address of a view."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, *EntryKind)

    def to_python(self, value: str) -> EntryKind:
        """The kind of that name."""
        return EntryKind(value)


class TermKindConverter(AnyConverter):
    """`<term_kind:kind>`, a list of terms that editors may change."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, *(kind for kind, definition in TERMS.items() if definition.schema))

    def to_python(self, value: str) -> TermKind:
        """The list of that name."""
        return TermKind(value)


def register(app: Flask) -> None:
    """Let every `int` of an address be such a number, and addresses name kinds."""
    app.url_map.converters |= {"int": Number, "entry_kind": EntryKindConverter, "term_kind": TermKindConverter}
