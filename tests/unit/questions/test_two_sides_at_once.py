"""Both sides of a question act in one instant: neither stops the other, nor overlooks what the other did."""

import threading

import pytest
from sqlalchemy.exc import SQLAlchemyError

from kb.accounts.models import User
from kb.core.column_types import now
from kb.core.db import Database
from kb.questions import actions
from kb.questions.models import CityAnswer
from tests.factories import make_city, make_city_answer, make_user

_SECONDS = 20


@pytest.mark.both_databases
def test_two_that_agree_in_one_instant_are_introduced(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session)
        clerk = make_user(session, city_id=city.id)
        row = make_city_answer(session, city, email="adviser@bay.example", shares_email=True, may_publish=False)
        row.answered_by_id, row.introduction_offered_at, row.may_publish = clerk.id, now(), False
    failed: list[SQLAlchemyError] = []

    def agree_for_the_city() -> None:
        try:
            with database.writing() as session:
                actor, answer = session.get_one(User, clerk.id), session.get_one(CityAnswer, row.id)
                actions.choose_for_city(session, actor, answer, may_publish=True, shares_email=True)
        except SQLAlchemyError as problem:
            failed.append(problem)

    thread = threading.Thread(target=agree_for_the_city)
    with database.writing() as session:
        question = session.get_one(CityAnswer, row.id).question
        session.refresh(question, with_for_update=True)
        thread.start()
        # As long as it takes to come to what it must wait for; where it does not get so far, the test only sees less.
        thread.join(0.5)
        actions.choose_for_asker(session, question, may_publish=True, shares_email=True)
    thread.join(_SECONDS)
    assert not failed
    with database.reading() as session:
        answer = session.get_one(CityAnswer, row.id)
        assert (answer.question.may_publish, answer.may_publish) == (True, True)
        assert answer.introduced_at is not None
