"""The audience asks and votes, moderators look after the questions; on both databases, many at once."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import AuditEvent
from kb.core.db import Database
from kb.core.errors import Conflict, NotFound, Refused
from kb.forum.live import moderation, participation, queries, retention, session_control
from kb.forum.live.participation import participant_of
from kb.forum.models import Block, ForumSession, LiveStatus, Question, Vote
from kb.forum.queries import answers_about_city, answers_about_initiative, published_questions, unanswered
from tests.factories import make_user
from tests.forum_factories import CHAIR, NOON, asked, make_dialogue, person


@pytest.fixture
def running_session(session: Session):
    """A session that has started."""
    made = make_dialogue(session)
    session_control.take_step(session, made, "started", 0, NOON)
    return made


def test_a_question_is_seen_by_moderators_alone_until_they_approve_it(session: Session, running_session) -> None:
    question = asked(
        session, running_session, "Who pays?", name="Made-up Asker", speaker_id=running_session.speakers[0].id
    )
    assert question.slot_id == running_session.slots[0].id
    assert queries.questions_of(session, running_session.id, *queries.PUBLIC) == []
    moderation.approve(session, running_session, question)
    assert queries.questions_of(session, running_session.id, *queries.PUBLIC) == [question]


def test_questions_can_be_closed(session: Session, running_session) -> None:
    moderation.open_questions(session, running_session, CHAIR, False)
    with pytest.raises(Refused, match="closed"):
        asked(session, running_session, "Too late?")
    moderation.open_questions(session, running_session, CHAIR, True)
    assert asked(session, running_session, "In time?")


def test_one_person_gets_no_more_than_a_fair_share(session: Session, running_session) -> None:
    for number in range(participation.QUESTIONS_A_MINUTE):
        asked(session, running_session, f"Question {number}?")
    with pytest.raises(Refused, match="wait a minute"):
        asked(session, running_session, "Another?")
    assert asked(session, running_session, "From somebody else?", number=2)
    for number in range(participation.QUESTIONS_A_MINUTE, participation.QUESTIONS_IN_ALL):
        later = NOON + timedelta(minutes=2 * number)
        participation.ask(session, running_session, person(1, running_session), f"Question {number}?", later)
        for question in queries.questions_of(session, running_session.id, "waiting"):
            moderation.approve(session, running_session, question)
    with pytest.raises(Refused, match="the limit of questions"):
        participation.ask(session, running_session, person(1, running_session), "One more?", NOON + timedelta(hours=2))


def test_one_persons_questions_wait_for_a_moderator_before_they_may_ask_more(session: Session, running_session) -> None:
    for number in range(participation.WAITING_OF_ONE):
        participation.ask(
            session,
            running_session,
            person(1, running_session),
            f"Question {number}?",
            NOON + timedelta(minutes=2 * number),
        )
    later = NOON + timedelta(hours=1)
    with pytest.raises(Refused, match="still waiting for the moderator"):
        participation.ask(session, running_session, person(1, running_session), "Another?", later)
    moderation.decline(session, running_session, queries.questions_of(session, running_session.id)[0])
    assert participation.ask(session, running_session, person(1, running_session), "Another?", later)


def test_questions_that_are_held_back_take_no_room_in_the_queue(
    session: Session, running_session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(participation, "MOST_WAITING", 2)
    monkeypatch.setattr(participation, "MOST_HELD_BACK", 2)
    for number in (1, 2):
        assert asked(session, running_session, f"Flood {number}?", number, is_held_back=True)
    with pytest.raises(Refused, match="from your network"):
        asked(session, running_session, "Flood 3?", 3, is_held_back=True)
    for number in (4, 5):
        assert asked(session, running_session, f"Honest {number}?", number)
    with pytest.raises(Refused, match="Too many questions are waiting"):
        asked(session, running_session, "Honest 6?", 6)


def test_only_speakers_and_initiatives_of_the_session_can_be_asked_about(session: Session, running_session) -> None:
    other = make_dialogue(session, "made-up-other")
    with pytest.raises(Refused):
        asked(session, running_session, "You?", speaker_id=other.speakers[0].id)
    with pytest.raises(Refused):
        asked(session, running_session, "That?", initiative_id=other.slots[1].initiatives[0].id)
    assert asked(session, running_session, "This?", initiative_id=running_session.slots[1].initiatives[0].id)


def test_people_vote_once_for_what_others_asked(session: Session, running_session) -> None:
    question = asked(session, running_session, "Who pays?")
    with pytest.raises(Refused):
        participation.vote(session, running_session, question.id, person(2, running_session))
    moderation.approve(session, running_session, question)
    for number in (2, 2, 3):
        participation.vote(session, running_session, question.id, person(number, running_session))
    assert queries.votes_of(session, running_session.id) == {question.id: 2}
    assert queries.voted_by(session, running_session.id, person(3, running_session).voter_hash) == {question.id}
    with pytest.raises(Refused, match="own"):
        participation.vote(session, running_session, question.id, person(1, running_session))
    participation.withdraw_vote(session, running_session, question.id, person(3, running_session))
    assert queries.votes_of(session, running_session.id) == {question.id: 1}


def test_a_vote_for_a_question_of_another_session_is_not_found(session: Session, running_session) -> None:
    other = make_dialogue(session, "made-up-other")
    session_control.take_step(session, other, "started", 0, NOON)
    question = asked(session, other, "Who pays?")
    moderation.approve(session, other, question)
    with pytest.raises(NotFound):
        participation.vote(session, running_session, question.id, person(2, running_session))


def test_merged_questions_share_their_votes_without_doubles_and_part_again(session: Session, running_session) -> None:
    first, second, third = (asked(session, running_session, f"Who pays {number}?", number) for number in (1, 2, 3))
    for question in (first, second, third):
        moderation.approve(session, running_session, question)
    for voter, question in ((4, first), (4, second), (5, second), (6, third), (4, third)):
        participation.vote(session, running_session, question.id, person(voter, running_session))
    moderation.merge(session, running_session, third, second.number)
    moderation.merge(session, running_session, second, first.number)
    assert queries.votes_of(session, running_session.id) == {first.id: 3}
    assert queries.voted_by(session, running_session.id, person(5, running_session).voter_hash) == {first.id}
    participation.vote(session, running_session, second.id, person(7, running_session))
    assert queries.votes_of(session, running_session.id) == {first.id: 4}
    participation.withdraw_vote(session, running_session, first.id, person(4, running_session))
    assert queries.votes_of(session, running_session.id) == {first.id: 3}
    moderation.undo(session, running_session, second)
    assert second.state == "approved"
    assert queries.votes_of(session, running_session.id) == {first.id: 1, second.id: 2}


def test_a_question_is_merged_only_into_another_that_is_open(session: Session, running_session) -> None:
    first, second = (asked(session, running_session, f"Who pays {number}?", number) for number in (1, 2))
    moderation.decline(session, running_session, second)
    for into in (first.id, second.id, 0):
        with pytest.raises(Refused):
            moderation.merge(session, running_session, first, into)


def test_one_question_is_pinned_and_what_is_hidden_is_not(session: Session, running_session) -> None:
    first, second = (asked(session, running_session, f"Who pays {number}?", number) for number in (1, 2))
    with pytest.raises(Refused):
        moderation.pin(session, running_session, first)
    for question in (first, second):
        moderation.approve(session, running_session, question)
        moderation.pin(session, running_session, question)
    live = session.get_one(LiveStatus, running_session.id)
    assert live.pinned_id == second.id
    moderation.decline(session, running_session, second)
    assert live.pinned_id is None


def test_an_answer_is_taken_down_and_can_be_corrected_and_undone(session: Session, running_session) -> None:
    question = asked(session, running_session, "Who pays?")
    moderation.approve(session, running_session, question)
    moderation.answered(session, running_session, question, NOON, "The state.", running_session.speakers[0])
    moderation.answered(
        session,
        running_session,
        question,
        NOON + timedelta(minutes=1),
        "The state, half of it.",
        running_session.speakers[1],
    )
    assert (question.answer, question.answered_by, question.answered_at) == (
        "The state, half of it.",
        running_session.speakers[1],
        NOON,
    )
    moderation.undo(session, running_session, question)
    assert (question.state, question.answer) == ("approved", "The state, half of it.")


def test_a_moderator_is_told_that_another_was_faster(session: Session, running_session) -> None:
    question = asked(session, running_session, "Who pays?")
    moderation.decline(session, running_session, question)
    with pytest.raises(Conflict):
        moderation.question_to_change(session, running_session, question.id, "waiting")
    with pytest.raises(NotFound):
        moderation.question_to_change(session, make_dialogue(session, "made-up-other"), question.id, "declined")


def test_somebody_blocked_asks_and_votes_no_more_in_this_session(session: Session, running_session) -> None:
    rude = asked(session, running_session, "A made-up rudeness")
    other = asked(session, running_session, "Who pays?", number=2)
    moderation.approve(session, running_session, other)
    moderation.block(session, running_session, rude)
    assert rude.state == "declined"
    with pytest.raises(Refused, match="blocked questions from your browser"):
        asked(session, running_session, "Again?")
    with pytest.raises(Refused, match="blocked questions from your browser"):
        participation.vote(session, running_session, other.id, person(1, running_session))
    moderation.unblock(session, running_session, CHAIR, rude.asker_hash)
    participation.vote(session, running_session, other.id, person(1, running_session))


def test_a_name_can_be_taken_off_by_whom_it_belongs_to_alone(session: Session, running_session) -> None:
    question = asked(session, running_session, "Who pays?", name="Made-up Asker")
    with pytest.raises(NotFound):
        participation.remove_own_name(session, running_session, question.id, person(2, running_session))
    assert question.asker_name
    participation.remove_own_name(session, running_session, question.id, person(1, running_session))
    assert question.asker_name is None


def test_names_are_forgotten_when_their_time_is_over(session: Session, running_session) -> None:
    question = asked(session, running_session, "Who pays?", name="Made-up Asker")
    asked(session, running_session, "And for what?")
    moderation.block(session, running_session, question)
    assert retention.forget_names(session, NOON - timedelta(days=1)) == 0
    assert retention.forget_names(session, NOON + timedelta(days=1)) == 0, "not while the session is held"
    session_control.take_step(session, running_session, "ended", 1, NOON)
    assert retention.forget_names(session, NOON + timedelta(days=1)) == 1
    session.expire_all()
    assert (question.asker_name, question.asker_hash, session.scalars(select(Block)).all()) == (None, None, [])


def test_nobody_is_followed_from_asking_to_voting_or_to_another_session() -> None:
    here, there = (participant_of("a token", number, "a secret") for number in (1, 2))
    assert len({here.asker_hash, here.voter_hash, there.asker_hash, there.voter_hash}) == 4
    assert participant_of("a token", 1, "another secret") != here
    assert "a token" not in repr(here)


def test_votes_hold_nothing_but_the_question_and_a_keyed_hash() -> None:
    assert set(Vote.__table__.columns.keys()) == {"question_id", "voter_hash"}


def test_what_was_not_answered_goes_to_the_city_and_its_answer_joins_the_record(
    session: Session, running_session
) -> None:
    city = running_session.speakers[0].city
    to_her = asked(session, running_session, "Who pays?", speaker_id=running_session.speakers[0].id)
    about = asked(session, running_session, "How long?", 2, initiative_id=running_session.slots[1].initiatives[0].id)
    to_all = asked(session, running_session, "And now?", 3)
    hidden = asked(session, running_session, "Hidden?", 4, speaker_id=running_session.speakers[0].id)
    for question in (to_her, about, to_all):
        moderation.approve(session, running_session, question)
    assert unanswered(session, city.id) == []
    session_control.take_step(session, running_session, "ended", 1, NOON)
    assert unanswered(session, city.id) == [to_her, about]
    moderation.answered(session, running_session, to_her, NOON, "The state.", running_session.speakers[0])
    assert unanswered(session, city.id) == [about]
    assert session.scalars(answers_about_city(), {"id": city.id}).all() == [to_her]
    moderation.answered(session, running_session, about, NOON + timedelta(days=1), "Two years.")
    assert session.scalars(answers_about_initiative(), {"id": about.initiative_id}).all() == [about]
    assert published_questions(session, running_session.id) == [to_her, about, to_all]
    assert hidden not in published_questions(session, running_session.id)


def _at_once(count: int, act) -> list[object]:
    together = threading.Barrier(count)
    results: list[object] = []

    def run(number: int) -> None:
        together.wait()
        try:
            results.append(act(number))
        except (Conflict, Refused) as problem:
            results.append(problem)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_questions_asked_at_the_same_instant_are_numbered_one_after_the_other(database: Database) -> None:
    with database.writing() as session:
        running_session = make_dialogue(session)
        other = make_dialogue(session, "made-up-other")
        for made_session in (running_session, other):
            session_control.take_step(session, made_session, "started", 0, NOON)
        assert [asked(session, other, "Who pays?", number).number for number in (1, 2)] == [1, 2]

    def ask(number: int) -> int:
        with database.writing() as session:
            return asked(session, session.get_one(ForumSession, running_session.id), "Who pays?", number // 3).number

    results = _at_once(12, ask)
    # Of three questions of one person, two in a minute are taken, also when all come at once.
    assert sorted(result for result in results if isinstance(result, int)) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert sum(isinstance(result, Refused) for result in results) == 4


def test_votes_at_the_same_instant_are_counted_once_each_and_none_is_lost(database: Database) -> None:
    with database.writing() as session:
        running_session = make_dialogue(session)
        session_control.take_step(session, running_session, "started", 0, NOON)
        question = asked(session, running_session, "Who pays?", number=99)
        moderation.approve(session, running_session, question)
        key, slug = question.id, running_session.slug

    def vote(number: int) -> None:
        with database.writing() as session:
            locked_session = queries.session_to_show(session, slug=slug)
            participation.vote(session, locked_session, key, person(number // 3, locked_session))

    assert _at_once(12, vote) == [None] * 12
    with database.reading() as session:
        assert queries.votes_of(session, running_session.id) == {key: 4}


def test_votes_while_questions_are_merged_are_not_lost(database: Database) -> None:
    with database.writing() as session:
        running_session = make_dialogue(session)
        session_control.take_step(session, running_session, "started", 0, NOON)
        keys = []
        for number in (98, 99):
            question = asked(session, running_session, "Who pays?", number)
            moderation.approve(session, running_session, question)
            keys.append(question.id)
        slug = running_session.slug

    def act(number: int) -> None:
        with database.writing() as session:
            if number == 0:
                locked_session = queries.session_to_change(session, slug=slug)
                moderation.merge(
                    session,
                    locked_session,
                    moderation.question_to_change(session, locked_session, keys[0], "approved"),
                    2,
                )
            else:
                locked_session = queries.session_to_show(session, slug=slug)
                participation.vote(session, locked_session, keys[number % 2], person(number, locked_session))

    assert _at_once(10, act) == [None] * 10
    with database.reading() as session:
        assert queries.votes_of(session, running_session.id) == {keys[1]: 9}


def test_two_moderators_at_the_same_instant_decide_once(database: Database) -> None:
    with database.writing() as session:
        running_session = make_dialogue(session)
        session_control.take_step(session, running_session, "started", 0, NOON)
        key, slug = asked(session, running_session, "Who pays?").id, running_session.slug

    def decide(number: int) -> str:
        with database.writing() as session:
            locked_session = queries.session_to_change(session, slug=slug)
            question = moderation.question_to_change(session, locked_session, key, "waiting")
            (moderation.approve if number % 2 else moderation.decline)(session, locked_session, question)
            return question.state

    results = _at_once(6, decide)
    decided = [result for result in results if isinstance(result, str)]
    assert len(decided) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 5
    with database.reading() as session:
        assert session.get_one(Question, key).state == decided[0]


def test_two_who_answer_at_the_same_instant_do_not_overwrite_one_another(database: Database) -> None:
    with database.writing() as session:
        running_session = make_dialogue(session)
        editor = make_user(session, "editor")
        session_control.take_step(session, running_session, "started", 0, NOON)
        question = asked(session, running_session, "Who pays?")
        moderation.approve(session, running_session, question)
        key, slug = question.id, running_session.slug

    def answer(number: int) -> str:
        with database.writing() as session:
            locked_session = queries.session_to_show(session, slug=slug)
            text = f"Made-up answer {number}."
            moderation.answer_later(session, editor, locked_session, session.get_one(Question, key), NOON, text)
            return text

    results = _at_once(4, answer)
    (kept_text,) = [result for result in results if isinstance(result, str)]
    assert sum(isinstance(result, Conflict) for result in results) == 3
    with database.reading() as session:
        assert session.get_one(Question, key).answer == kept_text
        noted = session.scalars(select(AuditEvent).where(AuditEvent.verb == "answer-question")).one()
        assert (noted.kind, noted.key, noted.actor_id) == ("session", slug, editor.id)
