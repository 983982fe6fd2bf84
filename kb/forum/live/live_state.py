"""The stage: everything that is public of a session at one moment."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from kb.catalogue.models import Initiative
from kb.core.column_types import now
from kb.core.db import Database

from ..clock import Clock, SlotTime
from ..models import ClockStep, ForumSession, LiveStatus, Question, Slot
from . import queries


@dataclass(frozen=True, slots=True)
class LiveState:
    """What everybody may see of a session at a moment: `votes` by question, `pinned` is the one to be answered."""

    version_key: queries.VersionKey
    session: ForumSession
    steps: Sequence[ClockStep]
    clock: Clock
    questions_open: bool
    questions: tuple[Question, ...]
    votes: Mapping[int, int]
    pinned: Question | None

    @property
    def version(self) -> int:
        """A number that only grows: whoever has seen it has seen everything before."""
        return self.version_key[0] + self.version_key[1]

    @property
    def now(self) -> Slot | None:
        """The slot that is on."""
        return self._slot(self.clock.current)

    @property
    def next(self) -> Slot | None:
        """The slot that follows."""
        return self._slot(self.clock.following)

    @property
    def initiatives(self) -> list[Initiative]:
        """Every initiative that the session presents, once, in its order."""
        return list(
            {initiative.id: initiative for slot in self.session.slots for initiative in slot.initiatives}.values()
        )

    def _slot(self, at: SlotTime | None) -> Slot | None:
        return next((slot for slot in self.session.slots if at and slot.id == at.key), None)


def live_state_of(session: Session, forum_session: ForumSession, now: datetime) -> LiveState:
    """Everything that is public of a session at this moment, in a number of queries that does not grow with it.

    In a snapshot, so that what is read belongs together and to its pulse.
    """
    beat = queries.version_key(session, forum_session.id)
    state = session.get(LiveStatus, forum_session.id)
    questions = queries.questions_of(session, forum_session.id, *queries.PUBLIC)
    votes = queries.votes_of(session, forum_session.id)
    steps = queries.steps_of(session, forum_session.id)
    clock = queries.clock_of(forum_session, steps, now)
    return LiveState(
        version_key=beat,
        session=forum_session,
        steps=steps,
        clock=clock,
        questions_open=state is not None and state.questions_open,
        questions=tuple(
            sorted(
                questions, key=lambda question: (question.state == "answered", -votes.get(question.id, 0), question.id)
            )
        ),
        votes=votes,
        pinned=next((question for question in questions if state and question.id == _pinned(state, clock)), None),
    )


def _pinned(state: LiveStatus, clock: Clock) -> int | None:
    """The question on the screen: that which was pinned in the slot that is on, and none once the session is over."""
    on = clock.current.key if clock.current else None
    return state.pinned_id if state.pinned_slot_id == on and clock.status != "ended" else None


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
