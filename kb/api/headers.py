"""What every answer of the interface carries: who may read it, and how many requests are left."""

from flask import Flask, Response, request

from kb.web.core import context, limits
from kb.web.core.problem_details import is_for_programs

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
