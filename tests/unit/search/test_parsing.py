"""What a person types, understood."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.search.parsing import MAX_TERMS, Expression, Group, Phrase, Prefix, Word, parse


def plain(*clauses: Word | Phrase | Prefix) -> tuple[Group, ...]:
    return tuple(Group((clause,)) for clause in clauses)


SOLAR, WIND, ROOF = Word("solar"), Word("wind"), Word("roof")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("solar roofs", Expression(plain(SOLAR, ROOF))),
        ("the solar of", Expression(plain(SOLAR))),
        ("solar OR wind roof", Expression((Group((SOLAR, WIND)), Group((ROOF,))))),
        ("solar OR OR wind", Expression((Group((SOLAR, WIND)),))),
        ("OR solar OR", Expression(plain(SOLAR))),
        ("solar or wind", Expression(plain(SOLAR, WIND))),
        ("solar OR -wind roof", Expression(plain(SOLAR, ROOF), (WIND,))),
        ("solar OR the", Expression(plain(SOLAR))),
        ("solar -wind --roof", Expression(plain(SOLAR), (WIND, ROOF))),
        ("-wind", Expression((), (WIND,))),
        ('-"wind roof"', Expression((), (Phrase(((0, "wind"), (1, "roof"))),))),
        ('"wind of the roof"', Expression((Group((Phrase(((0, "wind"), (3, "roof"))),), required=True),))),
        ('solar "wind roof', Expression((*plain(SOLAR), Group((Phrase(((0, "wind"), (1, "roof"))),), required=True)))),
        ("“wind roof”", Expression((Group((Phrase(((0, "wind"), (1, "roof"))),), required=True),))),
        ('"solar"', Expression((Group((Phrase(((0, "solar"),)),), required=True),))),
        ('solar OR "wind roof"', Expression((Group((SOLAR, Phrase(((0, "wind"), (1, "roof"))))),))),
        ("solar-roof", Expression(plain(SOLAR, ROOF))),
        ("-solar-roof", Expression((), (Phrase(((0, "solar"), (1, "roof"))),))),
        ("wind OR solar-roof", Expression((Group((WIND, Phrase(((0, "solar"), (1, "roof"))))),))),
        ("São*", Expression(plain(Prefix("sao")))),
        ("the*", Expression(plain(Prefix("the")))),
        ("s* solar", Expression(plain(SOLAR))),
        ("* solar ** -*", Expression(plain(SOLAR))),
        ("-wi*", Expression((), (Prefix("wi"),))),
        ("solar solar", Expression(plain(SOLAR))),
        ("東京", Expression(plain(Phrase(((0, "東"), (1, "京")))))),
        ("solar\x00wind", Expression(plain(SOLAR, WIND))),
    ],
)
def test_a_query_means_what_it_looks_like(typed: str, expected: Expression) -> None:
    assert parse(typed) == expected


@pytest.mark.parametrize(
    "typed", ["the", "of the", '"of the"', "-the", "-", "*", "OR", "OR OR", '"', '""', "🙂", "!", "\x00"]
)
def test_a_page_can_tell_that_nothing_was_left_to_look_for(typed: str) -> None:
    assert parse(typed) == Expression(only_stop_words=True)


@pytest.mark.parametrize("typed", ["", " ", "\n\t"])
def test_nothing_typed_is_no_mistake(typed: str) -> None:
    assert parse(typed) == Expression()


def test_while_typing_the_last_word_may_go_on() -> None:
    assert parse("solar roo", prefix_last=True) == Expression(plain(SOLAR, Word("roo", prefix="roo")))
    assert parse("solar the", prefix_last=True) == Expression(plain(SOLAR, Prefix("the")))
    assert parse("roofs", prefix_last=True) == Expression(plain(Word("roof", prefix="roofs")))


@pytest.mark.parametrize("typed", ["solar ", '"solar"', "-solar", "x", "東", "solar OR"])
def test_what_is_finished_does_not_go_on(typed: str) -> None:
    assert parse(typed, prefix_last=True) == parse(typed)


def test_a_pasted_page_counts_up_to_a_limit() -> None:
    typed = " ".join(f"word{number} the" for number in range(5000))
    assert len(parse(typed).groups) == MAX_TERMS
    assert len(parse(f'"{typed}"').groups) == 1


@given(st.text() | st.text(alphabet='ab the"-*OR\x00 京'), st.booleans())
def test_anything_goes_in(typed: str, prefix_last: bool) -> None:
    expression = parse(typed, prefix_last)
    assert isinstance(hash(expression), int)
    assert len(expression.wanted) <= MAX_TERMS + 1


@pytest.mark.parametrize("piece", ["-", '"', "the ", "OR ", "a*", "x", "京", '-"', "\u0301", "11."])
def test_a_million_signs_take_no_time(piece: str) -> None:
    started = time.perf_counter()
    parse(piece * 1_000_000)
    # A guard against quadratic time, generous enough for the slowest machine.
    assert time.perf_counter() - started < 5
