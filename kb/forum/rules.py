"""The rules of a session: moments and time zones, the run of show, offices on a day, and which state follows which."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

from kb.catalogue.models import Leader, LeaderTerm
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from .choices import TALK_KINDS
from .models import ForumSession, Slot, Speaker

_SKIPPED = gettext_noop("%(time)s does not exist in %(zone)s on that day: the clocks go forward for summer time.")

_Item = TypeVar("_Item")


def slot_state(slot: Slot) -> str:
    """What is known of whether a slot took place, as a code of SLOT_STATES; `queries.was_held` says the same in SQL.

    The live record decides, or an organiser's word. Of a session that was not led from here, a talk is known to have
    been held where its speaker is known to have spoken; of everything else, nobody knows.
    """
    state = slot.session.state
    is_for_speaker_to_say = state == "ended" and slot.was_held is None and slot.kind in TALK_KINDS
    speaker = slot.speaker if is_for_speaker_to_say else None
    return state_of_item(state, slot.kind, slot.was_held, speaker.status if speaker else None)


def state_of_item(session_state: str, kind: str, was_held: bool | None, speaker_status: str | None) -> str:
    """The state of a slot as `slot_state` gives it, of an item of a programme that was read by column."""
    if session_state == "cancelled":
        return "not-held"
    if was_held is not None:
        return "held" if was_held else "not-held"
    if session_state != "ended":
        return "to-come"
    if kind in TALK_KINDS and speaker_status is not None:
        return {"spoke": "held", "did-not-come": "not-held"}.get(speaker_status, "unknown")
    return "unknown"


def may_have_spoken(speaker: Speaker) -> bool:
    """Whether somebody spoke, or may have or may yet: not where all their turns were planned and not held."""
    if speaker.status in {"spoke", "did-not-come"}:
        return speaker.status == "spoke"
    turns = [slot_state(slot) for slot in speaker.session.slots if slot.speaker is speaker]
    return not turns or any(state != "not-held" for state in turns)


TRANSITIONS: dict[str, tuple[str, ...]] = {
    "draft": ("announced",),
    "announced": ("ended", "cancelled", "draft"),
    "live": ("ended",),
    "ended": ("announced",),
    "cancelled": ("announced", "draft"),
}
"""From each state of a session, those to which an organiser may bring it; the console does the rest."""


def allowed_transitions(forum_session: ForumSession, now: datetime, was_led: bool) -> tuple[str, ...]:
    """The states to which an organiser may bring a session now; `was_led`: whether its clock was ever started here.

    Only what was planned to be over by now is recorded afterwards as over, and taken back; what was led from here ends
    at the console, and the last step is taken back there.
    """
    over = (forum_session.ends_at or forum_session.starts_at) <= now
    left_out = {"announced": set() if over else {"ended"}, "ended": {"announced"} if was_led else set()}
    return tuple(
        state for state in TRANSITIONS[forum_session.state] if state not in left_out.get(forum_session.state, ())
    )


def time_zones() -> list[str]:
    """The names that people know: continents and their cities, and UTC."""
    known = (name for name in available_timezones() if "/" in name and not name.startswith(_OBSOLETE))
    return [*sorted(known), "UTC"]


_OBSOLETE = ("Etc/", "US/", "Canada/", "Brazil/", "Chile/", "Mexico/", "SystemV/", "posix/", "right/")


def moment(day: date, clock: time, zone: str) -> datetime:
    """The moment in UTC at which the clocks of a zone show a time. Of a time that comes twice, the first is meant.

    Raises Refused where the zone is unknown, or its clocks skip that time because summer time begins.
    """
    if zone not in available_timezones():
        raise Refused(gettext_noop("There is no time zone called %(zone)s."), zone=zone)
    local = datetime.combine(day, clock, ZoneInfo(zone))
    instant = local.astimezone(UTC)
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Refused(_SKIPPED, zone=zone, time=f"{clock:%H:%M}")
    return instant


def start_times(begins_at: datetime, minutes: Iterable[int | None]) -> list[datetime | None]:
    """When each of a row of slots begins, in UTC; None after one whose length is not known.

    `begins_at` is the moment of the first; minutes are counted in real time, so a change of the clocks in between
    does no harm. One element for each of `minutes`.
    """
    at: datetime | None = begins_at.astimezone(UTC)
    moments = []
    for length in minutes:
        moments.append(at)
        at = None if at is None or length is None else at + timedelta(minutes=length)
    return moments


@dataclass(frozen=True, slots=True)
class Timed:
    """A slot of the programme with the moment at which it is planned to begin, in UTC; None where not known."""

    slot: Slot
    at: datetime | None


def programme(forum_session: ForumSession) -> list[Timed]:
    """The run of show of a session as planned, with its clock."""
    times = start_times(forum_session.starts_at, [slot.minutes for slot in forum_session.slots])
    return [Timed(slot, at) for slot, at in zip(forum_session.slots, times, strict=True)]


@dataclass(frozen=True, slots=True)
class Length:
    """How long a run of show is: the sum of what is known, how many slots have no length, and minutes over the plan.

    `over` is 0 where it fits or nothing was planned; `spare` is what is left, None where that cannot be told.
    """

    minutes: int
    unknown: int
    over: int
    spare: int | None


def length(minutes: Sequence[int | None], planned: int | None) -> Length:
    """How long slots of those minutes are together, against the planned minutes of the session."""
    total = sum(known for known in minutes if known is not None)
    unknown = sum(1 for minute in minutes if minute is None)
    over = 0 if planned is None else max(0, total - planned)
    spare = None if planned is None or unknown else max(0, planned - total)
    return Length(total, unknown, over, spare)


@dataclass(frozen=True, slots=True)
class OfficeHeld:
    """An office as it stood on a day: `former` says that it had surely ended, `unsure` that it may have."""

    term: LeaderTerm
    former: bool
    unsure: bool


def office_on(leader: Leader, day: date) -> OfficeHeld | None:
    """The office of a leader that matters on a day: one then held, else the one that ended last; None without any.

    Terms are known by the year alone, so in the year of an end it is unsure whether the office was still held; so it is
    where the end is not known, from the last day on which a source shows the person in office. A term that began after
    the day is not yet an office.
    """
    begun = [term for term in leader.terms if term.start_year is None or term.start_year <= day.year]
    holding = [term for term in begun if term.end_year is None or term.end_year >= day.year]
    if holding:
        leader_term = max(holding, key=lambda term: (term.end_year != day.year, term.start_year or 0))
        unsure = leader_term.end_year == day.year
        if leader_term.end_year is None:
            unsure = leader_term.in_office_on is None or leader_term.in_office_on < day
        return OfficeHeld(leader_term, former=False, unsure=unsure)
    past = [term for term in begun if term.end_year is not None]
    if not past:
        return None
    return OfficeHeld(max(past, key=lambda term: (term.end_year or 0, term.start_year or 0)), former=True, unsure=False)


@dataclass(frozen=True, slots=True)
class TemplateSlot:
    """A slot of a template: its kind, minutes, and the place of its speaker among those given, None for nobody's."""

    kind: str
    minutes: int
    speaker: int | None = None


USUAL_MINUTES = {
    "opening": 3,
    "thematic-presentation": 7,
    "flow": 2,
    "introduction": 1,
    "talk": 7,
    "remark": 1,
    "panel": 15,
    "questions": 10,
    "closing": 5,
}


def run_of_show(speakers: int, minutes: int | None = None) -> list[TemplateSlot]:
    """The usual run of show for so many speakers.

    The chair opens, presents the theme and explains the flow; each speaker is introduced, talks, and is followed by a
    remark; then come the panel, the audience's questions and closing statements. With `minutes`, talks and panel are
    made as long as fits, but no talk below 3 minutes.
    """
    frame = sum(USUAL_MINUTES[kind] for kind in ("opening", "thematic-presentation", "flow", "questions", "closing"))
    each = USUAL_MINUTES["introduction"] + USUAL_MINUTES["remark"]
    talk, panel = USUAL_MINUTES["talk"], USUAL_MINUTES["panel"]
    if minutes is not None and speakers:
        room = minutes - frame - speakers * each
        panel = max(5, min(30, room // 3))
        talk = max(3, min(15, (room - panel) // speakers))
        panel = max(5, min(30, room - speakers * talk))
    before = [TemplateSlot(kind, USUAL_MINUTES[kind]) for kind in ("opening", "thematic-presentation", "flow")]
    turns = [
        TemplateSlot(kind, talk if kind == "talk" else USUAL_MINUTES[kind], speaker)
        for speaker in range(speakers)
        for kind in ("introduction", "talk", "remark")
    ]
    after = [
        TemplateSlot("panel", panel),
        *(TemplateSlot(kind, USUAL_MINUTES[kind]) for kind in ("questions", "closing")),
    ]
    return [*before, *turns, *after]


def reordered(items: Sequence[_Item], item: _Item, to: int) -> list[_Item]:
    """The items with one of them at another place, counted from 0; places beyond the ends mean the ends."""
    others = [other for other in items if other is not item]
    at = max(0, min(to, len(others)))
    return [*others[:at], item, *others[at:]]


def consecutive_speakers(speakers: Sequence[int | None]) -> list[tuple[int, int]]:
    """Each pair of speakers who talk one after the other, from the speakers of the talks in their order."""
    known = [speaker for speaker in speakers if speaker is not None]
    return [(speaker, following) for speaker, following in pairwise(known) if speaker != following]
