"""What the page of an entry lists: for one entry by statements that are made once, for several by `selectinload`.

A list of one entry that SQLAlchemy loads when it is asked for takes twice the time, most of it to make the statement.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from kb.core.db import rows_if_any

from ..models import (
    City,
    CityChallenge,
    CityPicture,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    InitiativePicture,
    InitiativeSource,
    InitiativeTarget,
    Leader,
    LeaderPicture,
    LeaderTerm,
    Outcome,
    Vision,
    VisionGoal,
    VisionPicture,
)

_LISTS: Mapping[Any, Mapping[str, Sequence[Any]]] = {
    Initiative: {
        "places": [joinedload(InitiativeCity.city).options(joinedload(City.country), joinedload(City.place))],
        "goals": [joinedload(InitiativeGoal.goal)],
        "targets": [joinedload(InitiativeTarget.target)],
        "challenges": [],
        "technologies": [],
        "partners": [],
        "funding": [],
        "outcomes": [joinedload(Outcome.source)],
        "pictures": [joinedload(InitiativePicture.image)],
        "citations": [joinedload(InitiativeSource.source)],
        "adaptations": [],
    },
    City: {
        "challenges": [joinedload(CityChallenge.challenge), joinedload(CityChallenge.source)],
        "pictures": [joinedload(CityPicture.image)],
        "sources": [],
    },
    Leader: {
        "terms": [
            joinedload(LeaderTerm.city).joinedload(City.country),
            joinedload(LeaderTerm.source),
            joinedload(LeaderTerm.end_source),
        ],
        "pictures": [joinedload(LeaderPicture.image)],
    },
    Vision: {
        "goals": [joinedload(VisionGoal.goal)],
        "pictures": [joinedload(VisionPicture.image)],
        "sources": [],
    },
}
"""The lists of an entry by the names of its model, with what pages show of their rows."""


def load_lists(
    session: Session, entry: Any, names: Collection[str] | None = None, besides: Sequence[Select[Any]] = ()
) -> Sequence[Sequence[Any]]:
    """Load what the page of an entry lists, or the lists of some names: by one query, and one for each with rows.

    `besides` are queries, made once, for what else a page shows of the entry `id`; their rows are returned.
    """
    chosen = {name: rows for name, rows in _statements(entry.__class__).items() if names is None or name in names}
    loaded = rows_if_any(session, [*chosen.values(), *besides], id=entry.id)
    for name, rows in zip(chosen, loaded, strict=False):
        set_committed_value(entry, name, rows)
    return loaded[len(chosen) :]


def lists_of_several(model: Any) -> Sequence[Any]:
    """Options by which a query for several entries loads what their pages list."""
    return [selectinload(getattr(model, name)).options(*parts) for name, parts in _LISTS[model].items()]


@cache
def _statements(model: Any) -> Mapping[str, Select[Any]]:
    return {name: _rows(model, name).options(*parts) for name, parts in _LISTS[model].items()}


def _rows(model: Any, name: str) -> Select[Any]:
    """The rows of a list of the entry `id`, in the order of the list."""
    entry = aliased(model)
    relationship = getattr(model, name).property
    return (
        select(relationship.entity.class_)
        .select_from(entry)
        .join(getattr(entry, name))
        .where(entry.id == bindparam("id"))
        .order_by(*(relationship.order_by or ()))
    )
