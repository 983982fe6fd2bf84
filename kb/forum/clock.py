"""The clock of a session: a log of what the chair did, folded into what is on, how long it has taken, what follows.

All of it is pure: moments are in UTC, `now` is passed in, and the same log gives the same clock on every machine. A
step that makes no sense where it stands (a second start, a resuming without a pause) changes nothing, whoever wrote it;
a moment that lies before the one of the step before it, as clocks of two machines may differ, counts as that one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from kb.core.i18n import gettext_noop

StepKind = Literal["started", "paused", "resumed", "next", "skipped", "broken-off", "extended", "ended", "undone"]
Status = Literal["waiting", "running", "paused", "ended"]

STEPS = {
    "started": gettext_noop("Started"),
    "paused": gettext_noop("Paused"),
    "resumed": gettext_noop("Resumed"),
    "next": gettext_noop("Next item"),
    "skipped": gettext_noop("Skipped"),
    "broken-off": gettext_noop("Stopped early"),
    "extended": gettext_noop("Extended"),
    "ended": gettext_noop("Ended"),
    "undone": gettext_noop("Undone"),
}
"""What a chair can do with the clock.

`started`, `next` and `broken-off`, which leaves the current slot out, name the slot that begins: so what was on stays
what was on, however the programme is changed afterwards. `skipped` names a slot to come that is left out.
"""

_NOTHING = timedelta(0)

SPOKE_FOR = timedelta(minutes=1)
"""Whoever had the floor for so long is known to have spoken; less may be a slot that was called up and left."""


@dataclass(frozen=True, slots=True)
class PlannedSlot:
    """A slot as planned: its key and its length, None where no length was given."""

    key: int
    length: timedelta | None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the chair did: `slot` begins, is left out or extended (see STEPS), `by` is how much it grows."""

    kind: StepKind
    at: datetime
    slot: int | None = None
    by: timedelta = _NOTHING


@dataclass(frozen=True, slots=True)
class SlotTime:
    """A slot on the clock. `length` is what it may take, with its extensions.

    `begins` and `ends` are when it did, or is going to as things stand; None where not known, or where it is left out.
    """

    key: int
    length: timedelta | None
    spent: timedelta
    begins: datetime | None
    ends: datetime | None
    is_over: bool
    is_skipped: bool

    @property
    def remaining(self) -> timedelta | None:
        """What is left of it, never less than nothing; None where no length was given."""
        return None if self.length is None else max(self.length - self.spent, _NOTHING)

    @property
    def over_by(self) -> timedelta:
        """How much longer than its length it has taken."""
        return _NOTHING if self.length is None else max(self.spent - self.length, _NOTHING)


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock at one moment. `ends` is when the session did or is going to end, `paused_for` the sum of all pauses.

    `spent` is the sum of all slots, also of those that were taken out of the plan since.
    """

    status: Status
    now: datetime
    slots: tuple[SlotTime, ...]
    current: SlotTime | None
    following: SlotTime | None
    started_at: datetime | None
    ended_at: datetime | None
    paused_for: timedelta
    spent: timedelta
    ends: datetime | None
    planned_end: datetime | None
    may_undo: bool

    @property
    def late_by(self) -> timedelta | None:
        """How much later than planned it is going to end, or ended; negative when earlier; None where not known."""
        return None if self.ends is None or self.planned_end is None else self.ends - self.planned_end

    @property
    def zero(self) -> datetime | None:
        """The moment from which the running slot's time counts: its beginning, moved by its pauses.

        It stands still while the clock runs, so whoever knows it need not ask again; None while it does not run.
        """
        return self.now - self.current.spent if self.status == "running" and self.current else None

    def may(self, kind: StepKind) -> bool:
        """Whether this step makes sense now."""
        if kind == "undone":
            return self.may_undo
        if kind in {"next", "broken-off"}:
            return self.status in _ON and self.following is not None
        if kind == "extended":
            return self.status in _ON and self.current is not None and self.current.length is not None
        return self.status in _SENSIBLE[kind]

    def was_held(self, key: int) -> bool | None:
        """Whether a slot took place: it began and is over. None while that is open, as of what is on or to come.

        What was left out did not, nor what was broken off before it had taken SPOKE_FOR.
        """
        slot = self.slot(key)
        if slot is None:
            return None
        if slot.is_skipped and slot.spent < SPOKE_FOR:
            return False
        if slot.is_over:
            return True
        return False if self.status == "ended" else None

    def slot(self, key: int | None) -> SlotTime | None:
        """A slot by its key; None where there is none."""
        return next((slot for slot in self.slots if slot.key == key), None)


_ON: tuple[Status, ...] = ("running", "paused")
_SENSIBLE: dict[StepKind, tuple[Status, ...]] = {
    "started": ("waiting",),
    "paused": ("running",),
    "resumed": ("paused",),
    "next": _ON,
    "skipped": ("waiting", *_ON),
    "broken-off": _ON,
    "extended": _ON,
    "ended": _ON,
}

# Time of a slot that has since been taken out of the programme counts here, so that none is lost.
_TAKEN_OUT = 0


@dataclass(frozen=True, slots=True)
class _ClockState:
    """Where the clock stands after a step; each step makes new ones, so that taking one back finds the old."""

    status: Status = "waiting"
    current: int | None = None
    last: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    paused_for: timedelta = _NOTHING
    spent: Mapping[int, timedelta] = field(default_factory=dict)
    begins: Mapping[int, datetime] = field(default_factory=dict)
    ends: Mapping[int, datetime] = field(default_factory=dict)
    added: Mapping[int, timedelta] = field(default_factory=dict)
    skipped: frozenset[int] = frozenset()

    def at(self, moment: datetime) -> "_ClockState":
        """The state at a later moment: the time that passed counts for the slot or the pause that it was."""
        if self.last is None or moment <= self.last:
            return self if self.last else replace(self, last=moment)
        passed = moment - self.last
        if self.status == "running":
            key = _TAKEN_OUT if self.current is None else self.current
            return replace(self, last=moment, spent={**self.spent, key: self.spent.get(key, _NOTHING) + passed})
        paused_for = self.paused_for + passed if self.status == "paused" else self.paused_for
        return replace(self, last=moment, paused_for=paused_for)

    def begun(self, key: int | None) -> "_ClockState":
        """The current slot left, and this one begun, at the present moment."""
        moment = self.last
        assert moment is not None  # noqa: S101 - for the type checker: every caller has called at()
        ends = self.ends if self.current is None else {**self.ends, self.current: moment}
        begins = self.begins if key is None else {**self.begins, key: moment}
        return replace(self, current=key, begins=begins, ends=ends)


def _waiting(plan: Sequence[PlannedSlot], state: _ClockState) -> list[int]:
    """The slots that have not begun and are not left out: those after the current one, then any jumped over."""
    keys = [slot.key for slot in plan]
    after = keys.index(state.current) + 1 if state.current in keys else 0
    return [key for key in keys[after:] + keys[:after] if key not in state.begins and key not in state.skipped]


def _following(plan: Sequence[PlannedSlot], state: _ClockState) -> int | None:
    """The slot that comes next."""
    return next(iter(_waiting(plan, state)), None)


def _after(plan: Sequence[PlannedSlot], state: _ClockState, step: Step) -> _ClockState | None:
    """Where the clock stands after a step; None where the step makes no sense."""
    if state.status not in _SENSIBLE.get(step.kind, ()):
        return None
    later = state if state.status == "waiting" and step.kind == "skipped" else state.at(step.at)
    if step.kind == "started":
        return replace(later, status="running", started_at=later.last).begun(_known(plan, step.slot))
    if step.kind == "ended":
        return replace(later.begun(None), status="ended", ended_at=later.last)
    if step.kind in _OF_A_SLOT:
        return _OF_A_SLOT[step.kind](plan, later, step)
    return replace(later, status="paused" if step.kind == "paused" else "running")


def _extended(_plan: Sequence[PlannedSlot], state: _ClockState, step: Step) -> _ClockState | None:
    """More time for the current slot."""
    if step.slot is None or step.slot != state.current or step.by <= _NOTHING:
        return None
    return replace(state, added={**state.added, step.slot: state.added.get(step.slot, _NOTHING) + step.by})


def _next(plan: Sequence[PlannedSlot], state: _ClockState, step: Step) -> _ClockState | None:
    """The next slot begun, which ends a pause too: somebody who speaks is not in a pause."""
    if step.slot in state.begins or step.slot in state.skipped:
        return None
    return replace(state.begun(_known(plan, step.slot)), status="running")


def _broken_off(plan: Sequence[PlannedSlot], state: _ClockState, step: Step) -> _ClockState | None:
    """The current slot left out from here on, and another begun."""
    after = _next(plan, state, step)
    left_out = set() if state.current is None else {state.current}
    return None if after is None else replace(after, skipped=after.skipped | left_out)


def _known(plan: Sequence[PlannedSlot], key: int | None) -> int | None:
    """The key of a slot, or None where it has since been taken out of the programme."""
    return key if any(key == slot.key for slot in plan) else None


def _skipped(plan: Sequence[PlannedSlot], state: _ClockState, step: Step) -> _ClockState | None:
    """A slot to come left out."""
    key = _known(plan, step.slot)
    if key is None or key in state.skipped or key in state.begins:
        return None
    return replace(state, skipped=state.skipped | {key})


_OF_A_SLOT: dict[StepKind, Callable[[Sequence[PlannedSlot], _ClockState, Step], _ClockState | None]] = {
    "next": _next,
    "skipped": _skipped,
    "broken-off": _broken_off,
    "extended": _extended,
}


def clock_at(plan: Sequence[PlannedSlot], steps: Iterable[Step], now: datetime, starts_at: datetime) -> Clock:
    """Fold a log into the clock at `now`; `starts_at` is when the session was planned to begin.

    The moments of slots to come follow from what the current one still has, or, when it has taken longer, from now; the
    moment after a slot of unknown length is not known.
    """
    path = [_ClockState()]
    for step in steps:
        if step.kind == "undone":
            if len(path) > 1:
                path.pop()
        elif (after := _after(plan, path[-1], step)) is not None:
            path.append(after)
    state = path[-1] if path[-1].status in {"waiting", "ended"} else path[-1].at(now)
    now = max(now, state.last or now)
    slots, ends = _projected(plan, state, now, starts_at)
    known = {slot.key: slot for slot in slots}
    following = None if state.status == "ended" else _following(plan, state)
    lengths = [slot.length for slot in plan]
    planned = None if None in lengths or not lengths else sum((length for length in lengths if length), _NOTHING)
    return Clock(
        status=state.status,
        now=now,
        slots=slots,
        current=known.get(state.current) if state.current is not None else None,
        following=known.get(following) if following is not None else None,
        started_at=state.started_at,
        ended_at=state.ended_at,
        paused_for=state.paused_for,
        spent=sum(state.spent.values(), _NOTHING),
        ends=state.ended_at or ends,
        planned_end=None if planned is None else starts_at + planned,
        may_undo=len(path) > 1,
    )


def _projected(
    plan: Sequence[PlannedSlot], state: _ClockState, now: datetime, starts_at: datetime
) -> tuple[tuple[SlotTime, ...], datetime | None]:
    """The slots with their moments, and the moment at which the last of them ends."""
    lengths = {
        slot.key: None if slot.length is None else slot.length + state.added.get(slot.key, _NOTHING) for slot in plan
    }
    begins: dict[int, datetime | None] = dict(state.begins)
    ends: dict[int, datetime | None] = dict(state.ends)
    cursor: datetime | None = max(now, starts_at) if state.status == "waiting" else now
    if state.current is not None:
        cursor = ends[state.current] = _later(now, lengths[state.current], state.spent.get(state.current, _NOTHING))
    for key in _waiting(plan, state) if state.status != "ended" else ():
        begins[key] = cursor
        cursor = ends[key] = _later(cursor, lengths[key])
    slots = (
        SlotTime(
            key=key,
            length=length,
            spent=state.spent.get(key, _NOTHING),
            begins=begins.get(key),
            ends=ends.get(key),
            is_over=key in state.ends,
            is_skipped=key in state.skipped,
        )
        for key, length in lengths.items()
    )
    return tuple(slots), cursor


def _later(moment: datetime | None, length: timedelta | None, spent: timedelta = _NOTHING) -> datetime | None:
    """A moment after what is left of a length; None where either is not known."""
    return None if moment is None or length is None else moment + max(length - spent, _NOTHING)
