"""Addresses of names in any script, and what of them can be typed on a Latin keyboard."""

import pytest

from kb.core.text import romanised, slug


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
