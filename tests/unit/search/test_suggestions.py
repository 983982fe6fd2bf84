"""Suggestions while typing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core.text import fold
from kb.search.analysis import tokens
from kb.search.suggestions import Suggestion, Suggestions

CITIES = Suggestions(
    [
        Suggestion("São Paulo", "city", "sao-paulo", 12_000_000),
        Suggestion("São Pedro", "city", "sao-pedro", 30_000),
        Suggestion("Paulo Afonso", "city", "paulo-afonso", 100_000),
        Suggestion("The Hague", "city", "the-hague", 550_000),
        Suggestion("Hagen", "city", "hagen", 190_000),
        Suggestion("東京", "city", "tokyo", 37_000_000),
        Suggestion("Умный свет, Казань", "initiative", "kazan-light"),
        Suggestion("Smart lighting of São Paulo", "initiative", "smart-lighting", 99_000_000),
    ]
)


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("sao pa", ["sao-paulo", "smart-lighting"]),
        ("SÃO", ["sao-paulo", "sao-pedro", "smart-lighting"]),
        ("paulo", ["paulo-afonso", "smart-lighting", "sao-paulo"]),
        ("pa sao", ["smart-lighting", "sao-paulo"]),
        ("hag", ["hagen", "the-hague"]),
        ("the h", ["the-hague"]),
        ("東", ["tokyo"]),
        ("kazan svet", ["kazan-light"]),
        ("казань", ["kazan-light"]),
        ("light sm", ["smart-lighting"]),
        ("xyz", []),
        ("", []),
        ("  ", []),
        ("!", []),
        ("\x00", []),
    ],
)
def test_an_official_is_offered_what_begins_so(typed: str, keys: list[str]) -> None:
    assert [entry.key for entry in CITIES.matching(typed)] == keys


def test_no_more_than_asked_for_are_offered() -> None:
    assert [entry.key for entry in CITIES.matching("sao", limit=1)] == ["sao-paulo"]
    assert CITIES.matching("sao", limit=0) == []


def test_nothing_to_suggest_is_no_mistake() -> None:
    assert Suggestions([]).matching("sao") == []


labels = st.lists(st.sampled_from(("sao", "Paulo", "pa", "São", "paul", "hague", "x")), min_size=1, max_size=3).map(
    " ".join
)


@given(labels=st.lists(labels, max_size=12), typed=st.text(alphabet="sapx o", max_size=6), limit=st.integers(1, 12))
def test_suggestions_are_those_of_reading_every_label(labels: list[str], typed: str, limit: int) -> None:
    entries = [Suggestion(label, "city", str(number), number % 4) for number, label in enumerate(labels)]
    wanted = [token.surface for token in tokens(typed)]
    expected = [
        entry
        for entry in entries
        if wanted and all(any(t.surface.startswith(word) for t in tokens(entry.label)) for word in wanted)
    ]
    expected.sort(key=lambda entry: (not fold(entry.label).startswith(fold(typed)), -entry.weight, entry.label))
    found = Suggestions(entries).matching(typed, limit)
    assert [(e.label, e.weight) for e in found] == [(e.label, e.weight) for e in expected[:limit]]
