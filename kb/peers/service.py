"""Peers as the interfaces use them: arrays and names in memory, made when first asked for, and questions to them."""

import gc
import threading
import time
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.catalogue.models import Change, Initiative, Place
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


class Peers:
    """Peers over one database; threads may share it.

    What the catalogue says is read again when its change log has grown, which is looked at once for each session, so
    that all answers within one rest on the same. The gazetteer changes only by seeding; table and names are then made
    anew.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._making = threading.Lock()
        self._table: FeatureMatrix | None = None
        self._gazetteer: Gazetteer | None = None
        self._profiles: tuple[int, Profiles] | None = None
        self._places: tuple[int, ...] = ()
        self._looked = 0.0

    @property
    def table(self) -> FeatureMatrix:
        """All places as arrays."""
        # A local name, since another thread may put an old table away at any moment.
        table = self._table
        if table is None:
            with self._making:
                # Whoever waited finds it made.
                table = self._table
                if table is None:
                    with self._database.reading() as session:
                        table = self._table = FeatureMatrix.read(session)
        return table

    @property
    def gazetteer(self) -> Gazetteer:
        """All places by name."""
        gazetteer = self._gazetteer
        if gazetteer is None:
            with self._making:
                gazetteer = self._gazetteer
                if gazetteer is None:
                    with self._database.reading() as session:
                        gazetteer = self._gazetteer = Gazetteer.read(session)
        return gazetteer

    def warm(self) -> None:
        """Make what takes seconds to make, before the first visitor asks for it."""
        _ = self.table, self.gazetteer
        # What now lives as long as the process need not be walked by the collector, whose pauses were 50 ms.
        gc.collect()
        gc.freeze()

    def find(self, session: Session, question: PeerQuestion) -> PeerAnswer:
        """Peers of a place (see `finding.find_peers`)."""
        # Profiles first: reading them puts an old table away.
        profiles = self.profiles(session)
        return peer_search.find_peers(session, self.table, question, profiles)

    def similar(self, session: Session, initiative: Initiative, limit: int = 6) -> tuple[SimilarInitiative, ...]:
        """Initiatives like one (see `kindred.similar_initiatives`)."""
        profiles = self.profiles(session)
        return similar_initiatives.similar_initiatives(session, initiative, limit, self.table, profiles)

    def suits(self, session: Session, initiative: Initiative, limit: int = 6) -> tuple[SuitedCity, ...]:
        """Cities that an initiative may suit (see `kindred.cities_it_may_suit`)."""
        profiles = self.profiles(session)
        return similar_initiatives.cities_it_may_suit(session, self.table, initiative, limit, profiles)

    def compare(self, session: Session, slugs: Sequence[str]) -> Comparison:
        """Cities side by side (see `comparing.compare`)."""
        profiles = self.profiles(session)
        return comparison.compare(session, slugs, self.table, profiles)

    def profiles(self, session: Session) -> Profiles:
        """What the catalogue said when the session first asked; table and names are put away where they are too old."""
        known: tuple[Peers, Profiles] | None = session.info.get(_CACHED)
        if known is not None and known[0] is self:
            return known[1]
        newest = session.scalar(select(func.max(Change.id))) or 0
        held = self._profiles
        if held is None or held[0] != newest:
            held = (newest, Profiles.read(session))
            self._profiles = held
        session.info[_CACHED] = (self, held[1])
        if self._places_are_new(session, held[1]):
            self._table = self._gazetteer = None
        return held[1]

    def _places_are_new(self, session: Session, profiles: Profiles) -> bool:
        """Whether the gazetteer has changed since table and names were made.

        A city whose place the table lacks tells at once; anything else, by number, last id and people of all places,
        within a minute.
        """
        table = self._table
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
