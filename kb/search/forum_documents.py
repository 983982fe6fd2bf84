"""Defines how the forum is searched: sessions that everybody may see, talks, and answers to the audience's questions.

Drafts, what was called off, talks that were planned and not held, and questions that nobody answered are in none.
Names of those who asked are not searched.
"""

from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, cast, extract, or_, select
from sqlalchemy.orm import joinedload, selectinload

from kb.catalogue.models import City, Initiative, InitiativeCity
from kb.forum.choices import FOUND_STATES, TALK_KINDS
from kb.forum.kinds import FORUM_ENTRIES, ForumKind
from kb.forum.models import ForumSession, Question, Slot, SlotInitiative, Speaker
from kb.forum.queries import was_held

from .entry_documents import city_of, joined, where
from .kind_definition import KindDefinition, SearchedKind, rows_with

ForumEntry = ForumSession | Slot | Question


def _title(entry: ForumEntry) -> str:
    """What a line of results calls it: a talk by its speaker, an answer by its question."""
    match entry:
        case ForumSession():
            return entry.title
        case Slot():
            return ": ".join(part for part in (entry.speaker.name if entry.speaker else None, entry.title) if part)
        case Question():
            return entry.text


def _passage(entry: ForumEntry) -> str:
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


def _text(entry: ForumEntry) -> str:
    """All by which a row is found but its title: its prose, who and what belong to it, and where its cities lie."""
    match entry:
        case ForumSession():
            words = _session_words(entry)
        case Slot():
            words = _talk_words(entry)
        case Question():
            words = _answer_words(entry)
    return joined(_passage(entry), words, _session(entry).forum.title, *map(where, _cities(entry)))


def _session(entry: ForumEntry) -> ForumSession:
    return entry if isinstance(entry, ForumSession) else entry.session


def _year(entry: ForumEntry) -> int:
    return _session(entry).local_start.year


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


def _cities(entry: ForumEntry) -> list[City]:
    """The cities of those who speak, or were asked or answered, and of the initiative that an answer is about."""
    speakers: list[Speaker | None]
    about: list[City] = []
    match entry:
        case ForumSession():
            speakers = [*entry.speakers]
        case Slot():
            speakers = [entry.speaker]
        case Question():
            speakers = [entry.speaker, entry.answered_by]
            about = entry.initiative.cities if entry.initiative else []
    named = [speaker.city for speaker in speakers if speaker is not None and speaker.city is not None]
    return list({city.id: city for city in (*named, *about)}.values())


def _speaker_of(path: Any) -> Any:
    return joinedload(path).options(joinedload(Speaker.country), city_of(Speaker.city))


_IS_FOUND_SESSION = ForumSession.state.in_(FOUND_STATES)
_YEAR = cast(extract("year", ForumSession.starts_at), Integer)
_NAME_OF_SPEAKER = select(Speaker.name).where(Speaker.id == Slot.speaker_id).scalar_subquery()


def _year_of_session(model: type[Slot | Question]) -> Any:
    """The year of the session that a row belongs to."""
    return select(_YEAR).where(ForumSession.id == model.session_id).scalar_subquery()


def _answers_in(cities: Select[int]) -> Any:
    """Whether an answer is about one of the cities: of whoever was asked or answered, or of the initiative."""
    speakers = select(Speaker.id).where(Speaker.city_id.in_(cities))
    initiatives = select(InitiativeCity.initiative_id).where(InitiativeCity.city_id.in_(cities))
    return or_(
        Question.speaker_id.in_(speakers),
        Question.answered_by_id.in_(speakers),
        Question.initiative_id.in_(initiatives),
    )


def _definition(kind: ForumKind, rows: Select[Any], is_found: ColumnElement[bool], **of_kind: Any) -> KindDefinition:
    model = FORUM_ENTRIES[kind].model
    return KindDefinition(
        model=model,
        label=FORUM_ENTRIES[kind].label,
        documents=rows,
        results=rows_with(model, rows, is_found),
        is_found=is_found,
        title=_title,
        passage=_passage,
        text=_text,
        cities=_cities,
        newest=_year,
        **of_kind,
    )


DEFINITIONS: dict[SearchedKind, KindDefinition] = {
    ForumKind.SESSION: _definition(
        ForumKind.SESSION,
        select(ForumSession).options(
            joinedload(ForumSession.forum),
            selectinload(ForumSession.speakers).options(city_of(Speaker.city)),
            selectinload(ForumSession.statements),
        ),
        is_found=_IS_FOUND_SESSION,
        title_column=ForumSession.title,
        columns=(ForumSession.title, ForumSession.theme),
        year_column=_YEAR,
        in_cities=lambda cities: ForumSession.speakers.any(Speaker.city_id.in_(cities)),
    ),
    ForumKind.TALK: _definition(
        ForumKind.TALK,
        select(Slot).options(
            joinedload(Slot.session).joinedload(ForumSession.forum),
            _speaker_of(Slot.speaker),
            joinedload(Slot.vision),
            selectinload(Slot.presented).joinedload(SlotInitiative.initiative),
        ),
        is_found=was_held()
        & Slot.session.has(_IS_FOUND_SESSION)
        & Slot.kind.in_(TALK_KINDS)
        & Slot.speaker.has(Speaker.status != "did-not-come"),
        title_column=_NAME_OF_SPEAKER,
        columns=(_NAME_OF_SPEAKER, Slot.title, Slot.abstract),
        year_column=_year_of_session(Slot),
        in_cities=lambda cities: Slot.speaker.has(Speaker.city_id.in_(cities)),
    ),
    ForumKind.ANSWER: _definition(
        ForumKind.ANSWER,
        select(Question).options(
            joinedload(Question.session).joinedload(ForumSession.forum),
            _speaker_of(Question.speaker),
            _speaker_of(Question.answered_by),
            joinedload(Question.initiative).selectinload(Initiative.places).options(city_of(InitiativeCity.city)),
        ),
        is_found=Question.session.has(ForumSession.state.in_(("live", "ended")))
        & (Question.state == "answered")
        & Question.answer.is_not(None),
        title_column=Question.text,
        columns=(Question.text, Question.answer),
        year_column=_year_of_session(Question),
        in_cities=_answers_in,
    ),
}
