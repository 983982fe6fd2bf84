"""Limits on requests, by address; static files and health checks are free."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import lru_cache
from math import ceil
from typing import Any

from flask import Flask, Response, current_app, request
from flask_babel import ngettext
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, parse
from werkzeug.exceptions import TooManyRequests

# Views that count for people instead of addresses: hundreds of them sit behind the one address of a conference hall.
_COUNTED_BY_PERSON = {"audience", "leading"}
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
    limiter.request_filter(lambda: request.endpoint in _FREE or request.blueprint in _COUNTED_BY_PERSON)
    app.extensions["kb_limiter"] = limiter


def _ask_nobody_to_wait_in_vain(response: Response) -> Response:
    """Take Retry-After, which the limiter sends with every answer, out of those that may be followed at once."""
    if response.status_code not in {429, 503}:
        response.headers.pop("Retry-After", None)
    return response


def at_most(
    rate: str, key: Callable[[], str] | None = None, counting: Callable[[Response], bool] | None = None
) -> AbstractContextManager[Any]:
    """A tighter limit, such as "60 per minute", on what a block does; beyond it the page of 429.

    It holds for one address or, with a key, for whatever has that key, from wherever it is asked. Every request counts
    or, with `counting`, those whose answer it picks.
    """
    limiter: Limiter = current_app.extensions["kb_limiter"]
    return limiter.limit(rate, key_func=key, scope="keyed" if key else None, deduct_when=counting)


def spend(rate: str, *key: str) -> None:
    """Count this request for a key, from whatever address; beyond the rate the page of 429."""
    limiter: Limiter = current_app.extensions["kb_limiter"]
    try:
        within = limiter.limiter.hit(_parsed(rate), *key)
    except Exception:  # whatever the store of counts raises: the site goes on without it, as the limiter itself does
        current_app.logger.exception("requests cannot be counted")
        return
    if not within:
        raise TooManyRequests


@lru_cache(maxsize=32)
def _parsed(rate: str) -> RateLimitItem:
    return parse(rate)


def how_long_to_wait() -> tuple[str, int]:
    """In words, and in seconds, how long whoever was refused just now has to wait."""
    limiter: Limiter = current_app.extensions["kb_limiter"]
    breached = limiter.current_limit
    seconds = max(1, ceil(breached.window.reset_time - time.time())) if breached else 60
    text = ngettext(
        "That was tried too often. Please wait %(num)s minute, then try again.",
        "That was tried too often. Please wait %(num)s minutes, then try again.",
        -(-seconds // 60),
    )
    return text, seconds
