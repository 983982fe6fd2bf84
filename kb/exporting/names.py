"""What the things are called that entries refer to by code or slug, and where their cities are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, TERMS, Data, EntryKind, TermKind, schema_of
from kb.catalogue.models import City, Country, Place, Region
from kb.core.db import in_batches

_MOST_KNOWN = 25_000
"""So many cities are kept from one batch of entries to the next: most initiatives are of cities that had one before."""

Terms = Mapping[TermKind, Mapping[Any, str]]
"""The labels of each list of terms, by code, of goals by number."""


@dataclass(frozen=True, slots=True)
class CityFacts:
    """A city with its place in the gazetteer: degrees (WGS 84), and None where something is unknown."""

    name: str
    country_code: str
    country: str
    region: str | None
    income_group: str | None
    place_id: int
    latitude: float
    longitude: float
    population: int | None
    climate_zone: str | None = None
    elevation_m: int | None = None
    relief_m: int | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """The labels of terms, the titles of entries by slug, and facts of cities by slug."""

    terms: Terms
    entries: Mapping[EntryKind, Mapping[str, str]]
    cities: Mapping[str, CityFacts]


def read_terms(session: Session) -> Terms:
    """The labels of all terms; one query for each list."""
    return {
        kind: dict(session.execute(select(getattr(term.model, term.key), term.model.label)).all())
        for kind, term in TERMS.items()
    }


def read_names(
    session: Session, kind: EntryKind, entries: Sequence[Data], terms: Terms, known: dict[str, CityFacts] | None = None
) -> Names:
    """The names of what some entries refer to, and of the entries themselves where they are cities.

    `known` are cities that were read before in the same state of the database; those read now are added.
    """
    slugs: dict[EntryKind, set[str]] = {of: set() for of in EntryKind}
    for name, inner, reference in _references(kind):
        values = [entry[name] for entry in entries if entry.get(name)]
        if inner:
            slugs[reference].update(row[inner] for rows in values for row in rows)
        elif values and isinstance(values[0], list):
            slugs[reference].update(*values)
        else:
            slugs[reference].update(values)
    if kind is EntryKind.CITY:
        slugs[kind].update(entry["slug"] for entry in entries)
    cities = _cities(session, slugs.pop(EntryKind.CITY), {} if known is None else known)
    titles = {of: _titles(session, of, wanted) for of, wanted in slugs.items()}
    titles[EntryKind.CITY] = {slug: city.name for slug, city in cities.items()}
    return Names(terms, titles, cities)


def cities_of(kind: EntryKind, entry: Data) -> list[str]:
    """The slugs of the cities that an entry names, each once; of a city its own."""
    if kind is EntryKind.CITY:
        return [entry["slug"]]
    slugs: list[str] = []
    for name, inner, reference in _references(kind):
        if reference is EntryKind.CITY:
            value = entry[name]
            slugs += [row[inner] for row in value] if inner else value if isinstance(value, list) else [value]
    return list(dict.fromkeys(filter(None, slugs)))


@cache
def _references(kind: EntryKind) -> list[tuple[str, str, EntryKind]]:
    """The fields by which a kind refers to entries: the field, that of its rows or "", and the kind it refers to."""
    paths = [(path.partition("."), refers) for path, refers in schema_of(kind).references.items()]
    return [(name, inner, refers) for (name, _, inner), refers in paths if isinstance(refers, EntryKind)]


def _titles(session: Session, kind: EntryKind, slugs: set[str]) -> dict[str, str]:
    model: Any = ENTRIES[kind].model
    title = getattr(model, ENTRIES[kind].title)
    return {
        slug: name
        for batch in in_batches(slugs)
        for slug, name in session.execute(select(model.slug, title).where(model.slug.in_(batch)))
    }


def _cities(session: Session, slugs: set[str], known: dict[str, CityFacts]) -> dict[str, CityFacts]:
    if len(known) > _MOST_KNOWN:
        known.clear()
    facts = (
        select(
            City.slug,
            City.name,
            City.country_code,
            Country.name,
            Region.label,
            Country.income_group,
            City.place_id,
            Place.latitude,
            Place.longitude,
            Place.population,
            Place.climate_zone,
            Place.elevation_m,
            Place.relief_m,
        )
        .join(Place, Place.id == City.place_id)
        .join(Country, Country.code == City.country_code)
        .outerjoin(Region, Region.code == Country.region_code)
    )
    for batch in in_batches(slugs - known.keys()):
        for slug, *values in session.execute(facts.where(City.slug.in_(batch))):
            known[slug] = CityFacts(*values)
    return {slug: known[slug] for slug in sorted(slugs) if slug in known}
