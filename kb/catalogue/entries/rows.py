"""Converts between rows of the database and whole entries as plain dictionaries, by the declarations."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal

from sqlalchemy import inspect
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.interfaces import LoaderOption

from .fields import CityReference, Lookup, PlaceId, SourceLink
from .kinds import EntryKind, Kind, Reference
from .lists import Cities, Rows, Sources
from .registry import ENTRIES, schema_of

Data = dict[str, Any]


def snapshot(kind: Kind, row: Any) -> Data:
    """The whole entry or term that a row holds, as `editorial.validation.validate` returns it."""
    return {name: field.value_of(row) for name, field in schema_of(kind).declared.items()}


def fill(lookup: Lookup, kind: Kind, row: Any, data: Mapping[str, Any]) -> None:
    """Set validated data in the rows of an entry or term, without flushing.

    Rows that have it already are not touched, and parts are matched, so that the change log sees only what changed.
    """
    for name, field in schema_of(kind).declared.items():
        field.assign(row, data[name], lookup)


def new_row(kind: EntryKind, **columns: Any) -> Any:
    """A row of a new entry, with empty lists, so that reading them makes no queries."""
    model: Any = ENTRIES[kind].model
    lists: dict[str, list[Any]] = {
        relationship.key: []
        for relationship in inspect(model).relationships
        if relationship.uselist and not relationship.viewonly
    }
    return model(**columns, **lists)


@cache
def loading(kind: EntryKind) -> tuple[LoaderOption, ...]:
    """Options for a query of entries, by which all that `snapshot` reads of them is loaded in a few queries."""
    return tuple(_loading(ENTRIES[kind].model, schema_of(kind).declared.values()))


def _loading(model: Any, fields: Any) -> Iterator[LoaderOption]:
    relationships = inspect(model).relationships
    for field in fields:
        if field.stored in relationships:
            rows = selectinload(getattr(model, field.stored))
            linked = relationships[field.stored].mapper
            names = [inner.stored for inner in field.fields.values()] if isinstance(field, Rows) else ["city", "source"]
            inner = [getattr(linked.class_, name) for name in names if name in linked.relationships]
            yield rows.options(*map(selectinload, inner))


def references_in(kind: Kind, data: Mapping[str, Any]) -> Iterator[tuple[Reference | Literal["source"], Any]]:
    """What an entry refers to, each with its kind; what was sent may be anything, so that other values are left out."""
    for path, reference in _referring(kind):
        name, _, inner = path.partition(".")
        value = data.get(name)
        for item in value if isinstance(value, list) else [value]:
            found = item.get(inner) if inner and isinstance(item, Mapping) else item
            if isinstance(found, str | int) and found:
                yield reference, found


@cache
def _referring(kind: Kind) -> list[tuple[str, Reference | Literal["source"]]]:
    schema = schema_of(kind)
    referring: list[tuple[str, Reference | Literal["source"]]] = list(schema.references.items())
    for path, field in schema.paths.items():
        if isinstance(field, SourceLink | Sources):
            referring.append((f"{path}.url" if isinstance(field, Sources) else path, "source"))
    return referring


def cities_in(kind: Kind, data: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The field by which an entry names its cities, and references to them, the leading one first."""
    for name, field in schema_of(kind).declared.items():
        if _names_cities(field):
            return name, [reference for reference in _cities(field, data[name]) if isinstance(reference, str)]
    raise LookupError(f"nothing of {kind} names a city")


def _names_cities(field: Any) -> bool:
    if isinstance(field, Rows):
        return any(isinstance(inner, CityReference) for inner in field.fields.values())
    return isinstance(field, PlaceId | CityReference | Cities)


def _cities(field: Any, value: Any) -> list[Any]:
    """The references to cities that a field holds; in a draft they may be anything."""
    match field:
        case PlaceId():
            return [f"place:{value}"] if isinstance(value, int) else []
        case CityReference():
            return [value]
        case Cities():
            return list(value)
        case Rows():
            cities = [name for name, inner in field.fields.items() if isinstance(inner, CityReference)]
            return [row.get(name) for row in value if isinstance(row, dict) for name in cities]
    return []


STANDARD_FIELDS = ("kind", "slug", "version", "created_at", "updated_at", "confirmed_on")
"""What `dump` gives of every entry besides its declared fields."""


def dump(kind: Kind, row: Any) -> Data:
    """An entry as plain JSON for interfaces: its declared fields, and what every entry has besides."""
    return {
        "kind": str(kind),
        "slug": row.slug,
        "version": row.version,
        "created_at": row.created_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
        "confirmed_on": row.confirmed_on.isoformat() if row.confirmed_on else None,
        **snapshot(kind, row),
    }
