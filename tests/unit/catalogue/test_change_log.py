"""The change log: whatever an editor saves, every entry whose search document it touches is noted, and nothing else."""

import threading

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from kb.catalogue.models import (
    Challenge,
    Change,
    City,
    CityChallenge,
    Country,
    Goal,
    Initiative,
    InitiativeFunding,
    InitiativeGoal,
    LeaderTerm,
    Outcome,
    Partner,
    Place,
    PlaceName,
    Region,
    Target,
    Technology,
    initiative_challenges,
)
from kb.core.db import Database
from tests.factories import make_city, make_initiative, make_leader, make_vision


def noted(database: Database, after: int = 0) -> list[tuple[str, int, str]]:
    with database.reading() as session:
        rows = session.execute(select(Change.kind, Change.entry_id, Change.action).where(Change.id > after))
        return sorted({tuple(row) for row in rows})


def last(database: Database) -> int:
    with database.reading() as session:
        return max(session.scalars(select(Change.id)), default=0)


@pytest.fixture
def web_of_entries(database: Database) -> dict[str, int]:
    """A city with a leader, a vision and an initiative that name one another, and a stranger to all of them."""
    with database.writing() as session:
        city = make_city(session, country="IN", challenges=("flooding",))
        leader = make_leader(session, city=city)
        vision = make_vision(session, city, goals=(11,))
        initiative = make_initiative(
            session, cities=(city,), goals=(13,), targets=("13.1",), challenges=("heat",),
            technologies=("early-warning",), leader=leader, vision=vision,
        )  # fmt: skip
        make_initiative(session, cities=(make_city(session, country="PE"),), goals=(4,))
        return {"city": city.id, "leader": leader.id, "vision": vision.id, "initiative": initiative.id}


RENAMES = [
    (
        "city",
        lambda s, ids: setattr(s.get_one(City, ids["city"]), "name", "Made-up Renamed"),
        "city initiative leader vision",
    ),
    (
        "leader",
        lambda s, ids: setattr(s.get_one(Initiative, ids["initiative"]).leader, "name", "Made-up"),
        "initiative leader",
    ),
    (
        "vision",
        lambda s, ids: setattr(s.get_one(Initiative, ids["initiative"]).vision, "title", "Made-up"),
        "initiative vision",
    ),
    ("goal 11", lambda s, _: setattr(s.get_one(Goal, 11), "label", "Made-up"), "vision"),
    ("goal 13", lambda s, _: setattr(s.get_one(Goal, 13), "label", "Made-up"), "initiative"),
    ("target", lambda s, _: setattr(s.get_one(Target, "13.1"), "label", "Made-up"), "initiative"),
    ("a city's challenge", lambda s, _: setattr(s.get_one(Challenge, "flooding"), "label", "Made-up"), "city"),
    ("an initiative's challenge", lambda s, _: setattr(s.get_one(Challenge, "heat"), "label", "Made-up"), "initiative"),
    ("technology", lambda s, _: setattr(s.get_one(Technology, "early-warning"), "label", "Made-up"), "initiative"),
    (
        "country",
        lambda s, _: setattr(s.get_one(Country, "IN"), "income_group", "high"),
        "city initiative leader vision",
    ),
    (
        "region",
        lambda s, _: setattr(s.get_one(Region, "southern-asia"), "label", "Made-up"),
        "city initiative leader vision",
    ),
    (
        "place",
        lambda s, ids: setattr(s.get_one(Place, s.get_one(City, ids["city"]).place_id), "population", 9_000_000),
        "city initiative leader vision",
    ),
]


@pytest.mark.parametrize(("what", "change", "kinds"), RENAMES, ids=[name for name, _, _ in RENAMES])
def test_changing_a_name_notes_every_entry_that_mentions_it(
    database: Database, web_of_entries: dict[str, int], what, change, kinds: str
) -> None:
    before = last(database)
    with database.writing() as session:
        change(session, web_of_entries)
    assert noted(database, before) == sorted((kind, web_of_entries[kind], "saved") for kind in kinds.split())


PARTS = [
    ("outcome", lambda i: i.outcomes.append(Outcome(measure="Made-up measure", value=3.0))),
    ("goal", lambda i: i.goals.append(InitiativeGoal(goal_number=6))),
    ("goal taken out", lambda i: i.goals.clear()),
    ("technology", lambda i: i.technologies.clear()),
    ("challenge", lambda i: i.challenges.clear()),
]


@pytest.mark.parametrize(("what", "change"), PARTS, ids=[name for name, _ in PARTS])
def test_changing_a_part_of_an_initiative_notes_the_initiative(
    database: Database, web_of_entries: dict[str, int], what, change
) -> None:
    before = last(database)
    with database.writing() as session:
        change(session.get_one(Initiative, web_of_entries["initiative"]))
    assert noted(database, before) == [("initiative", web_of_entries["initiative"], "saved")]


def test_a_term_that_moves_to_another_leader_notes_both(database: Database, web_of_entries: dict[str, int]) -> None:
    with database.writing() as session:
        other = make_leader(session)
    before = last(database)
    with database.writing() as session:
        term = session.scalars(select(LeaderTerm).where(LeaderTerm.leader_id == web_of_entries["leader"])).one()
        term.leader_id = other.id
    assert noted(database, before) == sorted(("leader", i, "saved") for i in (web_of_entries["leader"], other.id))


def test_a_deleted_initiative_is_noted_as_deleted(database: Database, web_of_entries: dict[str, int]) -> None:
    before = last(database)
    with database.writing() as session:
        session.delete(session.get_one(Initiative, web_of_entries["initiative"]))
    assert noted(database, before) == [("initiative", web_of_entries["initiative"], "deleted")]


def test_what_is_rolled_back_is_not_noted(database: Database) -> None:
    before = last(database)
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        make_initiative(session)
        raise ZeroDivisionError
    assert noted(database, before) == []


def test_looking_at_an_entry_notes_nothing(database: Database, web_of_entries: dict[str, int]) -> None:
    before = last(database)
    with database.writing() as session:
        initiative = session.get_one(Initiative, web_of_entries["initiative"])
        initiative.title = str(initiative.title)
    assert noted(database, before) == []


@pytest.mark.parametrize(
    "statement",
    [
        update(Initiative).values(title="Made-up"),
        delete(LeaderTerm),
        update(Initiative.__table__).values(title="Made-up"),
        delete(initiative_challenges),
    ],
)
def test_a_statement_that_the_log_cannot_see_is_refused(session: Session, statement) -> None:
    with pytest.raises(RuntimeError, match="change log"):
        session.execute(statement)


def test_the_log_says_which_version_was_saved(database: Database) -> None:
    with database.writing() as session:
        initiative = make_initiative(session)
    with database.writing() as session:
        session.get_one(Initiative, initiative.id).summary = "Another made-up summary"
    with database.reading() as session:
        versions = session.scalars(
            select(Change.version)
            .where(Change.kind == "initiative", Change.entry_id == initiative.id)
            .order_by(Change.id)
        ).all()
    assert versions == [1, 2]


def test_a_new_name_of_a_place_notes_its_city_and_what_names_it(
    database: Database, web_of_entries: dict[str, int]
) -> None:
    before = last(database)
    with database.writing() as session:
        place_id = session.get_one(City, web_of_entries["city"]).place_id
        session.add(PlaceName(place_id=place_id, name="Made-up Other Name", folded="made-up other name"))
    assert ("city", web_of_entries["city"], "saved") in noted(database, before)


def test_naming_another_challenge_notes_the_city_alone(database: Database, web_of_entries: dict[str, int]) -> None:
    before = last(database)
    with database.writing() as session:
        city = session.get_one(City, web_of_entries["city"])
        city.challenges.append(CityChallenge(challenge_code="heat"))
    assert noted(database, before) == [("city", web_of_entries["city"], "saved")]


VERSIONED = [
    ("outcome", lambda i: i.outcomes.append(Outcome(measure="Made-up measure"))),
    ("partner", lambda i: i.partners.append(Partner(name="Made-up partner"))),
    ("funding", lambda i: i.funding.append(InitiativeFunding(kind="bond"))),
    ("goal", lambda i: i.goals.clear()),
    ("technology", lambda i: i.technologies.clear()),
    ("a column", lambda i: setattr(i, "lessons", "Made-up lessons")),
]


@pytest.mark.parametrize(("what", "change"), VERSIONED, ids=[name for name, _ in VERSIONED])
def test_whatever_part_is_edited_the_entry_gets_a_new_version_and_date(
    database: Database, web_of_entries: dict[str, int], what, change
) -> None:
    with database.reading() as session:
        entry = session.get_one(Initiative, web_of_entries["initiative"])
        version, updated = entry.version, entry.updated_at
    with database.writing() as session:
        change(session.get_one(Initiative, web_of_entries["initiative"]))
    with database.reading() as session:
        entry = session.get_one(Initiative, web_of_entries["initiative"])
        assert (entry.version, entry.updated_at > updated) == (version + 1, True)


def test_a_part_edited_by_itself_raises_the_version_too(database: Database, web_of_entries: dict[str, int]) -> None:
    with database.writing() as session:
        initiative = session.get_one(Initiative, web_of_entries["initiative"])
        initiative.outcomes.append(Outcome(measure="Made-up"))
    with database.writing() as session:
        session.scalars(select(Outcome)).one().value = 5.0
    with database.reading() as session:
        assert session.get_one(Initiative, web_of_entries["initiative"]).version == 3


@pytest.mark.postgresql
def test_a_rename_notes_what_was_linked_while_it_waited(postgresql_database: Database) -> None:
    """One person links a new initiative to a city while another renames the city: it is noted after both."""
    database = postgresql_database
    with database.writing() as session:
        city = make_city(session)
    renamed = threading.Event()

    def rename() -> None:
        with database.writing() as session:
            session.get_one(City, city.id).name = "Made-up Renamed"
        renamed.set()

    with database.writing() as session:
        initiative = make_initiative(session, cities=(session.get_one(City, city.id),))
        other = threading.Thread(target=rename)
        other.start()
        # The other waits for the log's lock, which this session holds until it commits.
        assert not renamed.wait(0.5)
    other.join()
    with database.reading() as session:
        changes = session.execute(select(Change.kind, Change.entry_id).order_by(Change.id)).all()
    assert ("initiative", initiative.id) in changes[changes.index(("city", city.id), 1) :]
