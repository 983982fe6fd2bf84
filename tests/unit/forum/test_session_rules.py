"""The rules of a session: clocks over changes of the clocks, the run of show, titles on a day."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.catalogue.models import Leader, LeaderTerm
from kb.core.errors import Refused
from kb.forum import rules
from kb.forum.choices import SESSION_STATES, SLOT_KINDS
from kb.forum.models import ForumSession

MINUTES = st.lists(st.one_of(st.none(), st.integers(0, 600)), max_size=30)
ZONES = st.sampled_from(["Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
MOMENTS = st.builds(datetime.combine, st.dates(date(1990, 1, 1), date(2036, 12, 31)), st.times())


def test_a_session_in_geneva_in_summer_begins_two_hours_before_utc_says_so() -> None:
    begins = rules.moment(date(2022, 5, 30), time(14, 30), "Europe/Zurich")
    assert begins == datetime(2022, 5, 30, 12, 30, tzinfo=UTC)


def test_an_organiser_is_told_that_the_clocks_skip_a_time() -> None:
    with pytest.raises(Refused, match="02:30 does not exist"):
        rules.moment(date(2025, 3, 30), time(2, 30), "Europe/Zurich")


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    assert rules.moment(date(2025, 10, 26), time(2, 30), "Europe/Zurich") == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(Refused, match="no time zone called Atlantis"):
        rules.moment(date(2025, 1, 1), time(9), "Atlantis")


def test_every_zone_offered_is_a_zone() -> None:
    offered = rules.time_zones()
    assert {"Europe/Zurich", "Asia/Kolkata", "America/Argentina/Buenos_Aires", "UTC"} <= set(offered)
    assert all(ZoneInfo(name) for name in offered)


@given(MOMENTS, ZONES)
def test_the_clock_of_the_zone_shows_what_was_typed_or_the_time_is_refused(local: datetime, zone: str) -> None:
    local = local.replace(second=0, microsecond=0)
    try:
        instant = rules.moment(local.date(), local.time(), zone)
    except Refused:
        # Then no moment of that day shows this time.
        around = [datetime.combine(local.date(), time(0), UTC) + timedelta(minutes=m) for m in range(-1500, 3000)]
        assert local not in {moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for moment in around}
    else:
        assert instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local


@given(MOMENTS, ZONES, MINUTES)
def test_each_slot_begins_when_the_one_before_it_ends(local: datetime, zone: str, minutes: list[int | None]) -> None:
    begins = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    moments = rules.start_times(begins, minutes)
    assert len(moments) == len(minutes)
    known = minutes.index(None) + 1 if None in minutes else len(minutes)
    assert moments[known:] == [None] * (len(minutes) - known)
    for position in range(known):
        assert moments[position] == begins + timedelta(minutes=sum(minutes[:position]))  # type: ignore[arg-type] # known


def test_the_clock_shows_summer_time_once_it_has_begun() -> None:
    zone = ZoneInfo("Europe/Zurich")
    moments = rules.start_times(rules.moment(date(2025, 3, 30), time(1, 30), "Europe/Zurich"), [30, 30, 30])
    assert [at.astimezone(zone).strftime("%H:%M") for at in moments if at] == ["01:30", "03:00", "03:30"]


@given(MINUTES, st.one_of(st.none(), st.integers(1, 600)))
def test_a_run_of_show_is_over_spare_or_open(minutes: list[int | None], planned: int | None) -> None:
    length = rules.length(minutes, planned)
    assert length.minutes == sum(minute or 0 for minute in minutes)
    assert length.unknown == minutes.count(None)
    if planned is None:
        assert (length.over, length.spare) == (0, None)
    elif length.over:
        assert length.minutes == planned + length.over
    elif not length.unknown:
        assert length.minutes + (length.spare or 0) == planned


@given(st.integers(0, 12), st.one_of(st.none(), st.integers(10, 480)))
def test_the_template_follows_the_order_of_a_session(speakers: int, minutes: int | None) -> None:
    show = rules.run_of_show(speakers, minutes)
    kinds = [slot.kind for slot in show]
    assert kinds[:3] == ["opening", "thematic-presentation", "flow"]
    assert kinds[3:-3] == ["introduction", "talk", "remark"] * speakers
    assert kinds[-3:] == ["panel", "questions", "closing"]
    assert [slot.speaker for slot in show[3:-3]] == [speaker for speaker in range(speakers) for _ in range(3)]
    assert set(kinds) <= set(SLOT_KINDS)
    assert all(slot.minutes >= 1 for slot in show)


def test_the_template_fills_the_time_there_is() -> None:
    assert 55 <= sum(slot.minutes for slot in rules.run_of_show(3, 60)) <= 60
    assert 85 <= sum(slot.minutes for slot in rules.run_of_show(5, 90)) <= 90


@given(st.lists(st.integers(), unique=True, min_size=1, max_size=9), st.data())
def test_moving_loses_and_doubles_nothing(items: list[int], data: st.DataObject) -> None:
    item = data.draw(st.sampled_from(items))
    to = data.draw(st.integers(-2, 12))
    after = rules.reordered(items, item, to)
    assert sorted(after) == sorted(items)
    assert after.index(item) == max(0, min(to, len(items) - 1))


def term(title: str, start: int | None, end: int | None, in_office_on: date | None = None) -> LeaderTerm:
    return LeaderTerm(title=title, start_year=start, end_year=end, in_office_on=in_office_on)


@pytest.mark.parametrize(
    ("terms", "title", "former", "unsure"),
    [
        ([term("Mayor", 2020, None)], "Mayor", False, True),
        ([term("Mayor", 2020, None, date(2025, 7, 8))], "Mayor", False, False),
        ([term("Mayor", 2020, None, date(2025, 7, 7))], "Mayor", False, True),
        ([term("Mayor", 2010, 2018)], "Mayor", True, False),
        ([term("Mayor", 2018, 2025)], "Mayor", False, True),
        ([term("Mayor", 2010, 2018), term("Governor", 2019, None)], "Governor", False, True),
        ([term("Mayor", 2005, 2010), term("Governor", 2011, 2016)], "Governor", True, False),
        ([term("Mayor", 2018, 2025), term("Governor", 2025, None)], "Governor", False, True),
        ([term("Mayor", None, None)], "Mayor", False, True),
    ],
)
def test_a_title_is_the_one_of_that_day(terms: list[LeaderTerm], title: str, former: bool, unsure: bool) -> None:
    office_held = rules.office_on(Leader(name="Made-up", terms=terms), date(2025, 7, 8))
    assert office_held is not None
    assert (office_held.term.title, office_held.former, office_held.unsure) == (title, former, unsure)


def test_an_office_yet_to_come_is_no_office() -> None:
    assert rules.office_on(Leader(name="Made-up", terms=[term("Mayor", 2027, None)]), date(2025, 7, 8)) is None


def test_every_state_can_be_left() -> None:
    assert set(rules.TRANSITIONS) == set(SESSION_STATES)
    assert all(set(after) <= set(SESSION_STATES) - {state} and after for state, after in rules.TRANSITIONS.items())


def test_a_session_is_over_when_its_time_has_passed_and_taken_back_unless_it_was_led() -> None:
    begins = datetime(2027, 6, 1, 12, tzinfo=UTC)
    forum_session = ForumSession(state="announced", starts_at=begins, planned_minutes=60)
    for minutes, over in ((-1, False), (59, False), (60, True)):
        transitions = rules.allowed_transitions(forum_session, begins + timedelta(minutes=minutes), was_led=False)
        assert transitions == (("ended",) if over else ()) + ("cancelled", "draft")
    forum_session.planned_minutes = None
    assert "ended" in rules.allowed_transitions(forum_session, begins, was_led=False)
    forum_session.state = "ended"
    assert [rules.allowed_transitions(forum_session, begins, was_led) for was_led in (False, True)] == [
        ("announced",),
        (),
    ]


def test_talks_one_after_the_other_make_bridges() -> None:
    assert rules.consecutive_speakers([1, None, 2, 2, 3]) == [(1, 2), (2, 3)]
