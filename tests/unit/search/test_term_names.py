"""Which challenges and technologies a text names, whatever editors and readers type."""

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from kb.catalogue.models import Challenge, Technology
from kb.catalogue.term_words import term_words
from kb.core.text import fold
from kb.search.term_names import TermNames

Codes = Callable[[str], list[str]]


@pytest.fixture
def codes(session: Session) -> Codes:
    """The codes of the terms that a text names, with odd words that an editor gave to some."""
    session.get_one(Challenge, "heat").synonyms = ", hot, IT, مدن حارة, São-Tomé effect, <b>oven</b>, ,"
    session.get_one(Challenge, "waste").synonyms = "hot"
    session.get_one(Technology, "drones").synonyms = ",".join(f"word{number}" for number in range(5_000))
    session.get_one(Technology, "cloud").synonyms = "數" * 900
    session.flush()
    names = TermNames.read(session)
    return lambda text: [term.code for term in names.in_text(text)]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("hot", ["heat", "waste"]),
        ("a hot summer", ["heat", "waste"]),
        ("IT", ["heat"]),
        ("how it is done", []),
        ("", []),
        (" , ,", []),
        ("مدن حارة في الصيف", ["heat"]),
        ("the sao tome effects", ["heat"]),
        ("b oven b", ["heat"]),
        ("word4999 in the air", ["drones"]),
        ("數" * 900, ["cloud"]),
        ("數" * 899, []),
        ("heat", ["heat"]),
        ("heat and flooding", ["flooding"]),
        ("pumps -flooding", []),
        ('pumps -"storm water"', []),
        ("flood-proof pumps", ["flooding"]),
    ],
)
def test_a_text_names_the_terms_that_have_a_word_of_it(codes: Codes, text: str, named: list[str]) -> None:
    assert codes(text) == named


def test_words_of_other_languages_are_of_one_term_of_the_seed_each() -> None:
    folder = Path(__file__).parents[3] / "seed_data"
    lists = (json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("challenges", "technologies"))
    assert term_words().keys() == {term["code"] for terms in lists for term in terms}
    codes = defaultdict(set)
    for code, words in term_words().items():
        for word in words:
            assert word == word.strip()
            codes[fold(word)].add(code)
    assert {word: of for word, of in codes.items() if len(of) > 1 or not word} == {}


def test_words_of_other_languages_are_read_and_never_suggested(session: Session) -> None:
    names = TermNames.read(session)
    assert [term.code for term in names.in_text("Les inondations à Dakar")] == ["flooding"]
    assert "flooding" not in {term.code for term in names.beginning(["inond"])}
    assert [term.code for term in names.in_text("la santé dans une favela")] == ["health", "informal-settlements"]
    for other in ("Sant Cugat", "King Saud", "João Câmara", "tráfico de drogas", "Lagoa Seca", "deficiência de ferro"):
        assert names.in_text(other) == []
    assert names.is_name("inondations")
    assert not names.is_name("Les inondations à Dakar")
