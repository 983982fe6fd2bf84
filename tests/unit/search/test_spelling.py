"""Did you mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.search.analysis import form
from kb.search.engine_types import Document
from kb.search.parsing import parse
from kb.search.spelling import MIN_LENGTH, Spelling, Vocabulary

from .test_whoosh_engine import fill, new_engine

COUNTS = {"bogota": 3, "mobility": 9, "flood": 5, "flooding": 4, "food": 7, "water": 2, "tram": 1, "train": 6}


@pytest.fixture
def spelling() -> Spelling:
    stems = {form(word).stem for word in COUNTS}
    items = list(COUNTS.items())
    return Spelling([Vocabulary(items[::2]), Vocabulary(items[1::2])], stems.__contains__)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("mobilty", "mobility"),
        ("Bogtoa", "bogota"),
        ("wter", "water"),
        ("floodd", "flood"),
        ('"mobilty of water" OR tram', '"mobility of water" OR tram'),
        ("watr  bogtoa!", "water  bogota!"),
        ("-mobilty watr", "-mobilty water"),
        ('-"mobilty watr', '-"mobilty water'),
        ("mobilt* watr", "mobilt* water"),
    ],
)
def test_a_slip_is_corrected_and_all_else_stays_as_typed(spelling: Spelling, typed: str, meant: str) -> None:
    assert spelling.correct(parse(typed)) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "mobility",
        "flooded",
        "the",
        "Bogotá",
        "qqqqqqq",
        "12345",
        "11.3",
        "xy",
        "OR",
        "東京",
        "x" * 5000,
        "-",
        '"',
        "\x00",
    ],
)
def test_what_is_right_or_beyond_help_is_left_alone(spelling: Spelling, typed: str) -> None:
    assert spelling.correct(parse(typed)) is None


def test_near_words_come_nearest_first_then_the_most_frequent(spelling: Spelling) -> None:
    assert spelling.near_words("flod") == ["flood", "food"]
    assert spelling.near_words("flood") == ["food"]
    assert spelling.near_words("traim") == ["train", "tram"]
    assert spelling.near_words("traim", limit=1) == ["train"]


def test_a_word_that_only_deleted_entries_had_is_not_offered() -> None:
    with new_engine() as engine:
        fill(engine, Document(1, "Funicular", ""), Document(2, "Ferry", ""))
        assert engine.spelling().correct(parse("funiculer")) == "funicular"
        engine.delete([1])
        engine.commit(2)
        engine.refresh()
        assert engine.spelling().correct(parse("funiculer")) is None
        fill(engine, Document(3, "Cable car", ""))
        assert engine.spelling().correct(parse("cabel")) == "cable"


def test_an_empty_index_corrects_nothing() -> None:
    with new_engine() as engine:
        assert engine.spelling().correct(parse("mobility")) is None
        assert engine.spelling().near_words("mobility") == []


def plain_distance(one: str, other: str) -> int:
    """Optimal string alignment, by its definition."""
    table = {(i, -1): i + 1 for i in range(-1, len(one))} | {(-1, j): j + 1 for j in range(-1, len(other))}
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a != b))
            if i and j and a == other[j - 1] and b == one[i - 1]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[len(one) - 1, len(other) - 1]


def letters(least: int) -> st.SearchStrategy[str]:
    return st.text(alphabet="abcd", min_size=least, max_size=8)


@given(typed=letters(1), others=st.sets(letters(MIN_LENGTH), min_size=1, max_size=8), allowed=st.integers(1, 2))
def test_near_words_are_those_within_the_distance_of_the_definition(typed: str, others: set[str], allowed: int) -> None:
    distances = {(other, plain_distance(typed, other)) for other in others}
    near = Vocabulary((other, 1) for other in others).near(typed, allowed)
    assert {(word, distance) for word, distance, _ in near} == {
        (word, distance) for word, distance in distances if 0 < distance <= allowed
    }


def test_a_word_of_one_entry_only_is_offered_last() -> None:
    words = [("jakarta", 4), ("jkarta", 1)]
    spelling = Spelling([Vocabulary(words)], {form(word).stem for word, _ in words}.__contains__)
    assert spelling.correct(parse("jakrta")) == "jakarta"


def test_two_letters_that_names_share_do_not_make_a_word_known() -> None:
    spelling = Spelling([Vocabulary([("early", 5)])], {"er", "earli"}.__contains__)
    assert spelling.correct(parse("erly")) == "early"
