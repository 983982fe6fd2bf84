"""Does a request once, however often a program sends it, by the header `Idempotency-Key`."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from kb.accounts import idempotency
from kb.web.core import context

from ..answers import answer
from .authentication import caller

HEADER = "Idempotency-Key"

_WRITTEN = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Done:
    """What is answered to a request that was done, and what is to be done once it is committed."""

    body: dict[str, Any]
    status: int = 200
    location: str | None = None
    afterwards: Callable[[], None] | None = None


def once(body: dict[str, Any], act: Callable[[Session], Done], *, is_required: bool = True) -> Response:
    """Do it in one transaction with the claim of its key; the same request again gets the same answer again.

    A request that needs no key, and has none, is told by what it says. What is refused is not remembered.
    """
    user, request_hash = caller().user, _request_hash(body)
    request_id = _hash(str(caller().key.id), _key(is_required=is_required) or request_hash)
    with context.database().writing() as session:
        before = idempotency.claim(session, user, request_id, request_hash)
        done = act(session) if before is None else Done(before.body or {}, before.status or 200, before.location)
        if before is None:
            idempotency.record_answer(session, request_id, status=done.status, location=done.location, body=done.body)
    if done.afterwards is not None:
        done.afterwards()
    response = answer(done.body, done.status)
    if done.location is not None:
        response.headers["Location"] = done.location
    if before is not None:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _key(*, is_required: bool) -> str | None:
    key = request.headers.get(HEADER)
    if key is None and not is_required:
        return None
    if key is None or not _WRITTEN.fullmatch(key):
        raise BadRequest(
            gettext(
                "Send the header Idempotency-Key with something new for each request, such as a UUID, of up to 255 "
                "letters, digits and signs. The same request sent again with the same key is done once."
            )
        )
    return key


def _request_hash(body: dict[str, Any]) -> str:
    """The hash of what a request says; the order of fields in its JSON does not count."""
    said = json.dumps(body, sort_keys=True)
    return _hash(request.method, request.full_path, request.headers.get("If-Match", ""), said)


def _hash(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
