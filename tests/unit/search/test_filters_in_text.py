"""Which filters a text names, and what is left of it to search for."""

from collections.abc import Callable

import pytest

from config import Config
from kb.core.db import Database
from kb.search.filters_in_text import MOST_WORDS, FiltersInText, filters_in_text
from kb.search.labels import Labels

Read = Callable[[str], FiltersInText]

AFRICA = ("northern-africa", "sub-saharan-africa")


@pytest.fixture(scope="module")
def read(seeded_config: Config) -> Read:
    """Read a text with the lists of the seed."""
    database = Database(seeded_config.database_url)
    with database.reading() as session:
        labels = Labels.read(session)
    database.dispose()
    return lambda text: filters_in_text(text, labels)


@pytest.mark.parametrize(
    ("text", "chosen", "rest"),
    [
        ("flood in Africa since 2015", {"challenge": ("flooding",), "region": AFRICA, "year_from": ("2015",)}, ""),
        ("inondations en Afrique", {"challenge": ("flooding",), "region": AFRICA}, ""),
        ("residuos en Brasil", {"challenge": ("waste",), "country": ("BR",)}, ""),
        ("South-Eastern Asia: buses", {"region": ("south-eastern-asia",)}, "buses"),
        ("buses South Korea and South Africa", {"country": ("KR", "ZA")}, "buses"),
        ("lower middle-income heat", {"income": ("lower-middle",)}, "heat"),
        ("high-income cities, low-income countries", {"income": ("high", "low")}, ""),
        ("SDG 13, goal 6 and target 11.B", {"goal": ("13", "6"), "target": ("11.b",)}, ""),
        ("goal 18 and target 11.99", {}, "goal 18 11.99"),
        ("sirens 2010-2012", {"technology": ("early-warning",), "year_from": ("2010",), "year_to": ("2012",)}, ""),
        ("PM 2.5 after magnitude 5.1", {}, "pm 2.5 magnitude 5.1"),
        ("low-income households", {}, "low income households"),
        ("sea level and war damage in Ukraine", {"country": ("UA",)}, "sea level war damage"),
        ("New Mexico, New Jersey, guinea pig, Norfolk", {}, "new mexico new jersey guinea pig norfolk"),
        ("Salvador, Franca, CAD, reunion", {}, "salvador franca cad reunion"),
        ("Papua New Guinea and El Salvador", {"country": ("PG", "SV")}, ""),
        ("Côte d’Ivoire", {"country": ("CI",)}, ""),
        ("Democratic People's Republic of Korea", {"country": ("KP",)}, ""),
        ("Democratic Republic of Congo", {"country": ("CD",)}, ""),
        ("pumps Congo", {"country": ("CD", "CG")}, "pumps"),
        ("South Georgia and the South Sandwich Islands", {"country": ("GS",)}, ""),
        ("Central America", {"region": ("latin-america-and-the-caribbean",)}, ""),
        ("West Africa", {"region": ("sub-saharan-africa",)}, ""),
        ("from 2010 to 2012", {"year_from": ("2010",), "year_to": ("2012",)}, ""),
        ("after 2010", {"year_from": ("2011",)}, ""),
        ("before 2010", {"year_to": ("2009",)}, ""),
        ("2015 buses", {}, "2015 buses"),
        ("", {}, ""),
        ("Île-de-France", {"country": ("FR",)}, "ile"),
        ("洪水 印度", {"challenge": ("flooding",)}, "印 度"),
    ],
)
def test_a_text_names_filters_and_the_rest_is_searched_for(
    read: Read, text: str, chosen: dict[str, tuple[str, ...]], rest: str
) -> None:
    assert read(text) == FiltersInText(chosen, rest)


@pytest.mark.parametrize("text", ['"flood in Africa"', "flood -Africa", "flood OR Africa", "flo* Africa"])
def test_whoever_writes_signs_of_the_search_means_them(read: Read, text: str) -> None:
    assert read(text) == FiltersInText({}, text)


def test_a_paragraph_names_no_filters(read: Read) -> None:
    assert read("Africa " * MOST_WORDS).chosen
    assert not read("Africa " * (MOST_WORDS + 1)).chosen


@pytest.mark.parametrize(
    ("text", "says_more"),
    [("Africa", False), ("flood", False), ("flood smog", False), ("flood pumps", False), ("flood Africa", True),
     ("flood sensors", True), ("pumps Africa", True), ("since 2015", False)],
)  # fmt: skip
def test_filters_are_worth_offering_where_they_find_something_else(read: Read, text: str, says_more: bool) -> None:
    assert read(text).says_more is says_more
