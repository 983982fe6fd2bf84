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
def held(session: Session):
    """A session that has started."""
    made = make_dialogue(session)
    session_control.take_step(session, made, "started", 0, NOON)
    return made


def test_a_question_is_seen_by_moderators_alone_until_they_approve_it(session: Session, held) -> None:
    question = asked(session, held, "Who pays?", name="Made-up Asker", speaker_id=held.speakers[0].id)
    assert question.slot_id == held.slots[0].id
    assert queries.questions_of(session, held.id, *queries.PUBLIC) == []
    moderation.approve(session, held, question)
    assert queries.questions_of(session, held.id, *queries.PUBLIC) == [question]


def test_questions_can_be_closed(session: Session, held) -> None:
    moderation.open_questions(session, held, CHAIR, False)
    with pytest.raises(Refused, match="closed"):
        asked(session, held, "Too late?")
    moderation.open_questions(session, held, CHAIR, True)
    assert asked(session, held, "In time?")


def test_one_person_gets_no_more_than_a_fair_share(session: Session, held) -> None:
    for number in range(participation.QUESTIONS_A_MINUTE):
        asked(session, held, f"Question {number}?")
    with pytest.raises(Refused, match="wait a minute"):
        asked(session, held, "Another?")
    assert asked(session, held, "From somebody else?", number=2)
    for number in range(participation.QUESTIONS_A_MINUTE, participation.QUESTIONS_IN_ALL):
        later = NOON + timedelta(minutes=2 * number)
        participation.ask(session, held, person(1, held), f"Question {number}?", later)
        for question in queries.questions_of(session, held.id, "waiting"):
            moderation.approve(session, held, question)
    with pytest.raises(Refused, match="as many"):
        participation.ask(session, held, person(1, held), "One more?", NOON + timedelta(hours=2))


def test_one_persons_questions_wait_for_a_moderator_before_they_may_ask_more(session: Session, held) -> None:
    for number in range(participation.WAITING_OF_ONE):
        participation.ask(session, held, person(1, held), f"Question {number}?", NOON + timedelta(minutes=2 * number))
    later = NOON + timedelta(hours=1)
    with pytest.raises(Refused, match="not read your earlier questions"):
        participation.ask(session, held, person(1, held), "Another?", later)
    moderation.decline(session, held, queries.questions_of(session, held.id)[0])
    assert participation.ask(session, held, person(1, held), "Another?", later)


def test_questions_that_are_held_back_take_no_room_in_the_queue(
    session: Session, held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(participation, "MOST_WAITING", 2)
    monkeypatch.setattr(participation, "MOST_HELD_BACK", 2)
    for number in (1, 2):
        assert asked(session, held, f"Flood {number}?", number, is_held_back=True)
    with pytest.raises(Refused, match="from your network"):
        asked(session, held, "Flood 3?", 3, is_held_back=True)
    for number in (4, 5):
        assert asked(session, held, f"Honest {number}?", number)
    with pytest.raises(Refused, match="So many questions wait"):
        asked(session, held, "Honest 6?", 6)


def test_only_speakers_and_initiatives_of_the_session_can_be_asked_about(session: Session, held) -> None:
    other = make_dialogue(session, "made-up-other")
    with pytest.raises(Refused):
        asked(session, held, "You?", speaker_id=other.speakers[0].id)
    with pytest.raises(Refused):
        asked(session, held, "That?", initiative_id=other.slots[1].initiatives[0].id)
    assert asked(session, held, "This?", initiative_id=held.slots[1].initiatives[0].id)


def test_people_vote_once_for_what_others_asked(session: Session, held) -> None:
    question = asked(session, held, "Who pays?")
    with pytest.raises(Refused):
        participation.vote(session, held, question.id, person(2, held))
    moderation.approve(session, held, question)
    for number in (2, 2, 3):
        participation.vote(session, held, question.id, person(number, held))
    assert queries.votes_of(session, held.id) == {question.id: 2}
    assert queries.voted_by(session, held.id, person(3, held).voter_hash) == {question.id}
    with pytest.raises(Refused, match="own"):
        participation.vote(session, held, question.id, person(1, held))
    participation.withdraw_vote(session, held, question.id, person(3, held))
    assert queries.votes_of(session, held.id) == {question.id: 1}


def test_a_vote_for_a_question_of_another_session_is_not_found(session: Session, held) -> None:
    other = make_dialogue(session, "made-up-other")
    session_control.take_step(session, other, "started", 0, NOON)
    question = asked(session, other, "Who pays?")
    moderation.approve(session, other, question)
    with pytest.raises(NotFound):
        participation.vote(session, held, question.id, person(2, held))


def test_merged_questions_share_their_votes_without_doubles_and_part_again(session: Session, held) -> None:
    first, second, third = (asked(session, held, f"Who pays {number}?", number) for number in (1, 2, 3))
    for question in (first, second, third):
        moderation.approve(session, held, question)
    for voter, question in ((4, first), (4, second), (5, second), (6, third), (4, third)):
        participation.vote(session, held, question.id, person(voter, held))
    moderation.merge(session, held, third, second.number)
    moderation.merge(session, held, second, first.number)
    assert queries.votes_of(session, held.id) == {first.id: 3}
    assert queries.voted_by(session, held.id, person(5, held).voter_hash) == {first.id}
    participation.vote(session, held, second.id, person(7, held))
    assert queries.votes_of(session, held.id) == {first.id: 4}
    participation.withdraw_vote(session, held, first.id, person(4, held))
    assert queries.votes_of(session, held.id) == {first.id: 3}
    moderation.undo(session, held, second)
    assert second.state == "approved"
    assert queries.votes_of(session, held.id) == {first.id: 1, second.id: 2}


def test_a_question_is_merged_only_into_another_that_is_open(session: Session, held) -> None:
    first, second = (asked(session, held, f"Who pays {number}?", number) for number in (1, 2))
    moderation.decline(session, held, second)
    for into in (first.id, second.id, 0):
        with pytest.raises(Refused):
            moderation.merge(session, held, first, into)


def test_one_question_is_pinned_and_what_is_hidden_is_not(session: Session, held) -> None:
    first, second = (asked(session, held, f"Who pays {number}?", number) for number in (1, 2))
    with pytest.raises(Refused):
        moderation.pin(session, held, first)
    for question in (first, second):
        moderation.approve(session, held, question)
        moderation.pin(session, held, question)
    live = session.get_one(LiveStatus, held.id)
    assert live.pinned_id == second.id
    moderation.decline(session, held, second)
    assert live.pinned_id is None


def test_an_answer_is_taken_down_and_can_be_corrected_and_undone(session: Session, held) -> None:
    question = asked(session, held, "Who pays?")
    moderation.approve(session, held, question)
    moderation.answered(session, held, question, NOON, "The state.", held.speakers[0])
    moderation.answered(
        session, held, question, NOON + timedelta(minutes=1), "The state, half of it.", held.speakers[1]
    )
    assert (question.answer, question.answered_by, question.answered_at) == (
        "The state, half of it.",
        held.speakers[1],
        NOON,
    )
    moderation.undo(session, held, question)
    assert (question.state, question.answer) == ("approved", "The state, half of it.")


def test_a_moderator_is_told_that_another_was_faster(session: Session, held) -> None:
    question = asked(session, held, "Who pays?")
    moderation.decline(session, held, question)
    with pytest.raises(Conflict):
        moderation.question_to_change(session, held, question.id, "waiting")
    with pytest.raises(NotFound):
        moderation.question_to_change(session, make_dialogue(session, "made-up-other"), question.id, "declined")


def test_somebody_blocked_asks_and_votes_no_more_in_this_session(session: Session, held) -> None:
    rude = asked(session, held, "A made-up rudeness")
    other = asked(session, held, "Who pays?", number=2)
    moderation.approve(session, held, other)
    moderation.block(session, held, rude)
    assert rude.state == "declined"
    with pytest.raises(Refused, match="taken your browser out"):
        asked(session, held, "Again?")
    with pytest.raises(Refused, match="taken your browser out"):
        participation.vote(session, held, other.id, person(1, held))
    moderation.unblock(session, held, CHAIR, rude.asker_hash)
    participation.vote(session, held, other.id, person(1, held))


def test_a_name_can_be_taken_off_by_whom_it_belongs_to_alone(session: Session, held) -> None:
    question = asked(session, held, "Who pays?", name="Made-up Asker")
    with pytest.raises(NotFound):
        participation.remove_own_name(session, held, question.id, person(2, held))
    assert question.asker_name
    participation.remove_own_name(session, held, question.id, person(1, held))
    assert question.asker_name is None


def test_names_are_forgotten_when_their_time_is_over(session: Session, held) -> None:
    question = asked(session, held, "Who pays?", name="Made-up Asker")
    asked(session, held, "And for what?")
    moderation.block(session, held, question)
    assert retention.forget_names(session, NOON - timedelta(days=1)) == 0
    assert retention.forget_names(session, NOON + timedelta(days=1)) == 0, "not while the session is held"
    session_control.take_step(session, held, "ended", 1, NOON)
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


def test_what_was_not_answered_goes_to_the_city_and_its_answer_joins_the_record(session: Session, held) -> None:
    city = held.speakers[0].city
    to_her = asked(session, held, "Who pays?", speaker_id=held.speakers[0].id)
    about = asked(session, held, "How long?", 2, initiative_id=held.slots[1].initiatives[0].id)
    to_all = asked(session, held, "And now?", 3)
    hidden = asked(session, held, "Hidden?", 4, speaker_id=held.speakers[0].id)
    for question in (to_her, about, to_all):
        moderation.approve(session, held, question)
    assert unanswered(session, city.id) == []
    session_control.take_step(session, held, "ended", 1, NOON)
    assert unanswered(session, city.id) == [to_her, about]
    moderation.answered(session, held, to_her, NOON, "The state.", held.speakers[0])
    assert unanswered(session, city.id) == [about]
    assert answers_about_city(session, city.id) == [to_her]
    moderation.answered(session, held, about, NOON + timedelta(days=1), "Two years.")
    assert answers_about_initiative(session, held.slots[1].initiatives[0].id) == [about]
    assert published_questions(session, held.id) == [to_her, about, to_all]
    assert hidden not in published_questions(session, held.id)


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
        held = make_dialogue(session)
        other = make_dialogue(session, "made-up-other")
        for one in (held, other):
            session_control.take_step(session, one, "started", 0, NOON)
        assert [asked(session, other, "Who pays?", number).number for number in (1, 2)] == [1, 2]

    def ask(number: int) -> int:
        with database.writing() as session:
            return asked(session, session.get_one(ForumSession, held.id), "Who pays?", number // 3).number

    results = _at_once(12, ask)
    # Of three questions of one person, two in a minute are taken, also when all come at once.
    assert sorted(result for result in results if isinstance(result, int)) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert sum(isinstance(result, Refused) for result in results) == 4


def test_votes_at_the_same_instant_are_counted_once_each_and_none_is_lost(database: Database) -> None:
    with database.writing() as session:
        held = make_dialogue(session)
        session_control.take_step(session, held, "started", 0, NOON)
        question = asked(session, held, "Who pays?", number=99)
        moderation.approve(session, held, question)
        key, slug = question.id, held.slug

    def vote(number: int) -> None:
        with database.writing() as session:
            found = queries.session_to_show(session, slug=slug)
            participation.vote(session, found, key, person(number // 3, found))

    assert _at_once(12, vote) == [None] * 12
    with database.reading() as session:
        assert queries.votes_of(session, held.id) == {key: 4}


def test_votes_while_questions_are_merged_are_not_lost(database: Database) -> None:
    with database.writing() as session:
        held = make_dialogue(session)
        session_control.take_step(session, held, "started", 0, NOON)
        keys = []
        for number in (98, 99):
            question = asked(session, held, "Who pays?", number)
            moderation.approve(session, held, question)
            keys.append(question.id)
        slug = held.slug

    def act(number: int) -> None:
        with database.writing() as session:
            if number == 0:
                found = queries.session_to_change(session, slug=slug)
                moderation.merge(session, found, moderation.question_to_change(session, found, keys[0], "approved"), 2)
            else:
                found = queries.session_to_show(session, slug=slug)
                participation.vote(session, found, keys[number % 2], person(number, found))

    assert _at_once(10, act) == [None] * 10
    with database.reading() as session:
        assert queries.votes_of(session, held.id) == {keys[1]: 9}


def test_two_moderators_at_the_same_instant_decide_once(database: Database) -> None:
    with database.writing() as session:
        held = make_dialogue(session)
        session_control.take_step(session, held, "started", 0, NOON)
        key, slug = asked(session, held, "Who pays?").id, held.slug

    def decide(number: int) -> str:
        with database.writing() as session:
            found = queries.session_to_change(session, slug=slug)
            question = moderation.question_to_change(session, found, key, "waiting")
            (moderation.approve if number % 2 else moderation.decline)(session, found, question)
            return question.state

    results = _at_once(6, decide)
    decided = [result for result in results if isinstance(result, str)]
    assert len(decided) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 5
    with database.reading() as session:
        assert session.get_one(Question, key).state == decided[0]


def test_two_who_answer_at_the_same_instant_do_not_overwrite_one_another(database: Database) -> None:
    with database.writing() as session:
        held = make_dialogue(session)
        editor = make_user(session, "editor")
        session_control.take_step(session, held, "started", 0, NOON)
        question = asked(session, held, "Who pays?")
        moderation.approve(session, held, question)
        key, slug = question.id, held.slug

    def answer(number: int) -> str:
        with database.writing() as session:
            found = queries.session_to_show(session, slug=slug)
            text = f"Made-up answer {number}."
            moderation.answer_later(session, editor, found, session.get_one(Question, key), NOON, text)
            return text

    results = _at_once(4, answer)
    (kept_text,) = [result for result in results if isinstance(result, str)]
    assert sum(isinstance(result, Conflict) for result in results) == 3
    with database.reading() as session:
        assert session.get_one(Question, key).answer == kept_text
        noted = session.scalars(select(AuditEvent).where(AuditEvent.verb == "answer-question")).one()
        assert (noted.kind, noted.key, noted.actor_id) == ("session", slug, editor.id)
