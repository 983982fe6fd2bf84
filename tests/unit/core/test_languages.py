"""Names of languages by their tags."""

import pytest

from kb.core.languages import LanguageNames, language_name


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
