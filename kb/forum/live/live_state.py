"""The live state of a session: everything that is public of it at one moment, kept in each process.

Hundreds ask every second; one of them at a time reads the database, and only looks at the version key when nothing
changed. Nothing is passed from one process to another, so any number of workers agree through the database alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from kb.catalogue.models import Initiative
from kb.core.cache import DerivedCache
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.standbys import NEWEST

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

    In a snapshot, so that what is read belongs together and to its version key.
    """
    version_key = queries.version_key(session, forum_session.id)
    state = session.get(LiveStatus, forum_session.id)
    questions = queries.questions_of(session, forum_session.id, *queries.PUBLIC)
    votes = queries.votes_of(session, forum_session.id)
    steps = queries.steps_of(session, forum_session.id)
    clock = queries.clock_of(forum_session, steps, now)
    return LiveState(
        version_key=version_key,
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
"""For so long a live state is given out without asking the database."""

STALE_SECONDS = 1.0
"""Up to this age it is given out while another thread reads anew; beyond it, everybody waits for the reading."""

_MOST = 64


class LiveCache:
    """The live states of sessions by their short codes, shared by all threads of a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._states: DerivedCache[str, LiveState] = DerivedCache(
            fresh_seconds=FRESH_SECONDS, max_age=FRESH_SECONDS, stale_seconds=STALE_SECONDS, max_entries=_MOST
        )

    def state(self, short_code: str) -> LiveState:
        """What is on in a session now, some tenths of a second old at most while anybody asks. Raises NotFound."""
        return self._states.get(short_code, lambda: self._read(short_code, self._states.peek(short_code)))

    def _read(self, short_code: str, before: LiveState | None) -> LiveState:
        """Read anew what has changed: nothing but the clock where the version key is the same."""
        moment = now()
        with self._database.snapshot(after=NEWEST) as session:
            if before is not None:
                version_key = queries.version_key(session, before.session.id)
                # A standby that is read while the primary is gone may be behind, and what was shown is not taken back.
                is_older = self._database.is_of_standby(session) and sum(version_key) < sum(before.version_key)
                if is_older or version_key == before.version_key:
                    return replace(before, clock=queries.clock_of(before.session, before.steps, moment))
            return live_state_of(session, queries.session_to_show(session, short_code=short_code), moment)
