"""Places of the gazetteer that a search names: with a page here, or without one, then by their peers."""

from collections.abc import Collection
from dataclasses import dataclass

from flask import url_for
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.peers.countries import nearest_with_entries
from kb.peers.places import PlaceMatch
from kb.search.place_names import EmptyCountry
from kb.search.results import SearchQuery

from ..core import context
from ..core.formatting import country_of
from ..core.links import search_link

MOST_PLACES = 3
"""Places that a page of results or a list of suggestions names."""

MOST_COUNTRIES = 5
"""Countries with entries that are named where there is none of the one that was asked for."""

SHORTEST_START = 3
"""Letters from which a word may be the beginning of a place without a page; a name in Chinese has two signs."""


@dataclass(frozen=True, slots=True)
class PlaceFound:
    """A place: its name, its country with a state where people write that, its peers, and its page if there is one."""

    name: str
    country: str
    peers_url: str
    slug: str | None


def places_named(session: Session, typed: str) -> list[PlaceFound]:
    """The places that bear exactly this name, or this other name, the largest first."""
    return _found(session, context.peers().gazetteer.named(typed, MOST_PLACES))


def places_beginning(session: Session, typed: str) -> list[PlaceFound]:
    """Places with a name that begins like what was typed, the best first."""
    if len(typed) < (SHORTEST_START if typed.isascii() else SHORTEST_START - 1):
        return []
    return _found(session, context.peers().gazetteer.matching(typed, MOST_PLACES))


def countries_near(session: Session, country: EmptyCountry | None) -> list[tuple[str, str]]:
    """The countries with entries that are nearest to one without: names (English, to be translated) and searches."""
    codes = nearest_with_entries(context.catalogue(), country.points, MOST_COUNTRIES) if country else []
    names = queries.country_names(session) if codes else {}
    return [(names[code], search_link(SearchQuery(chosen={"country": (code,)}))) for code in codes]


def _found(session: Session, places: Collection[PlaceMatch]) -> list[PlaceFound]:
    slugs = queries.slugs_at_places(session, [place.id for place in places]) if places else {}
    return [
        PlaceFound(
            place.name,
            country_of(place),
            url_for("peers.city_peers", slug=slugs[place.id])
            if place.id in slugs
            else url_for("peers.peers", place=place.id),
            slugs.get(place.id),
        )
        for place in places
    ]
