"""What the forms offer to choose from: terms in their groups, the goals with their targets, leaders and visions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.models import Goal
from kb.catalogue.terms import DIMENSIONS, FUNDING, TECHNOLOGY_GROUPS

from ..language import translated
from .fields import Rows
from .part import Part
from .places import Places

Groups = Sequence[tuple[str, Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The lists of one request."""

    challenges: Groups
    technologies: Groups
    goals: Sequence[Goal]
    funding: Mapping[str, str]


def shelf(session: Session) -> Shelf:
    """Read the lists, in a number of queries that is always the same."""
    challenges, technologies = queries.challenges(session), queries.technologies(session)
    return Shelf(
        challenges=_grouped(challenges, DIMENSIONS, lambda one: one.dimension),
        technologies=_grouped(technologies, TECHNOLOGY_GROUPS, lambda one: one.group),
        goals=queries.goals_with_targets(session),
        funding=FUNDING,
    )


def _grouped(terms: Iterable[Any], groups: Mapping[str, str], of: Callable[[Any], str]) -> Groups:
    listed = list(terms)
    return [(label, [term for term in listed if of(term) == code]) for code, label in groups.items()]


def offer(session: Session, part: Part, data: Mapping[str, Any], places: Places) -> None:
    """Offer in a part what only the database knows: leaders and visions of the entry's cities, challenges."""
    if "leader" in part:
        here = [one for one in map(places.place_id, data.get("cities") or []) if one is not None]
        part["leader"].offer([(one.slug, one.name) for one in session.scalars(queries.leaders_at(here))])
        part["vision"].offer([(one.slug, one.title) for one in session.scalars(queries.visions_at(here))])
    if "challenges" in part and isinstance(part["challenges"], Rows):
        challenges = queries.challenges(session)
        part["challenges"].offer("challenge", [(one.code, translated(one.label)) for one in challenges])
