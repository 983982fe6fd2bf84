"""Names of languages by their tags, and the languages of countries."""

import pytest

from kb.core.languages import LanguageNames, language_name, languages_of


@pytest.mark.parametrize(
    ("tag", "name"),
    [("en", "English"), ("pt-BR", "Portuguese (Brazil)"), ("zh-Hant", "Chinese (Traditional)"),
     ("sr-Latn-RS", "Serbian (Latin, Serbia)"), ("mi", "Māori")],
)  # fmt: skip
def test_a_tag_has_a_name(tag: str, name: str) -> None:
    assert language_name(tag) == LanguageNames()[tag] == name


@pytest.mark.parametrize("tag", ["", "xx", "klingonese", "PT-br", "pt_BR", "en-", "-", "12", "en-GB-x"])
def test_what_is_no_tag_as_entries_have_it_has_none(tag: str) -> None:
    assert language_name(tag) is None
    assert tag not in LanguageNames()


def test_a_reader_gets_names_in_their_language() -> None:
    assert language_name("pt-BR", "de") == "Portugiesisch (Brasilien)"
    assert language_name("es", "pt-BR") == "espanhol"


def test_languages_are_listed_without_their_regions() -> None:
    names = LanguageNames()
    assert len(names) == len(list(names)) > 400
    assert {"en", "es", "sw"} <= set(names)


@pytest.mark.parametrize(
    ("country", "common"),
    [("MZ", ["pt"]), ("BO", ["es", "qu", "ay"]), ("IN", ["hi", "en"]), ("HK", ["zh", "en", "yue"]), ("NO", ["no"]),
     ("NL", ["nl", "en", "de"]), ("AQ", []), ("ZZ", [])],
)  # fmt: skip
def test_what_is_official_or_used_by_half_of_the_people_is_common(country: str, common: list[str]) -> None:
    assert [language.code for language in languages_of(country) if language.is_common] == common


def test_a_language_of_a_country_has_its_role_and_share() -> None:
    of_south_africa = {language.code: language for language in languages_of("ZA")}
    assert (of_south_africa["en"].role, of_south_africa["zu"].role, of_south_africa["zu"].is_common) == (
        "official",
        "regional",
        False,
    )
    assert of_south_africa["en"].share == pytest.approx(31, abs=10)
    # Azerbaijani is written in three scripts in Iran, and is one language.
    codes = [language.code for language in languages_of("IR")]
    assert len(codes) == len(set(codes))
