"""What a cell says, in the styles of the world; and what could be two things is taken for neither."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.importing import cells
from kb.importing.cells import AmbiguousValue, ColumnFormat

CURRENCIES = {"USD", "EUR", "INR"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234,567", "1234567"), ("1.234.567,89", "1234567.89"), ("1 234,5", "1234.5"), ("1'234.5", "1234.5"),
        ("12,5", "12.5"), ("0,123", "0.123"), ("12,34,567", "1234567"), ("1.5", "1.5"), ("15%", "15"), ("-5", "-5"),
        ("1234,567", "1234.567"), ("1\u202f234\u202f567", "1234567"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_each_country_writes_them(text: str, value: str) -> None:
    assert str(cells.number(text)) == value


@pytest.mark.parametrize("text", ["abc", "1.2.3", "4751.919,00", "12-13", "", "1,2,3", "one 2"])
def test_what_is_no_number_is_told(text: str) -> None:
    with pytest.raises(AmbiguousValue):
        cells.number(text)


def test_thousands_and_decimals_are_told_apart_by_the_column_or_not_at_all() -> None:
    with pytest.raises(AmbiguousValue) as unclear:
        cells.number("1,234")
    assert unclear.value.why == "two"
    assert cells.column_format(["1,234", "2,5"]) == ColumnFormat(None, ",")
    assert str(cells.number("1,234", cells.column_format(["1,234", "2,5"]))) == "1.234"
    assert str(cells.number("1,234", cells.column_format(["1,234", "1,234.5"]))) == "1234"
    assert cells.column_format(["2,5", "2.5"]).decimal is None


@given(st.decimals(-(10**9), 10**9, places=2))
def test_a_number_with_two_decimals_is_read_back_from_either_style(value) -> None:
    english = f"{value:,}"
    continental = english.translate(str.maketrans(",.", ".,"))
    assert cells.number(english) == cells.number(continental) == value


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1200000", (1_200_000, None)), ("USD 1.5 million", (1_500_000, "USD")), ("€2.3m", (2_300_000, "EUR")),
        ("1,234", (1_234, None)), ("INR 3 crore", (30_000_000, "INR")), ("$ 5,000", (5_000, None)),
        ("1.234.567,00 €", (1_234_567, "EUR")), ("2,5 M€", (2_500_000, "EUR")),
        ("12,5 milyon TL", (12_500_000, "TRY")),
        ("2,3 mil millones de pesos", (2_300_000_000, "COP")), ("$ 3 milhões", (3_000_000, None)),
        ("120 tỷ USD", (120_000_000_000, "USD")), ("1,2 Mrd. euros", (1_200_000_000, "EUR")),
        ("Rp 45 juta", (45_000_000, "IDR")),
    ],
)  # fmt: skip
def test_amounts_come_with_their_currency_where_they_name_one(text: str, amount: tuple[int, str | None]) -> None:
    assert cells.money(text, ColumnFormat(), CURRENCIES, "COP") == amount


@pytest.mark.parametrize(
    ("text", "of_country", "amount"),
    [
        ("Rs. 45 crore", "INR", (450_000_000, "INR")), ("Rs. 45 crore", "PKR", (450_000_000, "PKR")),
        ("350 millions FCFA", "XOF", (350_000_000, "XOF")), ("350 millions F CFA", "XAF", (350_000_000, "XAF")),
        ("Bs 3.000.000", "BOB", (3_000_000, "BOB")), ("¥500", "JPY", (500, "JPY")), ("$ 500", "MXN", (500, None)),
    ],
)  # fmt: skip
def test_a_word_for_the_currencies_of_several_countries_is_that_of_the_rows_country(
    text: str, of_country: str, amount: tuple[int, str | None]
) -> None:
    assert cells.money(text, ColumnFormat(), CURRENCIES, of_country) == amount
    if amount[1]:
        with pytest.raises(AmbiguousValue):
            cells.money(text, ColumnFormat(), CURRENCIES, "EUR")


@pytest.mark.parametrize("text", ["about five", "5 apples", "USD 5 EUR", "approx. 5"])
def test_an_amount_with_other_words_is_refused(text: str) -> None:
    with pytest.raises(AmbiguousValue):
        cells.money(text, ColumnFormat(), CURRENCIES)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2021", 2021), ("2021.0", 2021), ("2021-05-03", 2021), ("03/04/2021", 2021), ("31.12.2020", 2020),
        ("43525", 2019), ("May 2021", 2021), ("3 May 2021", 2021), ("May 3, 2021", 2021), ("Q3 2021", 2021),
        ("2021-05", 2021), ("2021-05-03 10:00", 2021), ("marzo de 2021", 2021), ("15 de marzo del 2021", 2021),
        ("1er mars 2021", 2021), ("1º de março de 2021", 2021), ("3rd of May 2021", 2021), ("T2 2021", 2021),
        ("1S 2021", 2021), ("2021 (planned)", 2021), ("2021年5月", 2021), ("since 2021", 2021),
    ],
)  # fmt: skip
def test_a_year_is_read_from_a_day_in_any_style(text: str, year: int) -> None:
    assert cells.year(text) == year


@pytest.mark.parametrize("text", ["99", "3/4/21", "soon", "2021/22", "45/45/2021", "2021-13-01"])
def test_what_is_no_year_is_told(text: str) -> None:
    with pytest.raises(AmbiguousValue):
        cells.year(text)


def test_days_are_told_from_months_by_the_column_or_not_at_all() -> None:
    with pytest.raises(AmbiguousValue) as unclear:
        cells.day("3/4/2021")
    assert unclear.value.why == "two"
    assert cells.day("3/4/2021", cells.column_format(["3/4/2021", "31/12/2020"])) == date(2021, 4, 3)
    assert cells.day("3/4/2021", cells.column_format(["3/4/2021", "12/31/2020"])) == date(2021, 3, 4)
    assert cells.column_format(["31/12/2020", "12/31/2020"]).days_first is None
    assert cells.day("5/5/2021") == date(2021, 5, 5)
    assert cells.day("43525") == date(2019, 3, 1)


@pytest.mark.parametrize(
    "text",
    [
        "POINT(72.83 21.17)", "point (72.83 21.17)", "SRID=4326;POINT(72.83 21.17)", "21.17, 72.83", "21,17; 72,83",
        "21,17, 72,83", "21.17N 72.83E", "(21.17, 72.83)",
    ],
)  # fmt: skip
def test_a_point_is_latitude_and_longitude(text: str) -> None:
    assert cells.point(text) == (21.17, 72.83)


def test_a_point_may_be_swapped() -> None:
    assert cells.point("POINT(18.8 98.98)") == (98.98, 18.8)


@pytest.mark.parametrize("text", ["POINT(1 200)", "POINT EMPTY", "abc", "1", "1,2,3"])
def test_what_is_no_point_is_told(text: str) -> None:
    with pytest.raises(AmbiguousValue):
        cells.point(text)


def test_lists_are_split_where_it_is_safe() -> None:
    assert cells.pieces("a; b|c\n• d\n- e;;") == ["a", "b", "c", "d", "e"]
    assert cells.pieces("Works, Parks and Trees; Made-up Ltd") == ["Works, Parks and Trees", "Made-up Ltd"]
    assert cells.pieces("heat, waste", commas=True) == ["heat", "waste"]


def test_the_number_of_a_goal_or_target_is_found_behind_its_word_in_any_language() -> None:
    assert [cells.goal_number(text) for text in ("SDG 11", "ODD 11 : Villes", "Objetivo 6", "Meta 11.2", "07")] == [
        "11", "11", "6", "11.2", "7",
    ]  # fmt: skip
    assert cells.with_points("11,2; 13,b, 9.1") == "11.2; 13.b, 9.1"


def test_what_says_that_nothing_is_known_is_nothing() -> None:
    assert [cells.has_value(text) for text in ("n/a", "N.A.", "-", "Unknown", "TBD", "sin datos", "none yet")] == [
        *([None] * 6), "none yet",
    ]  # fmt: skip
    assert (cells.yes_or_no("Sí"), cells.yes_or_no("NEIN")) == (True, False)
    with pytest.raises(AmbiguousValue):
        cells.yes_or_no("perhaps")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2018 - 2020", (2018, 2020)), ("2018–2020", (2018, 2020)), ("2018 to 2020", (2018, 2020)),
        ("2018/2020", (2018, 2020)), ("2018 - present", (2018, None)), ("2018 –", (2018, None)),
        ("2020 - 2018", None), ("2018", None), ("2018-05", None), ("2018-05-03", None),
    ],
)  # fmt: skip
def test_a_span_of_years_has_a_first_and_a_last(text: str, span: tuple[int, int | None] | None) -> None:
    assert cells.year_span(text) == span


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2015/16", (2015, 2016)), ("FY2019/20", (2019, 2020)), ("FY 2010-11", (2010, 2011)), ("2099/00", (2099, 2100)),
        ("2010-11", None), ("2015/18", None), ("2015/2016", None), ("2015", None), ("FY 2015/2016", (2015, 2016)),
    ],
)  # fmt: skip
def test_a_financial_year_has_two_years_unless_it_may_be_a_month(text: str, years: tuple[int, int] | None) -> None:
    assert cells.financial_year(text) == years


def test_a_slash_between_spaces_divides_a_list() -> None:
    assert cells.slashed("Sensors / Open data /GIS") == ["Sensors", "Open data", "GIS"]
    assert cells.slashed("and/or") == ["and/or"]
    assert cells.slashed("11/13", spaced=False) == ["11", "13"]
