"""Documents of the forum: sessions that everybody may see, their talks, and answers to the audience's questions.

Drafts, what was called off, and questions that nobody answered are in none. Names of those who asked are not searched.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload, selectinload

from kb.catalogue.choices import decade
from kb.catalogue.models import City, Country, Initiative, InitiativeCity
from kb.forum.choices import FOUND_STATES
from kb.forum.kinds import ForumKind
from kb.forum.models import ForumSession, Question, Slot, SlotInitiative, Speaker

from .engine_types import Document
from .facets import city_facets, joined, where

ForumEntry = ForumSession | Slot | Question

TALKS = ("talk", "thematic-presentation")

_FOUND_SESSION = ForumSession.state.in_(FOUND_STATES)

FOUND: dict[str, ColumnElement[bool]] = {
    ForumKind.SESSION: _FOUND_SESSION,
    ForumKind.TALK: Slot.session.has(_FOUND_SESSION)
    & Slot.kind.in_(TALKS)
    & Slot.speaker.has(Speaker.status != "did-not-come"),
    ForumKind.ANSWER: Question.session.has(ForumSession.state.in_(("live", "ended")))
    & (Question.state == "answered")
    & Question.answer.is_not(None),
}
"""Which rows of each kind may be found."""


def title(entry: ForumEntry) -> str:
    """What a line of results calls it: a talk by its speaker, an answer by its question."""
    match entry:
        case ForumSession():
            return entry.title
        case Slot():
            return ": ".join(part for part in (entry.speaker.name if entry.speaker else None, entry.title) if part)
        case Question():
            return entry.text


def passage(entry: ForumEntry) -> str:
    """The prose that a page of results cites from."""
    match entry:
        case ForumSession():
            proses = [statement.text for statement in entry.statements]
            return joined(
                entry.theme, *entry.guiding_questions, *proses, ", ".join(speaker.name for speaker in entry.speakers)
            )
        case Slot():
            return joined(entry.abstract, *(initiative.title for initiative in entry.initiatives), entry.session.title)
        case Question():
            return entry.answer or ""


def document(key: int, entry: ForumEntry) -> Document:
    """The document of a row under the engine's id."""
    match entry:
        case ForumSession():
            return _document(key, ForumKind.SESSION, entry, entry, _session_words(entry), _cities(entry.speakers))
        case Slot():
            return _document(key, ForumKind.TALK, entry, entry.session, _talk_words(entry), _cities([entry.speaker]))
        case Question():
            return _document(key, ForumKind.ANSWER, entry, entry.session, _answer_words(entry), _answer_cities(entry))


def _document(
    key: int, kind: ForumKind, entry: Any, forum_session: ForumSession, words: str, cities: list[City]
) -> Document:
    year = forum_session.local_start.year
    return Document(
        id=key,
        title=title(entry),
        text=joined(passage(entry), words, forum_session.forum.title, *map(where, cities)),
        facets={"kind": (str(kind),), **city_facets(cities), "decade": (decade(year) or "",)},
        newest=year,
    )


def _session_words(forum_session: ForumSession) -> str:
    return joined(
        forum_session.place, *forum_session.organisers, *map(_speaker_words, forum_session.speakers), forum_session.note
    )


def _talk_words(slot: Slot) -> str:
    return joined(_speaker_words(slot.speaker), slot.vision.title if slot.vision else None)


def _answer_words(question: Question) -> str:
    speakers = [speaker for speaker in (question.speaker, question.answered_by) if speaker is not None]
    about = question.initiative.title if question.initiative else None
    return joined(question.session.title, about, *map(_speaker_words, speakers))


def _speaker_words(speaker: Speaker | None) -> str:
    return joined(speaker.name, speaker.title, speaker.organisation, speaker.city_name) if speaker else ""


def _cities(speakers: Any) -> list[City]:
    return list(
        {
            speaker.city.id: speaker.city for speaker in speakers if speaker is not None and speaker.city is not None
        }.values()
    )


def _answer_cities(question: Question) -> list[City]:
    cities = _cities([question.speaker, question.answered_by])
    about = question.initiative.cities if question.initiative else []
    return list({city.id: city for city in (*cities, *about)}.values())


def _city_of(path: Any) -> Any:
    return joinedload(path).options(joinedload(City.place), joinedload(City.country).joinedload(Country.region))


def _speaker_of(path: Any) -> Any:
    return joinedload(path).options(joinedload(Speaker.country), _city_of(Speaker.city))


def sessions() -> Select[Any]:
    """Sessions that may be found, with all that their documents say."""
    return (
        select(ForumSession)
        .where(FOUND[ForumKind.SESSION])
        .options(
            joinedload(ForumSession.forum),
            selectinload(ForumSession.speakers).options(_city_of(Speaker.city)),
            selectinload(ForumSession.statements),
        )
    )


def talks() -> Select[Any]:
    """Talks that may be found, with all that their documents say."""
    return (
        select(Slot)
        .where(FOUND[ForumKind.TALK])
        .options(
            joinedload(Slot.session).joinedload(ForumSession.forum),
            _speaker_of(Slot.speaker),
            joinedload(Slot.vision),
            selectinload(Slot.presented).joinedload(SlotInitiative.initiative),
        )
    )


def answers() -> Select[Any]:
    """Answers that may be found, with all that their documents say."""
    return (
        select(Question)
        .where(FOUND[ForumKind.ANSWER])
        .options(
            joinedload(Question.session).joinedload(ForumSession.forum),
            _speaker_of(Question.speaker),
            _speaker_of(Question.answered_by),
            joinedload(Question.initiative).selectinload(Initiative.places).options(_city_of(InitiativeCity.city)),
        )
    )


ROWS: dict[str, Callable[[], Select[Any]]] = {
    ForumKind.SESSION: sessions,
    ForumKind.TALK: talks,
    ForumKind.ANSWER: answers,
}
"""How each kind is read."""
