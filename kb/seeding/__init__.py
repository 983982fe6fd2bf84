"""Filling a catalogue from nothing: countries and terms, then the gazetteer, then the facts."""

from pathlib import Path

from sqlalchemy.orm import Session

from . import facts, gazetteer, terms
from .files import Counts, Track, plain

__all__ = ["Counts", "seed"]


def seed(session: Session, folder: Path, track: Track = plain) -> dict[str, Counts]:
    """Bring the database up to the seed data; return what was made, renewed and left, by kind.

    `folder` is `seed_data/`; `track(items, label)` may show progress. Raises Refused, naming file and entry, when
    data do not fit; the caller's transaction then undoes everything.
    """
    counted = terms.seed_terms(session, folder)
    counted["place"] = gazetteer.seed_places(session, folder, facts.wanted_places(folder), track)
    counted |= facts.seed_facts(session, folder, track)
    return counted
