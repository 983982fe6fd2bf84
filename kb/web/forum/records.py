"""The record of a session as files: CSV for spreadsheets and JSON for machines; each item says whether it was held.

Whoever asked is named only where the name was given and has not been taken away since; no file holds anything else of
the audience.
"""

from datetime import datetime
from typing import Any

from flask import Response, jsonify, url_for

from kb.exporting.cells import Cell
from kb.exporting.export import LICENCE
from kb.forum.choices import (
    QUESTION_STATES,
    SLOT_KINDS,
    SLOT_STATES,
    SPEAKER_ROLES,
    SPEAKER_STATUSES,
    STATEMENT_KINDS,
)
from kb.forum.live.queries import Times
from kb.forum.models import ForumSession, Question, Slot, Speaker, Statement
from kb.forum.record import clock_times, record_data
from kb.forum.rules import programme, slot_state

from ..core.csv_export import csv_file
from ..core.headers import as_attachment
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
    took_place: Row = {**clock_times(slot.id, forum_session, times)}
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
    record = jsonify(license=LICENCE, **record_data(forum_session, times, questions, _address))
    response = as_attachment(record, f"{forum_session.slug}-record.json")
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _address(thing: Any) -> str:
    return absolute(link_to(thing))


def addresses(forum_session: ForumSession) -> dict[str, str]:
    """The files of a session, from ending to path."""
    return {
        "CSV": url_for("forum.record_csv", slug=forum_session.slug),
        "JSON": url_for("forum.record_json", slug=forum_session.slug),
    }
