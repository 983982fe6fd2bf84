"""What people look for in vain is counted, and nothing of the people."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select

from kb.core.db import Database
from kb.editorial.failed_searches import countable_query, record_failed_search
from kb.editorial.models import FailedSearchCount


@pytest.mark.parametrize(
    ("typed", "counted"),
    [
        ("  Cable  CARS ", "cable cars"),
        ("Téléphérique à Bogotá", "telepherique a bogota"),
        ("11.2 target", "11 2 target"),
        ("car-free days", "car-free days"),
        ("mayor@example.org", None),
        ("Ana Made-up mayor at example.org https://example.org/x", None),
        ("www.example.org", None),
        ("+34 600 123 456", None),
        ("(555) 123-4567 flooding", None),
        ("x", None),
        ("2015", None),
        ("!!! ???", None),
        ("a b\0c", "a b c"),
        ("one two three four five six seven eight nine", None),
        ("w" * 81, None),
    ],
)
def test_words_are_counted_and_what_may_name_a_person_is_not(typed: str, counted: str | None) -> None:
    assert countable_query(typed) == counted


def test_questions_are_added_up_by_day(database: Database) -> None:
    with database.writing() as session:
        counted = [
            record_failed_search(session, text)
            for text in ("Cable cars", "cable  CARS", "trolleybus", "me@example.org")
        ]
    assert counted == [True, True, True, False]
    with database.writing() as session:
        record_failed_search(session, "cable cars", date(2026, 1, 1))
    with database.reading() as session:
        rows = session.scalars(select(FailedSearchCount).order_by(FailedSearchCount.day, FailedSearchCount.query)).all()
        assert [(row.query, row.count) for row in rows] == [("cable cars", 1), ("cable cars", 2), ("trolleybus", 1)]


def test_two_who_look_for_the_same_at_once_are_both_counted(database: Database) -> None:
    def look(_number: int) -> None:
        with database.writing() as session:
            record_failed_search(session, "cable cars")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(look, range(24)))
    with database.reading() as session:
        assert session.scalars(select(FailedSearchCount.count)).all() == [24]
