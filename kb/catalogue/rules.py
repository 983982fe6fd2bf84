"""Rules across rows of the catalogue."""

from collections.abc import Container
from datetime import date

from kb.core.text import slug

from .models import Leader

FRESH_DAYS = 365
"""So long after somebody confirmed it an entry is fresh; up to twice as long it is ageing, then stale."""


def led_cities(leader: Leader) -> bool:
    """Whether a person has led a city, as others who stand for initiatives have not."""
    return not leader.terms or any(not term.leads_no_city for term in leader.terms)


def free_slug(name: str, taken: Container[str]) -> str:
    """A slug of the name that is not taken: the plain one, or with the first number from 2 that is free."""
    plain = slug(name)
    candidate, number = plain, 2
    while candidate in taken:
        candidate, number = f"{plain}-{number}", number + 1
    return candidate


def freshness(confirmed_on: date | None, today: date, *, needs_verification: bool = False) -> str | None:
    """A code of FRESHNESS by when an entry was last confirmed; None where nobody has confirmed it yet.

    Of an entry that its authors are not sure of it is "doubtful" until somebody has.
    """
    if confirmed_on is None:
        return "doubtful" if needs_verification else None
    days = (today - confirmed_on).days
    if days <= FRESH_DAYS:
        return "fresh"
    return "ageing" if days <= 2 * FRESH_DAYS else "stale"
