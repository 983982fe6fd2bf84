"""Two who write at once: what only came at the wrong moment is told from what is broken."""

import threading

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from kb.db import Database, was_busy

LOCK = text("SELECT number FROM goals WHERE number = :number FOR UPDATE")


def test_a_writer_who_waited_too_long_met_others_who_were_writing(sqlite_database: Database) -> None:
    other = Database(sqlite_database.url.render_as_string())
    event.listen(other.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=10").close())
    with sqlite_database.writing() as session:
        session.connection()
        with pytest.raises(OperationalError) as caught, other.writing() as late:
            late.connection()
    other.dispose()
    assert was_busy(caught.value)


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
    assert [was_busy(problem) for problem in met] == [True]


def test_a_table_that_is_not_there_is_another_matter(sqlite_database: Database) -> None:
    with sqlite_database.reading() as session, pytest.raises(OperationalError) as caught:
        session.execute(text("SELECT 1 FROM no_such_table"))
    assert not was_busy(caught.value)
