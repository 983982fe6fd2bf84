"""Shades and words around the goals' figures."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from kb.goals.statistics import Pair
from kb.goals.suggestions import GoalSuggestion, Span
from kb.web.core.csv_export import csv_file
from kb.web.goals.pages import TINTS, confidence_in_words, lift_in_words, more_than_expected, tint, words_of


@given(st.integers(1, 10_000), st.integers(1, 10_000), st.integers(0, 10_000))
def test_more_is_never_paler_and_only_none_is_blank(one: int, other: int, more: int) -> None:
    largest = max(one, other) + more
    fewer, most = sorted((one, other))
    assert 1 <= tint(fewer, largest) <= tint(most, largest) <= TINTS
    assert tint(largest, largest) in {TINTS, 1}
    assert tint(0, largest) == 0


@pytest.mark.parametrize(
    ("lift", "initiatives", "words"),
    [
        (9.0, 4, "Too few to say"),
        (1.0, 5, "No clear link"),
        (1.26, 5, "1.3 times as often as expected"),
        (0.5, 50, "Less often than expected (0.5 times)"),
    ],
)
def test_a_lift_is_told_only_where_enough_initiatives_stand_behind_it(
    app: Flask, lift: float, initiatives: int, words: str
) -> None:
    with app.test_request_context():
        assert lift_in_words(lift, initiatives) == words


def test_few_initiatives_make_no_strong_pair() -> None:
    pairs = [Pair(1, 2, 4, 9.0), Pair(1, 3, 5, 1.3), Pair(2, 3, 8, 1.2), Pair(4, 5, 6, 3.0)]
    assert more_than_expected(pairs) == [pairs[3], pairs[1]]


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(0.99, "Very likely"), (0.8, "Very likely"), (0.6, "Likely"), (0.4, "Possible"), (0.3, "Less likely")],
)
@pytest.mark.one_database
def test_confidence_in_words(app: Flask, confidence: float, words: str) -> None:
    with app.test_request_context():
        assert confidence_in_words(confidence) == words


def test_each_word_is_told_once_in_the_order_of_the_text() -> None:
    spans = tuple(Span(0, 5, text) for text in ("Flood", "river", "flood", "FLOOD"))
    assert words_of(GoalSuggestion(13, 0.5, spans)) == ["Flood", "river"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
@pytest.mark.one_database
def test_a_cell_that_a_spreadsheet_would_run_comes_as_text(app: Flask, start: str) -> None:
    with app.test_request_context():
        text = csv_file("made-up", ("label", "count"), [(f"{start}1+1", -5), (None, 0.5)]).get_data(as_text=True)
    assert text.lstrip("\ufeff").startswith("label,count\r\n")
    assert f"'{start}1+1" in text
    assert text.endswith(",-5\r\n,0.5\r\n")
