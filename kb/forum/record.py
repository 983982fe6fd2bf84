"""The record of a session as plain data for machines: what was planned, what was held, said, asked and answered.

Whoever asked is named only where the name was given and has not been taken away since; nothing else of the audience is
in it. Addresses are given by the function that is passed in.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from .choices import ATTENDANCES, SLOT_KINDS, SLOT_STATES, SPEAKER_ROLES, SPEAKER_STATUSES, STATEMENT_KINDS
from .live.queries import Times
from .models import ForumSession, Question, Slot, Speaker
from .rules import programme, slot_state

Data = dict[str, Any]
Address = Callable[[Any], str]
"""The whole address of the page of a thing."""


def session_data(forum_session: ForumSession, address: Address) -> Data:
    """What a list tells of a session."""
    zone = forum_session.local_start.tzinfo
    return {
        "url": address(forum_session),
        "title": forum_session.title,
        "event": forum_session.forum.title,
        "theme": forum_session.theme,
        "starts_at": forum_session.local_start.isoformat(),
        "ends_at": forum_session.ends_at.astimezone(zone).isoformat() if forum_session.ends_at else None,
        "time_zone": forum_session.timezone,
        "place": forum_session.place,
        "languages": forum_session.languages,
        "organisers": forum_session.organisers,
        "state": forum_session.state,
        "note": forum_session.note,
    }


def record_data(forum_session: ForumSession, times: Times, questions: Sequence[Question], address: Address) -> Data:
    """The whole record of a session."""
    return session_data(forum_session, address) | {
        "guiding_questions": forum_session.guiding_questions,
        "sources": [source.url for source in forum_session.sources],
        "speakers": [_speaker(speaker, address) for speaker in forum_session.speakers],
        "programme": programme_data(forum_session, times, address),
        "statements": [
            {
                "kind": statement.kind,
                "kind_label": STATEMENT_KINDS[statement.kind],
                "text": statement.text,
                "by": statement.speaker.name if statement.speaker else None,
                "source": statement.source.url if statement.source else None,
            }
            for statement in forum_session.statements
        ],
        "questions": [question_data(question, address) for question in questions],
    }


def programme_data(forum_session: ForumSession, times: Times, address: Address) -> list[Data]:
    """The items of a session's programme."""
    return [
        _slot(timed.slot, timed.at, address) | clock_times(timed.slot.id, forum_session, times)
        for timed in programme(forum_session)
    ]


def clock_times(slot_id: int, forum_session: ForumSession, times: Times) -> dict[str, str | bool | None]:
    """When a slot began and ended, in the session's zone, and whether it was left out; None where nobody kept time."""
    took = times.get(slot_id)
    zone = forum_session.local_start.tzinfo
    return {
        "began_at": _local(took.begins if took else None, zone),
        "ended_at": _local(took.ends if took else None, zone),
        "left_out": took.is_skipped if took else None,
    }


def _local(moment: datetime | None, zone: Any) -> str | None:
    return moment.astimezone(zone).isoformat() if moment else None


def _speaker(speaker: Speaker, address: Address) -> Data:
    return {
        "name": speaker.name,
        "title": speaker.title,
        "former": speaker.is_former,
        "organisation": speaker.organisation,
        "city": speaker.city_name,
        "country": speaker.country_code,
        "city_url": address(speaker.city) if speaker.city else None,
        "leader_url": address(speaker.leader) if speaker.leader else None,
        "role": speaker.role,
        "role_label": SPEAKER_ROLES[speaker.role],
        "status": speaker.status,
        "status_label": SPEAKER_STATUSES[speaker.status],
        "attendance": speaker.attendance,
        "attendance_label": ATTENDANCES[speaker.attendance] if speaker.attendance else None,
        "note": speaker.note,
    }


def item_data(item: Any, state: str, at: datetime | None) -> Data:
    """What an item of a programme is, by its slot or by a row of its columns, with its state and planned beginning."""
    return {
        "kind": item.kind,
        "kind_label": SLOT_KINDS[item.kind],
        "title": item.title,
        "state": state,
        "state_label": SLOT_STATES[state],
        "starts_at": at.isoformat() if at else None,
        "minutes": item.minutes,
    }


def _slot(slot: Slot, at: datetime | None, address: Address) -> Data:
    return {
        **item_data(slot, slot_state(slot), at),
        "speaker": slot.speaker.name if slot.speaker else None,
        "abstract": slot.abstract,
        "initiatives": [address(initiative) for initiative in slot.initiatives],
        "vision": address(slot.vision) if slot.vision else None,
    }


def question_data(question: Question, address: Address) -> Data:
    """A public question with its answer."""
    return {
        "text": question.text,
        "asked_by": question.asker_name,
        "to": question.speaker.name if question.speaker else None,
        "about": address(question.initiative) if question.initiative else None,
        "answer": question.answer,
        "answered_by": question.answered_by.name if question.answered_by else question.answered_by_name,
        "answered_at": question.answered_at.isoformat() if question.answered_at else None,
    }
