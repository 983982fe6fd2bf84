"""Answers questions about peers for the interfaces, with arrays and names kept in memory."""

import gc
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.catalogue.models import Initiative, Place
from kb.catalogue.queries import last_change
from kb.core.cache import DerivedCache
from kb.core.db import Database

from . import comparison, peer_search, similar_initiatives
from .answers import PeerAnswer, PeerQuestion
from .comparison import Comparison
from .feature_matrix import FeatureMatrix
from .places import Gazetteer
from .profiles import Profiles
from .similar_initiatives import SimilarInitiative, SuitedCity

_LOOK_SECONDS = 60.0
"""How often, at most, a process looks whether the gazetteer was seeded anew."""

_CACHED = "kb_peers_profiles"

Made = TypeVar("Made")


class Peers:
    """Peers over one database; threads may share it.

    What the catalogue says is read again when its change log has grown, which is looked at once for each session, so
    that all answers within one rest on the same. The gazetteer changes only by seeding; table and names are then made
    anew.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tables: DerivedCache[None, FeatureMatrix] = DerivedCache()
        self._gazetteers: DerivedCache[None, Gazetteer] = DerivedCache()
        self._profiles: DerivedCache[None, Profiles] = DerivedCache()
        self._places: tuple[int, ...] = ()
        self._looked = 0.0

    @property
    def table(self) -> FeatureMatrix:
        """All places as arrays."""
        return self._tables.get(None, partial(self._read, FeatureMatrix.read))

    @property
    def gazetteer(self) -> Gazetteer:
        """All places by name."""
        return self._gazetteers.get(None, partial(self._read, Gazetteer.read))

    def _read(self, read: Callable[[Session], Made]) -> Made:
        with self._database.reading() as session:
            return read(session)

    def warm(self) -> None:
        """Make what takes seconds to make, before the first visitor asks for it."""
        _ = self.table, self.gazetteer
        # What now lives as long as the process need not be walked by the collector, whose pauses were 50 ms.
        gc.collect()
        gc.freeze()

    def find(self, session: Session, question: PeerQuestion) -> PeerAnswer:
        """Peers of a place (see `peer_search.find_peers`)."""
        # Profiles first: reading them finds out whether the table is outdated.
        profiles = self.profiles(session)
        return peer_search.find_peers(session, self.table, question, profiles)

    def similar(self, session: Session, initiative: Initiative, limit: int = 6) -> tuple[SimilarInitiative, ...]:
        """Initiatives like one (see `similar_initiatives.similar_initiatives`)."""
        profiles = self.profiles(session)
        return similar_initiatives.similar_initiatives(session, initiative, limit, self.table, profiles)

    def suits(self, session: Session, initiative: Initiative, limit: int = 6) -> tuple[SuitedCity, ...]:
        """Cities that an initiative may suit (see `similar_initiatives.cities_it_may_suit`)."""
        profiles = self.profiles(session)
        return similar_initiatives.cities_it_may_suit(session, self.table, initiative, limit, profiles)

    def compare(self, session: Session, slugs: Sequence[str]) -> Comparison:
        """Cities side by side (see `comparison.compare`)."""
        profiles = self.profiles(session)
        return comparison.compare(session, slugs, self.table, profiles)

    def profiles(self, session: Session) -> Profiles:
        """What the catalogue said when the session first asked; looks whether table and names are outdated."""
        known: tuple[Peers, Profiles] | None = session.info.get(_CACHED)
        if known is not None and known[0] is self:
            return known[1]
        profiles = self._profiles.get(None, partial(Profiles.read, session), last_change(session))
        session.info[_CACHED] = (self, profiles)
        if self._places_are_new(session, profiles):
            self._tables.clear()
            self._gazetteers.clear()
        return profiles

    def _places_are_new(self, session: Session, profiles: Profiles) -> bool:
        """Whether the gazetteer has changed since table and names were made.

        A city whose place the table lacks tells at once; anything else, by number, last id and people of all places,
        within a minute.
        """
        table = self._tables.peek(None)
        if table is not None and profiles.at_place and table.rows(profiles.at_place).min() < 0:
            return True
        if self._places and time.monotonic() - self._looked < _LOOK_SECONDS:
            return False
        before, self._looked = self._places, time.monotonic()
        count, last, people = session.execute(
            select(func.count(), func.max(Place.id), func.sum(Place.population)).select_from(Place)
        ).one()
        self._places = (count, last or 0, people or 0)
        return bool(before) and before != self._places
