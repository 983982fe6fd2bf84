"""How text becomes searchable words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.search.analysis import MAX_WORD, form, forms, tokens, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bogotá", "bogota"),
        ("Łódź", "lodz"),
        ("København", "kobenhavn"),
        ("Straße", "strasse"),
        ("Đà Nẵng", "da nang"),
        ("Iğdır", "igdir"),
        ("ｆｕｌｌ", "full"),
        ("re\u0301sume\u0301", "résumé"),
        ("cities", "city"),
        ("flooding", "floods"),
        ("ГОРОД", "город"),
        ("so\u00adlar", "solar"),
        ("\ufeffsolar\u00ad", "solar"),
        ("so\u200blar", "solar"),
        ("می\u200cخواهم", "میخواهم"),
        ("क्\u200dष", "क्ष"),
        ("東\u200b京", "東京"),
        ("مَدِينَة", "مدينة"),
    ],
)
def test_a_word_is_found_however_it_is_written(one: str, other: str) -> None:
    assert words(one) == words(other) != []


def test_stop_words_keep_their_place() -> None:
    assert [form.stem for form in forms("State of the Art")] == ["state", "", "", "art"]
    assert words("State of the Art") == ["state", "art"]


@pytest.mark.parametrize("text", ["the", "The AND of", "it's", "don't", "a", "", " ", "!?", "🙂", "-", "\x00"])
def test_text_without_words_to_search_has_none(text: str) -> None:
    assert words(text) == [stem for stem in words(text) if stem == "it"] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Target 11.2, or 11.b.", ["target", "11.2", "11.b"]),
        ("goal 5", ["goal", "5"]),
        ("in 2020.The end", ["2020", "end"]),
        ("smart-city e-government", ["smart", "citi", "govern"]),
        ("snake_case", ["snake", "case"]),
    ],
)
def test_numbers_and_joined_words_are_taken_apart_where_people_would(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_scripts_without_spaces_are_searched_sign_by_sign() -> None:
    assert words("東京都 2030年") == ["東", "京", "都", "2030", "年"]
    assert len(words("서울시")) == 3


def test_vowel_signs_do_not_take_a_word_apart() -> None:
    assert len(words("हिन्दी किताब")) == 2


def test_a_word_of_a_pasted_key_is_cut() -> None:
    assert len(form("x" * 10_000).surface) == MAX_WORD


@given(st.text(max_size=60))
def test_tokens_stand_where_they_say(text: str) -> None:
    found = list(tokens(text))
    assert [(token.surface, token.stem) for token in found] == [tuple(form) for form in forms(text)]
    for token in found:
        assert " " not in token.surface
        assert form(text[token.start : token.end]) == (token.surface, token.stem)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("center", "centre"),
        ("program", "programme"),
        ("programs", "programmes"),
        ("digitization", "digitisation"),
        ("colors", "colours"),
        ("neighborhoods", "neighbourhood"),
        ("women", "woman"),
        ("children", "child"),
        ("organize", "organising"),
    ],
)
def test_both_spellings_of_a_word_are_one(one: str, other: str) -> None:
    assert form(one).stem == form(other).stem


@pytest.mark.parametrize("word", ["laboratory", "size", "prize", "seize", "programming", "Colorado"])
def test_words_that_only_look_american_stay_apart(word: str) -> None:
    assert form(word).stem.startswith(word[:3].lower())
