"""Suggestions while typing: the documents of an index, and challenges."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core.text import fold
from kb.search.analysis import forms
from kb.search.engine_types import Document
from kb.search.index import WhooshEngine

CITIES = {
    "São Paulo": 12_000_000,
    "São Pedro": 30_000,
    "Paulo Afonso": 100_000,
    "The Hague": 550_000,
    "Hagen": 190_000,
    "東京": 37_000_000,
    "Умный свет, Казань": 0,
    "Smart lighting of São Paulo": 99_000_000,
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WhooshEngine]:
    """Two segments, and a title that was taken out."""
    with WhooshEngine.create(tmp_path_factory.mktemp("engine") / "index", "g") as engine:
        cities = [
            Document(number, title, "", suggested=people) for number, (title, people) in enumerate(CITIES.items())
        ]
        engine.index([*cities[:5], *(Document(1000 + number, "Santos", "") for number in range(40))])
        engine.index([Document(2000, "São Nowhere", "", suggested=1e9)])
        engine.commit(1)
        engine.index(cities[5:])
        engine.delete([2000])
        engine.commit(2)
        engine.refresh()
        assert len(engine.snapshot.segments) == 2
        yield engine


def titles(engine: WhooshEngine, typed: str, limit: int = 8) -> list[str]:
    return [list(CITIES)[found.id] for found in engine.beginnings(typed, limit)]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("sao pa", ["São Paulo", "Smart lighting of São Paulo"]),
        ("SÃO", ["São Paulo", "São Pedro", "Smart lighting of São Paulo"]),
        ("paulo", ["Paulo Afonso", "Smart lighting of São Paulo", "São Paulo"]),
        ("pa sao", ["Smart lighting of São Paulo", "São Paulo"]),
        ("hag", ["Hagen", "The Hague"]),
        ("the h", ["The Hague"]),
        ("東", ["東京"]),
        ("kazan svet", ["Умный свет, Казань"]),
        ("казань", ["Умный свет, Казань"]),
        ("light sm", ["Smart lighting of São Paulo"]),
        ("santos", []),
        ("xyz", []),
        ("", []),
        ("  ", []),
        ("!", []),
        ("\x00", []),
        ("\ud800", []),
    ],
)
def test_an_official_is_offered_what_begins_so(engine: WhooshEngine, typed: str, offered: list[str]) -> None:
    assert titles(engine, typed) == offered


def test_no_more_than_asked_for_are_offered(engine: WhooshEngine) -> None:
    assert titles(engine, "sao", limit=1) == ["São Paulo"]
    assert titles(engine, "sao", limit=0) == []


labels = st.lists(st.sampled_from(("sao", "Paulo", "pa", "São", "paul", "hague", "x")), min_size=1, max_size=3).map(
    " ".join
)


@given(labels=st.lists(labels, max_size=12), typed=st.text(alphabet="sapx o", max_size=6), limit=st.integers(1, 12))
def test_suggestions_are_those_of_reading_every_label(labels: list[str], typed: str, limit: int) -> None:
    wanted = [form.surface for form in forms(typed)]
    entries = [(label, number % 4) for number, label in enumerate(labels)]
    expected = [
        entry
        for entry in entries
        if wanted and all(any(form.surface.startswith(word) for form in forms(entry[0])) for word in wanted)
    ]
    expected.sort(key=lambda entry: (not fold(entry[0]).startswith(fold(typed)), -entry[1], fold(entry[0])))
    with TemporaryDirectory() as folder, WhooshEngine.create(Path(folder) / "index", "g") as engine:
        engine.index([Document(number, label, "", suggested=weight) for number, (label, weight) in enumerate(entries)])
        engine.commit(1)
        engine.refresh()
        found = [(fold(entries[one.id][0]), -one.worth) for one in engine.beginnings(typed, limit)]
    assert found == [(fold(label), weight) for label, weight in expected[:limit]]
