"""Peers as the doors use them: the arrays and names in memory, made when first asked for, and questions to them."""

import gc
import threading
import time
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kb.catalogue.models import Change, Initiative
from kb.db import Database

from . import comparing, finding, kindred
from .comparing import Comparison
from .kindred import SimilarInitiative, SuitedCity
from .places import Gazetteer
from .profiles import Profiles
from .questions import PeerAnswer, PeerQuestion
from .table import PeerTable

_LOOK_SECONDS = 0.5
"""How often, at most, a process looks whether the catalogue has changed."""


class Peers:
    """Peers over one database; threads may share it.

    The gazetteer changes only by seeding, so table and names are read once and a process is started anew after it. What
    the catalogue says is read again when its change log has grown.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._making = threading.Lock()
        self._table: PeerTable | None = None
        self._gazetteer: Gazetteer | None = None
        self._profiles: tuple[int, Profiles] | None = None
        self._looked = 0.0

    @property
    def table(self) -> PeerTable:
        """All places as arrays."""
        if self._table is None:
            with self._making:
                # Whoever waited finds it made.
                if self._table is None:
                    with self._database.reading() as session:
                        self._table = PeerTable.read(session)
        return self._table

    @property
    def gazetteer(self) -> Gazetteer:
        """All places by name."""
        if self._gazetteer is None:
            with self._making:
                if self._gazetteer is None:
                    with self._database.reading() as session:
                        self._gazetteer = Gazetteer.read(session)
        return self._gazetteer

    def warm(self) -> None:
        """Make what takes seconds to make, before the first visitor asks for it."""
        _ = self.table, self.gazetteer
        # What now lives as long as the process need not be walked by the collector, whose pauses were 50 ms.
        gc.collect()
        gc.freeze()

    def find(self, session: Session, question: PeerQuestion) -> PeerAnswer:
        """Peers of a place (see `finding.find_peers`)."""
        return finding.find_peers(session, self.table, question, self.profiles(session))

    def similar(self, session: Session, initiative: Initiative, limit: int = 6) -> tuple[SimilarInitiative, ...]:
        """Initiatives like one (see `kindred.similar_initiatives`)."""
        return kindred.similar_initiatives(session, initiative, limit, self.table, self.profiles(session))

    def suits(self, session: Session, initiative: Initiative, limit: int = 6) -> tuple[SuitedCity, ...]:
        """Cities that an initiative may suit (see `kindred.cities_it_may_suit`)."""
        return kindred.cities_it_may_suit(session, self.table, initiative, limit, self.profiles(session))

    def compare(self, session: Session, slugs: Sequence[str]) -> Comparison:
        """Cities side by side (see `comparing.compare`)."""
        return comparing.compare(session, slugs, self.table, self.profiles(session))

    def profiles(self, session: Session) -> Profiles:
        """What the catalogue says, no more than half a second old."""
        held = self._profiles
        if held is not None and time.monotonic() - self._looked < _LOOK_SECONDS:
            return held[1]
        newest = session.scalar(select(func.max(Change.id))) or 0
        if held is None or held[0] != newest:
            held = (newest, Profiles.read(session))
            self._profiles = held
        self._looked = time.monotonic()
        return held[1]
