"""What OpenAPI says of keys, proposals and the headers that writing needs; the examples are those that tests send."""

from collections.abc import Mapping
from typing import Any

from kb.catalogue.entries import EntryKind
from kb.editorial.choices import STATES
from kb.web.core.problem_details import MIMETYPE

from ..json_schemas import (
    ADDRESS,
    MOMENT,
    STRING,
    WHOLE,
    JsonSchema,
    array,
    name_of,
    named,
    nullable,
    of_object,
    sent_schema,
)
from .bodies import JSON

Described = dict[str, Any]

SCHEME = "key"
KEYS: Described = {
    "type": "http",
    "scheme": "bearer",
    "description": (
        "A key for programs. Everyone with an account can make one on the page `/account/keys`. Its scopes (what it "
        "may do) are `read` (read the owner's proposals), `draft` (save, change and delete them) and `submit` (send "
        "them for review). A key cannot publish anything."
    ),
}

ENTRY_EXAMPLES: Mapping[EntryKind, Described] = {
    EntryKind.INITIATIVE: {
        "title": "Example: flood gates that close by themselves",
        "cities": ["amsterdam"],
        "summary": "Sensors in the canal close the gates of three low streets before the water comes.",
        "stage": "pilot",
        "start_year": 2021,
        "challenges": ["flooding"],
        "technologies": ["sensors-iot"],
        "goals": [{"goal": 11}],
        "outcomes": [{"measure": "Streets flooded in a year", "value": 1, "year": 2023, "baseline_value": 6}],
        "sources": [{"url": "https://city.example/gates", "title": "Report on the gates"}],
    },
    EntryKind.CITY: {
        "name": "Groningen",
        "place": 2755251,
        "challenges": [{"challenge": "flooding", "severity": "under-two-thirds"}],
        "sources": [{"url": "https://city.example/water", "title": "Water plan"}],
    },
    EntryKind.LEADER: {
        "name": "Example Person",
        "terms": [{"city": "amsterdam", "title": "Vice mayor for water", "start_year": 2022}],
    },
    EntryKind.VISION: {
        "title": "Example: a city that floats",
        "city": "amsterdam",
        "gist": "By 2035 no street is flooded by a storm that comes once in twenty years.",
        "adopted_year": 2022,
        "horizon_year": 2035,
        "goals": [{"goal": 11}, {"goal": 13}],
        "sources": [{"url": "https://city.example/floating", "title": "The strategy"}],
    },
}

CHANGE_EXAMPLE: Described = {
    "lessons": "Tell the shops of a street before its gate is tested.",
    "needs_months": 8,
}

_ERRORS: JsonSchema = {
    "type": "object",
    "description": "What is still missing or wrong before it can be published, by field.",
    "additionalProperties": array(STRING),
}
_SUMMARY: dict[str, JsonSchema] = {
    "id": WHOLE,
    "url": {**ADDRESS, "description": "The address of the proposal here."},
    "page": {**ADDRESS, "description": "Its page for people."},
    "kind": {**STRING, "enum": [str(kind) for kind in EntryKind]},
    "slug": nullable({**STRING, "description": "The last part of the address of its entry; null for a new one."}),
    "entry": nullable({**ADDRESS, "description": "The page of its entry; null for a new one."}),
    "title": nullable(STRING),
    "state": {**STRING, "enum": list(STATES)},
    "version": {**WHOLE, "description": "It grows by one with every change. Send its ETag as `If-Match`."},
    "base_version": nullable({**WHOLE, "description": "The version of the entry that the proposal changes."}),
    "note": nullable({**STRING, "description": "The author's message to the reviewer."}),
    "reason": nullable({**STRING, "description": "What the reviewer told the author."}),
    "created_at": MOMENT,
    "updated_at": MOMENT,
    "submitted_at": nullable(MOMENT),
    "decided_at": nullable(MOMENT),
}
_REMARK = of_object(
    {
        "field": nullable({**STRING, "description": "The field that it is about, such as `outcomes.0.year`."}),
        "text": STRING,
        "author": STRING,
        "at": MOMENT,
        "is_resolved": {"type": "boolean"},
    }
)
_SAVED = {**_SUMMARY, "problems": _ERRORS}

SAVED_EXAMPLE: Described = {
    "id": 412,
    "url": "https://peers.example/api/v1/proposals/412",
    "page": "https://peers.example/desk/proposals/412",
    "kind": "initiative",
    "slug": None,
    "entry": None,
    "title": "Example: flood gates that close by themselves",
    "state": "draft",
    "version": 1,
    "base_version": None,
    "note": None,
    "reason": None,
    "created_at": "2026-11-29T12:00:00+00:00",
    "updated_at": "2026-11-29T12:00:00+00:00",
    "submitted_at": None,
    "decided_at": None,
    "problems": {},
}


def schemas() -> dict[str, JsonSchema]:
    """Every schema that the addresses for writing refer to, by name."""
    sent = {_sent(kind): sent_schema(kind) for kind in EntryKind}
    return {
        **sent,
        "Proposal": of_object(_SUMMARY, "A proposal of a new entry, or of a change."),
        "SavedProposal": of_object(_SAVED, "A proposal that was saved just now."),
        "WholeProposal": of_object(
            {**_SAVED, "data": {"type": "object", "description": "The entry as proposed."}, "remarks": array(_REMARK)},
            "A proposal with its entry and the comments of reviewers.",
        ),
        "Proposals": of_object(
            {"items": array(named("Proposal")), "next": nullable(ADDRESS)}, "A page of a list of proposals."
        ),
    }


def _sent(kind: EntryKind) -> str:
    return f"Sent{name_of(kind)}"


def _header(name: str, description: str, *, is_required: bool) -> Described:
    schema = {"type": "string", "minLength": 1, "maxLength": 255}
    return {"in": "header", "name": name, "description": description, "required": is_required, "schema": schema}


def idempotency_key(*, is_required: bool = True) -> Described:
    """The header by which a request is done once."""
    words = "Something new for each request, such as a UUID: the same request with the same key is done once."
    schema = {"type": "string", "pattern": "^[!-~]{1,255}$", "examples": ["7b0c2d0e-4a57-4a55-9df9-0f0a2a1f9f36"]}
    return {**_header("Idempotency-Key", words, is_required=is_required), "schema": schema}


def if_match(*, is_required: bool = True) -> Described:
    """The header that names the version that was read."""
    words = "The ETag of the version that you read, and change."
    schema = {"type": "string", "pattern": '^"[0-9]{1,9}"$', "examples": ['"3"']}
    return {**_header("If-Match", words, is_required=is_required), "schema": schema}


def entry_body(kind: EntryKind, example: Described, *mimetypes: str) -> Described:
    """A body that is an entry of a kind, or some of its fields."""
    content = {"schema": named(_sent(kind)), "examples": {"entry": {"value": example}}}
    return {"required": True, "content": dict.fromkeys(mimetypes or (JSON,), content)}


def proposal_body(*mimetypes: str) -> Described:
    """A body that is the entry of a proposal, of whichever kind."""
    content = {
        "schema": {"anyOf": [named(_sent(kind)) for kind in EntryKind]},
        "examples": {"entry": {"value": CHANGE_EXAMPLE}},
    }
    return {"required": True, "content": dict.fromkeys(mimetypes or (JSON,), content)}


NOTE_BODY: Described = {
    "required": False,
    "content": {
        JSON: {
            "schema": of_object({"note": nullable({**STRING, "maxLength": 1_000})}, required=()),
            "examples": {"note": {"value": {"note": "Figures are from the report of May."}}},
        }
    },
}


def answers(*errors: int, saved: int | None = None, shown: str | None = None) -> Described:
    """What an address answers: a proposal that was saved, with this status, or something shown; and these errors."""
    described: Described = {str(code): _problem(code) for code in (401, 403, 429, *errors)}
    if saved is not None:
        described[str(saved)] = {
            "description": "The proposal.",
            "headers": {
                "Location": {"description": "The address of the proposal.", "schema": {"type": "string"}},
                "Idempotency-Replayed": {
                    "description": "`true` where the same request was done before.",
                    "schema": {"type": "string"},
                },
            },
            "content": {
                JSON: {"schema": named("SavedProposal"), "examples": {"draft": {"value": SAVED_EXAMPLE}}},
            },
        }
    if shown is not None:
        described["200"] = {"description": "What was asked for.", "content": {JSON: {"schema": named(shown)}}}
    return described


_ERROR_WORDS = {
    400: "The body or a header cannot be read.",
    401: "No key was sent, or one that does not work.",
    403: "The key lacks a scope, or its owner the role.",
    404: "It does not exist, or it belongs to someone else.",
    409: "A rule does not allow it, or others changed the same fields.",
    410: "The entry was withdrawn.",
    412: "There is a newer version: `version` is its number.",
    413: "More than 1,000,000 bytes.",
    415: "The body is not JSON.",
    422: "What is wrong, by field; or the Idempotency-Key was used for another request.",
    428: "`If-Match` is missing.",
    429: "Too many requests: `Retry-After` says how long to wait.",
}


def _problem(code: int) -> Described:
    return {"description": _ERROR_WORDS[code], "content": {MIMETYPE: {"schema": named("Problem")}}}
