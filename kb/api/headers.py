"""What every answer of the interface carries: who may read it, and how many requests are left."""

from flask import Flask, Response, request

from kb.web.core.problem_details import is_for_programs

_EXPOSED = "ETag, Link, Retry-After, RateLimit, RateLimit-Policy, Location"
_ASKED = "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key"


def _label(response: Response) -> Response:
    if not is_for_programs():
        return response
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = _EXPOSED
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if request.method == "OPTIONS":
        headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        headers["Access-Control-Allow-Headers"] = _ASKED
        headers["Access-Control-Max-Age"] = "7200"
    return response


def register(app: Flask) -> None:
    """Label every answer under `/api/`, also those that no address of it gives."""
    app.after_request(_label)
