"""Makes search documents of rows, for single entries that changed and for a rebuild of all."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind
from kb.catalogue.models import City, PlaceName
from kb.core.text import romanised
from kb.peers.countries import other_names

from .analysis import words
from .engine_types import Document
from .entry_documents import joined
from .facets import FIELDS
from .index.other_spellings import SHORT
from .kind_definition import SearchedKind
from .kinds import KINDS, document_id, ids_by_kind, key_of
from .suggestions import CITY_WEIGHT

_BATCH = 500


def all_ids(session: Session) -> list[int]:
    """The engine's ids of every entry that may be found, ascending."""
    return sorted(
        document_id(kind, entry_id)
        for kind, definition in KINDS.items()
        for entry_id in session.scalars(select(definition.model.id).where(definition.is_found))
    )


def documents_of(session: Session, ids: Sequence[int]) -> Iterator[Document]:
    """The documents of those entries that may be found, by engine's ids, in a bounded number of queries a batch."""
    for kind, entry_ids in ids_by_kind(map(key_of, ids)).items():
        definition = KINDS[kind]
        for start in range(0, len(entry_ids), _BATCH):
            is_wanted = definition.model.id.in_(entry_ids[start : start + _BATCH])
            rows = session.scalars(
                definition.documents.where(is_wanted, definition.is_found).order_by(definition.model.id)
            ).all()
            names = _other_names(session, {city.id for row in rows for city in definition.cities(row)})
            for row in rows:
                yield _document(kind, row, names)
            session.expunge_all()


def _document(kind: SearchedKind, row: Any, names_by_city: Mapping[int, Sequence[str]]) -> Document:
    definition = KINDS[kind]
    title = definition.title(row)
    # A title of another script is also found as it is typed in Latin letters, by those who have no such keys.
    latin = romanised(title)
    cities = definition.cities(row)
    countries = {city.country.code: city.country.iso3 for city in cities}
    of_places = [name for city in cities for name in names_by_city.get(city.id, ())]
    of_countries = [name for code, iso3 in sorted(countries.items()) for name in other_names(code, iso3)]
    # Names are many, and their words mean other things in texts; a city alone is found by each word of its own.
    own = of_places if kind is EntryKind.CITY else []
    # So short a name is looked up as a whole only where it is typed in capitals.
    own = [*own, *(name for name in of_countries if len(name) <= SHORT)]
    return Document(
        id=document_id(kind, row.id),
        title=title,
        text=joined(definition.text(row), *own, None if latin == title else latin),
        facets={name: field.values_of(kind, row) for name, field in FIELDS.items()},
        newest=definition.newest(row),
        evidence=getattr(row, definition.evidence.key) if definition.evidence is not None else None,
        # A city that is called as a stop word is found by its name as a whole only.
        suggested=_weight_among_suggestions(kind, row),
        names=(*of_places, *(city.name for city in cities if not words(city.name)), *of_countries),
        cities=tuple(dict.fromkeys(city.id for city in cities)),
        slug=getattr(row, "slug", ""),
    )


def _weight_among_suggestions(kind: SearchedKind, row: Any) -> float | None:
    """Cities by population, then initiatives, which are alike; nothing else is suggested by its title."""
    if kind is EntryKind.CITY:
        return CITY_WEIGHT + (row.place.population or 0)
    return 0.0 if kind is EntryKind.INITIATIVE else None


def _other_names(session: Session, cities: Collection[int]) -> dict[int, list[str]]:
    """The names that people call cities by besides their own, by the id of the city."""
    names: dict[int, list[str]] = {}
    statement = (
        select(City.id, PlaceName.name)
        .join(PlaceName, PlaceName.place_id == City.place_id)
        .where(City.id.in_(cities))
        .order_by(PlaceName.name)
    )
    for city_id, name in session.execute(statement):
        names.setdefault(city_id, []).append(name)
    return names
