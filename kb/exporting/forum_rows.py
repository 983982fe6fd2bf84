"""Reads the rows of the tables of the forum: all of them for a release, and those that a search found for a file."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from kb.catalogue.entries import EntryKind
from kb.core.db import in_batches, read_columns
from kb.forum import queries as forum
from kb.forum.choices import SESSION_STATES
from kb.forum.kinds import ForumKind
from kb.forum.live.queries import times_by_session, times_held
from kb.forum.models import ClockStep, ForumSession, Question, Speaker
from kb.forum.record import clock_times, item_data, question_data, record_data, session_data
from kb.forum.rules import start_times, state_of_item
from kb.questions import queries as questions
from kb.questions.choices import QuestionKind
from kb.questions.models import CityAnswer
from kb.questions.schemas import answer_data

from .cells import Cell
from .columns import SEPARATOR
from .export import Links
from .forum_tables import (
    ANSWERS,
    CITY_ANSWERS,
    GUIDING_QUESTIONS,
    ORGANISERS,
    PRESENTED,
    PROGRAMME,
    SESSIONS,
    SOURCES,
    SPEAKERS,
    STATEMENTS,
    TABLES_OF_KINDS,
)
from .releases.schemas import ReleaseTable

Data = Mapping[str, Any]

Rows = Iterator[tuple[int, Data]]
"""Rows of a table, each by the id of what it is about."""

ROWS_A_BATCH = 500


@dataclass(frozen=True, slots=True)
class EntryRows:
    """A session or an answer, with its rows in each table; answers have no slug, and are called by their question."""

    kind: str
    id: int
    title: str
    rows: Sequence[tuple[ReleaseTable, list[list[Cell]]]]
    slug: str = ""


def forum_rows(session: Session, links: Links) -> Iterator[EntryRows]:
    """The rows of all tables, those of each table in their order: by number, and those of a session by place.

    Sessions are read one after the other, answers in batches.
    """
    for forum_session, record in _records(session):
        rows = [(table, _cells(table, rows)) for table, rows in _of_session(forum_session, record, links)]
        yield EntryRows(ForumKind.SESSION, forum_session.id, forum_session.title, rows, forum_session.slug)
    answered = forum.answered().order_by(Question.id).execution_options(yield_per=ROWS_A_BATCH)
    for question in session.scalars(answered):
        rows = [(ANSWERS, _cells(ANSWERS, [_answer(question, links)]))]
        yield EntryRows(ForumKind.ANSWER, question.id, question.text, rows)
    shown = questions.shown_answers().order_by(CityAnswer.id).execution_options(yield_per=ROWS_A_BATCH)
    for answer in session.scalars(shown):
        rows = [(CITY_ANSWERS, _cells(CITY_ANSWERS, [_city_answer(answer, links)]))]
        yield EntryRows(QuestionKind.CITY_ANSWER, answer.id, answer.question.text, rows)


def rows_found(session: Session, kind: str, ids: Sequence[int], links: Links) -> Iterator[list[Cell]]:
    """The rows of what a search found of a kind, by id and in that order; what is not public has none.

    They are read in batches, each in a few queries, and no row is kept, so that any number may be found.
    """
    table = TABLES_OF_KINDS[kind]
    for batch in in_batches(ids):
        rows = dict(_READERS[kind](session, batch, links))
        yield from _cells(table, (rows[found] for found in batch if found in rows))


def _sessions_found(session: Session, ids: Sequence[int], links: Links) -> Rows:
    chosen = forum.public_sessions().where(ForumSession.id.in_(ids)).options(joinedload(ForumSession.forum))
    for forum_session in session.scalars(chosen):
        data = session_data(forum_session, _slug)
        yield forum_session.id, _session(forum_session, data, links.session(forum_session.slug))


def _talks_found(session: Session, ids: Sequence[int], links: Links) -> Rows:
    # By column: as rows of the ORM, talks with their speakers take five times as long.
    talks = read_columns(session, forum.talks_by_ids(), ids=ids)
    public = forum.public_sessions().where(ForumSession.id.in_({talk.session_id for talk in talks}))
    forum_sessions = {forum_session.id: forum_session for forum_session in session.scalars(public)}
    # The clock of one that was led from here goes through all its items.
    led = public.where(ForumSession.id.in_(select(ClockStep.session_id)))
    session.scalars(led.options(selectinload(ForumSession.slots))).all()
    times = times_by_session(session, forum_sessions.values())
    planned = _planned(session, forum_sessions)
    for talk in talks:
        forum_session = forum_sessions.get(talk.session_id)
        if forum_session is not None:
            position, at = planned[talk.id]
            state = state_of_item(forum_session.state, talk.kind, talk.was_held, talk.speaker_status)
            data = item_data(talk, state, at) | clock_times(talk.id, forum_session, times.get(forum_session.id, {}))
            data |= {"abstract": talk.abstract, "vision": talk.vision}
            row = _item(talk, data, links.session(forum_session.slug))
            yield talk.id, {**row, "session": forum_session.slug, "position": position}


def _planned(session: Session, forum_sessions: Mapping[int, ForumSession]) -> dict[int, tuple[int, datetime | None]]:
    """The position of each item in the programme of its session, from 1, and its planned beginning, by its id."""
    planned: dict[int, tuple[int, datetime | None]] = {}
    rows = read_columns(session, forum.minutes_by_sessions(), ids=list(forum_sessions))
    for session_id, items in groupby(rows, attrgetter("session_id")):
        slots = list(items)
        starts = start_times(forum_sessions[session_id].starts_at, [slot.minutes for slot in slots])
        planned |= {slot.id: place for slot, place in zip(slots, enumerate(starts, 1), strict=True)}
    return planned


def _answers_found(session: Session, ids: Sequence[int], links: Links) -> Rows:
    for question in session.scalars(forum.answered().where(Question.id.in_(ids))):
        yield question.id, _answer(question, links)


def _city_answers_found(session: Session, ids: Sequence[int], links: Links) -> Rows:
    for row in session.scalars(questions.shown_answers().where(CityAnswer.id.in_(ids))):
        yield row.id, _city_answer(row, links)


_READERS: Mapping[str, Callable[[Session, Sequence[int], Links], Rows]] = {
    ForumKind.SESSION: _sessions_found,
    ForumKind.TALK: _talks_found,
    ForumKind.ANSWER: _answers_found,
    QuestionKind.CITY_ANSWER: _city_answers_found,
}


def _records(session: Session) -> Iterator[tuple[ForumSession, Data]]:
    """Public sessions by number, one after the other, each with its record."""
    public = forum.public_sessions().order_by(None).order_by(ForumSession.id)
    for slug in session.scalars(public.with_only_columns(ForumSession.slug)).all():
        forum_session = forum.public_session(session, slug)
        yield forum_session, record_data(forum_session, times_held(session, forum_session), (), _slug)


def _of_session(forum_session: ForumSession, record: Data, links: Links) -> Iterator[tuple[ReleaseTable, list[Data]]]:
    """What each table has of a session, from its record."""
    slug, address = forum_session.slug, links.session(forum_session.slug)
    yield SESSIONS, [_session(forum_session, record, address)]
    owner = {"session": slug}
    yield ORGANISERS, _numbered(owner, ({"organiser": name} for name in record["organisers"]))
    yield GUIDING_QUESTIONS, _numbered(owner, ({"text": text} for text in record["guiding_questions"]))
    yield SOURCES, _numbered(owner, ({"source": source} for source in record["sources"]))
    speakers = zip(forum_session.speakers, record["speakers"], strict=True)
    yield SPEAKERS, _numbered(owner, (_speaker(speaker, data) for speaker, data in speakers))
    yield PROGRAMME, _programme(forum_session, record["programme"], address)
    for slot, data in zip(forum_session.slots, record["programme"], strict=True):
        yield PRESENTED, _numbered({"item": slot.id}, ({"initiative": of} for of in data["initiatives"]))
    statements = zip(forum_session.statements, record["statements"], strict=True)
    yield STATEMENTS, _numbered(owner, ({**data, "speaker": statement.speaker_id} for statement, data in statements))


def _session(forum_session: ForumSession, data: Data, address: str) -> Data:
    languages = SEPARATOR.join(data["languages"]) or None
    state = SESSION_STATES[data["state"]]
    return {**data, "state_label": state, "slug": forum_session.slug, "address": address, "languages": languages}


def _programme(forum_session: ForumSession, items: Sequence[Data], address: str) -> list[Data]:
    slots = zip(forum_session.slots, items, strict=True)
    return _numbered({"session": forum_session.slug}, (_item(slot, data, address) for slot, data in slots))


def _speaker(speaker: Speaker, data: Data) -> Data:
    city, leader = data["city_url"], data["leader_url"]
    return {**data, "id": speaker.id, "city": city, "city_name": data["city"], "leader": leader}


def _item(slot: Any, data: Data, page: str) -> Data:
    """The row of a slot, or of a row of its columns."""
    return {**data, "id": slot.id, "address": f"{page}#slot-{slot.id}", "speaker": slot.speaker_id}


def _answer(question: Question, links: Links) -> Data:
    data = question_data(question, _slug)
    slug = question.session.slug
    return {
        **data,
        "id": question.id,
        "address": f"{links.session(slug)}#question-{question.id}",
        "session": slug,
        "speaker": question.speaker_id,
        "initiative": data["about"],
        "answered_by": question.answered_by_id,
    }


def _city_answer(row: CityAnswer, links: Links) -> Data:
    data = answer_data(row, _slug)
    about, city = data["about"], data["city"]
    page = links.entry(EntryKind.INITIATIVE, about) if about else links.entry(EntryKind.CITY, city)
    return {**data, "id": row.id, "address": f"{page}#city-answer-{row.id}", "initiative": about}


def _slug(thing: Any) -> str:
    """By which other tables refer to an entry."""
    return str(thing.slug)


def _numbered(owner: Data, items: Iterable[Data]) -> list[Data]:
    return [{**owner, **item, "position": position} for position, item in enumerate(items, 1)]


def _cells(table: ReleaseTable, rows: Iterable[Data]) -> list[list[Cell]]:
    return [[row[field.name] for field in table.fields] for row in rows]
