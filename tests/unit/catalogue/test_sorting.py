"""Lists stand in the order that readers look in, the same on SQLite and PostgreSQL."""

from sqlalchemy import select

from kb.accounts.queries import people
from kb.catalogue import queries
from kb.catalogue.arrays import CatalogueArrays
from kb.catalogue.models import City, Country, Initiative
from kb.core.db import Database
from kb.search import database_fallback
from kb.search.parsing import parse
from kb.search.place_names import read_countries
from tests.factories import make_city, make_initiative, make_leader, make_user, make_vision

CITIES = ["Bor", "Çorum", "Of", "“Łódź”", "L’Aquila", "Øster", "Warsaw", "Москва", "北京"]
ORDERED = ["Bor", "Çorum", "L’Aquila", "“Łódź”", "Of", "Øster", "Warsaw", "Москва", "北京"]


def test_cities_stand_by_their_letters_whatever_accents_they_have(database: Database) -> None:
    with database.writing() as session:
        for name in CITIES:
            make_initiative(session, cities=(make_city(session, name),))
        assert [city.name for city in session.scalars(queries.cities())] == ORDERED
        assert [name for _, name, _ in queries.city_names(session).values()] == ORDERED
        assert CatalogueArrays(database).current(session).cities["name"].tolist() == ORDERED


def test_countries_stand_by_their_letters_whatever_accents_they_have(database: Database) -> None:
    with database.writing() as session:
        for code, country in (("CI", "Côte d’Ivoire"), ("HR", "Croatia"), ("AX", "Åland Islands"), ("ZW", "Zimbabwe")):
            session.get_one(Country, code).name = country
            make_city(session, country=code)
        session.flush()
        catalogue = CatalogueArrays(database).current(session)
        rows = catalogue.city_rows_by_country(list(queries.country_names(session)))
        assert catalogue.countries_of(rows) == ["AX", "CI", "HR", "ZW"]


def test_titles_stand_by_their_first_letter_and_by_the_value_of_numbers(database: Database) -> None:
    titles = ["“Quiet” streets", "10 squares", "9 squares", "Quarters", "Řeka"]
    ordered = ["9 squares", "10 squares", "Quarters", "“Quiet” streets", "Řeka"]
    with database.writing() as session:
        city = make_city(session)
        for title in titles:
            make_initiative(session, title=title, cities=(city,))
            make_vision(session, city, title=title)
            make_leader(session, title, city)
        assert [row.title for row in session.scalars(queries.initiatives_of_city(city))] == ordered
        assert [row.title for row in session.scalars(queries.visions_of_city(city))] == ordered
        assert [row.title for row in session.scalars(queries.visions_at([city.place_id]))] == ordered
        assert [row.name for row in session.scalars(queries.leaders_at([city.place_id]))] == ordered


def test_a_search_without_an_index_is_sorted_by_title_too(database: Database) -> None:
    with database.writing() as session:
        for title in ("10 squares", "Zoo square", "“Old” square", "9 squares"):
            make_initiative(session, title=title)
        _, found = database_fallback.find(session, parse("square"), {}, "title", 0, 10, read_countries(session))
        titles = [session.get_one(Initiative, key).title for _, key in found]
    assert titles == ["9 squares", "10 squares", "“Old” square", "Zoo square"]


def test_people_stand_by_their_letters(database: Database) -> None:
    with database.writing() as session:
        for name in ("Zoë", "Łucja", "Mia", "Élodie"):
            make_user(session, name=name)
        assert [user.name for user in session.scalars(people())] == ["Élodie", "Łucja", "Mia", "Zoë"]


def test_a_new_name_moves_its_entry(database: Database) -> None:
    with database.writing() as session:
        make_city(session, "Middle")
        key = make_city(session, "Alpha").id
    with database.writing() as session:
        session.get_one(City, key).name = "Żary"
    with database.reading() as session:
        assert session.scalars(select(City.name).order_by(City.sort_key)).all() == ["Middle", "Żary"]


def test_what_the_desk_writes_is_sorted_too(database: Database) -> None:
    with database.writing() as session:
        initiative = make_initiative(session, title="Old title")
        initiative.title = "Éveil"
        session.flush()
        assert session.scalars(select(Initiative.sort_key)).one() == "eveil"
