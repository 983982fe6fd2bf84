"""What the page of cities side by side shows: the comparison, notes, and the address of each change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.core.errors import NotFound
from kb.core.i18n import Message, gettext_noop
from kb.peers.comparison import MOST_COMPARED, Comparison
from kb.peers.name_index import loose
from kb.peers.places import PlaceMatch

from ..core import context
from ..core.pages import Page
from .pages import OFFERED, compare_link, told_apart
from .schemas import CompareQuery

_FITTING = 200
"""Places of a name that are looked through for cities with a page."""

_UNKNOWN = gettext_noop("There is no city “%(slug)s”. It was left out.")
_NOBODY_CALLED = gettext_noop("No city with a page is called “%(typed)s”.")


Called = tuple[str, PlaceMatch]
"""A city with a page: its slug and its place."""


def cities_called(session: Session, typed: str) -> list[Called]:
    """Cities with a page whose name begins so, the largest first."""
    return _with_page(session, context.peers().gazetteer.matching(typed, _FITTING))


def city_meant(session: Session, typed: str) -> str | None:
    """The slug of the city that a name means: the only one with a page, and the first of all places called so."""
    first, called = context.peers().gazetteer.matching(typed, 1), cities_called(session, typed)
    return called[0][0] if [place for _, place in called] == first and first else None


def cities_nearly_called(session: Session, typed: str) -> list[Called]:
    """Cities with a page whose name differs by a slip or two, the nearest first."""
    return _with_page(session, context.peers().gazetteer.near(typed, _FITTING))


def _with_page(session: Session, places: Iterable[PlaceMatch]) -> list[Called]:
    listed = list(places)
    slugs = queries.slugs_at_places(session, [place.id for place in listed]) if listed else {}
    return [(slugs[place.id], place) for place in listed if place.id in slugs][:OFFERED]


def _lacking(session: Session, typed: str) -> PlaceMatch | None:
    """The place whose whole name was typed, where it has no page."""
    first = next(iter(context.peers().gazetteer.matching(typed, 1)), None)
    if first is None or loose(first.name) != loose(typed):
        return None
    return None if queries.slugs_at_places(session, [first.id]) else first


def _meant(session: Session, slugs: Iterable[str]) -> list[Called]:
    """Cities with a page that addresses of none may have meant, by the words of each address."""
    called: dict[Called, None] = {}
    for words in (slug.replace("-", " ") for slug in slugs):
        called |= dict.fromkeys(cities_called(session, words) or cities_nearly_called(session, words))
    return list(called)[:OFFERED]


@dataclass(frozen=True, kw_only=True)
class ComparePage(Page):
    """Cities side by side by slug; `without` are URLs that drop one, `offered` places to add with their URLs."""

    template = "peers/compare.html"
    query: CompareQuery
    comparison: Comparison | None
    notes: Sequence[Message]
    lacking: PlaceMatch | None
    shown: Sequence[str]
    names: Mapping[str, str]
    full: bool
    without: Mapping[str, str]
    offered: Sequence[tuple[PlaceMatch, str, str]]


def page_of_comparison(session: Session, compare_query: CompareQuery, offered: Sequence[Called]) -> ComparePage:
    """Everything that the template needs, by name."""
    comparison = None
    notes: list[Message] = []
    try:
        if compare_query.slugs:
            comparison = context.peers().compare(session, compare_query.slugs)
            notes += comparison.notes
    except NotFound:
        notes += [Message(_UNKNOWN, {"slug": slug}) for slug in compare_query.slugs]
    known = {column.city.slug for column in comparison.cities} if comparison else set()
    if not offered:
        meant = _meant(session, [slug for slug in compare_query.slugs if slug not in known])
        offered = [(slug, place) for slug, place in meant if slug not in known]
    lacking = _lacking(session, compare_query.typed)
    if compare_query.typed and not offered and not lacking:
        notes.append(Message(_NOBODY_CALLED, {"typed": compare_query.typed}))
    shown = [column.city.slug for column in comparison.cities] if comparison else []
    names = {column.city.slug: column.city.name for column in comparison.cities} if comparison else {}
    return ComparePage(
        query=compare_query,
        comparison=comparison,
        notes=notes,
        lacking=lacking,
        shown=shown,
        names=names,
        full=len(shown) >= MOST_COMPARED,
        without={slug: compare_link(other for other in shown if other != slug) for slug in shown},
        offered=[
            (place, told_apart(place, [place for _, place in offered]), compare_link([*shown, slug]))
            for slug, place in offered
        ],
    )
