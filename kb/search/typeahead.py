"""What is offered while typing: titles of initiatives, cities and challenges."""

import threading
import time

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import Challenge, City, Initiative, Place
from kb.core.db import Database

from .suggestions import Entry, Suggestions

RENEWED_SECONDS = 5.0
"""How often, at most, the suggestions are made anew: 100,000 entries take two seconds of one core."""

# Challenges lead further than any one entry, so they come first; then cities by population, then initiatives.
_CHALLENGE_WEIGHT = 1e12
_CITY_WEIGHT = 1e3


class TypeAhead:
    """Suggestions over a database, made anew in a thread of their own after it changed; threads may share it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._suggestions: Suggestions | None = None
        self._mark: object = None
        self._made = 0.0
        self._making = False

    def suggestions(self, mark: object) -> Suggestions:
        """What to offer; `mark` tells states of the catalogue apart. The first call makes them and takes its time."""
        with self._lock:
            if self._suggestions is None:
                return self._make(mark)
            if mark != self._mark and not self._making and time.monotonic() - self._made > RENEWED_SECONDS:
                self._making = True
                threading.Thread(target=self._renew, args=(mark,), name="type-ahead", daemon=True).start()
            return self._suggestions

    def _renew(self, mark: object) -> None:
        try:
            self._make(mark)
        finally:
            self._making = False

    def _make(self, mark: object) -> Suggestions:
        with self._database.reading() as session:
            made = read_suggestions(session)
        self._suggestions, self._mark, self._made = made, mark, time.monotonic()
        return made


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
