"""Makes the JSON of answers, and their headers: who may read them, and how many requests are left."""

from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Flask, Response, request

from kb.web.core import context, limits
from kb.web.core.links import canonical
from kb.web.core.packing import pack, wanted_encoding
from kb.web.core.problem_details import is_for_programs

_LARGE = 20_000
"""Bytes of an answer that is packed as quickly as can be: a page of whole entries has ten times as many."""


def answer(body: Any, code: int = 200) -> Response:
    """An answer as compact JSON."""
    data = orjson.dumps(body)
    encoding = wanted_encoding() if len(data) >= _LARGE else None
    response = Response(pack(data, encoding) if encoding else data, code, mimetype="application/json")
    if encoding:
        response.headers["Content-Encoding"] = encoding
    return response


def paged(body: dict[str, Any], cursor: str | None) -> Response:
    """A page of a list; the address of the next one stands in `next`, None on the last, and in the header `Link`."""
    following = None if cursor is None else _with_cursor(cursor)
    response = answer({**body, "next": following})
    if following is not None:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def _with_cursor(cursor: str) -> str:
    """The address of this request with another cursor."""
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    return f"{canonical()}?{urlencode([*pairs, ('cursor', cursor)])}"


_EXPOSED = "Catalogue-Change, ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After"
_ASKED = "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key"


def _label(response: Response) -> Response:
    if not is_for_programs():
        return response
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = _EXPOSED
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    # Search engines are to lead to the pages.
    headers["X-Robots-Tag"] = "noindex"
    _tell_what_is_left(response)
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        headers["Access-Control-Allow-Headers"] = _ASKED
        headers["Access-Control-Max-Age"] = "7200"
    return response


def _tell_what_is_left(response: Response) -> None:
    """How many pages the address may still ask for, by the draft of the IETF on fields for rate limits."""
    budget = context.all_tries().budget
    if budget is None:
        return
    name, left = budget[1], limits.left(*budget)
    response.headers["RateLimit-Policy"] = f'"{name}";q={left.amount};w={left.window}'
    response.headers["RateLimit"] = f'"{name}";r={left.remaining};t={left.seconds}'


def register(app: Flask) -> None:
    """Label every answer under `/api/`, also those that no address of it gives."""
    app.after_request(_label)
