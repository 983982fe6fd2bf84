"""Countries and cities are found by whatever name or code of theirs is typed, with an index and without one."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import City, PlaceName
from kb.core.db import Database
from kb.search import indexing
from kb.search.results import Results, SearchQuery
from kb.search.service import Search
from tests.factories import make_city, make_initiative, make_leader, make_place, make_vision


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "search_index"


def answer(database: Database, root: Path, typed: str, is_plain: bool = False, **chosen: tuple[str, ...]) -> Results:
    with database.reading() as session:
        results = Search(database, root).answer(session, SearchQuery(typed, chosen))
    assert results.plain is is_plain
    return results


def titles(results: Results) -> list[str]:
    return ["".join(piece for piece, _ in hit.title) for hit in results.hits]


def make_country(session: Session, code: str, city: str) -> None:
    """A city of a country with its initiative, leader and vision; the leader has the country's name in every word."""
    made = make_city(session, city, code)
    make_initiative(session, f"Made-up Meters of {city}", cities=(made,))
    make_leader(session, f"Made-up Mayor of {city}", made)
    make_vision(session, made, title=f"Made-up Plan of {city}")


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        ("KE", ("KE", "Kenya", "KEN", "ken", "Republic of Kenya")),
        ("NG", ("NG", "Nigeria", "NGA")),
        ("US", ("USA", "US")),
    ],
)
def test_a_country_lists_its_initiatives_and_cities_first_then_what_else_is_of_it(
    database: Database, root: Path, code: str, typed: tuple[str, ...]
) -> None:
    with database.writing() as session:
        make_country(session, code, "Madeupville")
        elsewhere = make_city(session, "Sao Madeup", "BR")
        for number in range(3):
            make_initiative(session, f"Ke ken ng nga us usa Kenya Nigeria {number}", cities=(elsewhere,))
            make_leader(session, f"Ke Ng Usa Ken {number}", elsewhere)
    indexing.rebuild(database, root)
    for words in typed:
        found = titles(answer(database, root, words))
        assert set(found[:2]) == {"Madeupville", "Made-up Meters of Madeupville"}, words
        assert set(found[2:4]) == {"Made-up Mayor of Madeupville", "Made-up Plan of Madeupville"}, words
    filtered = answer(database, root, typed[0], kind=("leader",))
    assert titles(filtered)[0] == "Made-up Mayor of Madeupville"


@pytest.mark.parametrize("typed", ["ke", "Kenya -meters", "Kenya meters"])
def test_other_words_mean_what_they_mean(database: Database, root: Path, typed: str) -> None:
    with database.writing() as session:
        make_country(session, "KE", "Madeupville")
        make_initiative(session, "Ke")
    indexing.rebuild(database, root)
    found = titles(answer(database, root, typed))
    assert {"ke": ["Ke"], "Kenya meters": ["Made-up Meters of Madeupville"]}.get(typed, found) == found
    assert "Made-up Meters of Madeupville" not in found or typed == "Kenya meters"


@pytest.mark.parametrize("is_plain", [False, True])
@pytest.mark.parametrize(
    ("typed", "name"), [("Burma", "Myanmar"), ("Chad", "Chad"), ("TD", "Chad"), ("Tschad", "Chad")]
)
def test_a_country_of_which_there_is_nothing_is_named_and_not_corrected(
    database: Database, root: Path, typed: str, name: str, is_plain: bool
) -> None:
    with database.writing() as session:
        make_country(session, "KE", "Madeupville")
        for number in range(3):
            make_initiative(session, f"Burba Chat Shad Tscha {number}")
        for number, code in enumerate(("MM", "MM", "TD")):
            make_place(session, f"Made-up {code} {number}", code, population=20_000 + number)
    if not is_plain:
        indexing.rebuild(database, root)
    results = answer(database, root, typed, is_plain)
    assert (results.total, results.corrected, results.near_words) == (0, None, ())
    assert results.empty_country is not None
    assert results.empty_country.name == name
    places = [place for _, place in results.empty_country.places]
    assert places == (["Made-up MM 1", "Made-up MM 0"] if name == "Myanmar" else ["Made-up TD 2"])
    assert answer(database, root, "", is_plain, country=("TD",)).empty_country.name == "Chad"
    assert answer(database, root, "Kenya", is_plain).empty_country is None
    assert answer(database, root, "zzzz", is_plain, country=("KE",)).empty_country is None


def test_a_place_without_entries_is_not_corrected_into_another_word(database: Database, root: Path) -> None:
    with database.writing() as session:
        make_place(session, "Beirar", "MZ")
        for number in range(3):
            make_initiative(session, f"Beirat floods {number}")
    indexing.rebuild(database, root)
    for typed in ("Beirar", "beirar floods"):
        assert answer(database, root, typed).corrected is None
    assert answer(database, root, "beiratt").corrected == "beirat"


def test_a_city_called_as_a_common_word_comes_with_what_it_did(database: Database, root: Path) -> None:
    with database.writing() as session:
        city = make_city(session, "Of", "TR")
        make_initiative(session, "Made-up Meters", cities=(city,))
        make_initiative(session, "Made-up state of the art")
    for is_plain in (True, False):
        assert set(titles(answer(database, root, "Of", is_plain))) == {"Of", "Made-up Meters"}
        assert titles(answer(database, root, "the", is_plain)) == []
        indexing.rebuild(database, root)
    assert titles(answer(database, root, "of"))[0] == "Of"


OF_MADEUPSTAD = {
    "Madeupstad",
    "Made-up Meters of Madeupstad",
    "Made-up Mayor of Madeupstad",
    "Made-up Plan of Madeupstad",
}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Holland", OF_MADEUPSTAD),
        ("NL", OF_MADEUPSTAD),
        ("Madeaptown", OF_MADEUPSTAD),
        ("holland meters", {"Made-up Meters of Madeupstad"}),
        ("madeaptown meters", {"Made-up Meters of Madeupstad"}),
        ("Holland -meters", OF_MADEUPSTAD - {"Made-up Meters of Madeupstad"}),
        ("nl", set()),
    ],
)
def test_without_an_index_other_names_of_places_and_countries_lead_to_their_entries(
    database: Database, root: Path, typed: str, found: set[str]
) -> None:
    with database.writing() as session:
        make_country(session, "NL", "Madeupstad")
        make_initiative(session, "Made-up Meters elsewhere", cities=(make_city(session, "Sao Madeup", "BR"),))
        city = session.scalars(select(City).where(City.name == "Madeupstad")).one()
        session.add(PlaceName(place_id=city.place_id, name="Madeaptown", folded="madeaptown"))
    assert set(titles(answer(database, root, typed, is_plain=True))) == found


def test_without_an_index_what_lies_in_the_place_that_is_named_comes_first(database: Database, root: Path) -> None:
    with database.writing() as session:
        elsewhere = make_city(session, "Sao Madeup", "BR")
        make_initiative(session, "A made-up study of Kenya", cities=(elsewhere,))
        make_country(session, "KE", "Madeupville")
    found = titles(answer(database, root, "Kenya", is_plain=True))
    assert found[:2] == ["Made-up Meters of Madeupville", "Madeupville"]
    assert found[-1] == "A made-up study of Kenya"


def test_the_beginning_of_a_compound_finds_it_however_it_is_spelt(database: Database, root: Path) -> None:
    with database.writing() as session:
        for title in ("Co-creation lab", "Cocreating streets", "Creation of parks", "E-mobility here"):
            make_initiative(session, title)
    indexing.rebuild(database, root)
    assert set(titles(answer(database, root, "cocrea*"))) == {"Co-creation lab", "Cocreating streets"}
    assert titles(answer(database, root, "emobil*")) == ["E-mobility here"]
    assert answer(database, root, "cocreatoin").corrected in {"cocreation", "cocreating"}
