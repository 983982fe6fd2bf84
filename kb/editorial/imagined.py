"""Entries as drafts would make them, as rows that are never written: what previews show."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from kb.catalogue.changes import ENTRIES
from kb.catalogue.models import City, Place
from kb.folding import slug

from .checking import blank, check
from .entries import TITLES, fill
from .known import Known
from .schemas import SCHEMAS
from .schemas.fields import place_of


class _Imagining(Known):
    """What is there, and pages for places that have none yet."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._pages: dict[int, City] = {}

    def city(self, reference: str) -> City | None:
        """The page of a city, made up where the place has none."""
        found = super().city(reference)
        place_id = place_of(reference)
        if found is None and place_id is not None and (place := self.place(place_id)) is not None:
            found = self._pages.setdefault(place_id, _page(place))
        return found


def imagine(session: Session, kind: str, data: Mapping[str, Any]) -> Any:
    """An entry that says what the data say, as far as they can be read; for a session that is never flushed.

    A vision or a city whose place nobody has chosen yet cannot be imagined: then None is returned.
    """
    checked = check(session, kind, data)
    sound = _without_wrong(kind, checked.data, checked.errors)
    if (kind == "city" and sound["place"] is None) or (kind == "vision" and sound["city"] is None):
        return None
    known = _Imagining(session)
    entry = ENTRIES[kind](slug=slug(str(sound[TITLES[kind]] or "")))
    fill(known, kind, entry, sound)
    _complete(known, kind, entry)
    return entry


def _page(place: Place) -> City:
    return City(name=place.name, slug=slug(place.name), place=place, place_id=place.id, country=place.country)


def _without_wrong(kind: str, data: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, Any]:
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
    for where in SCHEMAS[kind].needed:
        name, _, inner = where.partition(".")
        if inner:
            sound[name] = [row for row in sound[name] if row[inner] is not None]
    return sound


def _complete(known: Known, kind: str, entry: Any) -> None:
    """Rows that were never written have no ids to load what they point to by."""
    if kind in {"initiative", "vision"}:
        for link in entry.goals:
            set_committed_value(link, "goal", known.terms("goal")[link.goal_number])
    if kind == "initiative":
        for link in entry.targets:
            set_committed_value(link, "target", known.terms("target")[link.target_code])
    if kind == "city":
        set_committed_value(entry, "country", entry.place.country)
        for link in entry.challenges:
            set_committed_value(link, "challenge", known.terms("challenge")[link.challenge_code])
