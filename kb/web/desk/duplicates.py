"""Entries that may be what somebody is writing up already: found by the search, then compared by their titles."""

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlalchemy.orm import Session

from kb.catalogue.entries.fields import place_of
from kb.catalogue.queries import InitiativeCard
from kb.core.text import fold
from kb.search.results import SearchQuery

from ..core import context
from ..core.links import link_to

SHORTEST_TITLE = 4
MOST = 4
ALIKE = 74
ALIKE_IN_THE_SAME_CITY = 50
"""How alike two titles are, from 0 to 100, before anybody is asked; in one city less will do."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An entry that is there already."""

    title: str
    url: str
    where: str


def possible_duplicates(session: Session, title: str, references: Iterable[str]) -> list[Duplicate]:
    """Initiatives whose titles are like this one, the most alike first."""
    title = " ".join(title.replace("\0", " ").split())[:300]
    if len(title) < SHORTEST_TITLE:
        return []
    here = set(references)
    hits = context.search().answer(session, SearchQuery(text=title, chosen={"kind": ("initiative",)})).hits
    scored = [(_likeness(title, hit.entry, here), hit.entry) for hit in hits if isinstance(hit.entry, InitiativeCard)]
    best = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
    return [
        Duplicate(entry.title, link_to(entry), ", ".join(city.name for city in entry.cities))
        for _, entry in best[:MOST]
    ]


def _likeness(title: str, entry: InitiativeCard, here: set[str]) -> float:
    """How alike the titles are, or 0 where that is not enough to ask."""
    alike = fuzz.token_set_ratio(fold(title), fold(entry.title))
    same_city = any(city.slug in here or city.place_id in map(place_of, here) for city in entry.cities)
    return alike if alike >= (ALIKE_IN_THE_SAME_CITY if same_city else ALIKE) else 0
