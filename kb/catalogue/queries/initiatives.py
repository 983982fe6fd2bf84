"""Initiatives: lists that chain, and single ones with all that their pages show."""

from collections.abc import Collection
from functools import cache

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.interfaces import ORMOption

from ..models import City, Initiative, InitiativeCity, Leader, LeaderTerm
from .lookups import one_row
from .page_lists import lists_of_several, load_lists

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
    """Load an initiative with its leader and strategy; NotFound where there is none."""
    initiative = one_row(session, _by_slug(), slug=slug)
    if initiative.leader is not None:
        load_lists(session, initiative.leader, ["terms"])
    return initiative


@cache
def _by_slug() -> Select[Initiative]:
    return select(Initiative).options(*_parts()).where(Initiative.slug == bindparam("slug"))


def initiatives_by_slugs(session: Session, slugs: Collection[str]) -> dict[str, Initiative]:
    """Load initiatives with all that their pages show, by slug; those that are not there are left out."""
    terms = joinedload(Initiative.leader).selectinload(Leader.terms).joinedload(LeaderTerm.city)
    query = (
        select(Initiative).options(*_parts(), terms, *lists_of_several(Initiative)).where(Initiative.slug.in_(slugs))
    )
    return {initiative.slug: initiative for initiative in session.scalars(query)}


def _parts() -> tuple[ORMOption, ...]:
    """What the page of an initiative shows beside its lists."""
    return (
        joinedload(Initiative.leader),
        joinedload(Initiative.vision),
        joinedload(Initiative.adapted_from),
    )
