"""An entry as something that is cited: what reference managers are told of its page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, Data, EntryKind

from .export import Export, Links
from .labels import term_labels
from .names import Names, cities_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A page of the catalogue: `key` names it in a bibliography, `keywords` are English labels."""

    key: str
    title: str
    changed_on: date
    retrieved_on: date
    address: str
    language: str
    abstract: str | None
    keywords: tuple[str, ...]


def references(session: Session, export: Export, links: Links) -> Iterator[list[Reference]]:
    """The entries of an export in batches, as they are cited."""
    for entries, names in export.named_batches(session):
        yield [_reference(export, entry, names, links) for entry in entries]


def _reference(export: Export, entry: Data, names: Names, links: Links) -> Reference:
    kind, definition = export.kind, ENTRIES[export.kind]
    title = entry[definition.title]
    places = [names.cities[slug].name for slug in cities_of(kind, entry) if slug in names.cities]
    if kind is EntryKind.CITY:
        places = [city.country for slug in cities_of(kind, entry) if (city := names.cities.get(slug))]
    return Reference(
        key=entry["slug"],
        title=f"{title} ({', '.join(places)})" if places else title,
        changed_on=date.fromisoformat(entry["updated_at"][:10]),
        retrieved_on=export.made_on,
        address=links.entry(kind, entry["slug"]),
        language=entry["language"],
        abstract=entry[definition.summary] if definition.summary else None,
        keywords=tuple(dict.fromkeys(term_labels(kind, entry, names))),
    )
