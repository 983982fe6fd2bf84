"""Converts between rows of the database and whole entries as plain dictionaries, by the declarations."""

from collections.abc import Mapping
from typing import Any

from .fields import CityReference, Lookup, PlaceId
from .kinds import Kind
from .lists import Cities, Rows
from .registry import schema_of

Data = dict[str, Any]


def snapshot(kind: Kind, row: Any) -> Data:
    """The whole entry or term that a row holds, as `editorial.validation.validate` returns it."""
    return {name: field.value_of(row) for name, field in schema_of(kind).declared.items()}


def fill(lookup: Lookup, kind: Kind, row: Any, data: Mapping[str, Any]) -> None:
    """Set validated data in the rows of an entry or term, without flushing.

    Rows that have it already are not touched, and parts are matched, so that the change log sees only what changed.
    """
    schema = schema_of(kind)
    # A page that is made for a place is flushed, which must not happen to a row that is half filled.
    for name, field in schema.declared.items():
        for reference in _cities(field, data[name]) if not isinstance(field, PlaceId) else ():
            lookup.city_page(reference)
    for name, field in schema.declared.items():
        field.assign(row, data[name], lookup)


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
