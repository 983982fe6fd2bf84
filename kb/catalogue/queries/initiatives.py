"""Initiatives: lists that chain, and single ones with all that their pages show."""

from collections.abc import Callable, Collection
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session, defaultload, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from ..models import (
    City,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    InitiativePicture,
    InitiativeSource,
    InitiativeTarget,
    Leader,
    LeaderTerm,
    Outcome,
)
from .lookups import one_row

SHOWN = 24
"""How many initiatives the page of a goal, a city or another entry shows; the rest is a search away."""


def initiatives() -> Select[Initiative]:
    """All initiatives, the best shown first: by evidence, then the newest, then by title."""
    return select(Initiative).order_by(
        func.coalesce(Initiative.evidence_level, -1).desc(),
        func.coalesce(Initiative.start_year, 0).desc(),
        Initiative.sort_key,
        Initiative.id,
    )


def initiatives_by_ids(ids: Collection[int]) -> Select[Initiative]:
    """The initiatives of some ids, in the order of `initiatives`."""
    return initiatives().where(Initiative.id.in_(ids))


def initiatives_of_city(city: City, among: Select[Initiative] | None = None) -> Select[Initiative]:
    """Initiatives that belong to a city, alone or with others, among those given or all."""
    # Not `any`, for which SQLite looks at every initiative.
    of_city = select(InitiativeCity.initiative_id).where(InitiativeCity.city_id == city.id)
    return (initiatives() if among is None else among).where(Initiative.id.in_(of_city))


def initiative_by_slug(session: Session, slug: str) -> Initiative:
    """Load an initiative, and what its page shows when it is asked for; NotFound where there is none."""
    return one_row(session, _page_by_slug(), slug=slug)


@cache
def _page_by_slug() -> Select[Initiative]:
    # Of a single row, lists are loaded faster one by one as they are asked for.
    return select(Initiative).options(*_page_parts(defaultload)).where(Initiative.slug == bindparam("slug"))


def initiatives_by_slugs(session: Session, slugs: Collection[str]) -> dict[str, Initiative]:
    """Load initiatives with all that their pages show, by slug; those that are not there are left out."""
    rows = session.scalars(select(Initiative).options(*_page_parts(selectinload)).where(Initiative.slug.in_(slugs)))
    return {initiative.slug: initiative for initiative in rows}


def _page_parts(load: Callable[..., Any]) -> tuple[ORMOption, ...]:
    """What a page shows of an initiative, its lists loaded in a way: `selectinload` for several, or `defaultload`."""
    return (
        load(Initiative.places)
        .joinedload(InitiativeCity.city)
        .options(joinedload(City.country), joinedload(City.place)),
        load(Initiative.goals).joinedload(InitiativeGoal.goal),
        load(Initiative.targets).joinedload(InitiativeTarget.target),
        load(Initiative.challenges),
        load(Initiative.technologies),
        load(Initiative.partners),
        load(Initiative.funding),
        load(Initiative.outcomes).joinedload(Outcome.source),
        load(Initiative.pictures).joinedload(InitiativePicture.image),
        load(Initiative.citations).joinedload(InitiativeSource.source),
        load(Initiative.adaptations),
        joinedload(Initiative.leader).selectinload(Leader.terms).joinedload(LeaderTerm.city),
        joinedload(Initiative.vision),
        joinedload(Initiative.adapted_from),
    )
