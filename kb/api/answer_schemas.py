"""JSON schemas of what is answered beside entries: sessions of the forum, hits, peers, suggestions, changes."""

from typing import Any

from kb.catalogue.choices import SEVERITIES
from kb.forum.choices import (
    ATTENDANCES,
    PUBLIC_STATES,
    SLOT_KINDS,
    SLOT_STATES,
    SPEAKER_ROLES,
    SPEAKER_STATUSES,
    STATEMENT_KINDS,
)
from kb.forum.kinds import ForumKind
from kb.peers.ranking import STRENGTHS
from kb.questions.choices import QuestionKind
from kb.search.kinds import KINDS

from .json_schemas import ADDRESS, MOMENT, STRING, WHOLE, JsonSchema, array, named, nullable, of_object

NUMBER: JsonSchema = {"type": "number"}
YES_NO: JsonSchema = {"type": "boolean"}
SHARE: JsonSchema = {"type": "number", "minimum": 0, "maximum": 1}
TEXT, PAGE, WHEN = nullable(STRING), nullable(ADDRESS), nullable(MOMENT)


def _code(choices: Any) -> JsonSchema:
    return {**STRING, "enum": sorted(choices)}


_SESSION = {
    "id": WHOLE,
    "slug": STRING,
    "url": ADDRESS,
    "title": STRING,
    "event": STRING,
    "theme": TEXT,
    "starts_at": MOMENT,
    "ends_at": WHEN,
    "time_zone": STRING,
    "place": TEXT,
    "languages": array(STRING),
    "organisers": array(STRING),
    "state": _code(PUBLIC_STATES),
    "note": TEXT,
}
_SPEAKER = of_object(
    {
        "name": STRING,
        "title": TEXT,
        "former": YES_NO,
        "organisation": TEXT,
        "city": TEXT,
        "country": TEXT,
        "city_url": PAGE,
        "leader_url": PAGE,
        "role": _code(SPEAKER_ROLES),
        "role_label": STRING,
        "status": _code(SPEAKER_STATUSES),
        "status_label": STRING,
        "attendance": nullable(_code(ATTENDANCES)),
        "attendance_label": TEXT,
        "note": TEXT,
    }
)
_SLOT = of_object(
    {
        "kind": _code(SLOT_KINDS),
        "kind_label": STRING,
        "title": TEXT,
        "state": _code(SLOT_STATES),
        "state_label": STRING,
        "starts_at": WHEN,
        "minutes": nullable(WHOLE),
        "speaker": TEXT,
        "abstract": TEXT,
        "initiatives": array(ADDRESS),
        "vision": PAGE,
        "began_at": WHEN,
        "ended_at": WHEN,
        "left_out": nullable(YES_NO),
    }
)
_STATEMENT = of_object(
    {"kind": _code(STATEMENT_KINDS), "kind_label": STRING, "text": STRING, "by": TEXT, "source": PAGE}
)
_QUESTION = {
    "text": STRING,
    "asked_by": TEXT,
    "to": TEXT,
    "about": PAGE,
    "answer": TEXT,
    "answered_by": TEXT,
    "answered_at": WHEN,
}
_PLACE = of_object(
    {
        "id": WHOLE,
        "name": STRING,
        "country": STRING,
        "country_name": STRING,
        "region": TEXT,
        "latitude": NUMBER,
        "longitude": NUMBER,
        "population": nullable(WHOLE),
        "city": nullable({**STRING, "description": "The slug of its page, if it has one."}),
        "url": ADDRESS,
    }
)
_PEER = of_object(
    {
        "place": _PLACE,
        "strength": nullable(
            {**_code(STRENGTHS), "description": "Null if the place is not similar enough to be a peer."}
        ),
        "context": {**SHARE, "description": "How similar the two places are."},
        "known": {**SHARE, "description": "The share of the weights for which both places have data."},
        "challenge": nullable({**SHARE, "description": "How similar their challenges are; null if either has none."}),
        "combined": {**SHARE, "description": "The score by which peers are sorted."},
        "reasons": array(STRING),
        "differences": array(STRING),
        "results_for": array(STRING, "Challenges of your request for which this peer reports results."),
        "same_challenge_for": array(STRING, "Challenges of your request that this peer also has."),
    }
)
_DONE = of_object(
    {
        "url": ADDRESS,
        "slug": STRING,
        "title": STRING,
        "city": STRING,
        "challenges": array(STRING),
        "closeness": NUMBER,
        "has_results": YES_NO,
    }
)


def _suggested(key: str, schema: JsonSchema) -> JsonSchema:
    words = array(of_object({"start": WHOLE, "end": WHOLE, "text": STRING}), "The words of the text that led to it.")
    return array(of_object({key: schema, "label": STRING, "url": ADDRESS, "confidence": SHARE, "words": words}))


ANSWER_SCHEMAS: dict[str, JsonSchema] = {
    "Session": of_object(_SESSION, "A session of city leaders."),
    "Record": of_object(
        {
            **_SESSION,
            "guiding_questions": array(STRING),
            "sources": array(ADDRESS),
            "speakers": array(_SPEAKER),
            "programme": array(_SLOT),
            "statements": array(_STATEMENT),
            "questions": array(of_object(_QUESTION)),
        },
        "A session with its programme, and with what was said.",
    ),
    "Answer": of_object(
        {
            "kind": {"const": str(ForumKind.ANSWER)},
            "id": WHOLE,
            "url": ADDRESS,
            "session": {**STRING, "description": "The slug of the session."},
            **_QUESTION,
        },
        "A question of the audience of a session that was answered.",
    ),
    "CityAnswer": of_object(
        {
            "kind": {"const": str(QuestionKind.CITY_ANSWER)},
            "id": WHOLE,
            "url": ADDRESS,
            "city": nullable({**STRING, "description": "The slug of the city that answered; null for the editors."}),
            **{name: schema for name, schema in _QUESTION.items() if name != "asked_by"},
            "asked_from": nullable({**STRING, "description": "The city of the reader, as the reader wrote it."}),
        },
        "A question of a reader that a city answered.",
    ),
    "Hit": of_object(
        {
            "kind": _code(str(kind) for kind in KINDS),
            "id": WHOLE,
            "url": ADDRESS,
            "slug": nullable({**STRING, "description": "The slug of an entry or a session, as in its address here."}),
            "title": STRING,
            "snippet": {**STRING, "description": "A part of its text with the words of the search."},
        },
        "What a search finds.",
    ),
    "Peers": of_object(
        {
            "place": _PLACE,
            "other_places": array(_PLACE, "Other places with the same name, if you gave a name."),
            "challenges": {
                "type": "object",
                "description": "The challenges that were used, by code, and how serious each is.",
                "additionalProperties": nullable(_code(SEVERITIES)),
            },
            "challenges_from_initiatives": array(
                STRING, "Those of them that the page of the city does not name, and its initiatives address."
            ),
            "weights": {"type": "object", "additionalProperties": NUMBER},
            "candidates": {**WHOLE, "description": "How many places were compared."},
            "close": {**WHOLE, "description": "How many of them are similar enough to be peers."},
            "peers": array(_PEER, "Places that are similar enough to be peers, the most similar first."),
            "nearest": array(_PEER, "If there is no peer: the most similar places."),
            "peers_with_results": array(_PEER),
            "peers_with_same_challenge": array(_PEER),
            "initiatives": array(_DONE, "What peers did about the challenges."),
            "stopped": array(_DONE, "What peers started and later stopped."),
            "notes": array(STRING, "Parts of your request that were not understood or had no effect."),
        },
        "Cities or places like a given one. /peers/method explains how they are found.",
    ),
    "Suggestions": of_object(
        {
            "english": {
                **YES_NO,
                "description": "Whether the text may be in English. If not, only goals named by number.",
            },
            "goals": _suggested("number", WHOLE),
            "targets": _suggested("code", STRING),
        },
        "Goals and targets that match a text, the most certain first.",
    ),
    "Change": of_object(
        {
            "change": {**WHOLE, "description": "The number of its last change."},
            "at": MOMENT,
            "kind": STRING,
            "id": WHOLE,
            "action": {**STRING, "enum": ["saved", "deleted"]},
            "slug": TEXT,
            "url": PAGE,
            "deleted": {"anyOf": [named("Deleted"), {"type": "null"}]},
        },
        "An entry that was saved or deleted, with its last change.",
    ),
    "Start": of_object(
        {
            "title": STRING,
            "version": STRING,
            "license": ADDRESS,
            "documentation": ADDRESS,
            "openapi": ADDRESS,
            "change": WHOLE,
            "lists": {"type": "object", "additionalProperties": ADDRESS},
        },
        "The lists and where they are.",
    ),
}
