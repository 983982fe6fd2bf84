"""A chair leads a session: steps of its clock, one at a time, whoever clicks."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from kb.core.db import Database
from kb.core.errors import Conflict, Refused
from kb.forum.live import moderation, queries, session_control
from kb.forum.live.live_state import live_state_of
from kb.forum.models import ClockStep, LiveStatus, Speaker
from tests.forum_factories import CHAIR, NOON, asked, make_dialogue


def after(minutes: float):
    return NOON + timedelta(minutes=minutes)


def test_a_chair_leads_from_the_opening_to_the_end(session: Session) -> None:
    forum_session = make_dialogue(session)
    opening, first, second, questions = forum_session.slots
    clock = session_control.take_step(session, forum_session, "started", 0, NOON, by="Made-up Chair")
    assert (forum_session.state, clock.current.key) == ("live", opening.id)
    assert session.get_one(LiveStatus, forum_session.id).questions_open
    session_control.take_step(session, forum_session, "next", 1, after(6))
    session_control.take_step(session, forum_session, "extended", 2, after(7), minutes=5)
    clock = session_control.take_step(session, forum_session, "skipped", 3, after(8), slot_id=second.id)
    assert (clock.current.key, clock.following.key) == (first.id, questions.id)
    assert clock.current.length == timedelta(minutes=15)
    session_control.take_step(session, forum_session, "next", 4, after(20))
    clock = session_control.take_step(session, forum_session, "ended", 5, after(30))
    assert forum_session.state == "ended"
    assert not session.get_one(LiveStatus, forum_session.id).questions_open
    assert clock.spent == timedelta(minutes=30)
    assert [step.kind for step in queries.steps_of(session, forum_session.id)] == [
        "started",
        "next",
        "extended",
        "skipped",
        "next",
        "ended",
    ]


def test_what_is_on_stays_on_when_slots_are_taken_out_and_moved_meanwhile(session: Session) -> None:
    forum_session = make_dialogue(session)
    opening, first, second, questions = forum_session.slots
    session_control.take_step(session, forum_session, "started", 0, NOON)
    session_control.take_step(session, forum_session, "broken-off", 1, after(3))
    assert [step.kind for step in queries.steps_of(session, forum_session.id)] == ["started", "broken-off"]
    forum_session.slots.remove(opening)
    second.position, questions.position, first.position = 1, 2, 3
    session.flush()
    session.expire_all()
    clock = queries.clock_of(forum_session, queries.steps_of(session, forum_session.id), after(5))
    assert (clock.current.key, clock.current.spent) == (first.id, timedelta(minutes=2))
    assert clock.spent == timedelta(minutes=5)
    # Taken out itself, its time is nobody's.
    forum_session.slots.remove(first)
    session.flush()
    session.expire_all()
    clock = queries.clock_of(forum_session, queries.steps_of(session, forum_session.id), after(6))
    assert (clock.current, clock.following.key) == (None, second.id)
    assert session_control.take_step(session, forum_session, "next", 2, after(7)).current.key == second.id


def test_questions_of_a_session_that_is_over_are_not_opened_again(session: Session) -> None:
    forum_session = make_dialogue(session)
    session_control.take_step(session, forum_session, "started", 0, NOON)
    moderation.open_questions(session, forum_session, CHAIR, is_open=False)
    moderation.open_questions(session, forum_session, CHAIR, is_open=True)
    session_control.take_step(session, forum_session, "ended", 1, after(1))
    with pytest.raises(Refused):
        moderation.open_questions(session, forum_session, CHAIR, is_open=True)
    assert not session.get_one(LiveStatus, forum_session.id).questions_open


def test_a_session_kept_without_having_been_led_from_here_is_over(
    session: Session,
) -> None:
    forum_session = make_dialogue(session)
    forum_session.state = "ended"
    live_state = live_state_of(session, forum_session, NOON)
    assert (live_state.clock.status, live_state.next, live_state.clock.ends, live_state.clock.may("started")) == (
        "ended",
        None,
        None,
        False,
    )
    with pytest.raises(Refused):
        session_control.take_step(session, forum_session, "started", 0, NOON)


def test_a_step_taken_back_brings_the_session_back_too(session: Session) -> None:
    forum_session = make_dialogue(session)
    session_control.take_step(session, forum_session, "started", 0, NOON)
    session_control.take_step(session, forum_session, "ended", 1, after(1))
    clock = session_control.take_step(session, forum_session, "undone", 2, after(2))
    assert (clock.status, forum_session.state) == ("running", "live")
    clock = session_control.take_step(session, forum_session, "undone", 3, after(3))
    assert (clock.status, forum_session.state) == ("waiting", "announced")


def test_a_chair_is_told_that_somebody_else_was_faster(session: Session) -> None:
    forum_session = make_dialogue(session)
    session_control.take_step(session, forum_session, "started", 0, NOON)
    session_control.take_step(session, forum_session, "next", 1, after(1))
    with pytest.raises(Conflict):
        session_control.take_step(session, forum_session, "next", 1, after(1))
    assert len(queries.steps_of(session, forum_session.id)) == 2


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("started", {}),
        ("resumed", {}),
        ("extended", {"minutes": 0}),
        ("extended", {"minutes": 600}),
        ("next", {"slot_id": 0}),
    ],
)
def test_what_makes_no_sense_is_refused_and_writes_nothing(session: Session, kind: str, more: dict) -> None:
    forum_session = make_dialogue(session)
    session_control.take_step(session, forum_session, "started", 0, NOON)
    if more.get("slot_id") == 0:
        more = {"slot_id": forum_session.slots[0].id}
    with pytest.raises(Refused):
        session_control.take_step(session, forum_session, kind, 1, after(1), **more)  # type: ignore[arg-type]
    assert len(queries.steps_of(session, forum_session.id)) == 1


def test_a_draft_cannot_be_held(session: Session) -> None:
    forum_session = make_dialogue(session, state="draft")
    with pytest.raises(Refused):
        session_control.take_step(session, forum_session, "started", 0, NOON)


def test_two_consoles_at_the_same_instant_step_once(database: Database) -> None:
    with database.writing() as session:
        other_session = make_dialogue(session)
        session_control.take_step(session, other_session, "started", 0, NOON)
        slug = other_session.slug
    together = threading.Barrier(6)
    results: list[str] = []

    def click() -> None:
        together.wait()
        try:
            with database.writing() as session:
                locked_session = queries.session_to_change(session, slug=slug)
                session_control.take_step(session, locked_session, "next", 1, after(5))
            results.append("done")
        except Conflict:
            results.append("told")

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["done", *["told"] * 5]
    with database.reading() as session:
        assert session.query(ClockStep).count() == 2


def test_what_is_said_is_taken_down_with_its_slot_and_speaker(session: Session) -> None:
    forum_session = make_dialogue(session)
    slot, other = forum_session.slots[1], forum_session.speakers[1]
    session_control.take_step(session, forum_session, "started", 0, NOON)
    session_control.take_step(session, forum_session, "next", 1, NOON)
    statement = session_control.record_statement(session, forum_session, "A made-up point.", NOON)
    assert (statement.slot, statement.speaker, forum_session.statements[-1].text) == (
        slot,
        slot.speaker,
        "A made-up point.",
    )
    assert (
        session_control.record_statement(session, forum_session, "Another.", NOON, "remark", other.id).speaker == other
    )


@pytest.mark.parametrize("kind", ["introduction", "remark"])
def test_what_the_chair_says_of_a_mayor_is_not_put_into_the_mayors_mouth(session: Session, kind: str) -> None:
    forum_session = make_dialogue(session)
    forum_session.slots[0].kind, forum_session.slots[0].speaker = kind, forum_session.speakers[0]
    session_control.take_step(session, forum_session, "started", 0, NOON)
    assert session_control.record_statement(session, forum_session, "Welcome to a made-up mayor.", NOON).speaker is None
    chair = Speaker(position=9, name="Made-up Chair", role="chair", status="confirmed")
    forum_session.speakers.append(chair)
    session.flush()
    assert session_control.record_statement(session, forum_session, "Thank you, made-up mayor.", NOON).speaker == chair


def test_a_slot_of_another_session_is_no_slot_of_this_one(session: Session) -> None:
    forum_session, other = make_dialogue(session), make_dialogue(session, "made-up-other")
    session_control.take_step(session, forum_session, "started", 0, NOON)
    for kind in ("next", "skipped", "extended"):
        with pytest.raises(Refused):
            session_control.take_step(session, forum_session, kind, 1, NOON, slot_id=other.slots[1].id, minutes=5)


def test_at_the_end_whoever_had_the_floor_is_known_to_have_spoken(session: Session) -> None:
    forum_session = make_dialogue(session)
    first, second = forum_session.speakers
    session_control.take_step(session, forum_session, "started", 0, NOON)
    session_control.take_step(session, forum_session, "next", 1, after(5))
    session_control.take_step(session, forum_session, "next", 2, after(12))
    session_control.take_step(session, forum_session, "next", 3, after(12.5))
    session_control.take_step(session, forum_session, "ended", 4, after(20))
    assert (first.status, second.status) == ("spoke", "confirmed")


def test_what_the_organiser_has_marked_stays(session: Session) -> None:
    forum_session = make_dialogue(session)
    forum_session.speakers[0].status = "did-not-come"
    session_control.take_step(session, forum_session, "started", 0, NOON)
    session_control.take_step(session, forum_session, "next", 1, after(5))
    session_control.take_step(session, forum_session, "ended", 2, after(20))
    assert forum_session.speakers[0].status == "did-not-come"


def test_a_question_is_on_the_screen_until_the_next_slot_begins(session: Session) -> None:
    forum_session = make_dialogue(session)
    session_control.take_step(session, forum_session, "started", 0, NOON)
    question = asked(session, forum_session, "Who pays?")
    moderation.approve(session, forum_session, question)
    moderation.pin(session, forum_session, question)

    def on_the_screen():
        return live_state_of(session, forum_session, after(20)).pinned

    session_control.take_step(session, forum_session, "extended", 1, after(1), minutes=5)
    assert on_the_screen() is question
    session_control.take_step(session, forum_session, "next", 2, after(20))
    assert on_the_screen() is None
    session_control.take_step(session, forum_session, "undone", 3, after(21))
    assert on_the_screen() is question, "a step taken back is as if it had not been clicked"
    session_control.take_step(session, forum_session, "ended", 4, after(22))
    assert on_the_screen() is None
    session_control.take_step(session, forum_session, "undone", 5, after(22))
    moderation.answered(session, forum_session, question, after(23), "The state.")
    assert on_the_screen() is None
    moderation.pin(session, forum_session, question)
    moderation.answered(session, forum_session, question, after(24), "The state, half of it.")
    assert on_the_screen() is question, "notes that are put right take nothing off"


def test_what_is_pinned_before_the_start_goes_when_the_session_begins_or_ends(session: Session) -> None:
    forum_session = make_dialogue(session)
    session_control.take_step(session, forum_session, "started", 0, NOON)
    question = asked(session, forum_session, "Who pays?")
    moderation.approve(session, forum_session, question)
    session_control.take_step(session, forum_session, "undone", 1, NOON)
    moderation.pin(session, forum_session, question)
    assert live_state_of(session, forum_session, NOON).pinned is question
    session_control.take_step(session, forum_session, "started", 2, NOON)
    assert live_state_of(session, forum_session, NOON).pinned is None
    session_control.take_step(session, forum_session, "ended", 3, NOON)
    assert live_state_of(session, forum_session, NOON).pinned is None
