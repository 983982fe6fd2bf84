"""Answers questions about peers for the interfaces, with arrays and names kept in memory."""

import gc
import time
from collections.abc import Callable, Collection, Sequence
from math import inf
from pathlib import Path
from typing import TypeVar

from sqlalchemy.orm import Session

from kb.catalogue.change_log import NO_ENTRY
from kb.catalogue.entries import TermKind
from kb.catalogue.followed import FollowedValue
from kb.catalogue.models import Initiative
from kb.core.cache import DerivedCache
from kb.core.db import Database
from kb.core.i18n import Message
from kb.core.standbys import NEWEST

from . import comparison, peer_search, place_context, saved_places, similar_initiatives
from .answers import PeerAnswer, PeerQuestion
from .comparison import Comparison
from .feature_matrix import FeatureMatrix
from .place_context import PlaceContext
from .places import Gazetteer
from .profile_reading import FOLLOWED, read_profiles, updated_profiles
from .profiles import Profiles
from .similar_initiatives import SimilarInitiative, SuitedCity, TermLabels

PLACES = "places"
"""The folder, within that of the instance, where what is made of the gazetteer is saved."""

_LOOK_SECONDS = 60.0
"""After so long a process looks whether the gazetteer was seeded anew, even if the change log does not tell."""

_CACHED = "kb_peers_profiles"

Made = TypeVar("Made")


class Peers:
    """Peers over one database; threads may share it.

    What the catalogue says follows its change log, which is looked at once for each session, so that all answers within
    one rest on the same. Where a thread calls `follow`, a request reads no more than a few changed entries itself. The
    gazetteer changes only by seeding; feature matrix and names are then made anew.
    """

    def __init__(self, database: Database, folder: Path | None = None) -> None:
        """In `folder`, where one is given, is saved what takes long to make of the gazetteer."""
        self._database = database
        self._folder = folder
        # While one thread makes them anew, the others go on with what there is.
        self._matrices: DerivedCache[None, FeatureMatrix] = DerivedCache(stale_seconds=inf)
        self._gazetteers: DerivedCache[None, Gazetteer] = DerivedCache(stale_seconds=inf)
        self._labels: DerivedCache[None, TermLabels] = DerivedCache()
        self._profiles = FollowedValue(database, FOLLOWED, read_profiles, self._updated_profiles)
        self._places: str | None = None
        self._looked = time.monotonic()
        self._no_entry_changed = False

    @property
    def feature_matrix(self) -> FeatureMatrix:
        """All places as arrays."""
        return self._of_places(self._matrices, saved_places.feature_matrix)

    @property
    def gazetteer(self) -> Gazetteer:
        """All places by name."""
        return self._of_places(self._gazetteers, saved_places.gazetteer)

    def _of_places(self, cache: DerivedCache[None, Made], make: Callable[[Session, Path | None, str], Made]) -> Made:
        places = self._places
        if places is None:
            places = self._places = self._read(saved_places.fingerprint)
        return cache.get(None, lambda: self._read(lambda session: make(session, self._folder, places)), places)

    def _read(self, read: Callable[[Session], Made]) -> Made:
        # For other requests too, which may see a newer state than this one.
        with self._database.reading(after=NEWEST) as session:
            return read(session)

    def warm(self) -> None:
        """Make what takes seconds to make, before the first visitor asks for it."""
        _ = self.feature_matrix, self.gazetteer
        self._read(self.profiles)
        # What now lives as long as the process need not be walked by the collector, whose pauses were 50 ms.
        gc.collect()
        gc.freeze()

    def follow(self) -> None:
        """Read what changed since the last time, however much; for a thread that does so after every change."""
        self._profiles.follow()
        if self._may_places_differ():
            self._places = self._read(saved_places.fingerprint)
            _ = self.feature_matrix, self.gazetteer

    def is_behind(self, newest: int) -> bool:
        """Whether the thread that follows the change log has yet to read changes up to this number."""
        return self._profiles.is_behind(newest)

    def find(self, session: Session, question: PeerQuestion) -> PeerAnswer:
        """Peers of a place (see `peer_search.find_peers`)."""
        # Profiles first: reading them finds out whether the matrix is outdated.
        profiles = self.profiles(session)
        labels = self._term_labels(profiles)[TermKind.CHALLENGE]
        return peer_search.find_peers(session, self.feature_matrix, question, profiles, labels)

    def refusals(self, session: Session, question: PeerQuestion) -> list[Message]:
        """What of a question nobody understands (see `peer_search.refusals`)."""
        return peer_search.refusals(session, self.feature_matrix, question)

    def similar(self, session: Session, initiative: Initiative, limit: int = 6) -> tuple[SimilarInitiative, ...]:
        """Initiatives like one (see `similar_initiatives.similar_initiatives`)."""
        profiles = self.profiles(session)
        labels = self._term_labels(profiles)
        return similar_initiatives.similar_initiatives(
            session, initiative, limit, self.feature_matrix, profiles, labels
        )

    def suits(self, session: Session, initiative: Initiative, limit: int = 6) -> tuple[SuitedCity, ...]:
        """Cities that an initiative may suit (see `similar_initiatives.cities_it_may_suit`)."""
        profiles = self.profiles(session)
        labels = self._term_labels(profiles)
        return similar_initiatives.cities_it_may_suit(session, self.feature_matrix, initiative, limit, profiles, labels)

    def _term_labels(self, profiles: Profiles) -> TermLabels:
        """The labels of terms that entries have: whoever changes one lets the change log grow."""
        version = profiles.identity, profiles.newest
        return self._labels.get(None, lambda: self._read(similar_initiatives.read_term_labels), version)

    def place_contexts(self, session: Session, place_ids: Collection[int]) -> dict[int, PlaceContext]:
        """The contexts of some places (see `place_context.place_contexts`)."""
        # Profiles first: reading them finds out whether the matrix is outdated.
        self.profiles(session)
        return place_context.place_contexts(session, self.feature_matrix, place_ids)

    def compare(self, session: Session, slugs: Sequence[str]) -> Comparison:
        """Cities side by side (see `comparison.compare`)."""
        profiles = self.profiles(session)
        return comparison.compare(session, slugs, self.feature_matrix, profiles)

    def profiles(self, session: Session) -> Profiles:
        """What the catalogue said when the session first asked; looks whether matrix and names are outdated."""
        known: tuple[Peers, Profiles] | None = session.info.get(_CACHED)
        if known is not None and known[0] is self:
            return known[1]
        profiles = self._profiles.current(session)
        session.info[_CACHED] = (self, profiles)
        self._look_at_places(session, profiles)
        return profiles

    def _updated_profiles(
        self, profiles: Profiles, session: Session, newest: int, changes: Collection[tuple[str, int]]
    ) -> Profiles:
        self._no_entry_changed |= any(kind == NO_ENTRY for kind, _ in changes)
        return updated_profiles(profiles, session, newest, changes)

    def _look_at_places(self, session: Session, profiles: Profiles) -> None:
        """Have matrix and names made anew where the gazetteer has changed.

        A city whose place the matrix lacks tells at once; other changes the thread that follows sees, if there is one.
        """
        matrix = self._matrices.peek(None)
        is_lacking = matrix is not None and profiles.cities.places.rows_in(matrix).min(initial=0) < 0
        if is_lacking:
            self._matrices.clear()
            self._gazetteers.clear()
        if (not self._profiles.is_followed and self._may_places_differ()) or is_lacking:
            self._places = saved_places.fingerprint(session)

    def _may_places_differ(self) -> bool:
        """Whether to look at the places again: the log told of what belongs to no entry, or it was long ago."""
        if not self._no_entry_changed and time.monotonic() - self._looked < _LOOK_SECONDS:
            return False
        self._looked, self._no_entry_changed = time.monotonic(), False
        return self._places is not None
