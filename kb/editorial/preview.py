"""Entries as drafts would make them, as rows that are never written: what previews show."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from kb.catalogue.entries import ENTRIES, EntryKind, TermKind, fill, schema_of
from kb.catalogue.entries.fields import place_of
from kb.catalogue.entries.lists import Rows
from kb.catalogue.models import City, Place
from kb.core.text import slug

from .lookup import Lookup
from .validation import blank, validate


class _Preview(Lookup):
    """What is there, and pages for places that have none yet."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._pages: dict[int, City] = {}

    def city(self, reference: str) -> City | None:
        """The page of a city, made up where the place has none."""
        city = super().city(reference)
        place_id = place_of(reference)
        if city is None and place_id is not None and (place := self.place(place_id)) is not None:
            city = self._pages.setdefault(place_id, _page(place))
        return city


def preview_entry(session: Session, kind: EntryKind, data: Mapping[str, Any]) -> Any:
    """An entry that says what the data say, as far as they can be read; for a session that is never flushed.

    A vision or a city whose place nobody has chosen yet cannot be imagined: then None is returned.
    """
    checked = validate(session, kind, data)
    sound = _without_wrong(kind, checked.data, checked.errors)
    if any(sound.get(name, "") is None for name in ("place", "city")):
        return None
    known = _Preview(session)
    definition = ENTRIES[kind]
    entry = definition.model(slug=slug(str(sound[definition.title] or "")))
    fill(known, kind, entry, sound)
    _complete(known, kind, entry)
    return entry


def _page(place: Place) -> City:
    return City(name=place.name, slug=slug(place.name), place=place, place_id=place.id, country=place.country)


def _without_wrong(kind: EntryKind, data: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, Any]:
    """The data without values that are wrong, and without rows that lack what names them."""
    sound = dict(data)
    unknown = blank(kind)
    for path in errors:
        name, *within = path.split(".")
        if len(within) == 2 and isinstance(sound[name], list):
            rows = [dict(row) for row in sound[name]]
            rows[int(within[0])][within[1]] = None
            sound[name] = rows
        else:
            sound[name] = unknown[name]
    for where in schema_of(kind).needed:
        name, _, inner = where.partition(".")
        if inner:
            sound[name] = [row for row in sound[name] if row[inner] is not None]
    return sound


def _complete(known: Lookup, kind: EntryKind, entry: Any) -> None:
    """Rows that were never written have no ids to load what they point to by."""
    for field in schema_of(kind).declared.values():
        terms = field.fields.items() if isinstance(field, Rows) else ()
        for name, term in terms:
            if isinstance(term.refers, TermKind):
                for link in getattr(entry, field.stored):
                    set_committed_value(link, name, known.terms(term.refers)[term.value_of(link)])
    if kind == EntryKind.CITY:
        set_committed_value(entry, "country", entry.place.country)
