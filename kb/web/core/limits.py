"""Counts requests against rates: by network address, by person, or by whatever key a view chooses."""

import threading
import time
from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from math import ceil
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

import structlog
from flask import Flask, current_app, request
from flask_babel import ngettext
from limits import RateLimitItem, parse
from limits.errors import ConfigurationError
from limits.storage import Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from config import networks_of
from kb.core import metrics
from kb.core.client_networks import client_network
from kb.core.errors import Misconfigured

from .limit_storage import BoundedMemoryStorage

log = structlog.get_logger(__name__)


T = TypeVar("T")

_PAUSE_SECONDS = 5.0
"""While the counts cannot be reached, they are asked for this seldom: to wait for them would stop the site."""

_PATIENCE = {"socket_connect_timeout": 1.0, "socket_timeout": 1.0}
"""Seconds after which Redis counts as gone; without these, each thread would wait for it for minutes."""

GOAL_SUGGESTIONS = "60 per minute"
"""How often one address may ask for the goals of a text, on the page and by the interface for programs together.

Each answer takes a processor some 10 to 100 ms.
"""


class RateLimiter:
    """Asks the counts of all machines; while they cannot be reached, those of this one, which has the same limits.

    The log tells once when that begins and ends. Threads may share it.
    """

    def __init__(self, storage: Storage, own: BoundedMemoryStorage) -> None:
        self.storage, self.own = storage, own
        self.windows = FixedWindowRateLimiter(storage)
        self._own_windows = FixedWindowRateLimiter(own)
        self._lock = threading.Lock()
        self._is_failing = False
        self._asked_again_at = 0.0

    def ask(self, question: Callable[[FixedWindowRateLimiter], T]) -> T:
        """What the counts say."""
        if self._is_failing and time.monotonic() < self._asked_again_at:
            return question(self._own_windows)
        try:
            answer = question(self.windows)
        except Exception as problem:  # noqa: BLE001 - each kind of storage raises errors of its own
            self._note(problem)
            return question(self._own_windows)
        if self._is_failing:
            self._note(None)
        return answer

    def _note(self, problem: Exception | None) -> None:
        with self._lock:
            was_failing, self._is_failing = self._is_failing, problem is not None
            self._asked_again_at = time.monotonic() + _PAUSE_SECONDS
        metrics.LIMITS_FAILING.set(problem is not None)
        if problem is not None and not was_failing:
            log.warning("requests are counted on this machine alone", problem=_one_line(problem))
        elif problem is None and was_failing:
            log.info("requests are counted for all machines again")


def _one_line(problem: Exception) -> str:
    return f"{type(problem).__name__}: {' '.join(str(problem).split())}"


def register(app: Flask) -> None:
    """Count where the settings say: in this process, with a bound on its memory, or in Redis for many.

    Raises Misconfigured where the storage is not known, or needs a package that is not installed.
    """
    uri = app.config["KB"].rate_limit_storage
    own = BoundedMemoryStorage()
    if uri == "memory://":
        app.extensions["kb_limiter"] = RateLimiter(own, own)
        return
    try:
        storage = storage_from_string(uri, **_PATIENCE if uri.startswith("redis") else {})
        if not isinstance(storage, Storage):
            raise ConfigurationError(f"{uri} is for programs without threads")
    except ConfigurationError as problem:
        # Without the password that may stand in it.
        reason = str(problem).replace(uri, f"{urlsplit(uri).scheme}://…")
        raise Misconfigured(f"KB_RATE_LIMIT_STORAGE cannot be used: {reason}") from None
    app.extensions["kb_limiter"] = RateLimiter(storage, own)


def client_address() -> str:
    """The address that this request is counted for: a whole IPv4 address, or the /64 network of an IPv6 one."""
    return client_network(request.remote_addr or "127.0.0.1")


def is_exempt() -> bool:
    """Whether this request comes from an address that the settings leave without limits."""
    return is_among(request.remote_addr or "", current_app.config["KB"].rate_limit_exempt)


@lru_cache(maxsize=1024)
def is_among(address: str, networks: str) -> bool:
    """Whether an address is one of some addresses and networks, written with commas between them."""
    if not networks:
        return False
    try:
        known = ip_address(address)
    except ValueError:
        return False
    # As a server that listens on IPv6 sees clients of IPv4.
    known = getattr(known, "ipv4_mapped", None) or known
    return any(known in network for network in networks_of(networks))


def spend(rate: str, *key: str, cost: int = 1) -> None:
    """Count one more for a key, or `cost` more. Raises TooManyRequests beyond a rate such as "60 per minute"."""
    if not is_within(rate, *key, cost=cost):
        raise _too_many(rate, *key)


def amount_of(rate: str) -> int:
    """How many a rate such as "60 per minute" allows."""
    return _parsed(rate).amount


def is_within(rate: str, *key: str, cost: int = 1) -> bool:
    """Count one more for a key, or `cost` more, and tell whether that is still within the rate."""
    return _limiter().ask(lambda windows: windows.hit(_parsed(rate), *key, cost=cost))


def refuse_beyond(rate: str, *key: str) -> None:
    """Count nothing. Raises TooManyRequests where `is_within` and `spend` have used up the rate for a key."""
    if not _limiter().ask(lambda windows: windows.test(_parsed(rate), *key)):
        raise _too_many(rate, *key)


class Budget(NamedTuple):
    """How many a rate allows in how many seconds, how many of them are left, and when all will be, in seconds."""

    amount: int
    window: int
    remaining: int
    seconds: int


def left(rate: str, *key: str) -> Budget:
    """What is left of a rate for a key."""
    item = _parsed(rate)
    amount, window = item.amount, item.get_expiry()
    stats = _limiter().ask(lambda windows: windows.get_window_stats(item, *key))
    return Budget(amount, window, max(0, stats.remaining), max(1, ceil(stats.reset_time - time.time())))


def seconds_to_wait(problem: TooManyRequests) -> tuple[str, int]:
    """In words, and in seconds, how long whoever was refused has to wait."""
    seconds = problem.retry_after if isinstance(problem.retry_after, int) else 60
    text = ngettext(
        "There were too many attempts. Please wait %(num)s minute, then try again.",
        "There were too many attempts. Please wait %(num)s minutes, then try again.",
        -(-seconds // 60),
    )
    return text, seconds


def _too_many(rate: str, *key: str) -> TooManyRequests:
    item = _parsed(rate)
    ends = _limiter().ask(lambda windows: windows.get_window_stats(item, *key).reset_time)
    return TooManyRequests(retry_after=max(1, ceil(ends - time.time())))


def _limiter() -> RateLimiter:
    limiter: RateLimiter = current_app.extensions["kb_limiter"]
    return limiter


@lru_cache(maxsize=32)
def _parsed(rate: str) -> RateLimitItem:
    return parse(rate)
