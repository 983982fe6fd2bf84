"""Makes the entry that a draft would become, as rows that are never written."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from kb.catalogue.entries import ENTRIES, EntryKind, TermKind, fill, schema_of
from kb.catalogue.entries.fields import PlaceId, place_of
from kb.catalogue.entries.lists import Rows
from kb.catalogue.models import City, Place
from kb.core.text import slug

from .lookup import Lookup
from .validation import blank, validate


class _Preview(Lookup):
    """Rows of the database, and unsaved cities for places that have no page yet."""

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
    """The entry that the data make, without what is invalid in them; for a session that is never flushed.

    A vision or a city whose place nobody has chosen yet cannot be previewed: then None is returned.
    """
    checked = validate(session, kind, data)
    valid = _without_invalid(kind, checked.data, checked.errors)
    if any(valid.get(name, "") is None for name in ("place", "city")):
        return None
    lookup = _Preview(session)
    definition = ENTRIES[kind]
    entry = definition.model(slug=slug(str(valid[definition.title] or "")))
    fill(lookup, kind, entry, valid)
    _complete(lookup, kind, entry)
    return entry


def _page(place: Place) -> City:
    return City(name=place.name, slug=slug(place.name), place=place, place_id=place.id, country=place.country)


def _without_invalid(kind: EntryKind, data: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, Any]:
    """The data without values that are wrong, and without rows that lack what names them."""
    valid = dict(data)
    unknown = blank(kind)
    for path in errors:
        name, *within = path.split(".")
        if len(within) == 2 and isinstance(valid[name], list):
            rows = [dict(row) for row in valid[name]]
            rows[int(within[0])][within[1]] = None
            valid[name] = rows
        else:
            valid[name] = unknown[name]
    for where in schema_of(kind).needed:
        name, _, inner = where.partition(".")
        if inner:
            valid[name] = [row for row in valid[name] if row[inner] is not None]
    return valid


def _complete(lookup: Lookup, kind: EntryKind, entry: Any) -> None:
    """Rows that were never written have no ids to load what they point to by."""
    for field in schema_of(kind).declared.values():
        if isinstance(field, PlaceId):
            set_committed_value(entry, "country", entry.place.country)
        terms = field.fields.items() if isinstance(field, Rows) else ()
        for name, term in terms:
            if isinstance(term.refers, TermKind):
                for link in getattr(entry, field.stored):
                    set_committed_value(link, name, lookup.terms(term.refers)[term.value_of(link)])
