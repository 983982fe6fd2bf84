"""The traffic light of an entry."""

from datetime import date, timedelta

import pytest

from kb.catalogue.choices import FRESHNESS
from kb.catalogue.rules import freshness

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("days", "state"), [(0, "fresh"), (365, "fresh"), (366, "ageing"), (730, "ageing"), (731, "stale")]
)
def test_an_entry_ages_from_the_day_it_was_confirmed(days: int, state: str) -> None:
    assert freshness(TODAY - timedelta(days=days), TODAY) == state
    assert state in FRESHNESS


def test_an_entry_that_nobody_has_confirmed_is_not_called_fresh_or_stale() -> None:
    assert freshness(None, TODAY) is None
