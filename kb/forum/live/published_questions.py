"""What is kept of a session's questions: those that everybody may read, with answers, and those without."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from kb.catalogue.models import InitiativeCity

from ..models import ForumSession, Question, Speaker
from .queries import OF_A_QUESTION, PUBLIC


def _published() -> Select[Question]:
    return (
        select(Question)
        .join(ForumSession)
        .where(Question.state.in_(PUBLIC), ForumSession.state.in_(("live", "ended")))
        .options(*OF_A_QUESTION, joinedload(Question.session))
    )


def _answered() -> Select[Question]:
    return _published().where(Question.state == "answered", Question.answer.is_not(None))


def published_questions(session: Session, session_id: int) -> Sequence[Question]:
    """The public questions of a session with their answers, in the order in which they were answered, then asked."""
    query = _published().where(Question.session_id == session_id)
    return session.scalars(query.order_by(Question.answered_at.is_(None), Question.answered_at, Question.id)).all()


def answers_about_initiative(session: Session, initiative_id: int) -> Sequence[Question]:
    """Answered questions about an initiative, newest first."""
    return session.scalars(
        _answered().where(Question.initiative_id == initiative_id).order_by(Question.answered_at.desc(), Question.id)
    ).all()


def answers_about_city(session: Session, city_id: int) -> Sequence[Question]:
    """Answered questions to a city's speakers, by them, or about its initiatives, newest first."""
    query = _answered().where(or_(_is_of_city(city_id), Question.answered_by_id.in_(_speakers_of(city_id))))
    return session.scalars(query.order_by(Question.answered_at.desc(), Question.id)).all()


def unanswered_for_city(session: Session, city_id: int) -> Sequence[Question]:
    """Public questions of sessions that are over, to a city's speakers or about its initiatives, without an answer."""
    query = _published().where(ForumSession.state == "ended", Question.answer.is_(None), _is_of_city(city_id))
    return session.scalars(query.order_by(Question.id)).all()


def is_for_city(session: Session, question: Question, city_id: int) -> bool:
    """Whether a question goes to the people of a city."""
    return (
        session.scalars(select(Question.id).where(Question.id == question.id, _is_of_city(city_id))).first() is not None
    )


def _speakers_of(city_id: int) -> Select[int]:
    return select(Speaker.id).where(Speaker.city_id == city_id)


def _is_of_city(city_id: int) -> Any:
    initiatives = select(InitiativeCity.initiative_id).where(InitiativeCity.city_id == city_id)
    return or_(Question.speaker_id.in_(_speakers_of(city_id)), Question.initiative_id.in_(initiatives))
