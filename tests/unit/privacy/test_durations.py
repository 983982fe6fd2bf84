"""A time is said in the unit that a person would choose."""

from datetime import timedelta

import pytest

from kb.privacy.records import in_words


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (timedelta(minutes=720), "12 hours"),
        (timedelta(minutes=60), "1 hour"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=24), "1 day"),
        (timedelta(days=90), "90 days"),
        (timedelta(seconds=150), "2 minutes"),
        (timedelta(0), "0 minutes"),
    ],
)
def test_the_largest_unit_is_said_of_which_it_is_a_whole_number(period: timedelta, words: str) -> None:
    assert str(in_words(period)) == words
