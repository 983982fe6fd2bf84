"""The record of a session as files: CSV for spreadsheets and JSON for machines; each item says whether it was held.

Whoever asked is named only where the name was given and has not been taken away since; no file holds anything else of
the audience.
"""

from datetime import datetime
from typing import Any

from flask import Response, jsonify, url_for

from kb.exporting.cells import Cell
from kb.forum.choices import (
    ATTENDANCES,
    QUESTION_STATES,
    SLOT_KINDS,
    SLOT_STATES,
    SPEAKER_ROLES,
    SPEAKER_STATUSES,
    STATEMENT_KINDS,
)
from kb.forum.live.queries import Times
from kb.forum.models import ForumSession, Question, Slot, Speaker, Statement
from kb.forum.rules import programme, slot_state

from ..core.csv_export import csv_file
from ..core.jsonld import LICENCE
from ..core.links import absolute, link_to

_HEADER = (
    "part", "kind", "kind_label", "starts_at", "minutes", "began_at", "ended_at", "left_out",
    "name", "title", "organisation", "city", "country",
    "status", "status_label", "text", "about", "source", "asked_by", "answer", "answered_by", "answered_at",
)  # fmt: skip

Row = dict[str, Cell]


def as_csv(forum_session: ForumSession, times: Times, questions: list[Question]) -> Response:
    """The record as one table: speakers, the programme, what was said, and questions with their answers."""
    rows = [_speaker_row(speaker) for speaker in forum_session.speakers]
    rows += [_slot_row(timed.slot, timed.at, forum_session, times) for timed in programme(forum_session)]
    rows += [_statement_row(statement) for statement in forum_session.statements]
    rows += [_question_row(question) for question in questions]
    return csv_file(f"{forum_session.slug}-record", _HEADER, [[row.get(name) for name in _HEADER] for row in rows])


def _clock_times(slot: Slot, forum_session: ForumSession, times: Times) -> dict[str, str | bool | None]:
    """When a slot began and ended, in the session's zone, and whether it was left out; None where nobody kept time."""
    took = times.get(slot.id)
    zone = forum_session.local_start.tzinfo
    return {
        "began_at": took.begins.astimezone(zone).isoformat() if took and took.begins else None,
        "ended_at": took.ends.astimezone(zone).isoformat() if took and took.ends else None,
        "left_out": took.is_skipped if took else None,
    }


def _who(speaker: Speaker | None) -> Row:
    if speaker is None:
        return {}
    return {
        "name": speaker.name,
        "title": speaker.title,
        "organisation": speaker.organisation,
        "city": speaker.city_name,
        "country": speaker.country_code,
    }


def _speaker_row(speaker: Speaker) -> Row:
    kind: Row = {"part": "speaker", "kind": speaker.role, "kind_label": SPEAKER_ROLES[speaker.role]}
    status: Row = {"status": speaker.status, "status_label": SPEAKER_STATUSES[speaker.status], "text": speaker.note}
    return kind | _who(speaker) | status


def _slot_row(slot: Slot, at: datetime | None, forum_session: ForumSession, times: Times) -> Row:
    took_place: Row = {**_clock_times(slot, forum_session, times)}
    return (
        took_place
        | _who(slot.speaker)
        | {
            "part": "programme",
            "kind": slot.kind,
            "kind_label": SLOT_KINDS[slot.kind],
            "starts_at": at.isoformat() if at else None,
            "minutes": slot.minutes,
            "status": slot_state(slot),
            "status_label": SLOT_STATES[slot_state(slot)],
            "text": ": ".join(part for part in (slot.title, slot.abstract) if part),
            "about": "; ".join(initiative.title for initiative in slot.initiatives),
        }
    )


def _statement_row(statement: Statement) -> Row:
    kind: Row = {"part": "statement", "kind": statement.kind, "kind_label": STATEMENT_KINDS[statement.kind]}
    return (
        kind
        | _who(statement.speaker)
        | {"text": statement.text, "source": statement.source.url if statement.source else None}
    )


def _question_row(question: Question) -> Row:
    return _who(question.speaker) | {
        "part": "question",
        "status": question.state,
        "status_label": QUESTION_STATES[question.state],
        "text": question.text,
        "about": question.initiative.title if question.initiative else None,
        "asked_by": question.asker_name,
        "answer": question.answer,
        "answered_by": question.answered_by.name if question.answered_by else question.answered_by_name,
        "answered_at": question.answered_at.isoformat() if question.answered_at else None,
    }


def as_json(forum_session: ForumSession, times: Times, questions: list[Question]) -> Response:
    """The record as one object."""
    response = jsonify(
        url=absolute(link_to(forum_session)),
        license=LICENCE,
        title=forum_session.title,
        event=forum_session.forum.title,
        theme=forum_session.theme,
        starts_at=forum_session.local_start.isoformat(),
        ends_at=forum_session.ends_at.astimezone(forum_session.local_start.tzinfo).isoformat()
        if forum_session.ends_at
        else None,
        time_zone=forum_session.timezone,
        place=forum_session.place,
        languages=forum_session.languages,
        organisers=forum_session.organisers,
        state=forum_session.state,
        note=forum_session.note,
        guiding_questions=forum_session.guiding_questions,
        sources=[source.url for source in forum_session.sources],
        speakers=[_speaker(speaker) for speaker in forum_session.speakers],
        programme=[
            _slot(timed.slot, timed.at.isoformat() if timed.at else None)
            | _clock_times(timed.slot, forum_session, times)
            for timed in programme(forum_session)
        ],
        statements=[
            {
                "kind": statement.kind,
                "kind_label": STATEMENT_KINDS[statement.kind],
                "text": statement.text,
                "by": statement.speaker.name if statement.speaker else None,
                "source": statement.source.url if statement.source else None,
            }
            for statement in forum_session.statements
        ],
        questions=[_question(question) for question in questions],
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{forum_session.slug}-record.json"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def addresses(forum_session: ForumSession) -> dict[str, str]:
    """The files of a session, from ending to path."""
    return {
        "CSV": url_for("forum.record_csv", slug=forum_session.slug),
        "JSON": url_for("forum.record_json", slug=forum_session.slug),
    }


def _speaker(speaker: Speaker) -> dict[str, Any]:
    return {
        "name": speaker.name,
        "title": speaker.title,
        "former": speaker.is_former,
        "organisation": speaker.organisation,
        "city": speaker.city_name,
        "country": speaker.country_code,
        "city_url": absolute(link_to(speaker.city)) if speaker.city else None,
        "leader_url": absolute(link_to(speaker.leader)) if speaker.leader else None,
        "role": speaker.role,
        "role_label": SPEAKER_ROLES[speaker.role],
        "status": speaker.status,
        "status_label": SPEAKER_STATUSES[speaker.status],
        "attendance": speaker.attendance,
        "attendance_label": ATTENDANCES[speaker.attendance] if speaker.attendance else None,
        "note": speaker.note,
    }


def _slot(slot: Slot, at: str | None) -> dict[str, Any]:
    return {
        "kind": slot.kind,
        "kind_label": SLOT_KINDS[slot.kind],
        "title": slot.title,
        "state": slot_state(slot),
        "state_label": SLOT_STATES[slot_state(slot)],
        "starts_at": at,
        "minutes": slot.minutes,
        "speaker": slot.speaker.name if slot.speaker else None,
        "abstract": slot.abstract,
        "initiatives": [absolute(link_to(initiative)) for initiative in slot.initiatives],
        "vision": absolute(link_to(slot.vision)) if slot.vision else None,
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "text": question.text,
        "asked_by": question.asker_name,
        "to": question.speaker.name if question.speaker else None,
        "about": absolute(link_to(question.initiative)) if question.initiative else None,
        "answer": question.answer,
        "answered_by": question.answered_by.name if question.answered_by else question.answered_by_name,
        "answered_at": question.answered_at.isoformat() if question.answered_at else None,
    }
