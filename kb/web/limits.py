"""Limits on requests, by address; static files and health checks are free."""

from contextlib import AbstractContextManager
from typing import Any

from flask import Flask, Response, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

_FREE = {"assets.static", "assets.stylesheet", "assets.favicon", "health.healthz", "health.readyz"}


def register(app: Flask) -> None:
    """Count requests where the settings say: in memory on one machine, in Redis on many."""
    config = app.config["KB"]
    # Handlers that run after a request run in reverse order: this one is told first, so as to have the last word.
    app.after_request(_ask_nobody_to_wait_in_vain)
    limiter = Limiter(
        get_remote_address,
        app=app,
        application_limits=[config.rate_limit],
        storage_uri=config.rate_limit_storage,
        headers_enabled=True,
        swallow_errors=True,
    )
    limiter.request_filter(lambda: request.endpoint in _FREE)
    app.extensions["kb_limiter"] = limiter


def _ask_nobody_to_wait_in_vain(response: Response) -> Response:
    """Take Retry-After, which the limiter sends with every answer, out of those that may be followed at once."""
    if response.status_code not in {429, 503}:
        response.headers.pop("Retry-After", None)
    return response


def at_most(rate: str) -> AbstractContextManager[Any]:
    """A tighter limit, such as "60 per minute", on what a block does for one address; beyond it the page of 429."""
    limiter: Limiter = current_app.extensions["kb_limiter"]
    return limiter.limit(rate)
