"""Puts whole objects in the place of slugs and codes, where `expand` asks for it, by what the declarations refer to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from kb.catalogue.entries import EntryKind, Reference, TermKind, schema_of
from kb.catalogue.entries.lists import Rows

from .reading import Data, entries_by_slug, places_by_id, terms_by_key


@dataclass(frozen=True, slots=True)
class Expandable:
    """A field that refers to something: what, and, for a list of rows, which field of a row does."""

    refers: Reference
    inner: str | None

    @property
    def schema_name(self) -> str:
        """What the schema of the objects is called."""
        return str(self.refers).capitalize()


@cache
def expandable(kind: EntryKind) -> dict[str, Expandable]:
    """The fields of a kind that can be expanded."""
    found = {}
    for name, field in schema_of(kind).declared.items():
        inner = _referring(field) if isinstance(field, Rows) else None
        refers = field.fields[inner].refers if isinstance(field, Rows) and inner else field.refers
        if refers is not None and refers != "image":
            found[name] = Expandable(refers, inner)
    return found


def _referring(field: Rows) -> str | None:
    """The first field of a row that refers to something with an address of its own."""
    return next((name for name, inner in field.fields.items() if inner.refers not in {None, "image"}), None)


def expand(kind: EntryKind, entries: Sequence[Data], names: Iterable[str]) -> None:
    """Expand fields of entries in place; what is gone meanwhile stays a slug. A few queries for each name."""
    for name in names:
        target = expandable(kind)[name]
        objects = _objects(target.refers, {key for entry in entries for key in _keys(entry.get(name), target.inner)})
        for entry in entries:
            if entry.get(name) is not None:
                entry[name] = _expanded(entry[name], target.inner, objects)


def _keys(value: Any, inner: str | None) -> list[Any]:
    if not isinstance(value, list):
        return [] if value is None else [value]
    return [row[inner] for row in value if row[inner] is not None] if inner else value


def _expanded(value: Any, inner: str | None, objects: dict[Any, Data]) -> Any:
    if not isinstance(value, list):
        return objects.get(value, value)
    if inner is None:
        return [objects.get(key, key) for key in value]
    return [{**row, inner: objects.get(row[inner], row[inner])} for row in value]


def _objects(refers: Reference, keys: set[Any]) -> dict[Any, Data]:
    if isinstance(refers, EntryKind):
        return entries_by_slug(refers, keys)
    return terms_by_key(refers, keys) if isinstance(refers, TermKind) else places_by_id(keys)
