"""What everybody may see of sessions that are being held, kept in each process and read again at most so often.

Hundreds ask every second; one of them at a time reads the database, and only a look at the pulse when nothing changed.
Nothing is told from one process to another, so any number of workers and nodes agree through the database alone.
"""

import threading
import time
from dataclasses import dataclass, field, replace

from kb.core.column_types import now
from kb.core.db import Database

from . import queries
from .live_state import LiveState, live_state_of

FRESH_SECONDS = 0.3
"""For so long what was read is given out unasked."""

STALE_SECONDS = 1.0
"""Up to this age it is given out while somebody else reads anew; beyond it, everybody waits for the reading."""

_MOST = 64


@dataclass(slots=True)
class _CachedState:
    lock: threading.Lock = field(default_factory=threading.Lock)
    state: LiveState | None = None
    read_at: float = 0.0
    asked_at: float = 0.0

    @property
    def priority(self) -> tuple[bool, float]:
        """What is dropped first is worth least."""
        return self.state is not None, self.asked_at


class LiveCache:
    """The stages of sessions by their short codes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._entries: dict[str, _CachedState] = {}
        self._lock = threading.Lock()

    def state(self, short_code: str) -> LiveState:
        """What is on in a session now, some tenths of a second old at most while anybody asks. Raises NotFound."""
        cached_state = self._of(short_code)
        age = time.monotonic() - cached_state.read_at
        if cached_state.state is not None and age < FRESH_SECONDS:
            return cached_state.state
        may_wait = cached_state.state is None or age > STALE_SECONDS
        if not cached_state.lock.acquire(blocking=may_wait):
            return cached_state.state  # type: ignore[return-value] # there is one, or we had waited
        try:
            if cached_state.state is None or time.monotonic() - cached_state.read_at >= FRESH_SECONDS:
                began = time.monotonic()
                cached_state.state = self._read(short_code, cached_state.state)
                cached_state.read_at = began
            return cached_state.state
        finally:
            cached_state.lock.release()

    def _of(self, short_code: str) -> _CachedState:
        with self._lock:
            cached_state = self._entries.get(short_code)
            if cached_state is None:
                # Whoever makes up codes fills no memory: those that lead nowhere are dropped first.
                if len(self._entries) >= _MOST:
                    oldest = min(
                        self._entries,
                        key=lambda code: (self._entries[code].state is not None, self._entries[code].asked_at),
                    )
                    del self._entries[oldest]
                cached_state = self._entries[short_code] = _CachedState()
            cached_state.asked_at = time.monotonic()
            return cached_state

    def _read(self, short_code: str, before: LiveState | None) -> LiveState:
        """Read anew what has changed: nothing but the clock where the pulse is the same."""
        moment = now()
        with self._database.snapshot() as session:
            if before is not None and queries.version_key(session, before.session.id) == before.version_key:
                return replace(before, clock=queries.clock_of(before.session, before.steps, moment))
            return live_state_of(session, queries.session_to_show(session, short_code=short_code), moment)
