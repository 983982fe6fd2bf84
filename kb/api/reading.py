"""Reads entries, terms and places as plain dictionaries, each with the address of its page.

Where `expand` asks for it, whole objects take the place of slugs and codes, by what the declarations refer to.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from kb.catalogue.choices import city_size
from kb.catalogue.entries import ENTRIES, STANDARD_FIELDS, TERMS, EntryKind, Reference, TermKind, schema_of, snapshot
from kb.catalogue.entries.bulk import read_many
from kb.catalogue.entries.lists import Rows
from kb.catalogue.models import Challenge, Goal, Place, Target
from kb.catalogue.queries import slugs_at_places
from kb.core.db import in_batches
from kb.core.languages import languages_of
from kb.web.core import context
from kb.web.core.links import absolute, link_to_entry, origin

Data = dict[str, Any]

_ALWAYS = ("id", "url")

UNDECLARED = (*_ALWAYS, *STANDARD_FIELDS)
"""What is given with every entry besides the fields that its kind declares."""


def read_entries(kind: EntryKind, ids: Sequence[int], fields: Collection[str] | None = None) -> list[Data]:
    """Entries in the order of their ids, whole or only some fields of them; those that are gone are left out."""
    entries = read_many(context.session(), kind, ids, fields)
    site = origin()
    read = [{"id": entry.pop("id"), "url": site + link_to_entry(kind, entry["slug"]), **entry} for entry in entries]
    if fields is None:
        return read
    return [{name: entry[name] for name in (*_ALWAYS, *fields) if name in entry} for entry in read]


def entries_by_slug(kind: EntryKind, slugs: Collection[str]) -> dict[str, Data]:
    """Whole entries by their slugs."""
    model: Any = ENTRIES[kind].model
    chosen = (select(model.id).where(model.slug.in_(batch)) for batch in in_batches(slugs))
    ids = [entry_id for query in chosen for entry_id in context.session().scalars(query)]
    return {entry["slug"]: entry for entry in read_entries(kind, ids)}


_LOADING: dict[TermKind, Sequence[Any]] = {
    TermKind.CHALLENGE: (selectinload(Challenge.aims), selectinload(Challenge.categories)),
    TermKind.GOAL: (selectinload(Goal.targets),),
}


def terms_by_key(kind: TermKind, keys: Collection[Any] | None = None) -> dict[Any, Data]:
    """Terms of a list by code, goals by number; all of them, or those with some keys, in the order of the list."""
    definition = TERMS[kind]
    key = getattr(definition.model, definition.key)
    query = select(definition.model).order_by(*(getattr(definition.model, name) for name in definition.order))
    query = query.options(*_LOADING.get(kind, ()))
    if keys is not None:
        query = query.where(key.in_(keys))
    return {getattr(row, definition.key): _term(kind, row) for row in context.session().scalars(query)}


def _term(kind: TermKind, row: Any) -> Data:
    address = {"url": absolute(_page_of_term(kind, row))}
    match row:
        case Goal():
            codes = [target.code for target in row.targets]
            return address | {
                "number": row.number, "label": row.label, "gist": row.gist, "colour": row.colour, "targets": codes
            }  # fmt: skip
        case Target():
            return address | {"code": row.code, "goal": row.goal_number, "label": row.label, "gist": row.gist}
    return address | snapshot(kind, row)


def _page_of_term(kind: TermKind, row: Any) -> str:
    if isinstance(row, Target):
        return url_for("goals.goal", number=row.goal_number)
    return link_to_entry(str(kind), getattr(row, TERMS[kind].key))


def places_by_id(ids: Collection[int]) -> dict[int, Data]:
    """Places of the gazetteer by id."""
    places: Iterable[Place] = (
        place
        for batch in in_batches(ids)
        for place in context.session().scalars(select(Place).where(Place.id.in_(batch)))
    )
    return as_places(places)


def as_places(places: Iterable[Place]) -> dict[int, Data]:
    """Rows of places as dictionaries, by id; `url` is the page of the city there, or that of the peers of the place."""
    rows = list(places)
    slugs = slugs_at_places(context.session(), {place.id for place in rows})
    return {
        place.id: {
            "id": place.id,
            "url": absolute(_page_of_place(place.id, slugs.get(place.id))),
            "name": place.name,
            "country": place.country_code,
            "admin1": place.admin1,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "population": place.population,
            "size": city_size(place.population),
            "timezone": place.timezone,
            "is_capital": place.is_capital,
            "climate_zone": place.climate_zone,
            "elevation_m": place.elevation_m,
            "relief_m": place.relief_m,
            "languages": [asdict(language) for language in languages_of(place.country_code) if language.is_common],
            "city": slugs.get(place.id),
        }
        for place in rows
    }


def _page_of_place(place_id: int, slug: str | None) -> str:
    return link_to_entry("city", slug) if slug else url_for("peers.peers", place=place_id)


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
