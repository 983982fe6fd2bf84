"""Figures as a reader sees them, and "Not known" where there is none."""

import json
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask_babel import refresh

from kb.catalogue.models import Initiative, Outcome
from kb.web.core import formatting, language
from kb.web.core.labels import label


@pytest.fixture(autouse=True)
def app_in() -> Iterator[Callable[[str], None]]:
    """A request in English, which the test may turn into one in another language."""
    app = Flask("kb")
    language.register(app)

    def speak(language_code: str) -> None:
        app.extensions["babel"].default_locale = language_code
        refresh()
        app.preprocess_request()

    with app.test_request_context():
        yield speak


def test_none_is_not_known_and_zero_is_zero() -> None:
    assert "Not known" in formatting.known(None)
    assert "Not known" in formatting.known("")
    assert formatting.known(0) == 0
    assert formatting.number(0) == "0"
    assert "Not known" in formatting.number(None)


def test_money_names_its_currency_by_code() -> None:
    assert formatting.money(1_200_000, "INR") == "INR\N{NO-BREAK SPACE}1,200,000"
    assert formatting.money(0, "USD") == "USD\N{NO-BREAK SPACE}0"
    assert formatting.money(5, "XTS") == "XTS\N{NO-BREAK SPACE}5"
    assert "Not known" in formatting.money(None, None)


@pytest.mark.parametrize(
    ("start", "end", "running", "text"),
    [
        (2014, 2018, False, "2014 to 2018"),
        (2014, 2014, False, "2014"),
        (2014, None, True, "since 2014"),
        (2014, None, False, "from 2014, end not known"),
        (None, 2018, False, "until 2018, start not known"),
    ],
)
def test_years_say_what_is_known_of_them(start: int | None, end: int | None, running: bool, text: str) -> None:
    assert formatting.years(start, end, running) == text


def test_only_what_is_neither_over_nor_stopped_still_runs() -> None:
    assert formatting.initiative_years(Initiative(start_year=2014, stage="operational")) == "since 2014"
    assert "end not known" in formatting.initiative_years(Initiative(start_year=2014, stage="discontinued"))


def test_a_measured_value_keeps_its_unit_and_qualifier() -> None:
    assert formatting.measured(75, Outcome(unit="%", qualifier="about")) == "about 75%"
    assert formatting.measured(1234.5, Outcome(unit="cases")) == "1,234.5 cases"
    assert "Not known" in formatting.measured(None, Outcome(unit="cases"))


def test_percent_stands_where_the_language_puts_it(app_in: Callable[[str], None]) -> None:
    assert formatting.share(1, 3) == "33%"
    assert formatting.share(1, 0) == "\N{EN DASH}"
    assert formatting.measured(12.5, Outcome(unit="percent")) == "12.5%"
    app_in("tr")
    assert formatting.share(1, 3) == "%33"
    app_in("fr")
    assert formatting.measured(12.5, Outcome(unit="%")) == "12,5\N{NO-BREAK SPACE}%"


def test_one_of_a_thing_is_not_several() -> None:
    assert (formatting.how_many_cities(1), formatting.how_many_cities(2000)) == ("1 city", "2,000 cities")
    assert formatting.how_many_countries(1) == "1 country"
    words = json.loads(formatting.suggestions_in_words())
    assert words[:2] == ["1 suggestion; use the arrow keys", "2 suggestions; use the arrow keys"]
    assert len(words) == formatting.MOST_SUGGESTED


def test_coordinates_have_a_side() -> None:
    assert formatting.coordinates(-6.2146, 106.8451) == "<bdi>6.21° S, 106.85° E</bdi>"
    assert formatting.coordinates(19.43, -99.13) == "<bdi>19.43° N, 99.13° W</bdi>"


def test_paragraphs_are_escaped() -> None:
    assert formatting.paragraphs("a < b\n\n<i>c</i>") == "<p>a &lt; b</p><p>&lt;i&gt;c&lt;/i&gt;</p>"
    assert "Not known" in formatting.paragraphs(None)
    assert formatting.paragraphs("a", formatting.written("pt")) == '<p lang="pt" dir="auto">a</p>'
    assert "pt" not in formatting.paragraphs(None, formatting.written("pt"))


def test_a_label_with_a_percent_sign_is_shown_as_it_is() -> None:
    assert label("severities", "under-95-percent") == "Nearly solved: under 95% of the target met"
    assert "Not known" in label("severities", None)


def test_the_site_of_a_source_is_its_host() -> None:
    assert formatting.site("https://www.example.org/a/b?c") == "example.org"
