"""From rows to search documents: one mapping, for one entry that changed and for a rebuild of all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from kb.catalogue.choices import NO_YEAR, decade
from kb.catalogue.entries import KIND_OF
from kb.catalogue.models import (
    Challenge,
    City,
    CityChallenge,
    Country,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    InitiativeTarget,
    Leader,
    LeaderTerm,
    PlaceName,
    Vision,
    VisionGoal,
)
from kb.core.text import romanised
from kb.forum.kinds import FORUM_ENTRIES

from . import entry_text, forum_documents
from .engine_types import Document
from .facets import challenge_facets, city_facets, joined, known

ENTRIES: dict[str, type[Any]] = {
    **{kind: model for model, kind in KIND_OF.items()},
    **{kind: definition.model for kind, definition in FORUM_ENTRIES.items()},
}
KINDS = tuple(ENTRIES)
_BATCH = 500


def document_id(kind: str, entry_id: int) -> int:
    """The engine's id of an entry: the kinds, eight at the most, share one space of integers."""
    return entry_id << 3 | KINDS.index(kind)


def kind_and_id(document: int) -> tuple[str, int]:
    """The kind and the id of the entry that a document stands for; the reverse of `document_id`."""
    return KINDS[document & 7], document >> 3


def all_ids(session: Session) -> list[int]:
    """The engine's ids of every entry that may be found, ascending."""
    chosen = {kind: select(model.id) for kind, model in ENTRIES.items()}
    for kind, condition in forum_documents.FOUND.items():
        chosen[kind] = chosen[kind].where(condition)
    return sorted(document_id(kind, entry_id) for kind in KINDS for entry_id in session.scalars(chosen[kind]))


def documents_of(session: Session, ids: Sequence[int]) -> Iterator[Document]:
    """The documents of those entries that may be found, by engine's ids, in a bounded number of queries a batch."""
    entries: dict[str, list[int]] = {}
    for kind, entry_id in map(kind_and_id, ids):
        entries.setdefault(kind, []).append(entry_id)
    for kind, entry_ids in entries.items():
        for start in range(0, len(entry_ids), _BATCH):
            batch = entry_ids[start : start + _BATCH]
            statement = _ROWS[kind]().where(ENTRIES[kind].id.in_(batch)).order_by(ENTRIES[kind].id)
            rows = session.scalars(statement).all()
            names = _other_names(session, rows) if kind == "city" else {}
            for row in rows:
                yield _typable(_DOCUMENT[kind](row, names))
            session.expunge_all()


def _typable(document: Document) -> Document:
    """With a title of another script also as it is typed in Latin letters, for those who have no such keys."""
    latin = romanised(document.title)
    return document if latin == document.title else replace(document, text=joined(document.text, latin))


def passage(entry: Initiative | City | Leader | Vision | forum_documents.ForumEntry) -> str:
    """The prose of an entry that a page of results cites from."""
    if isinstance(entry, Initiative | City | Leader | Vision):
        return entry_text.passage(entry)
    return forum_documents.passage(entry)


def _initiatives() -> Select[Any]:
    return select(Initiative).options(
        joinedload(Initiative.leader),
        joinedload(Initiative.vision),
        selectinload(Initiative.places).options(_city_of(InitiativeCity.city)),
        selectinload(Initiative.goals).joinedload(InitiativeGoal.goal),
        selectinload(Initiative.targets).joinedload(InitiativeTarget.target),
        selectinload(Initiative.challenges).selectinload(Challenge.aims),
        selectinload(Initiative.technologies),
        selectinload(Initiative.partners),
        selectinload(Initiative.outcomes),
    )


def _cities() -> Select[Any]:
    return select(City).options(
        joinedload(City.place),
        joinedload(City.country).joinedload(Country.region),
        selectinload(City.challenges).joinedload(CityChallenge.challenge).selectinload(Challenge.aims),
    )


def _leaders() -> Select[Any]:
    return select(Leader).options(selectinload(Leader.terms).options(_city_of(LeaderTerm.city)))


def _visions() -> Select[Any]:
    return select(Vision).options(_city_of(Vision.city), selectinload(Vision.goals).joinedload(VisionGoal.goal))


def _city_of(path: Any) -> Any:
    return joinedload(path).options(joinedload(City.place), joinedload(City.country).joinedload(Country.region))


def _other_names(session: Session, cities: Sequence[City]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = {}
    places = [city.place_id for city in cities]
    for place_id, name in session.execute(
        select(PlaceName.place_id, PlaceName.name).where(PlaceName.place_id.in_(places)).order_by(PlaceName.name)
    ):
        names.setdefault(place_id, []).append(name)
    return names


def _initiative(entry: Initiative, _names: Mapping[int, list[str]]) -> Document:
    cities = entry.cities
    return Document(
        id=document_id("initiative", entry.id),
        title=entry.title,
        text=entry_text.text(entry),
        facets={
            "kind": ("initiative",),
            "goal": tuple(str(link.goal_number) for link in entry.goals),
            **challenge_facets(entry.challenges),
            "technology": tuple(technology.code for technology in entry.technologies),
            **city_facets(cities),
            "stage": (entry.stage,),
            "evidence": known(None if entry.evidence_level is None else str(entry.evidence_level)),
            "decade": (decade(entry.start_year) or NO_YEAR,),
        },
        newest=entry.start_year,
        evidence=entry.evidence_level,
    )


def _city(entry: City, names: Mapping[int, list[str]]) -> Document:
    challenges = [named.challenge for named in entry.challenges]
    return Document(
        id=document_id("city", entry.id),
        title=entry.name,
        text=entry_text.text(entry, names.get(entry.place_id, ())),
        facets={"kind": ("city",), **challenge_facets(challenges), **city_facets([entry])},
    )


def _leader(entry: Leader, _names: Mapping[int, list[str]]) -> Document:
    cities = [term.city for term in entry.terms]
    started = [term.start_year for term in entry.terms if term.start_year is not None]
    return Document(
        id=document_id("leader", entry.id),
        title=entry.name,
        text=entry_text.text(entry),
        facets={"kind": ("leader",), **city_facets(cities)},
        newest=max(started, default=None),
    )


def _vision(entry: Vision, _names: Mapping[int, list[str]]) -> Document:
    return Document(
        id=document_id("vision", entry.id),
        title=entry.title,
        text=entry_text.text(entry),
        facets={
            "kind": ("vision",),
            "goal": tuple(str(link.goal_number) for link in entry.goals),
            **city_facets([entry.city]),
            "decade": (decade(entry.adopted_year) or NO_YEAR,),
        },
        newest=entry.adopted_year,
    )


def _of_forum(kind: str) -> Callable[[Any, Mapping[int, list[str]]], Document]:
    return lambda entry, _names: forum_documents.document(document_id(kind, entry.id), entry)


_ROWS: dict[str, Callable[[], Select[Any]]] = {
    "initiative": _initiatives,
    "city": _cities,
    "leader": _leaders,
    "vision": _visions,
    **forum_documents.ROWS,
}
_DOCUMENT: dict[str, Callable[[Any, Mapping[int, list[str]]], Document]] = {
    "initiative": _initiative,
    "city": _city,
    "leader": _leader,
    "vision": _vision,
    **{kind: _of_forum(kind) for kind in forum_documents.ROWS},
}
