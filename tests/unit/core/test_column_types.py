"""What the database itself guards: versions, moments, constraints."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from kb.catalogue.models import Initiative
from kb.core.db import Database
from tests.factories import make_city, make_initiative


def test_two_editors_of_one_entry_cannot_overwrite_each_other(database: Database) -> None:
    with database.writing() as session:
        initiative = make_initiative(session)
    with database.session() as first:
        mine = first.get_one(Initiative, initiative.id)
        with database.writing() as second:
            second.get_one(Initiative, initiative.id).summary = "The other editor's made-up words"
        mine.summary = "My made-up words"
        with pytest.raises((StaleDataError, DBAPIError)):
            first.flush()
    with database.reading() as session:
        assert session.get_one(Initiative, initiative.id).summary == "The other editor's made-up words"


def test_a_moment_keeps_its_instant_and_comes_back_in_utc(database: Database) -> None:
    moment = datetime(2026, 5, 1, 12, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    with database.writing() as session:
        initiative = make_initiative(session, created_at=moment)
    with database.reading() as session:
        created_at = session.get_one(Initiative, initiative.id).created_at
    assert (created_at, created_at.tzinfo) == (moment, UTC)


def test_a_moment_without_a_zone_is_refused(session: Session) -> None:
    with pytest.raises(Exception, match="time zone"):
        make_initiative(session, created_at=datetime(2026, 5, 1))  # noqa: DTZ001 - the naive moment is the point
    session.rollback()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"stage": "flourishing"}, "stage_known"),
        ({"evidence_level": 6}, "evidence_level_range"),
        ({"cost_amount": 5}, "cost_has_currency"),
        ({"cost_amount": -5, "cost_currency": "EUR"}, "cost_not_negative"),
        ({"scale": "galactic"}, "scale_known"),
    ],
)
def test_the_database_refuses_what_no_list_knows(session: Session, fields: dict[str, object], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        make_initiative(session, **fields)
    session.rollback()


def test_a_city_stands_at_one_place_and_a_place_holds_one_city(session: Session) -> None:
    city = make_city(session)
    with pytest.raises(IntegrityError):
        make_city(session, place_id=city.place_id)
    session.rollback()
