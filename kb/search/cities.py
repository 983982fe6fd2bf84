"""Finds cities by the addresses of their pages, also by those that lead there since two pages were merged."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind
from kb.catalogue.models import City
from kb.editorial.models import Redirect


def cities_at(session: Session, slugs: Sequence[str]) -> dict[str, tuple[int, str]]:
    """The ids and names of cities by slug; no query where none is asked for."""
    if not slugs:
        return {}
    here = session.execute(select(City.slug, City.id, City.name).where(City.slug.in_(slugs)))
    found = {slug: (city_id, name) for slug, city_id, name in here}
    others = [slug for slug in slugs if slug not in found]
    if others:
        moved = select(Redirect.slug, City.id, City.name).join(City, City.id == Redirect.entry_id)
        rows = session.execute(moved.where(Redirect.kind == EntryKind.CITY, Redirect.slug.in_(others)))
        found |= {slug: (city_id, name) for slug, city_id, name in rows}
    return found


def is_at(slugs: Sequence[str]) -> ColumnElement[bool]:
    """Whether a city is found at one of some slugs."""
    moved = select(Redirect.entry_id).where(Redirect.kind == EntryKind.CITY, Redirect.slug.in_(slugs))
    return or_(City.slug.in_(slugs), City.id.in_(moved))
