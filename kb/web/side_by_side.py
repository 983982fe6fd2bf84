"""What the page of cities side by side shows: the comparison, notes, and the address of each change."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from kb.peers.comparing import MOST_COMPARED
from kb.peers.phrases import Phrase
from kb.peers.places import PlaceMatch
from kb.problems import NotFound
from kb.words import marked

from . import current
from .peering import OFFERED, compare_link, told_apart
from .schemas_peers import CompareAsked

_FITTING = 200
"""Places of a name that are looked through for cities with a page."""

_UNKNOWN = marked("There is no city “%(slug)s”: it is left out.")
_NOBODY_CALLED = marked("No city with a page here is called “%(typed)s”.")


def cities_called(session: Session, typed: str) -> list[tuple[str, PlaceMatch]]:
    """Cities with a page whose name begins so, or nearly so, as slug and place, the largest first."""
    typed = typed.replace("\0", " ").strip()
    if not typed:
        return []
    peers = current.peers()
    at_place = peers.profiles(session).at_place
    gazetteer = peers.gazetteer
    for places in (gazetteer.matching(typed, _FITTING), gazetteer.near(typed, _FITTING)):
        if found := [(at_place[place.id].slug, place) for place in places if place.id in at_place]:
            return found[:OFFERED]
    return []


def page_of_comparison(
    session: Session, asked: CompareAsked, offered: Sequence[tuple[str, PlaceMatch]]
) -> Mapping[str, Any]:
    """Everything that the template needs, by name."""
    comparison = None
    notes: list[Phrase] = []
    try:
        if asked.slugs:
            comparison = current.peers().compare(session, asked.slugs)
            notes += comparison.notes
    except NotFound:
        notes += [Phrase(_UNKNOWN, {"slug": slug}) for slug in asked.slugs]
    if asked.typed and not offered:
        notes.append(Phrase(_NOBODY_CALLED, {"typed": asked.typed}))
    shown = [column.city.slug for column in comparison.cities] if comparison else []
    names = {column.city.slug: column.city.name for column in comparison.cities} if comparison else {}
    return {
        "asked": asked,
        "comparison": comparison,
        "notes": notes,
        "shown": shown,
        "names": names,
        "full": len(shown) >= MOST_COMPARED,
        "without": {slug: compare_link(other for other in shown if other != slug) for slug in shown},
        "offered": [(place, told_apart(place), compare_link([*shown, slug])) for slug, place in offered],
    }
