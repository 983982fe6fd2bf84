"""Snippets and marked titles."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import ROOT
from kb.search.analysis import beginning, forms
from kb.search.parsing import Compound, Group, ParsedQuery, Word, parse
from kb.search.snippets import Pieces, _apart, _spans, _spans_by_reading, highlight, snippet
from tests.sampling import examples

FILLER = "Nothing here tells of what was asked. " * 20


def marked(pieces: Pieces) -> list[str]:
    return [text for text, hit in pieces if hit]


def joined(pieces: Pieces) -> str:
    return "".join(text for text, _ in pieces)


@pytest.mark.parametrize(
    ("title", "typed", "expected"),
    [
        ("Flooded streets of Bogotá", "bogota flooding", ["Flooded", "Bogotá"]),
        ("Mobility for Medellín", "mobi*", ["Mobility"]),
        ("State of the art, and art", '"state of the art"', ["State of the art"]),
        ("state art", '"state of the art"', []),
        ("Smart city, smart roads", '"smart city" roads', ["Smart city", "roads"]),
        ("Roads without ice", "roads -ice", ["Roads"]),
        ("東京都の計画", "東京", ["東京"]),
        ("서울시에서", "서울", ["서울"]),
        ("Busan has a bus", "bus", ["bus"]),
        ("Targets 11.2 and 11", "11", ["11"]),
        ("The the", "the", []),
        ("A so\u00adlar roof", "solar", ["so\u00adlar"]),
        ("A solar roof", "so\u00adlar", ["solar"]),
        ("Re\u0301sume\u0301s", "resume", ["Re\u0301sume\u0301s"]),
    ],
)
def test_a_title_shows_what_matched(title: str, typed: str, expected: list[str]) -> None:
    pieces = highlight(title, parse(typed))
    assert marked(pieces) == expected
    assert joined(pieces) == title


@pytest.mark.parametrize("end", ["", " ﬁnance"])  # a ligature, which makes the text be read word by word
def test_words_that_are_joined_are_marked_as_one(end: str) -> None:
    title = f"A start-up, a start up and startups{end}"
    query = ParsedQuery((Group((Word("startup"), Compound("startup"))),))
    assert marked(highlight(title, query)) == ["start-up", "start up", "startups"]


def test_the_snippet_is_where_most_words_meet() -> None:
    text = f"A tram. {FILLER} The tram crosses the harbour bridge. {FILLER} A bridge, a bridge."
    pieces = snippet(text, parse("tram harbour bridge"))
    assert marked(pieces) == ["tram", "harbour", "bridge"]
    assert (pieces[0], pieces[-1]) == (("…", False), ("…", False))


def test_the_last_sentence_can_be_the_snippet() -> None:
    pieces = snippet(f"{FILLER} At the end: a tram.", parse("tram"))
    assert marked(pieces) == ["tram"]
    assert joined(pieces).endswith("a tram.")
    assert len(joined(pieces)) > 150


def test_a_text_without_a_match_is_shown_from_itsbeginning() -> None:
    pieces = snippet(f"Opening words. {FILLER}", parse("tram"))
    assert joined(pieces).startswith("Opening words.")
    assert marked(pieces) == []


def test_a_short_text_is_shown_whole() -> None:
    assert snippet("  A tram\n line ", parse("trams")) == (("A ", False), ("tram", True), (" line", False))
    assert snippet("", parse("tram")) == ()


def test_markup_in_a_text_stays_text() -> None:
    assert snippet("<b>tram</b>", parse("tram")) == (("<b>", False), ("tram", True), ("</b>", False))


def test_words_are_not_cut() -> None:
    for pieces in (snippet(f"{FILLER}tram {FILLER}", parse("tram"), length) for length in range(40, 120)):
        for word in joined(pieces).strip("…").split():
            assert f" {word} " in f" {FILLER}tram {FILLER}"


@given(
    text=st.text(alphabet="ab trams京都é\u0301.\n<", max_size=400),
    typed=st.sampled_from(("tram", "tr*", '"a b"', "京", "b -a", "", "11.2", "é*")),
    length=st.integers(10, 100),
)
def test_a_snippet_is_a_piece_of_the_text_and_not_too_long(text: str, typed: str, length: int) -> None:
    pieces = snippet(text, parse(typed), length)
    shown = joined(pieces)
    assert len(shown) <= length + 2
    assert shown.strip("…") in " ".join(text.split())
    assert joined(highlight(text, parse(typed))) == text
    assert all(piece for piece, _ in pieces)


def test_every_word_of_the_catalogue_begins_as_its_stem_lets_expect() -> None:
    """Leaping through a text relies on it; the stemmer changes no more than the end of a word."""
    facts = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "seed_data").glob("*.json")))
    odd = {(form.surface, form.stem) for form in forms(facts) if form.stem and form.surface[0].isalpha()}
    assert [pair for pair in odd if not pair[0].startswith(beginning(pair[1]))] == []


PIECES = st.sampled_from(
    [
        "flood",
        "Floods",
        "flooding",
        "early",
        "the",
        "Bogotá",
        "São",
        "dying",
        "skies",
        "11.2",
        "11.bus",
        "城市",
        "城flood",
        "floods市early",
        "๕flood",
        "น้ำflooding",
        "flood๒11.2",
        "ß",
        "flo\u00adod",
        "-",
        "…",
        "٣",
    ]
)


@given(
    st.lists(PIECES, min_size=1, max_size=40), st.lists(PIECES, min_size=1, max_size=4), st.sampled_from(["", '"', "*"])
)
@settings(max_examples=examples(300))
def test_leaping_and_reading_mark_the_same_words(words: list[str], asked: list[str], sign: str) -> None:
    text = " ".join(words)
    typed = f'"{" ".join(asked)}"' if sign == '"' else " ".join(word + sign for word in asked)
    wanted = parse(typed).wanted
    assert _spans(text, wanted) == _apart(_spans_by_reading(text, wanted))
