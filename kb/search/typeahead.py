"""What is offered while typing: titles of initiatives, cities and challenges."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import Challenge, City, Initiative, Place

from .suggesting import Entry, Suggestions

# Challenges lead further than any one entry, so they come first; then cities by population, then initiatives.
_CHALLENGE_WEIGHT = 1e12
_CITY_WEIGHT = 1e3


def read_suggestions(session: Session) -> Suggestions:
    """Everything there is to suggest, read in three queries."""
    cities = session.execute(select(City.name, City.slug, Place.population).join(City.place))
    return Suggestions(
        [
            *(Entry(label, "challenge", code, _CHALLENGE_WEIGHT) for label, code in session.execute(_CHALLENGES)),
            *(Entry(name, "city", slug, _CITY_WEIGHT + (population or 0)) for name, slug, population in cities),
            *(Entry(title, "initiative", slug) for title, slug in session.execute(_INITIATIVES)),
        ]
    )


_CHALLENGES = select(Challenge.label, Challenge.code)
_INITIATIVES = select(Initiative.title, Initiative.slug)
