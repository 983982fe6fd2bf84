"""A moderator removes a flood of questions at once, sees nothing else go, and can bring it back at once."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import AuditEvent
from kb.core.errors import Refused
from kb.forum.live import moderation, participation, queries, removal, session_control
from kb.forum.live.removal import Preview, Removal, Selection
from kb.forum.models import LiveStatus, Question
from tests.forum_factories import CHAIR, NOON, asked, make_dialogue, person

LAST = 2**31 - 1


@pytest.fixture
def running_session(session: Session):
    """A session that has started."""
    made_session = make_dialogue(session)
    session_control.take_step(session, made_session, "started", 0, NOON)
    return made_session


def states(session: Session, running_session) -> dict[str, str]:
    return {question.text: question.state for question in queries.questions_of(session, running_session.id)}


def test_all_of_one_asker_go_and_come_back_to_where_they_were(session: Session, running_session) -> None:
    first, second = asked(session, running_session, "Spam 1?"), asked(session, running_session, "Spam 2?")
    answered = participation.ask(
        session, running_session, person(1, running_session), "A good one?", NOON + timedelta(minutes=2)
    )
    asked(session, running_session, "Who pays?", 2)
    for question in (first, answered):
        moderation.approve(session, running_session, question)
    moderation.answered(session, running_session, answered, NOON)
    moderation.pin(session, running_session, first)
    selection = Selection(same_asker_as=second.id)
    assert removal.preview(session, running_session, selection, most=10) == Preview(2, [first, second], second.id)
    removal.remove(session, running_session, CHAIR, selection, LAST)
    expected = {"Spam 1?": "declined", "Spam 2?": "declined", "A good one?": "answered", "Who pays?": "waiting"}
    assert states(session, running_session) == expected
    assert session.get_one(LiveStatus, running_session.id).pinned_id is None
    assert removal.removals_of(session, running_session.id, 3) == [Removal(1, 2)]
    removal.restore(session, running_session, CHAIR, 1)
    assert states(session, running_session) == expected | {"Spam 1?": "approved", "Spam 2?": "waiting"}
    assert removal.removals_of(session, running_session.id, 3) == []


def test_of_a_flood_only_the_first_are_read_to_be_looked_at(session: Session, running_session) -> None:
    questions = [
        participation.ask(session, running_session, person(number, running_session), f"Spam {number}?", NOON)
        for number in range(20)
    ]
    session.expunge_all()
    preview = removal.preview(session, running_session, Selection(since=NOON), most=3)
    assert (preview.count, preview.last_id) == (20, questions[-1].id)
    assert [question.text for question in preview.first] == ["Spam 0?", "Spam 1?", "Spam 2?"]
    assert sum(isinstance(entity, Question) for entity in session.identity_map.values()) == 3


def test_what_was_sent_since_a_time_goes_unless_it_was_approved(session: Session, running_session) -> None:
    for number in range(1, 5):
        participation.ask(
            session,
            running_session,
            person(number, running_session),
            f"Question {number}?",
            NOON + timedelta(minutes=number),
        )
    moderation.approve(session, running_session, queries.questions_of(session, running_session.id)[2])
    removal.remove(session, running_session, CHAIR, Selection(since=NOON + timedelta(minutes=2)), LAST)
    assert [*states(session, running_session).values()] == ["waiting", "declined", "approved", "declined"]


def test_what_is_held_back_goes_without_the_others(session: Session, running_session) -> None:
    asked(session, running_session, "Honest?", 1)
    asked(session, running_session, "Flood?", 2, is_held_back=True)
    removal.remove(session, running_session, CHAIR, Selection(is_held_back=True), LAST)
    assert states(session, running_session) == {"Honest?": "waiting", "Flood?": "declined"}


def test_moderators_are_shown_some_of_what_is_held_back_apart_from_the_queue(session: Session, running_session) -> None:
    questions = [
        asked(session, running_session, f"Flood {number}?", number, is_held_back=number > 1) for number in range(1, 5)
    ]
    moderation.approve(session, running_session, questions[1])
    assert list(queries.queue_of(session, running_session.id)) == questions[:2]
    assert queries.held_back_in(session, running_session.id, 1) == ([questions[2]], 2)


def test_what_came_after_the_look_stays(session: Session, running_session) -> None:
    seen = asked(session, running_session, "Seen?", 1)
    asked(session, running_session, "Came since?", 2)
    removal.remove(session, running_session, CHAIR, Selection(since=NOON), seen.id)
    assert states(session, running_session) == {"Seen?": "declined", "Came since?": "waiting"}


def test_of_two_who_remove_or_bring_back_at_once_the_second_is_told(session: Session, running_session) -> None:
    asked(session, running_session, "Spam?")
    removal.remove(session, running_session, CHAIR, Selection(since=NOON), LAST)
    with pytest.raises(Refused, match="already been removed"):
        removal.remove(session, running_session, CHAIR, Selection(since=NOON), LAST)
    removal.restore(session, running_session, CHAIR, 1)
    with pytest.raises(Refused, match="already"):
        removal.restore(session, running_session, CHAIR, 1)


def test_one_that_was_brought_back_by_itself_is_left_alone_by_the_others(session: Session, running_session) -> None:
    question, other = asked(session, running_session, "Good?", 1), asked(session, running_session, "Spam?", 2)
    removal.remove(session, running_session, CHAIR, Selection(since=NOON), LAST)
    moderation.undo(session, running_session, question)
    moderation.approve(session, running_session, question)
    moderation.decline(session, running_session, question)
    assert list(removal.restore(session, running_session, CHAIR, 1)) == [other]
    assert states(session, running_session) == {"Good?": "declined", "Spam?": "waiting"}


def test_questions_of_another_session_and_of_nobody_stay(session: Session, running_session) -> None:
    other = make_dialogue(session, "made-up-other")
    session_control.take_step(session, other, "started", 0, NOON)
    foreign = asked(session, other, "There?")
    for number in (1, 2):
        asked(session, running_session, f"Forgotten {number}?", number).asker_hash = None
    forgotten = queries.questions_of(session, running_session.id)[0]
    for selection in (Selection(same_asker_as=foreign.id), Selection(same_asker_as=forgotten.id), Selection(LAST)):
        assert removal.preview(session, running_session, selection, most=10) == Preview(0, [], None)


def test_the_trail_has_one_line_for_all_with_their_numbers_and_nothing_of_who_asked(
    session: Session, running_session
) -> None:
    for number in range(1, 6):
        asked(session, running_session, f"Made-up secret {number}?", number)
    moderation.approve(session, running_session, queries.questions_of(session, running_session.id)[3])
    removal.remove(session, running_session, CHAIR, Selection(since=NOON), LAST)
    removal.restore(session, running_session, CHAIR, 1)
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    details = {"count": 4, "questions": "1-3, 5"}
    assert [(event.verb, event.actor_name, event.details) for event in events] == [
        ("remove-questions", "Made-up Chair", details),
        ("restore-questions", "Made-up Chair", details),
    ]


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        (time(14, 5), datetime(2026, 7, 25, 12, 5, tzinfo=UTC)),
        (time(14, 30), datetime(2026, 7, 25, 12, 30, tzinfo=UTC)),
        (time(14, 31), datetime(2026, 7, 24, 12, 31, tzinfo=UTC)),
        (time(23, 0), datetime(2026, 7, 24, 21, 0, tzinfo=UTC)),
    ],
)
def test_a_time_is_that_of_the_sessions_zone_and_past(clock: time, expected: datetime) -> None:
    now = datetime(2026, 7, 25, 12, 30, 20, tzinfo=UTC)
    assert removal.last_moment(clock, "Europe/Zurich", now) == expected


def test_a_thousand_questions_are_removed_and_brought_back(session: Session, running_session) -> None:
    session.add_all(
        Question(
            session_id=running_session.id,
            number=number,
            text=f"Spam {number}?",
            asker_hash=f"{number:064}",
            asked_at=NOON,
        )
        for number in range(1, 1001)
    )
    session.flush()
    removal.remove(session, running_session, CHAIR, Selection(since=NOON), LAST)
    assert removal.removals_of(session, running_session.id, 3) == [Removal(1, 1000)]
    assert list(queries.queue_of(session, running_session.id)) == [], "a console loads none of them"
    removal.restore(session, running_session, CHAIR, 1)
    assert {*states(session, running_session).values()} == {"waiting"}
