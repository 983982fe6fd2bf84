"""What the database layer holds against CPython and SQLAlchemy."""

import subprocess
import sys

import psycopg
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError

from kb.catalogue.models import City, Place, PlaceName
from kb.core.database_errors import DatabaseUnavailable
from kb.core.db import Database, insert_rows
from kb.core.sql_functions import among_ids
from tests.factories import make_city

# Rows that refer to themselves, so that only the garbage collector ends them; then as many lists as bring the collector
# to start, in one of the sweeps, where `Session.close()` stores an attribute for which the array of attributes of an
# instance's state has no place. The dictionaries empty CPython's list of free ones.
_COLLECTED_WHILE_CLOSING = """
import gc
from sqlalchemy import create_engine, insert, select
from sqlalchemy.orm import Mapped, mapped_column
from kb.core.db import Model, Session

class Thing(Model):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)

engine = create_engine("sqlite://")
Thing.__table__.create(engine)
with Session(engine) as session:
    session.execute(insert(Thing.__table__), [{"id": number} for number in range(40)])
    session.commit()
with Session(engine) as session:
    things = session.scalars(select(Thing)).all()
    session.expire(things[0])  # takes the last free place
del session, things

def close_while_collecting(sweep):
    gc.collect()
    session = Session(engine)
    things = session.scalars(select(Thing)).all()
    for thing in things:
        thing.__dict__["itself"] = thing
    del thing, things
    dictionaries = [{} for _ in range(100)]
    lists = []
    for _ in range(700 - gc.get_count()[0] - sweep):
        lists.append([])
    session.close()

gc.collect()
gc.freeze()
gc.set_threshold(700)
for sweep in range(150):
    close_while_collecting(sweep)
"""


def test_a_collection_in_the_middle_of_closing_a_session_does_not_end_the_process():
    program = [sys.executable, "-c", _COLLECTED_WHILE_CLOSING]
    ended = subprocess.run(program, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, f"ended by {ended.returncode}: {ended.stderr[-2000:]}"


@pytest.mark.parametrize(("named", "used"), [("", ("5", "15000")), ("?connect_timeout=2", ("2", "15000"))])
def test_limits_of_a_connection_to_postgresql_are_ours_unless_the_address_names_them(
    named: str, used: tuple[str, str]
) -> None:
    given: list[dict[str, object]] = []
    database = Database(f"postgresql+psycopg://made-up@127.0.0.1/made-up{named}")

    def note(_dialect: object, _record: object, _arguments: object, parameters: dict[str, object]) -> None:
        given.append(parameters)
        raise psycopg.OperationalError("made-up")

    event.listen(database.engine, "do_connect", note)
    with pytest.raises(DatabaseUnavailable), database.reading() as session:
        session.execute(text("SELECT 1"))
    assert (str(given[0]["connect_timeout"]), str(given[0]["tcp_user_timeout"])) == used


def test_any_number_of_ids_is_one_parameter(database: Database) -> None:
    with database.writing() as session:
        cities = [make_city(session) for _ in range(3)]
        ids = [city.id for city in cities]
    with database.reading() as session:
        wanted = select(City.id).where(among_ids(City.id)).order_by(City.id)
        for chosen in ([], ids[:1], ids[1:], [*ids, *range(10**6, 10**6 + 40_000)]):
            assert session.scalars(wanted, {"ids": chosen}).all() == sorted(set(chosen) & set(ids))
            assert "among" not in str(wanted.compile(session.connection()))


def test_many_rows_go_in_as_they_are(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.core.db._ROWS_A_STATEMENT", 2)
    names = ("population", "id", "name", "folded", "country_code", "latitude", "longitude", "is_capital", "elevation_m")
    odd = ("Made-up\n\"{Ł}\\' 100%s", "NULL", "made, up")
    rows = [(None, number, name, "x", "IN", -0.1, 75.25, number == 1, None) for number, name in enumerate(odd)]
    with database.writing() as session:
        insert_rows(session, Place, [dict(zip(names, row, strict=True)) for row in rows])
        insert_rows(session, Place, [])
    with database.reading() as session:
        columns = [getattr(Place, name) for name in names]
        assert session.execute(select(*columns).order_by(Place.id)).all() == rows
    with pytest.raises(IntegrityError), database.writing() as session:
        insert_rows(session, PlaceName, [{"place_id": 4, "name": "of no place", "folded": "x"}])


def test_ids_are_found_by_the_index(sqlite_database: Database) -> None:
    wanted = select(City.name).where(among_ids(City.id))
    with sqlite_database.reading() as session:
        statement = str(wanted.compile(session.connection()))
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", ("[1, 2]",)).all()
    assert any("SEARCH cities USING INTEGER PRIMARY KEY" in row[3] for row in plan), plan


def test_a_connection_to_a_server_that_only_reads_by_now_is_not_used_again(postgresql_database: Database) -> None:
    with postgresql_database.engine.connect() as connection:
        connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
        connection.commit()
    with pytest.raises(DatabaseUnavailable, match="read-only transaction"), postgresql_database.writing() as session:
        make_city(session, slug="made-up")
    with postgresql_database.writing() as session:
        make_city(session, slug="made-up")
