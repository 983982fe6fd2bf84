"""Answering without an index: the database finds texts that contain what was asked for, in plain order."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    cast,
    extract,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from kb.catalogue.choices import NO_YEAR, SIZE_BOUNDS
from kb.catalogue.models import (
    Challenge,
    City,
    CityChallenge,
    Country,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    Leader,
    LeaderTerm,
    Place,
    Vision,
    VisionGoal,
    challenge_aims,
    initiative_challenges,
    initiative_technologies,
)
from kb.core.db import folded
from kb.forum.models import ForumSession, Question, Slot, Speaker

from . import forum_documents
from .engine_types import Sort
from .parsing import Clause, ParsedQuery, Phrase, Prefix, Word

Ids = Select[tuple[int]]


def find(
    session: Session, parsed: ParsedQuery, chosen: Mapping[str, Sequence[str]], sort: Sort, offset: int, limit: int
) -> tuple[int, list[tuple[str, int]]]:
    """Count the entries that match and pass the filters; give a page of them as (kind, id).

    Words are looked for as parts of words, as typed but for case; all must be there, an OR needs one of its sides, and
    what is excluded must not. They are in the order asked for, relevance being kind and title.
    """
    parts = [
        select(
            literal(rank).label("rank"),
            literal(kind).label("kind"),
            model.id.label("id"),
            title.label("title"),
            newest.label("newest"),
            evidence.label("evidence"),
        )
        .where(*(or_(*(_contains(columns, clause) for clause in group.alternatives)) for group in parsed.groups))
        .where(*(~func.coalesce(_contains(columns, clause), false()) for clause in parsed.excluded))
        .where(*(_passes(kind, field, values) for field, values in chosen.items()))
        .where(*([forum_documents.FOUND[kind]] if kind in forum_documents.FOUND else ()))
        for rank, (kind, model, title, newest, evidence, columns) in enumerate(_KINDS)
    ]
    found = union_all(*parts).subquery()
    total = session.scalar(select(func.count()).select_from(found)) or 0
    by: dict[Sort, tuple[ColumnElement[Any], ...]] = {
        "relevance": (found.c.rank.asc(),),
        "newest": (func.coalesce(found.c.newest, -1).desc(),),
        "evidence": (func.coalesce(found.c.evidence, -1).desc(),),
        "title": (),
    }
    page = select(found.c.kind, found.c.id).order_by(*by[sort], found.c.title, found.c.rank, found.c.id)
    # A page far beyond the end would overflow what a database counts with.
    rows = session.execute(page.offset(offset).limit(limit)).all() if offset < total else []
    return total, [(kind, entry_id) for kind, entry_id in rows]


_NOTHING = cast(null(), Integer)


def _of_session(model: type[Slot | Question], column: Any) -> Any:
    """A column of the session that a row belongs to."""
    return select(column).where(ForumSession.id == model.session_id).scalar_subquery()


_YEAR = cast(extract("year", ForumSession.starts_at), Integer)
_OF_SPEAKER = select(Speaker.name).where(Speaker.id == Slot.speaker_id).scalar_subquery()

_KINDS: tuple[tuple[str, Any, Any, Any, Any, tuple[Any, ...]], ...] = (
    (
        "initiative",
        Initiative,
        Initiative.title,
        Initiative.start_year,
        Initiative.evidence_level,
        (Initiative.title, Initiative.summary, Initiative.problem, Initiative.action, Initiative.results),
    ),
    ("city", City, City.name, _NOTHING, _NOTHING, (City.name,)),
    ("leader", Leader, Leader.name, _NOTHING, _NOTHING, (Leader.name,)),
    ("vision", Vision, Vision.title, Vision.adopted_year, _NOTHING, (Vision.title, Vision.gist)),
    ("session", ForumSession, ForumSession.title, _YEAR, _NOTHING, (ForumSession.title, ForumSession.theme)),
    ("talk", Slot, _OF_SPEAKER, _of_session(Slot, _YEAR), _NOTHING, (_OF_SPEAKER, Slot.title, Slot.abstract)),
    ("answer", Question, Question.text, _of_session(Question, _YEAR), _NOTHING, (Question.text, Question.answer)),
)


def _contains(columns: Sequence[Any], clause: Clause) -> ColumnElement[bool]:
    """Whether a text has the clause: each of its stems, or the beginning of a word, in the same column."""
    match clause:
        case Word(stem):
            wanted = [stem]
        case Prefix(start):
            wanted = [start]
        case Phrase(terms):
            wanted = [stem for _, stem in terms]
    return or_(*(and_(*(folded(column).contains(one, autoescape=True) for one in wanted)) for column in columns))


def _in_cities(condition: ColumnElement[bool]) -> dict[str, ColumnElement[bool]]:
    cities = select(City.id).join(City.place).join(City.country).where(condition)
    return {
        "initiative": Initiative.id.in_(select(InitiativeCity.initiative_id).where(InitiativeCity.city_id.in_(cities))),
        "city": City.id.in_(cities),
        "leader": Leader.id.in_(select(LeaderTerm.leader_id).where(LeaderTerm.city_id.in_(cities))),
        "vision": Vision.city_id.in_(cities),
        "session": ForumSession.speakers.any(Speaker.city_id.in_(cities)),
        "talk": Slot.speaker.has(Speaker.city_id.in_(cities)),
        "answer": _about(cities),
    }


def _about(cities: Any) -> ColumnElement[bool]:
    """Whether an answer is about one of the cities: of whoever was asked or answered, or of the initiative."""
    speakers = select(Speaker.id).where(Speaker.city_id.in_(cities))
    initiatives = select(InitiativeCity.initiative_id).where(InitiativeCity.city_id.in_(cities))
    return or_(
        Question.speaker_id.in_(speakers),
        Question.answered_by_id.in_(speakers),
        Question.initiative_id.in_(initiatives),
    )


def _sizes(values: Sequence[str]) -> ColumnElement[bool]:
    bands = [SIZE_BOUNDS[value] for value in values if value in SIZE_BOUNDS]
    return or_(false(), *(and_(Place.population >= low, Place.population < high) for low, high in bands))


def _decades(column: Any, values: Sequence[str]) -> ColumnElement[bool]:
    years = [int(value[:4]) for value in values if re.fullmatch(r"\d{4}s", value)]
    unknown = column.is_(None) if NO_YEAR in values else false()
    return or_(unknown, *(column.between(year, year + 9) for year in years))


def _numbers(values: Sequence[str]) -> list[int]:
    return [int(value) for value in values if re.fullmatch(r"\d{1,4}", value)]


def _challenged(codes: Any) -> dict[str, ColumnElement[bool]]:
    linked = initiative_challenges.c
    return {
        "initiative": Initiative.id.in_(select(linked.initiative_id).where(linked.challenge_code.in_(codes))),
        "city": City.id.in_(select(CityChallenge.city_id).where(CityChallenge.challenge_code.in_(codes))),
    }


_FILTERS: dict[str, Callable[[Sequence[str]], dict[str, ColumnElement[bool]]]] = {
    "goal": lambda values: {
        "initiative": Initiative.goals.any(InitiativeGoal.goal_number.in_(_numbers(values))),
        "vision": Vision.goals.any(VisionGoal.goal_number.in_(_numbers(values))),
    },
    "aim": lambda values: _challenged(
        select(challenge_aims.c.challenge_code).where(challenge_aims.c.aim_code.in_(values))
    ),
    "challenge": lambda values: _challenged(select(Challenge.code).where(Challenge.code.in_(values))),
    "technology": lambda values: {
        "initiative": Initiative.id.in_(
            select(initiative_technologies.c.initiative_id).where(initiative_technologies.c.technology_code.in_(values))
        )
    },
    "region": lambda values: _in_cities(Country.region_code.in_(values)),
    "income": lambda values: _in_cities(Country.income_group.in_(values)),
    "country": lambda values: _in_cities(Country.code.in_(values)),
    "size": lambda values: _in_cities(_sizes(values)),
    "stage": lambda values: {"initiative": Initiative.stage.in_(values)},
    "evidence": lambda values: {"initiative": Initiative.evidence_level.in_(_numbers(values))},
    "decade": lambda values: {
        "initiative": _decades(Initiative.start_year, values),
        "vision": _decades(Vision.adopted_year, values),
        "session": _decades(_YEAR, values),
        "talk": _decades(_of_session(Slot, _YEAR), values),
        "answer": _decades(_of_session(Question, _YEAR), values),
    },
}


def _passes(kind: str, field: str, values: Sequence[str]) -> ColumnElement[bool]:
    """Whether an entry of the kind has one of the values; a kind without the facet has none."""
    if field == "kind":
        return literal(kind).in_(values)
    return _FILTERS[field](values).get(kind, false())
