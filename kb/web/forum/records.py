"""The record of a session as files: CSV for spreadsheets and JSON for machines.

Whoever asked is named only where the name was given and has not been taken away since; no file holds anything else of
the audience.
"""

from datetime import datetime
from typing import Any

from flask import Response, jsonify, url_for

from kb.forum.choices import ATTENDANCES, QUESTION_STATES, SLOT_KINDS, SPEAKER_ROLES, SPEAKER_STATUSES, STATEMENT_KINDS
from kb.forum.live.queries import Times
from kb.forum.models import ForumSession, Question, Slot, Speaker, Statement
from kb.forum.rules import programme

from ..core.csv_export import Cell, csv_file
from ..core.jsonld import LICENCE
from ..core.links import absolute, link_to

_HEADER = (
    "part", "kind", "kind_label", "starts_at", "minutes", "began_at", "ended_at", "left_out",
    "name", "title", "organisation", "city", "country",
    "status", "status_label", "text", "about", "source", "asked_by", "answer", "answered_by", "answered_at",
)  # fmt: skip

Row = dict[str, Cell]


def as_csv(held: ForumSession, times: Times, questions: list[Question]) -> Response:
    """The record as one table: speakers, the programme, what was said, and questions with their answers."""
    rows = [_speaker_row(one) for one in held.speakers]
    rows += [_slot_row(timed.slot, timed.at, held, times) for timed in programme(held)]
    rows += [_statement_row(said) for said in held.statements]
    rows += [_question_row(asked) for asked in questions]
    return csv_file(f"{held.slug}-record", _HEADER, [[row.get(name) for name in _HEADER] for row in rows])


def _clock_times(slot: Slot, held: ForumSession, times: Times) -> dict[str, str | bool | None]:
    """When a slot began and ended, in the session's zone, and whether it was left out; None where nobody kept time."""
    took = times.get(slot.id)
    zone = held.local_start.tzinfo
    return {
        "began_at": took.begins.astimezone(zone).isoformat() if took and took.begins else None,
        "ended_at": took.ends.astimezone(zone).isoformat() if took and took.ends else None,
        "left_out": took.is_skipped if took else None,
    }


def _who(one: Speaker | None) -> Row:
    if one is None:
        return {}
    return {
        "name": one.name,
        "title": one.title,
        "organisation": one.organisation,
        "city": one.city_name,
        "country": one.country_code,
    }


def _speaker_row(one: Speaker) -> Row:
    kind: Row = {"part": "speaker", "kind": one.role, "kind_label": SPEAKER_ROLES[one.role]}
    status: Row = {"status": one.status, "status_label": SPEAKER_STATUSES[one.status], "text": one.note}
    return kind | _who(one) | status


def _slot_row(slot: Slot, at: datetime | None, held: ForumSession, times: Times) -> Row:
    took_place: Row = {**_clock_times(slot, held, times)}
    return (
        took_place
        | _who(slot.speaker)
        | {
            "part": "programme",
            "kind": slot.kind,
            "kind_label": SLOT_KINDS[slot.kind],
            "starts_at": at.isoformat() if at else None,
            "minutes": slot.minutes,
            "text": ": ".join(part for part in (slot.title, slot.abstract) if part),
            "about": "; ".join(initiative.title for initiative in slot.initiatives),
        }
    )


def _statement_row(said: Statement) -> Row:
    kind: Row = {"part": "statement", "kind": said.kind, "kind_label": STATEMENT_KINDS[said.kind]}
    return kind | _who(said.speaker) | {"text": said.text, "source": said.source.url if said.source else None}


def _question_row(asked: Question) -> Row:
    return _who(asked.speaker) | {
        "part": "question",
        "status": asked.state,
        "status_label": QUESTION_STATES[asked.state],
        "text": asked.text,
        "about": asked.initiative.title if asked.initiative else None,
        "asked_by": asked.asker_name,
        "answer": asked.answer,
        "answered_by": asked.answered_by.name if asked.answered_by else asked.answered_by_name,
        "answered_at": asked.answered_at.isoformat() if asked.answered_at else None,
    }


def as_json(held: ForumSession, times: Times, questions: list[Question]) -> Response:
    """The record as one object."""
    response = jsonify(
        url=absolute(link_to(held)),
        license=LICENCE,
        title=held.title,
        event=held.forum.title,
        theme=held.theme,
        starts_at=held.local_start.isoformat(),
        ends_at=held.ends_at.astimezone(held.local_start.tzinfo).isoformat() if held.ends_at else None,
        time_zone=held.timezone,
        place=held.place,
        languages=held.languages,
        organisers=held.organisers,
        state=held.state,
        note=held.note,
        guiding_questions=held.guiding_questions,
        sources=[source.url for source in held.sources],
        speakers=[_speaker(one) for one in held.speakers],
        programme=[
            _slot(timed.slot, timed.at.isoformat() if timed.at else None) | _clock_times(timed.slot, held, times)
            for timed in programme(held)
        ],
        statements=[
            {
                "kind": said.kind,
                "kind_label": STATEMENT_KINDS[said.kind],
                "text": said.text,
                "by": said.speaker.name if said.speaker else None,
                "source": said.source.url if said.source else None,
            }
            for said in held.statements
        ],
        questions=[_question(asked) for asked in questions],
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{held.slug}-record.json"'
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def addresses(held: ForumSession) -> dict[str, str]:
    """The files of a session, from ending to path."""
    return {
        "CSV": url_for("forum.record_csv", slug=held.slug),
        "JSON": url_for("forum.record_json", slug=held.slug),
    }


def _speaker(one: Speaker) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "former": one.is_former,
        "organisation": one.organisation,
        "city": one.city_name,
        "country": one.country_code,
        "city_url": absolute(link_to(one.city)) if one.city else None,
        "leader_url": absolute(link_to(one.leader)) if one.leader else None,
        "role": one.role,
        "role_label": SPEAKER_ROLES[one.role],
        "status": one.status,
        "status_label": SPEAKER_STATUSES[one.status],
        "attendance": one.attendance,
        "attendance_label": ATTENDANCES[one.attendance] if one.attendance else None,
        "note": one.note,
    }


def _slot(slot: Slot, at: str | None) -> dict[str, Any]:
    return {
        "kind": slot.kind,
        "kind_label": SLOT_KINDS[slot.kind],
        "title": slot.title,
        "starts_at": at,
        "minutes": slot.minutes,
        "speaker": slot.speaker.name if slot.speaker else None,
        "abstract": slot.abstract,
        "initiatives": [absolute(link_to(initiative)) for initiative in slot.initiatives],
        "vision": absolute(link_to(slot.vision)) if slot.vision else None,
    }


def _question(asked: Question) -> dict[str, Any]:
    return {
        "text": asked.text,
        "asked_by": asked.asker_name,
        "to": asked.speaker.name if asked.speaker else None,
        "about": absolute(link_to(asked.initiative)) if asked.initiative else None,
        "answer": asked.answer,
        "answered_by": asked.answered_by.name if asked.answered_by else asked.answered_by_name,
        "answered_at": asked.answered_at.isoformat() if asked.answered_at else None,
    }
