"""What pages of cities ask about questions, and what a change of an entry does to them."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind
from kb.catalogue.models import Change
from kb.core.column_types import now
from kb.core.db import Database, rows_if_any
from kb.editorial.actions import merge
from kb.questions import actions, queries
from kb.questions.choices import QuestionKind
from kb.questions.models import CityAnswer
from kb.questions.queries import OpenAndAnswerTime
from tests.factories import ask_city, make_city, make_city_answer, make_initiative, make_user


def test_open_questions_and_the_median_time_of_a_city_are_counted(database: Database) -> None:
    with database.writing() as session:
        city, other = make_city(session), make_city(session)
        for days in (1, 2, 9):
            answer = make_city_answer(session, city)
            answer.reached_at = now() - timedelta(days=days)
        make_city_answer(session, city).is_by_city = False
        make_city_answer(session, city).state = "waiting"
        make_city_answer(session, city).state = "editors"
        make_city_answer(session, city).state = "unconfirmed"
        make_city_answer(session, other)
    with database.reading() as session:
        assert queries.open_and_answer_time(session, city.id) == OpenAndAnswerTime(open=2, answered=3, median_days=2)
        assert queries.open_and_answer_time(session, 0) == OpenAndAnswerTime(open=0, answered=0, median_days=None)


@pytest.mark.one_database
def test_pages_of_cities_and_initiatives_walk_over_no_table_of_questions(database: Database) -> None:
    plans: list[str] = []

    def explain(_connection, cursor, statement: str, parameters, _context, _many) -> None:
        if statement.startswith("SELECT"):
            plans.extend(row[3] for row in cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(database.engine, "before_cursor_execute", explain)
    with database.reading() as session:
        queries.open_and_answer_time(session, 1)
        public = queries.public_answers_of_city(), queries.public_answers_about_initiative()
        rows_if_any(session, public, id=1)
        queries.cities_with_people(session, [1, 2])
        queries.is_blocked(session, "a@b.example")
    assert {plan for plan in plans if plan.startswith("SCAN")} <= {"SCAN CONSTANT ROW"}
    assert len(plans) >= 5


def test_answers_of_a_merged_city_are_those_of_the_one_that_stays(database: Database) -> None:
    with database.writing() as session:
        kept, duplicate = make_city(session, "Made-up Kept"), make_city(session, "Made-up Duplicate")
        answer = make_city_answer(session, duplicate, initiative=make_initiative(session, cities=(kept,)))
        editor = make_user(session, "editor")
    with database.writing() as session:
        before = _last_change(session)
        merge(session, session.merge(editor), EntryKind.CITY, kept.id, duplicate.id)
    with database.reading() as session:
        assert session.scalars(select(CityAnswer.city_id)).all() == [kept.id]
        noted = session.execute(select(Change.kind, Change.entry_id).where(Change.id > before)).all()
        assert (str(QuestionKind.CITY_ANSWER), answer.id) in noted


@pytest.mark.one_database
def test_what_was_not_confirmed_leaves_the_change_log_alone(database: Database) -> None:
    with database.writing() as session:
        city = make_city(session)
        before = _last_change(session)
        question = ask_city(session, city, may_publish=True)
        actions.choose_for_asker(session, question, may_publish=False, shares_email=True)
        assert _noted(session, before) == []
        actions.confirm(session, question)
        assert set(_noted(session, before)) == {(str(QuestionKind.CITY_ANSWER), question.answers[0].id)}


def _noted(session: Session, after: int) -> list[tuple[str, int]]:
    return [(kind, key) for kind, key in session.execute(select(Change.kind, Change.entry_id).where(Change.id > after))]


def _last_change(session: Session) -> int:
    return max(session.scalars(select(Change.id)), default=0)
