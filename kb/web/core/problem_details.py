"""Errors for programs, in the one shape of RFC 9457: `application/problem+json` for everything under `/api/`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Response, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from kb.core.i18n import gettext_noop
from kb.core.logs import current_request_id

from .language import translated

_SENTENCES = {
    404: gettext_noop("There is nothing at this address. All addresses are listed in /api/v1/openapi.json."),
    413: gettext_noop("What you sent is too large. Please send less at once."),
    415: gettext_noop("The body should be JSON, sent as application/json."),
    429: gettext_noop(
        "There were too many requests with your key or from your network. Retry-After says how many seconds to wait."
    ),
    500: gettext_noop("Something went wrong on our side. The problem was recorded. Please try again in a moment."),
}

MIMETYPE = "application/problem+json"

Errors = Mapping[str, Sequence[str]]
"""What is wrong with each parameter or field, by name, in sentences."""


def is_for_programs() -> bool:
    """Whether the request is one of the interface for programs; its description for people is `/api`."""
    return request.path.startswith("/api/")


def problem_answer(
    code: int, detail: str, *, errors: Errors | None = None, headers: Iterable[tuple[str, str]] = (), **members: Any
) -> Response:
    """An error: `detail` says in one sentence what happened and what would be right; `errors` says it by parameter."""
    body = {"type": "about:blank", "title": HTTPStatus(code).phrase, "status": code, "detail": detail, **members}
    if code >= 500 and (request_id := current_request_id()):
        body["request_id"] = request_id
    if errors:
        body["errors"] = {name: list(sentences) for name, sentences in errors.items()}
    response = Response(json.dumps(body), code, mimetype=MIMETYPE)
    response.headers.extend(list(headers))
    return response


def problem_of(error: HTTPException, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """An error of HTTP as a problem; one that webargs raised says what is wrong with each parameter."""
    code = error.code or 500
    data = getattr(error, "data", None) or {}
    errors = dict(_flattened(data.get("messages") or {}))
    if errors:
        detail = " ".join(f"{name}: {' '.join(sentences)}" for name, sentences in errors.items())
        return problem_answer(code, detail, errors=errors, headers=headers)
    return problem_answer(code, _sentence(error, code), headers=headers)


def _flattened(messages: Any, path: str = "") -> Iterable[tuple[str, list[str]]]:
    """Messages of marshmallow by the path of the parameter; webargs has them below the part of the request."""
    if not isinstance(messages, Mapping):
        yield path or "request", [str(message) for message in (messages if isinstance(messages, list) else [messages])]
        return
    for name, inner in messages.items():
        is_part = not path and name in {"query", "json", "headers", "path"}
        yield from _flattened(inner, "" if is_part else f"{path}.{name}" if path else str(name))


def _sentence(error: HTTPException, code: int) -> str:
    """What happened, and what would be right."""
    if error.description and error.description != type(error).description:
        return error.description
    if isinstance(error, MethodNotAllowed):
        methods = ", ".join(sorted(error.valid_methods or ()))
        return str(gettext("This address accepts only %(methods)s.", methods=methods))
    if code in _SENTENCES:
        return translated(_SENTENCES[code])
    return str(gettext("The request could not be answered: %(name)s.", name=error.name))
