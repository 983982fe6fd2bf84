"""What is asked on every visit is found by an index, however many entries there are."""

from kb.catalogue import queries
from kb.catalogue.models import City
from kb.core.db import Database


def test_the_initiatives_of_a_city_are_found_without_looking_at_those_of_others(sqlite_database: Database) -> None:
    with sqlite_database.reading() as session:
        query = queries.initiatives_of_city(City(id=1))
        sql = query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").scalars("detail").all()
    assert any(step.startswith("SEARCH initiatives USING INTEGER PRIMARY KEY") for step in plan)
    assert not any(step.startswith("SCAN initiatives") for step in plan)
