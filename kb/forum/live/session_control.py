"""Takes steps of the clock of a session. Two consoles cannot both take one: each says which step it saw last."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kb.core.db import insert_if_absent
from kb.core.errors import Conflict, Refused
from kb.core.i18n import gettext_noop

from ..choices import CHAIR_SPEAKS_OF, LEADING_ROLES
from ..clock import SPOKE_FOR, Clock, StepKind
from ..models import ClockStep, ForumSession, LiveStatus, Slot, Speaker, Statement
from .queries import clock_of, steps_of

MOST_MINUTES = 60
"""The most that a slot grows by at once."""

STEP_CONFLICT = gettext_noop(
    "Someone else was first. Your click changed nothing. This is the current state of the session."
)
NOT_NOW = gettext_noop("That is not possible now. Nothing was changed.")
NOT_ANNOUNCED = gettext_noop("The session must be announced before it starts.")


def live_status_to_change(session: Session, forum_session: ForumSession) -> LiveStatus:
    """The live state of a session that `session_to_change` has given; it is made where there is none yet."""
    insert_if_absent(session, LiveStatus, session_id=forum_session.id, version=1, questions_open=False)
    return session.get_one(LiveStatus, forum_session.id, populate_existing=True)


def take_step(
    session: Session,
    forum_session: ForumSession,
    kind: StepKind,
    seen: int,
    now: datetime,
    by: str | None = None,
    slot_id: int | None = None,
    minutes: int | None = None,
) -> Clock:
    """Take a step; `seen` is the number of the last step that whoever clicked had seen. Gives the clock after it.

    `next` without a slot goes on to what follows, as `started` and `broken-off` do; `extended` means the current slot.
    The step keeps which slot begins, so that the programme may change afterwards. Raises Conflict when somebody else
    has taken a step since, Refused when the step makes no sense.
    """
    steps = list(steps_of(session, forum_session.id))
    if seen != len(steps):
        raise Conflict(STEP_CONFLICT)
    if forum_session.state not in {"announced", "live", "ended"}:
        raise Refused(NOT_ANNOUNCED)
    before = clock_of(forum_session, steps, now)
    target_id = _target_slot(before, kind, slot_id)
    if target_id is not None and before.slot(target_id) is None:
        raise Refused(NOT_NOW)
    if kind == "extended" and not (minutes and 0 < minutes <= MOST_MINUTES):
        raise Refused(NOT_NOW)
    step = ClockStep(
        session_id=forum_session.id,
        number=seen + 1,
        kind=kind,
        slot_id=target_id,
        minutes=minutes if kind == "extended" else None,
        at=now,
        by=by,
    )
    after = clock_of(forum_session, [*steps, step], now)
    if not before.may(kind) or after == before:
        raise Refused(NOT_NOW)
    state = live_status_to_change(session, forum_session)
    session.add(step)
    for slot in forum_session.slots:
        # What an organiser has corrected is not as the clock had it, and stays.
        if slot.was_held == before.was_held(slot.id):
            slot.was_held = after.was_held(slot.id)
    _log_step(forum_session, state, before, after)
    try:
        session.flush()
    except IntegrityError as twice:
        raise Conflict(STEP_CONFLICT) from twice
    return after


def _target_slot(before: Clock, kind: StepKind, slot_id: int | None) -> int | None:
    if kind in {"started", "broken-off"} or (kind == "next" and slot_id is None):
        return before.following.key if before.following else None
    if kind == "extended" and slot_id is None and before.current:
        return before.current.key
    return slot_id if kind in {"next", "skipped", "extended"} else None


def _log_step(forum_session: ForumSession, state: LiveStatus, before: Clock, after: Clock) -> None:
    """Let the session's own state follow its clock; questions open when it starts and close when it ends.

    At the end whoever had the floor is known to have spoken.
    """
    state.version += 1
    if before.status == after.status:
        return
    if after.status == "waiting":
        forum_session.state, state.questions_open = "announced", False
    elif after.status == "ended":
        forum_session.state, state.questions_open = "ended", False
        _note_who_spoke(forum_session, after)
    elif forum_session.state != "live":
        forum_session.state, state.questions_open = "live", True


def _note_who_spoke(forum_session: ForumSession, clock: Clock) -> None:
    """Mark whoever was announced and had the floor; what the organiser has marked otherwise stays."""
    ran = {slot.key for slot in clock.slots if slot.spent >= SPOKE_FOR}
    for slot in forum_session.slots:
        speaker = _who_has_the_floor(forum_session, slot)
        if slot.id in ran and speaker is not None and speaker.status in {"announced", "confirmed"}:
            speaker.status = "spoke"


def record_statement(
    session: Session,
    forum_session: ForumSession,
    text: str,
    now: datetime,
    kind: str = "point",
    speaker_id: int | None = None,
) -> Statement:
    """Take down what was said, for the public record: in the slot that is on, by whoever has the floor or is named."""
    current = clock_of(forum_session, steps_of(session, forum_session.id), now).current
    slot = next((row for row in forum_session.slots if current and row.id == current.key), None)
    named = next((row for row in forum_session.speakers if row.id == speaker_id), None)
    speaker = named or _who_has_the_floor(forum_session, slot)
    statement = Statement(
        session=forum_session,
        slot=slot,
        speaker=speaker,
        kind=kind,
        text=text,
        position=1 + max((row.position for row in forum_session.statements), default=0),
    )
    session.add(statement)
    live_status_to_change(session, forum_session).version += 1
    session.flush()
    return statement


def _who_has_the_floor(forum_session: ForumSession, slot: Slot | None) -> Speaker | None:
    """The slot's speaker; but whoever chairs, where the slot is about its speaker: nobody introduces themselves."""
    if slot is None or slot.kind not in CHAIR_SPEAKS_OF or slot.speaker is None or slot.speaker.role in LEADING_ROLES:
        return slot.speaker if slot else None
    return next((speaker for speaker in forum_session.speakers if speaker.role in LEADING_ROLES), None)
