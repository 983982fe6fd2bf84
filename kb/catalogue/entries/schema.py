"""The schema that all entries share: blanks are unknown, other names are refused; and what derives from the fields."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from marshmallow import RAISE, Schema, pre_load

from kb.core.i18n import gettext_noop
from kb.core.text import clean_text

from .fields import Day, Field, Text, Web
from .kinds import Reference
from .lists import Rows, Several
from .metadata import Input

SOURCE_INPUT = Input(label=gettext_noop("Source"), hint=gettext_noop("Address of the page or document"))
"""How forms ask for the source of a row."""


class RowSchema(Schema):
    """A row of a list inside an entry."""

    error_messages = {  # noqa: RUF012 - so marshmallow has it
        "unknown": gettext_noop("There is no field of this name."),
        "type": gettext_noop("This should be a group of fields."),
    }

    class Meta:
        """A name that nobody knows is a mistake, and what it holds would be lost."""

        unknown = RAISE

    @pre_load
    def _blank_is_unknown(self, raw: Any, **_settings: Any) -> Any:
        if not isinstance(raw, Mapping):
            return raw
        return {name: value for name, value in raw.items() if name not in self.fields or not _is_blank(value)}


def _is_blank(value: object) -> bool:
    if isinstance(value, str):
        # A text that begins with a letter is not blank, whatever follows.
        return not (value[:1].isalnum() or clean_text(value))
    return value is None


class EntrySchema(RowSchema):
    """A whole entry; the fields of its rows have paths such as "outcomes.year"."""

    @property
    def declared(self) -> Mapping[str, Field | Several]:
        """The fields by name, in their order."""
        return self.fields  # type: ignore[return-value] # marshmallow's fields are ours here

    @cached_property
    def paths(self) -> Mapping[str, Field | Several]:
        """Every field by path, those of rows after their list."""
        return dict(self._paths())

    def _paths(self) -> Iterator[tuple[str, Field | Several]]:
        for name, field in self.declared.items():
            yield name, field
            if isinstance(field, Rows):
                yield from ((f"{name}.{inner}", row_field) for inner, row_field in field.fields.items())

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """What each field is called, by path."""
        return {path: field.label for path, field in self.paths.items()}

    @cached_property
    def needed(self) -> Mapping[str, str]:
        """What publishing needs, by path, with the sentence for it; the fields of the entry before those of rows."""
        needed = {path: field.needed for path, field in self.paths.items() if field.needed}
        return dict(sorted(needed.items(), key=lambda pair: "." in pair[0]))

    @cached_property
    def references(self) -> Mapping[str, Reference]:
        """The fields that hold what only the database knows, by path, with what it is."""
        return {path: field.refers for path, field in self.paths.items() if field.refers and "." not in path} | {
            path: field.refers for path, field in self.paths.items() if field.refers and "." in path
        }

    @cached_property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The fields, those with the same `together` in one group.

        Two people who change different fields of a group have changed the same.
        """
        groups: dict[str, list[str]] = {}
        for name, field in self.declared.items():
            groups.setdefault(field.together or f".{name}", []).append(name)
        return tuple(map(tuple, groups.values()))


class SourceRow(RowSchema):
    """A source: its address, how the entry cites it, and the day on which it was seen."""

    url = Web(
        gettext_noop("Address"),
        codebook=gettext_noop("The address of the source."),
        input=Input(hint=gettext_noop("Begins with https:// or http://")),
        needed=gettext_noop("Give the address of the source, or remove this row."),
    )
    title = Text(
        gettext_noop("Title"), 300, input=Input(line="source"), codebook=gettext_noop("The title of the source.")
    )
    seen_on = Day(
        gettext_noop("Seen on"),
        input=Input(label=gettext_noop("Date when you saw it"), line="source"),
        codebook=gettext_noop("The day on which someone last saw it."),
    )
