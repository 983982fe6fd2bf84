"""The catalogue as arrays: the same as the database says, read whole or brought up by what changed."""

from collections.abc import Callable, Iterator
from datetime import date

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.arrays import CatalogueArrays, CatalogueSnapshot, snapshot
from kb.catalogue.arrays.reading import read_table
from kb.catalogue.arrays.table import first_rows
from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.models import (
    Challenge,
    City,
    CityChallenge,
    Country,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    Leader,
    Place,
    Technology,
)
from kb.core.db import Database
from tests.factories import make_city, make_initiative, make_leader, make_source, make_vision


def _fill(session: Session) -> None:
    """Initiatives of every level, year and name, of up to three cities."""
    cities = [make_city(session, f"City {letter}", challenges=("heat",) * (letter in "ac")) for letter in "cabde"]
    leader, vision = make_leader(session, city=cities[0]), make_vision(session, cities[1])
    for number in range(30):
        make_initiative(
            session,
            f"{'éEzZ'[number % 4]} {number % 7}",
            cities=tuple(cities[(number + place) % 5] for place in range(number % 3 + 1)),
            goals=tuple(range(1, number % 4 + 1)),
            challenges=("flooding", "heat")[: number % 3],
            technologies=("early-warning",) if number % 2 else (),
            sources=(make_source(session),) if number % 5 else (),
            evidence_level=(None, 0, 3)[number % 3],
            start_year=(None, 2010, 2019)[number % 3 - number % 2],
            leader=leader if number % 6 == 0 else None,
            vision=vision if number % 6 == 1 else None,
        )


def _first(session: Session) -> Initiative:
    return session.scalars(queries.initiatives().limit(1)).one()


def _rename(session: Session) -> None:
    _first(session).title = "Zzz"


def _regrade(session: Session) -> None:
    initiative = session.scalars(queries.initiatives().offset(20).limit(1)).one()
    initiative.evidence_level, initiative.start_year, initiative.stage = 5, 1999, "pilot"


def _relink(session: Session) -> None:
    initiative = _first(session)
    initiative.challenges = [session.get_one(Challenge, "congestion")]
    initiative.technologies = [session.get_one(Technology, "sensors-iot")]
    initiative.goals = []
    initiative.places = [InitiativeCity(city=make_city(session, "City aa"))]


def _remove(session: Session) -> None:
    session.delete(_first(session))


def _add(session: Session) -> None:
    make_initiative(session, "Middle", evidence_level=0, start_year=2010)
    make_leader(session)
    make_vision(session)


def _name_challenge(session: Session) -> None:
    city = session.scalars(queries.cities().limit(1)).one()
    city.name = "Zz City"
    city.challenges = [CityChallenge(challenge_code="flooding")]


def _move_country(session: Session) -> None:
    session.get_one(Country, "IN").region_code = None
    session.scalars(select(Place).join(City, City.place_id == Place.id).limit(1)).one().population = 7


def _confirm(session: Session) -> None:
    for initiative in session.scalars(queries.initiatives().offset(3).limit(2)):
        initiative.confirmed_on = date(2026, 1, 1)


def _change_goals(session: Session) -> None:
    for initiative in session.scalars(queries.initiatives().offset(3).limit(2)):
        initiative.goals = [InitiativeGoal(goal_number=13)]


def _change_leader(session: Session) -> None:
    session.scalars(select(Leader)).first().terms = []  # type: ignore[union-attr] # `_fill` makes one


def _nothing(_session: Session) -> None: ...


def _contents(catalogue: CatalogueSnapshot) -> dict[str, list[object]]:
    """Every column of every table, codes as such."""
    codes = catalogue.codes.codes
    coded = {"stage", "country", "region", "challenges", "technologies"}

    def plain(name: str, values: list[int]) -> list[object]:
        return [codes[value] if value >= 0 else None for value in values] if name in coded else [*values]

    return {
        f"{kind} {name}": plain(name, column.tolist())
        for kind, table in catalogue.tables.items()
        for name, column in table.columns.items()
    } | {
        f"{kind} {name}": [sorted(plain(name, column.of_rows(np.array([row])).tolist())) for row in range(len(table))]
        for kind, table in catalogue.tables.items()
        for name, column in table.lists.items()
    }


@pytest.mark.parametrize(
    "change",
    [
        _nothing,
        _rename,
        _regrade,
        _relink,
        _remove,
        _add,
        _name_challenge,
        _move_country,
        _confirm,
        _change_goals,
        _change_leader,
    ],
)
def test_what_changed_is_brought_up_as_if_all_were_read_anew(
    database: Database, change: Callable[[Session], None]
) -> None:
    arrays = CatalogueArrays(database)
    with database.writing() as session:
        _fill(session)
    with database.reading() as session:
        arrays.current(session)
    with database.writing() as session:
        change(session)
    with database.reading() as session:
        brought_up, anew = arrays.current(session), CatalogueArrays(database).current(session)
        ordered = session.scalars(queries.initiatives().with_only_columns(Initiative.id)).all()
        cities = session.scalars(queries.cities().with_only_columns(City.id)).all()
    assert _contents(brought_up) == _contents(anew)
    assert brought_up.initiatives["id"].tolist() == ordered
    assert brought_up.cities["id"].tolist() == cities


@pytest.mark.one_database
def test_a_save_copies_only_what_it_changes_where_the_order_stays(sqlite_database: Database) -> None:
    arrays = CatalogueArrays(sqlite_database)
    with sqlite_database.writing() as session:
        _fill(session)
    with sqlite_database.reading() as session:
        before = arrays.current(session).initiatives
    with sqlite_database.writing() as session:
        _confirm(session)
    with sqlite_database.reading() as session:
        after = arrays.current(session).initiatives
    assert {name for name, column in after.columns.items() if column is not before[name]} == {
        "updated_at",
        "confirmed_on",
    }
    assert all(column is before.lists[name] for name, column in after.lists.items())


@pytest.mark.one_database
def test_after_many_changes_all_are_read_anew(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "MOST_CHANGES", 3)
    arrays = CatalogueArrays(sqlite_database)
    with sqlite_database.reading() as session:
        codes = arrays.current(session).codes
    with sqlite_database.writing() as session:
        _fill(session)
    with sqlite_database.reading() as session:
        catalogue = arrays.current(session)
        assert catalogue.codes is not codes
        assert _contents(catalogue) == _contents(CatalogueArrays(sqlite_database).current(session))


@pytest.mark.one_database
def test_a_list_is_what_the_database_says(sqlite_database: Database) -> None:
    with sqlite_database.writing() as session:
        _fill(session)
        session.flush()
        catalogue = CatalogueArrays(sqlite_database).current(session)
        leader = session.scalars(select(Leader.id)).first()
        city = session.scalars(queries.cities().limit(1)).one()

        def ids(*conditions: object) -> list[int]:
            return list(session.scalars(queries.initiatives().where(*conditions).with_only_columns(Initiative.id)))  # type: ignore[arg-type]

        flooding = Initiative.challenges.any(code="flooding")
        expected = {
            (("challenge", "flooding"),): ids(flooding),
            (("technology", "early-warning"), ("goal", 2)): ids(
                Initiative.technologies.any(code="early-warning"), Initiative.goals.any(goal_number=2)
            ),
            (("leader", leader),): ids(Initiative.leader_id == leader),
            (("city", city.id),): ids(Initiative.places.any(city_id=city.id)),
            (("decade", 2010), ("stage", "operational")): ids(Initiative.start_year.between(2010, 2019)),
            (("challenge", "no-such"),): [],
        }
        for chosen, wanted in expected.items():
            assert catalogue.initiative_ids(catalogue.initiative_rows(**dict(chosen))) == wanted, chosen  # type: ignore[arg-type]
        rows = catalogue.initiative_rows(challenge="flooding")
        of_cities = session.scalars(
            queries.cities()
            .where(City.id.in_(select(InitiativeCity.city_id).where(InitiativeCity.initiative.has(flooding))))
            .with_only_columns(City.id)
        ).all()
        assert catalogue.city_ids(catalogue.city_rows_of(rows)) == of_cities
        counts = {code: len(ids(Initiative.challenges.any(code=code))) for code in ("flooding", "heat")}
        assert catalogue.term_counts("challenges", catalogue.initiative_rows()) == counts
        named = session.scalars(select(CityChallenge.city_id).where(CityChallenge.challenge_code == "heat")).all()
        assert sorted(catalogue.city_ids(catalogue.city_rows_naming("heat"))) == sorted(named)


@pytest.mark.one_database
def test_the_newest_come_without_stopped_ones_and_the_stopped_with_their_lessons(sqlite_database: Database) -> None:
    with sqlite_database.writing() as session:
        _fill(session)
        of_2024, of_2020 = make_initiative(session, start_year=2024), make_initiative(session, start_year=2020)
        first_of_2022, second_of_2022 = (
            make_initiative(session, start_year=2022),
            make_initiative(session, start_year=2022),
        )
        stopped = {"stage": "discontinued", "start_year": 2025}
        make_initiative(session, **stopped)
        learned = [
            make_initiative(session, evidence_level=level, lessons="Made-up.", **stopped) for level in (1, 4, None)
        ]
        session.flush()
        catalogue = CatalogueArrays(sqlite_database).current(session)
        assert catalogue.newest_initiatives(4) == [of_2024.id, second_of_2022.id, first_of_2022.id, of_2020.id]
        assert len(catalogue.newest_initiatives(100)) == 34
        assert catalogue.stopped_initiatives(2) == [learned[1].id, learned[0].id]
        assert catalogue.stopped_initiatives(9) == [learned[1].id, learned[0].id, learned[2].id]


@pytest.mark.parametrize("missing", [0, 1, 2, slice(None)])
def test_a_city_that_came_or_went_while_tables_were_read_is_left_out(
    sqlite_database: Database, missing: int | slice
) -> None:
    with sqlite_database.writing() as session:
        cities = [make_city(session, f"City {letter}") for letter in "abc"]
        make_initiative(session, cities=tuple(cities))
    gone = [city.id for city in cities[missing]] if isinstance(missing, slice) else [cities[missing].id]
    with sqlite_database.reading() as session:
        whole = CatalogueArrays(sqlite_database).current(session)
        nothing = read_table(session, EntryKind.CITY, whole.codes, [])
    tables = {**whole.tables, EntryKind.CITY: whole.cities.replaced(gone, nothing)}
    catalogue = CatalogueSnapshot(whole.newest, whole.identity, whole.codes, tables)
    left = 3 - len(gone)
    assert catalogue.initiatives_per_city.tolist() == [1] * left
    assert catalogue.city_rows_of(catalogue.initiative_rows()).tolist() == list(range(left))


@pytest.mark.one_database
@pytest.mark.parametrize("count", [0, 1, 7, 39, 40, 60])
def test_the_first_rows_are_those_of_a_full_sort(count: int) -> None:
    chance = np.random.default_rng(count)
    keys = [chance.integers(0, 3, 40), chance.integers(0, 4, 40), chance.permutation(40)]
    assert first_rows(keys, count).tolist() == np.lexsort(keys[::-1])[:count].tolist()


def test_every_kind_has_a_table(sqlite_database: Database) -> None:
    with sqlite_database.reading() as session:
        assert set(CatalogueArrays(sqlite_database).current(session).tables) == set(ENTRIES)


def test_cities_are_ordered_by_country_also_while_another_thread_adds_codes(sqlite_database: Database) -> None:
    with sqlite_database.writing() as session:
        _fill(session)
    with sqlite_database.reading() as session:
        catalogue = CatalogueArrays(sqlite_database).current(session)

    class Order(list[str]):
        def __iter__(self) -> Iterator[str]:
            for number in range(3):
                catalogue.codes.add(f"new {number}")
            return iter([*(f"new {number}" for number in range(3)), "IN"])

    expected = catalogue.city_rows_by_country(["IN"]).tolist()
    assert catalogue.city_rows_by_country(Order(["", "", "", "IN"])).tolist() == expected
    assert catalogue.city_rows_by_country([]).tolist() == list(range(len(catalogue.cities)))
