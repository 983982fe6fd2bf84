"""A session is led while editors merge and withdraw what it names: on PostgreSQL nobody waits in a ring."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import Initiative
from kb.core.db import Database
from kb.editorial import actions
from kb.forum.live import moderation, session_control
from kb.forum.live.chairs import Chair
from kb.forum.live.queries import session_to_change
from kb.forum.models import ForumSession, Question, Speaker
from tests.at_once import meet
from tests.factories import make_city, make_user
from tests.forum_factories import NOON, asked, make_dialogue

pytestmark = pytest.mark.postgresql


@pytest.fixture
def database(postgresql_database: Database) -> Database:
    return postgresql_database


def test_a_step_is_taken_while_a_speakers_city_is_merged(database: Database) -> None:
    with database.writing() as session:
        editor, kept, held = make_user(session, "editor"), make_city(session), make_dialogue(session)
        speaker = held.speakers[0]
        double = speaker.city_id

    def lead(session: Session) -> None:
        session_control.take_step(session, session_to_change(session, id=held.id), "started", 0, NOON)

    def merge(session: Session) -> None:
        actions.merge(session, session.get_one(User, editor.id), EntryKind.CITY, kept.id, double)

    meet(database, lead, merge)
    with database.reading() as session:
        assert session.get_one(ForumSession, held.id).state == "live"
        assert session.get_one(Speaker, speaker.id).city_id == kept.id


@pytest.mark.parametrize("is_later", [False, True])
def test_a_question_is_answered_while_the_initiative_that_it_is_about_is_withdrawn(
    database: Database, is_later: bool
) -> None:
    with database.writing() as session:
        editor, held = make_user(session, "editor"), make_dialogue(session)
        session_control.take_step(session, held, "started", 0, NOON)
        initiative = held.slots[1].presented[0].initiative
        question = asked(session, held, "How?", initiative_id=initiative.id)
        moderation.approve(session, held, question)

    def answer(session: Session) -> None:
        actor = session.get_one(User, editor.id)
        moment = NOON + timedelta(minutes=3)
        if is_later:
            answered = session.get_one(Question, question.id)
            moderation.answer_later(session, actor, session.get_one(ForumSession, held.id), answered, moment, "So.")
        else:
            led = session_to_change(session, id=held.id)
            answered = moderation.question_to_change(session, led, question.id, "approved")
            moderation.moderate(session, led, Chair("Made-up", user=actor), answered, "answered", moment, answer="So.")

    def withdraw(session: Session) -> None:
        actions.withdraw(session, session.get_one(User, editor.id), EntryKind.INITIATIVE, initiative.id, "Made-up.")

    meet(database, answer, withdraw)
    with database.reading() as session:
        answered = session.get_one(Question, question.id)
        assert (answered.answer, answered.initiative_id, session.get(Initiative, initiative.id)) == ("So.", None, None)
