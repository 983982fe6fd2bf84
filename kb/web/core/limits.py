"""Counts requests against rates: by network address, by person, or by whatever key a view chooses."""

import time
from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from math import ceil

from flask import Flask, current_app, request
from flask_babel import ngettext
from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from config import networks_of
from kb.core.client_networks import client_network

from . import limit_storage


def register(app: Flask) -> None:
    """Count where the settings say: in this process, with a bound on its memory, or in Redis for many."""
    uri = app.config["KB"].rate_limit_storage
    storage = storage_from_string(uri.replace("memory://", f"{limit_storage.SCHEME}://", 1))
    app.extensions["kb_limiter"] = FixedWindowRateLimiter(storage)


def client_address() -> str:
    """The address that this request is counted for: a whole IPv4 address, or the /64 network of an IPv6 one."""
    return client_network(request.remote_addr or "127.0.0.1")


def is_exempt() -> bool:
    """Whether this request comes from an address that the settings leave without limits."""
    return _is_among(request.remote_addr or "", current_app.config["KB"].rate_limit_exempt)


@lru_cache(maxsize=1024)
def _is_among(address: str, networks: str) -> bool:
    if not networks:
        return False
    try:
        return any(ip_address(address) in network for network in networks_of(networks))
    except ValueError:
        return False


def spend(rate: str, *key: str) -> None:
    """Count one more for a key. Raises TooManyRequests beyond a rate such as "60 per minute"."""
    if not is_within(rate, *key):
        raise _too_many(rate, *key)


def is_within(rate: str, *key: str) -> bool:
    """Count one more for a key, and tell whether that is still within the rate."""
    return _safely(lambda: _limiter().hit(_parsed(rate), *key))


def refuse_beyond(rate: str, *key: str) -> None:
    """Count nothing. Raises TooManyRequests where `is_within` and `spend` have used up the rate for a key."""
    if not _safely(lambda: _limiter().test(_parsed(rate), *key)):
        raise _too_many(rate, *key)


def seconds_to_wait(problem: TooManyRequests) -> tuple[str, int]:
    """In words, and in seconds, how long whoever was refused has to wait."""
    seconds = problem.retry_after if isinstance(problem.retry_after, int) else 60
    text = ngettext(
        "That was tried too often. Please wait %(num)s minute, then try again.",
        "That was tried too often. Please wait %(num)s minutes, then try again.",
        -(-seconds // 60),
    )
    return text, seconds


def _too_many(rate: str, *key: str) -> TooManyRequests:
    ends = _limiter().get_window_stats(_parsed(rate), *key).reset_time
    return TooManyRequests(retry_after=max(1, ceil(ends - time.time())))


def _safely(count: Callable[[], bool]) -> bool:
    """What the counts say; where they cannot be reached, the site goes on without limits."""
    try:
        return count()
    except Exception:  # each kind of storage raises errors of its own
        current_app.logger.exception("requests cannot be counted")
        return True


def _limiter() -> FixedWindowRateLimiter:
    limiter: FixedWindowRateLimiter = current_app.extensions["kb_limiter"]
    return limiter


@lru_cache(maxsize=32)
def _parsed(rate: str) -> RateLimitItem:
    return parse(rate)
