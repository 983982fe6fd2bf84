"""The stage: everything that is public of a session at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kb.catalogue.models import Initiative

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
