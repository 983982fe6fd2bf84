"""Both sides of a question act in one instant: neither stops the other, nor overlooks what the other did."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import City, Initiative
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.errors import NotFound
from kb.editorial.actions import withdraw
from kb.questions import actions
from kb.questions.models import CityAnswer, CityQuestion
from kb.questions.retention import forget_addresses, forget_unconfirmed
from tests.at_once import meet
from tests.factories import ask_city, make_city, make_city_answer, make_initiative, make_user

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
        acquire_write_lock(session)
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


@pytest.mark.postgresql
def test_a_question_is_answered_while_the_initiative_that_it_is_about_is_withdrawn(
    postgresql_database: Database,
) -> None:
    database = postgresql_database
    with database.writing() as session:
        city, editor = make_city(session), make_user(session, "editor")
        clerk = make_user(session, city_id=city.id)
        initiative = make_initiative(session, cities=(city,))
        question = ask_city(session, city, initiative_id=initiative.id)
        actions.confirm(session, question)
        (row,) = question.answers

    def decline(session: Session) -> None:
        actions.decline(session, session.get_one(User, clerk.id), session.get_one(CityAnswer, row.id), "Made-up.")

    def withdraw_it(session: Session) -> None:
        withdraw(session, session.get_one(User, editor.id), EntryKind.INITIATIVE, initiative.id, "Made-up.")

    meet(database, decline, withdraw_it)
    with database.reading() as session:
        assert (session.scalars(select(CityAnswer.state)).all(), session.get(Initiative, initiative.id)) == (
            ["declined"],
            None,
        )


@pytest.mark.postgresql
@pytest.mark.parametrize("act", [actions.confirm, actions.withdraw])
def test_a_question_that_is_deleted_meanwhile_is_there_no_more(
    postgresql_database: Database, act: Callable[[Session, CityQuestion], None]
) -> None:
    database = postgresql_database
    with database.writing() as session:
        question = ask_city(session, make_city(session))
    told: list[NotFound] = []

    def do(session: Session) -> None:
        try:
            act(session, session.get_one(CityQuestion, question.id))
        except NotFound as problem:
            told.append(problem)

    meet(database, do, lambda session: actions.withdraw(session, session.get_one(CityQuestion, question.id)))
    assert len(told) == 1


@pytest.mark.postgresql
def test_a_question_is_asked_again_while_the_first_is_deleted(postgresql_database: Database) -> None:
    database = postgresql_database
    with database.writing() as session:
        city = make_city(session)
        first = ask_city(session, city)
    meet(
        database,
        lambda session: ask_city(session, session.get_one(City, city.id), text=first.text),
        lambda session: forget_unconfirmed(session, now() + timedelta(days=900)),
    )
    with database.reading() as session:
        (question,) = session.scalars(select(CityQuestion))
        assert (question.id != first.id, question.text) == (True, first.text)


@pytest.mark.postgresql
def test_old_questions_are_forgotten_while_the_initiative_that_they_are_about_is_withdrawn(
    postgresql_database: Database,
) -> None:
    database = postgresql_database
    with database.writing() as session:
        city, editor = make_city(session), make_user(session, "editor")
        initiative = make_initiative(session, cities=(city,))
        ask_city(session, city, initiative_id=initiative.id)
        closed = make_city_answer(session, city, email="adviser@bay.example").question
        closed.closed_at = closed.asked_at
    later = now() + timedelta(days=900)

    def forget(session: Session) -> None:
        forget_unconfirmed(session, later)
        forget_addresses(session, later, 1)

    def withdraw_it(session: Session) -> None:
        withdraw(session, session.get_one(User, editor.id), EntryKind.INITIATIVE, initiative.id, "Made-up.")

    meet(database, forget, withdraw_it)
    with database.reading() as session:
        assert session.scalars(select(CityQuestion.email)).all() == [None]
