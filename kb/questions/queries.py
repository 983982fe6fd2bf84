"""Reads of questions to cities: what is public, what waits for whom, and how soon a city answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from kb.accounts.models import AuditEvent, User
from kb.accounts.permissions import may
from kb.accounts.queries import people_who_may
from kb.catalogue.models import City, Country
from kb.core.db import read_columns
from kb.core.text import fold, sort_key

from .choices import AUDIT_KIND, OPEN_STATES
from .models import BlockedAsker, CityAnswer, CityQuestion, QuestionMail
from .rules import patterns_of

SHOWN = 20
"""Public answers that a page of a city or an initiative shows, the newest first; the search finds the others."""

LATEST = 50
"""Answers of a city, the newest, of which it is told how soon they came."""

MOST_TOLD = 20
"""People of a city, or editors, who get one mail each about a question."""

_ID = bindparam("id", type_=Integer)


def is_public() -> ColumnElement[bool]:
    """Whether everybody may read question and answer, if there is a page for them."""
    return and_(
        CityAnswer.state == "answered",
        CityAnswer.may_publish,
        CityAnswer.removed_at.is_(None),
        CityAnswer.question.has(CityQuestion.may_publish),
    )


def is_shown() -> ColumnElement[bool]:
    """Whether an answer is public, and on a page: that of its city or, of a question without one, of its initiative.

    `rules.is_shown` is the same for one that is loaded.
    """
    is_about = CityAnswer.question.has(CityQuestion.initiative_id.is_not(None))
    return and_(is_public(), or_(CityAnswer.city_id.is_not(None), is_about))


def shown_answers() -> Select[CityAnswer]:
    """Answers that everybody may read on some page, with what is shown of them."""
    return select(CityAnswer).where(is_shown()).options(*_shown())


def public_answers() -> Select[CityAnswer]:
    """Answers that everybody may read, the newest first, with what pages show of them."""
    query = select(CityAnswer).where(is_public()).options(*_shown())
    return query.order_by(CityAnswer.answered_at.desc(), CityAnswer.id.desc())


@cache
def public_answers_of_city() -> Select[CityAnswer]:
    """The newest public answers of the city `id`."""
    return public_answers().where(CityAnswer.city_id == _ID).limit(SHOWN)


@cache
def public_answers_about_initiative() -> Select[CityAnswer]:
    """The newest public answers about the initiative `id`."""
    questions = select(CityQuestion.id).where(CityQuestion.initiative_id == _ID)
    return public_answers().where(CityAnswer.question_id.in_(questions)).limit(SHOWN)


@dataclass(frozen=True, slots=True)
class OpenAndAnswerTime:
    """How many questions to a city are open; and in how many days, at the median, it answered its newest `answered`."""

    open: int
    answered: int
    median_days: int | None


def open_and_answer_time(session: Session, city_id: int) -> OpenAndAnswerTime:
    """Counted by an index on city and state; of answers, only LATEST are read."""
    times = read_columns(session, _answer_times(), id=city_id)
    ((how_many,),) = read_columns(session, _count_open(), id=city_id)
    days = [(answered - reached) / timedelta(days=1) for answered, reached in times if answered and reached]
    return OpenAndAnswerTime(
        open=how_many,
        answered=len(days),
        median_days=round(median(days)) if days else None,
    )


@cache
def _count_open() -> Select[int]:
    return select(func.count()).where(CityAnswer.city_id == _ID, CityAnswer.state.in_(OPEN_STATES))


@cache
def _answer_times() -> Select[datetime | None, datetime | None]:
    query = select(CityAnswer.answered_at, CityAnswer.reached_at).where(
        CityAnswer.city_id == _ID, CityAnswer.state == "answered", CityAnswer.is_by_city
    )
    return query.order_by(CityAnswer.answered_at.desc()).limit(LATEST)


def people_of_city(session: Session, city_id: int | None) -> Sequence[User]:
    """The people at the desk who stand for a city."""
    if city_id is None:
        return ()
    return session.scalars(_people_of(city_id)).all()


def reached_people(session: Session, row: CityAnswer) -> Sequence[User]:
    """The people of the city that a question is at; without those of whom a mail came back since it came there."""
    returned = select(AuditEvent.details).where(
        AuditEvent.kind == AUDIT_KIND, AuditEvent.key == str(row.question_id),
        AuditEvent.verb == "return-question-mail", AuditEvent.at >= row.reached_at,
    )  # fmt: skip
    unreached = {details.get("person") for details in session.scalars(returned) if details.get("answer") == row.id}
    return [person for person in people_of_city(session, row.city_id) if person.id not in unreached]


def _people_of(city_id: int) -> Select[User]:
    return select(User).where(User.city_id == city_id, User.disabled_at.is_(None)).order_by(User.id).limit(MOST_TOLD)


def cities_with_people(session: Session, city_ids: Sequence[int]) -> set[int]:
    """The cities, of these, that have somebody at the desk."""
    query = select(User.city_id).where(User.city_id.in_(city_ids), User.disabled_at.is_(None))
    return {city_id for city_id in session.scalars(query.distinct()) if city_id is not None}


def editors(session: Session) -> Sequence[User]:
    """The people who get what no city answers."""
    return session.scalars(people_who_may("moderate-questions").limit(MOST_TOLD)).all()


def city_named(session: Session, name: str | None) -> int | None:
    """The id of the one city that is called so, perhaps with its country after a comma; None where that is unsure."""
    if not name:
        return None
    first, _, country = (part.strip() for part in name.partition(","))
    query = select(City.id, City.name, Country.name.label("country")).join(City.country)
    rows = session.execute(query.where(City.sort_key == sort_key(first)).limit(10)).all()
    fits = [row.id for row in rows if fold(row.name) == fold(first) and fold(country) in {"", fold(row.country)}]
    return fits[0] if len(fits) == 1 else None


def answer_by_id(session: Session, key: int) -> CityAnswer | None:
    """What became of a question at a city, with all that its page shows."""
    return session.scalar(select(CityAnswer).where(CityAnswer.id == key).options(*_shown()))


def answers_of(session: Session, question: CityQuestion) -> Sequence[CityAnswer]:
    """What became of a question at each of its cities."""
    query = select(CityAnswer).where(CityAnswer.question_id == question.id).options(*_shown())
    return session.scalars(query.order_by(CityAnswer.id)).all()


def waiting_for(person: User) -> Select[CityAnswer]:
    """Questions that wait for a person: for editors all that are open, those first that wait longest."""
    query = select(CityAnswer).where(CityAnswer.state.in_(OPEN_STATES), _is_for(person)).options(*_shown())
    return query.order_by(CityAnswer.state, CityAnswer.reached_at, CityAnswer.id)


def count_waiting(session: Session, person: User) -> int:
    """How many questions wait for a person: those of the person's city, for editors those without a city's answer."""
    query = select(func.count()).select_from(CityAnswer)
    if may(person, "moderate-questions"):
        return session.scalar(query.where(CityAnswer.state == "editors")) or 0
    return session.scalar(query.where(CityAnswer.state.in_(OPEN_STATES), _is_for(person))) or 0


def done_by(person: User) -> Select[CityAnswer]:
    """Questions that are closed and that the person may still look at, the newest first."""
    query = select(CityAnswer).where(CityAnswer.state.in_(("answered", "declined")), _is_for(person))
    return query.options(*_shown()).order_by(CityAnswer.answered_at.desc(), CityAnswer.id.desc())


def _is_for(person: User) -> ColumnElement[bool]:
    if may(person, "moderate-questions"):
        return CityAnswer.id.is_not(None)
    is_handed_on = CityAnswer.person_id == person.id
    # Compared with no city, questions without one would be theirs.
    return is_handed_on if person.city_id is None else or_(is_handed_on, CityAnswer.city_id == person.city_id)


def is_late(moment: datetime) -> ColumnElement[bool]:
    """Whether the time of a question at its city is over."""
    return and_(CityAnswer.state == "waiting", CityAnswer.due_at <= moment)


def has_late(session: Session, moment: datetime) -> bool:
    """Whether there is any such question."""
    return bool(session.scalar(select(exists().where(is_late(moment)))))


def is_blocked(session: Session, email: str) -> bool:
    """Whether no question is taken from an address."""
    return bool(session.scalar(select(exists().where(BlockedAsker.pattern.in_(patterns_of(email))))))


def blocked() -> Select[BlockedAsker]:
    """The block list, the newest first."""
    return select(BlockedAsker).order_by(BlockedAsker.id.desc())


def count_questions(session: Session, late: datetime) -> tuple[int, int]:
    """How many answers are open, and how many mails or hand-overs to the editors were due before a moment."""
    is_open = session.scalar(select(func.count()).where(CityAnswer.state.in_(OPEN_STATES))) or 0
    mails = session.scalar(select(func.count()).where(QuestionMail.due_at < late)) or 0
    waiting = select(func.count()).where(CityAnswer.state == "waiting", CityAnswer.due_at < late)
    return is_open, mails + (session.scalar(waiting) or 0)


def _shown() -> tuple[Any, ...]:
    question = joinedload(CityAnswer.question)
    return (
        question.joinedload(CityQuestion.initiative),
        joinedload(CityAnswer.city).joinedload(City.country),
    )
