"""Addresses of names in any script, and what of them can be typed on a Latin keyboard."""

import pytest

from kb.accounts.schemas import NameSchema
from kb.core.text import clean_line, clean_text, fold, romanised, slug, sort_key
from kb.forum.schemas import AnswerSchema
from kb.web.forum.schemas import QuestionSchema


@pytest.mark.parametrize(
    ("title", "address"),
    [
        ("Умный свет, Москва", "umnyy-svet-moskva"),
        ("Έξυπνη πόλη Αθήνα", "exypni-poli-athina"),
        ("مدينة ذكية 2024", "mdynh-dhkyh-2024"),
        ("٢٠٢٤ مدينة", "2024-mdynh"),
        ("स्मार्ट सिटी दिल्ली", "smart-siti-dilli"),
        ("深圳 Smart 交通", "shen-zhen-smart-jiao-tong"),
        ("서울 안녕", "seo-ul-an-nyeong"),
        ("กรุงเทพ", "krungethph"),
        ("თბილისი", "tbilisi"),
    ],
)
def test_an_entry_of_another_script_gets_an_address_that_can_be_read(title: str, address: str) -> None:
    assert slug(title) == address


@pytest.mark.parametrize(
    ("title", "address"),
    [
        ("São Tomé’s Łódź – Ærø", "sao-tome-s-lodz-aero"),
        ("Straße 12° ½ €5", "strasse-12-1-2-5"),
        ("İstanbul ışık", "istanbul-isik"),
        ("e\u0301cole", "ecole"),
        ("🚲 …", "entry"),
    ],
)
def test_addresses_of_latin_titles_stay_what_they_were(title: str, address: str) -> None:
    assert slug(title) == address


def test_a_long_address_is_cut_at_a_syllable() -> None:
    assert slug("深" * 60) == "-".join(["shen"] * 16)
    assert slug("щ" * 100, 50) == ("shch" * 25)[:50]


def test_latin_letters_with_their_accents_are_left_as_they_are() -> None:
    assert romanised("São Tomé, Ærø") == "São Tomé, Ærø"
    assert romanised("Київ: «дим»").startswith("Ki")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  e\u0301cole \r\n\r\n  two\rthree\u2028four \n", "école\n\n  two\nthree\nfour"),
        ("so\u00adft\ufeff \u200bhy\u202ephen\x00\ud800", "soft hyphen"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        (" \u200e\u200d\u2060\n\t", ""),
    ],
)
def test_typed_text_is_cleaned_of_what_cannot_be_seen(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept
    assert clean_text(kept) == kept


def test_a_line_has_single_blanks() -> None:
    assert clean_line(" New\u00a0 York\n\tCity ") == "New York City"


def test_text_without_accents_is_folded_as_any_other() -> None:
    assert fold("  New\tYORK ") == fold("Néw Yörk") == "new york"


def test_every_form_cleans_text_in_the_same_way_and_refuses_what_cannot_be_seen() -> None:
    typed = "می\u200cخواهم\u202e \r\nMade up\x00 "
    assert NameSchema().load({"name": typed}) == {"name": clean_line(typed)}
    assert AnswerSchema().load({"answer": typed}) == {"answer": clean_text(typed)}
    assert QuestionSchema().load({"text": typed})["text"] == clean_text(typed)
    for schema, field in ((NameSchema(), "name"), (AnswerSchema(), "answer"), (QuestionSchema(), "text")):
        assert field in schema.validate({field: "\u200b\u200d"})


@pytest.mark.parametrize(
    "ordered",
    [
        ["Bor", "Çorum", "Košice", "Łódź", "Of", "Ørsta", "Šibenik", "Warsaw"],
        ["9 squares", "10 squares", "999 trees", "1,000 trees", "1.200.000 trees", "Ten squares"],
        ["“Alive” streets", "¿Cómo vamos?", "(Re)use", "#Smart", "…water"],
        ["Lapland", "L’Aquila", "Lara", "Saint-Denis", "Saint Lucia", "Sainte"],
        ["İstanbul", "Izmir", "Zürich", "Αθήνα", "Київ", "Москва", "דימונה", "دبي", "दिल्ली", "กรุงเทพ", "서울", "北京"],
        ["٩ مدن", "١٠ مدن"],
        ["कपूर", "कुमार"],
        ["Zagreb", "北京", "🚲", "🚶"],
        ["Z", "…"],
    ],
)
def test_lists_stand_in_the_order_that_readers_look_in(ordered: list[str]) -> None:
    mixed = ordered[::-1]
    assert sorted(mixed, key=sort_key) == ordered


def test_a_sort_key_is_no_longer_than_its_column() -> None:
    assert len(sort_key("\ufdfa" * 300)) <= 200
    assert sort_key("7" * 300) < sort_key("8" * 300)
