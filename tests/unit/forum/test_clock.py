"""The session's clock, over any pauses, skips, extensions, double clicks and time zones."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from kb.forum.clock import Clock, PlannedSlot, Step, clock_at

START = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
"""Half an hour before the clocks of Europe go back: a session held then lives through an hour that comes twice."""

NOTHING = timedelta(0)
minutes = st.integers(0, 30).map(lambda count: timedelta(minutes=count))
plans = st.lists(st.one_of(minutes, st.none()), min_size=1, max_size=6).map(
    lambda lengths: tuple(PlannedSlot(key, length) for key, length in enumerate(lengths, 1))
)
kinds = st.sampled_from(
    ["started", "paused", "resumed", "next", "skipped", "broken-off", "extended", "ended", "undone"]
)
raw_steps = st.lists(st.tuples(kinds, st.integers(-60, 900), st.integers(1, 7), st.sampled_from([1, 5])), max_size=25)


def log(raw: list[tuple[str, int, int, int]]) -> tuple[list[Step], datetime]:
    """Steps, the clocks of their machines differing by up to a minute; and the moment of the last."""
    at = START
    steps = []
    for kind, seconds, slot, added in raw:
        at += timedelta(seconds=seconds)
        steps.append(Step(kind, at, slot, timedelta(minutes=added)))  # type: ignore[arg-type]
    return steps, at


def clock(plan: tuple[PlannedSlot, ...], *steps: Step, now: datetime) -> Clock:
    return clock_at(plan, steps, now, START)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


THREE = (
    PlannedSlot(1, timedelta(minutes=5)),
    PlannedSlot(2, timedelta(minutes=10)),
    PlannedSlot(3, timedelta(minutes=15)),
)


@given(plans, raw_steps, st.integers(0, 7200))
def test_time_is_never_negative_and_none_is_lost(plan, raw, later) -> None:
    steps, last = log(raw)
    clock = clock_at(plan, steps, last + timedelta(seconds=later), START)
    assert all(slot.spent >= NOTHING and slot.over_by >= NOTHING for slot in clock.slots)
    assert clock.paused_for >= NOTHING
    if clock.started_at is None:
        assert clock.status == "waiting"
        assert clock.spent == clock.paused_for == NOTHING
    else:
        wall = (clock.ended_at or clock.now) - clock.started_at
        assert clock.spent + clock.paused_for == wall


@given(plans, raw_steps)
def test_any_step_may_be_clicked_twice_but_those_that_add(plan, raw) -> None:
    """A second click names the same slot; `extended` and `undone` are kept single by the number of the step."""
    steps, last = log([step for step in raw if step[0] not in {"extended", "undone"}])
    doubled = [copy for step in steps for copy in (step, step)]
    assert clock_at(plan, doubled, last, START) == clock_at(plan, steps, last, START)


@given(plans, raw_steps)
def test_what_makes_no_sense_changes_nothing_and_may_says_so(plan, raw) -> None:
    steps, last = log(raw)
    for count in range(len(steps)):
        before = clock_at(plan, steps[:count], last, START)
        in_the_plan = steps[count].slot in {slot.key for slot in plan}
        if in_the_plan and not before.may(steps[count].kind):
            assert clock_at(plan, steps[: count + 1], last, START) == before


@given(plans, raw_steps, kinds)
def test_a_step_taken_back_is_as_if_it_had_not_been(plan, raw, kind) -> None:
    steps, last = log(raw)
    before = clock_at(plan, steps, last, START)
    key = before.following.key if before.following else before.current.key if before.current else 1
    if kind == "extended" and before.current:
        key = before.current.key
    step = Step(kind, last, key, timedelta(minutes=1))
    if kind != "undone" and clock_at(plan, [*steps, step], last, START) != before:
        assert clock_at(plan, [*steps, step, Step("undone", last)], last, START) == before


@given(plans, raw_steps, st.integers(0, 7200), st.sampled_from(["Europe/Zurich", "Asia/Kolkata", "America/New_York"]))
def test_slots_to_come_follow_one_another_on_every_wall(plan, raw, later, zone) -> None:
    steps, last = log(raw)
    clock = clock_at(plan, steps, last + timedelta(seconds=later), START)
    coming = [slot for slot in clock.slots if not slot.is_over and not slot.is_skipped and slot != clock.current]
    known = sorted((slot.begins, slot.ends) for slot in coming if slot.begins and slot.ends)
    assert all(before[1] <= after[0] for before, after in pairwise(known))
    for begins, _ends in known:
        local = begins.astimezone(ZoneInfo(zone))
        assert local.astimezone(UTC) == begins
    assert all(slot.ends - slot.begins == slot.length for slot in coming if slot.ends)


@given(plans, raw_steps, st.integers(1, 60))
def test_an_extension_moves_what_follows_unless_the_slot_was_over_anyway(plan, raw, added) -> None:
    steps, last = log(raw)
    before = clock_at(plan, steps, last, START)
    if not before.may("extended"):
        return
    more = timedelta(minutes=added)
    after = clock_at(plan, [*steps, Step("extended", last, before.current.key, more)], last, START)
    assert after.current.length == before.current.length + more
    moved = max(more - before.current.over_by, NOTHING)
    for slot_time, other in zip(before.slots, after.slots, strict=True):
        if slot_time.begins is not None and not slot_time.is_over and slot_time != before.current:
            assert other.begins - slot_time.begins == moved
    assert before.ends is None or after.ends - before.ends == moved


@given(plans, raw_steps, st.integers(1, 3600))
def test_a_pause_counts_for_no_slot(plan, raw, seconds) -> None:
    steps, last = log(raw)
    running = clock_at(plan, steps, last, START)
    last = running.now
    if running.status != "running":
        return
    pause = timedelta(seconds=seconds)
    paused = clock_at(plan, [*steps, Step("paused", last)], last + pause, START)
    resumed = clock_at(plan, [*steps, Step("paused", last), Step("resumed", last + pause)], last + pause, START)
    for clock in (paused, resumed):
        assert [slot.spent for slot in clock.slots] == [slot.spent for slot in running.slots]
        assert clock.paused_for == running.paused_for + pause


def test_a_session_runs_from_slot_to_slot() -> None:
    steps = [Step("started", at(2), 1), Step("next", at(8), 2), Step("extended", at(9), 2, timedelta(minutes=5))]
    clock_now = clock(THREE, *steps, now=at(12))
    assert (clock_now.current.key, clock_now.following.key) == (2, 3)
    assert clock_now.slots[0].over_by == timedelta(minutes=1)
    assert clock_now.current.spent == timedelta(minutes=4)
    assert clock_now.current.remaining == timedelta(minutes=11)
    assert clock_now.slots[2].begins == at(23)
    assert clock_now.ends == at(38)
    assert clock_now.late_by == timedelta(minutes=8)
    assert clock_now.zero == at(8)


def test_a_slot_that_is_struck_leaves_its_time_to_the_others() -> None:
    clock_now = clock(THREE, Step("started", at(0), 1), Step("skipped", at(1), 2), now=at(1))
    assert (clock_now.current.key, clock_now.following.key) == (1, 3)
    assert clock_now.ends == at(20)
    assert clock_now.slots[1].begins is None


def test_a_slot_that_is_broken_off_gives_way_to_the_next() -> None:
    clock_now = clock(THREE, Step("started", at(0), 1), Step("broken-off", at(3), 2), now=at(4))
    assert (clock_now.current.key, clock_now.slots[0].is_skipped, clock_now.slots[0].is_over) == (2, True, True)
    assert clock_now.slots[0].spent == timedelta(minutes=3)


def test_before_it_starts_the_clock_shows_the_plan_and_a_late_start_moves_it() -> None:
    assert clock(THREE, now=at(-60)).slots[1].begins == at(5)
    late = clock(THREE, now=at(7))
    assert late.slots[1].begins == at(12)
    assert late.late_by == timedelta(minutes=7)
    assert not late.may("next")
    assert not late.may("undone")


def test_where_no_length_was_given_what_follows_has_no_time() -> None:
    plan = (PlannedSlot(1, timedelta(minutes=5)), PlannedSlot(2, None), PlannedSlot(3, timedelta(minutes=5)))
    clock_now = clock(plan, Step("started", at(0), 1), now=at(1))
    assert clock_now.slots[1].begins == at(5)
    assert clock_now.slots[2].begins is None
    assert clock_now.ends is clock_now.late_by is None


def test_time_of_a_slot_that_was_taken_out_of_the_programme_is_not_lost() -> None:
    steps = [Step("started", at(0), 1), Step("next", at(5), 2), Step("next", at(8), 3)]
    clock_now = clock((THREE[0], THREE[2]), *steps, now=at(10))
    assert clock_now.spent == timedelta(minutes=10)
    assert clock_now.current.key == 3


def test_what_was_on_stays_what_was_on_however_the_programme_changes() -> None:
    """One slot is taken out, another put first, and the rest turned round, after a start, a breaking off and a next."""
    four = (*THREE, PlannedSlot(4, timedelta(minutes=5)))
    steps = [Step("started", at(0), 1), Step("broken-off", at(3), 2), Step("next", at(10), 3)]
    before = clock(four, *steps, now=at(12))
    put_first = PlannedSlot(9, timedelta(minutes=5))
    after = clock((put_first, four[3], four[2], four[0]), *steps, now=at(12))
    assert (before.current, before.current.key) == (after.current, 3)
    assert after.slot(1) == before.slot(1)
    assert (after.spent, after.started_at) == (before.spent, before.started_at)
    # The slot that began by the breaking off is gone: its time is nobody's, and not that of what now follows.
    gone = clock((four[0], four[2], four[3]), *steps[:2], now=at(9))
    assert gone.current is None
    assert [slot.spent for slot in gone.slots] == [timedelta(minutes=3), NOTHING, NOTHING]
