"""What a person types, understood."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.search.analysis import tokens
from kb.search.parsing import MAX_TERMS, Group, ParsedQuery, Phrase, Prefix, Word, any_word_of, parse


def plain(*clauses: Word | Phrase | Prefix) -> tuple[Group, ...]:
    return tuple(Group((clause,)) for clause in clauses)


SOLAR, WIND, ROOF = Word("solar"), Word("wind"), Word("roof")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("solar roofs", ParsedQuery(plain(SOLAR, ROOF))),
        ("the solar of", ParsedQuery(plain(SOLAR))),
        ("solar OR wind roof", ParsedQuery((Group((SOLAR, WIND)), Group((ROOF,))))),
        ("solar OR OR wind", ParsedQuery((Group((SOLAR, WIND)),))),
        ("OR solar OR", ParsedQuery(plain(SOLAR))),
        ("solar or wind", ParsedQuery(plain(SOLAR, WIND))),
        ("solar OR -wind roof", ParsedQuery(plain(SOLAR, ROOF), (WIND,))),
        ("solar OR the", ParsedQuery(plain(SOLAR))),
        ("solar -wind --roof", ParsedQuery(plain(SOLAR), (WIND, ROOF))),
        ("-wind", ParsedQuery((), (WIND,))),
        ('-"wind roof"', ParsedQuery((), (Phrase(((0, "wind"), (1, "roof"))),))),
        ('"wind of the roof"', ParsedQuery((Group((Phrase(((0, "wind"), (3, "roof"))),), required=True),))),
        ('solar "wind roof', ParsedQuery((*plain(SOLAR), Group((Phrase(((0, "wind"), (1, "roof"))),), required=True)))),
        ("“wind roof”", ParsedQuery((Group((Phrase(((0, "wind"), (1, "roof"))),), required=True),))),
        ('"solar"', ParsedQuery((Group((Phrase(((0, "solar"),)),), required=True),))),
        ('solar OR "wind roof"', ParsedQuery((Group((SOLAR, Phrase(((0, "wind"), (1, "roof"))))),))),
        ("solar-roof", ParsedQuery(plain(SOLAR, ROOF))),
        ("-solar-roof", ParsedQuery((), (Phrase(((0, "solar"), (1, "roof"))),))),
        ("wind OR solar-roof", ParsedQuery((Group((WIND, Phrase(((0, "solar"), (1, "roof"))))),))),
        ("São*", ParsedQuery(plain(Prefix("sao")))),
        ("the*", ParsedQuery(plain(Prefix("the")))),
        ("s* solar", ParsedQuery(plain(SOLAR))),
        ("* solar ** -*", ParsedQuery(plain(SOLAR))),
        ("-wi*", ParsedQuery((), (Prefix("wi"),))),
        ("solar solar", ParsedQuery(plain(SOLAR))),
        ("東京", ParsedQuery(plain(Phrase(((0, "東"), (1, "京")))))),
        ("solar\x00wind", ParsedQuery(plain(SOLAR, WIND))),
    ],
)
def test_a_query_means_what_it_looks_like(typed: str, expected: ParsedQuery) -> None:
    assert parse(typed) == expected


@pytest.mark.parametrize(
    "typed", ["the", "of the", '"of the"', "-the", "-", "*", "OR", "OR OR", '"', '""', "🙂", "!", "\x00"]
)
def test_a_page_can_tell_that_nothing_was_left_to_look_for(typed: str) -> None:
    assert parse(typed) == ParsedQuery(only_stop_words=True)


@pytest.mark.parametrize("typed", ["", " ", "\n\t"])
def test_nothing_typed_is_no_mistake(typed: str) -> None:
    assert parse(typed) == ParsedQuery()


def test_a_pasted_page_counts_up_to_a_limit() -> None:
    typed = " ".join(f"word{number} the" for number in range(5000))
    assert len(parse(typed).groups) == MAX_TERMS
    assert len(parse(f'"{typed}"').groups) == 1


@given(st.text() | st.text(alphabet='ab the"-*OR\x00 京'))
def test_anything_goes_in(typed: str) -> None:
    parsed = parse(typed)
    assert isinstance(hash(parsed), int)
    assert len(parsed.wanted) <= MAX_TERMS + 1
    assert [token for token, _ in parsed.words] == list(tokens(parsed.text))[: len(parsed.words)]


def test_the_words_of_a_query_know_their_places_and_whether_a_slip_in_them_may_be_corrected() -> None:
    parsed = parse('Solar -wind “the roof” mobil* -"bus lane')
    assert [(parsed.text[token.start : token.end], is_fixed) for token, is_fixed in parsed.words] == [
        ("Solar", False),
        ("wind", True),
        ("the", False),
        ("roof", False),
        ("mobil", True),
        ("bus", True),
        ("lane", False),
    ]


@pytest.mark.parametrize("piece", ["-", '"', "the ", "OR ", "a*", "x", "京", '-"', "\u0301", "11."])
def test_a_million_signs_take_no_time(piece: str) -> None:
    started = time.process_time()
    parse(piece * 1_000_000)
    # Quadratic time would be hours; computing time does not depend on what else the machine does.
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "any_word"),
    [
        ("heat elderly", "heat OR elderly"),
        ("the heat of summer", "heat OR summer"),
        ("heat-proof roofs", "heat-proof OR roofs"),
        ("heat", None),
        ("flood floods flooding", None),
        ("flood pumps floods", "flood OR pumps"),
        ("the heat", None),
        ("", None),
        ("heat OR elderly", None),
        ('"heat elderly" x1', None),
        ("“heat elderly”", None),
        ("heat -elderly", None),
        ("heat eld*", None),
        ("a b c d e f g", None),
    ],
)
def test_the_query_for_any_word_is_offered_where_there_are_plain_words_to_choose(
    text: str, any_word: str | None
) -> None:
    assert any_word_of(text) == any_word
