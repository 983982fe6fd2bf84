"""Loading the rows of a page of results: a fixed number of queries for each kind, however many rows there are."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kb.catalogue.models import (
    City,
    CityChallenge,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    Leader,
    LeaderTerm,
    Vision,
    VisionGoal,
)

from . import forum_documents
from .documents import ENTRIES

Key = tuple[str, int]
Entry = Initiative | City | Leader | Vision | forum_documents.ForumEntry


def entries_by_key(session: Session, keys: Iterable[Key]) -> dict[Key, Entry]:
    """The entries of those (kind, id) that exist, with all that a line of results shows."""
    wanted: dict[str, list[int]] = {}
    for kind, entry_id in keys:
        wanted.setdefault(kind, []).append(entry_id)
    return {
        (kind, entry.id): entry
        for kind, ids in wanted.items()
        for entry in session.scalars(_ROWS[kind].where(ENTRIES[kind].id.in_(ids)))
    }


_ROWS: Mapping[str, Select[Any]] = {
    "initiative": select(Initiative).options(
        selectinload(Initiative.places).joinedload(InitiativeCity.city).joinedload(City.country),
        selectinload(Initiative.goals).joinedload(InitiativeGoal.goal),
    ),
    "city": select(City).options(
        joinedload(City.country),
        joinedload(City.place),
        selectinload(City.challenges).joinedload(CityChallenge.challenge),
    ),
    "leader": select(Leader).options(selectinload(Leader.terms).joinedload(LeaderTerm.city).joinedload(City.country)),
    "vision": select(Vision).options(
        joinedload(Vision.city).joinedload(City.country), selectinload(Vision.goals).joinedload(VisionGoal.goal)
    ),
    **{kind: rows() for kind, rows in forum_documents.ROWS.items()},
}
