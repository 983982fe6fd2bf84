"""Errors of the database by kind: what came at the wrong moment, what no column can hold, and what is broken."""

import threading

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.core.database_errors import DatabaseBusy, DatabaseUnavailable, ValueRefused
from kb.core.db import Database
from tests.factories import make_user

LOCK = text("SELECT number FROM goals WHERE number = :number FOR UPDATE")


def test_a_writer_who_waited_too_long_met_others_who_were_writing(sqlite_database: Database) -> None:
    other = Database(sqlite_database.url.render_as_string())
    event.listen(other.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=10").close())
    with sqlite_database.writing() as session:
        session.connection()
        with pytest.raises(DatabaseBusy), other.writing() as late:
            late.connection()
    other.dispose()


def test_a_connection_that_can_only_read_is_given_up(sqlite_database: Database) -> None:
    with sqlite_database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(DatabaseUnavailable), sqlite_database.writing() as session:
        make_user(session)
    with sqlite_database.writing() as session:
        make_user(session)


@pytest.mark.postgresql
def test_two_writers_who_wait_for_one_another_met_others_who_were_writing(postgresql_database: Database) -> None:
    met: list[OperationalError] = []

    def take(session: Session, number: int) -> None:
        try:
            session.execute(LOCK, {"number": number})
        except OperationalError as problem:
            met.append(problem)
            session.rollback()

    with postgresql_database.session() as one, postgresql_database.session() as other:
        for session, number in ((one, 1), (other, 2)):
            session.execute(text("SET LOCAL deadlock_timeout = '10ms'"))
            session.execute(LOCK, {"number": number})
        thread = threading.Thread(target=take, args=(other, 1))
        thread.start()
        take(one, 2)
        thread.join()
    assert [type(problem) for problem in met] == [DatabaseBusy]


def test_a_table_that_is_not_there_is_another_matter(sqlite_database: Database) -> None:
    with sqlite_database.reading() as session, pytest.raises(OperationalError) as caught:
        session.execute(text("SELECT 1 FROM no_such_table"))
    assert not isinstance(caught.value, DatabaseUnavailable)


@pytest.mark.parametrize("value", [2**63, 10**40, -(2**70), "\ud800"])
def test_a_value_that_no_column_can_hold_is_told_without_it(database: Database, value: object) -> None:
    with database.reading() as session, pytest.raises(ValueRefused) as caught:
        column = User.name if isinstance(value, str) else User.id
        session.execute(select(User).where(column == value)).all()
    assert str(value) not in repr(str(caught.value))


@pytest.mark.postgresql
@pytest.mark.parametrize("name", ["a\0b", "n" * 301])
def test_postgresql_refuses_more_of_a_text(postgresql_database: Database, name: str) -> None:
    with pytest.raises(ValueRefused), postgresql_database.writing() as session:
        make_user(session, name=name)


def test_no_error_of_the_database_shows_the_values_of_a_statement(database: Database) -> None:
    with pytest.raises(IntegrityError) as caught, database.writing() as session:
        make_user(session, "made-up-role", name="Made-up Secret")
    assert "Made-up Secret" not in str(caught.value).partition("DETAIL")[0]
