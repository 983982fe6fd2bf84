"""Finding a place by name as people type it: accents, other names, namesakes, slips."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb.catalogue.models import PlaceName
from kb.core.text import fold
from kb.peers.name_index import NameIndex, loose
from kb.peers.place_resolution import resolve
from kb.peers.places import Gazetteer, PlaceMatch
from tests.factories import make_place
from tests.unit.peers.query_counter import queries

PLACES = [
    (1, "Suzhou", "CN", "04", 6_700_000),
    (2, "Suzhou", "CN", "01", 1_600_000),
    (3, "Taizhou", "CN", "04", 1_600_000),
    (4, "Taizhou", "CN", "02", 1_500_000),
    (5, "Xi’an", "CN", "26", 9_600_000),
    (6, "Paris", "FR", "11", 2_100_000),
    (7, "Paris", "US", "TX", 25_000),
    (8, "São Paulo", "BR", "27", 12_400_000),
    (9, "New York City", "US", "NY", 8_800_000),
    (10, "York", "GB", "ENG", 150_000),
    (11, "Hong Kong", "HK", None, 7_400_000),
    (12, "Bombay", "US", "NY", 16_000),
    (13, "Mumbai", "IN", "16", 12_700_000),
    (14, "Nowheretown", "US", "TX", None),
    (15, "Munich", "DE", "02", 1_500_000),
    (16, "Monaco", "MC", None, 33_000),
    (17, "Male", "MV", None, 104_000),
    (18, "Malegaon", "IN", "16", 481_000),
]
OTHERS = [
    (13, "Bombay"),
    (9, "New York"),
    (6, "Lutetia"),
    (5, "Xian"),
    (8, "Sao Paulo"),
    (13, "Мумбаи"),
    (15, "Monaco"),
    (99, "Gone"),
]
COUNTRIES = [
    ("CN", "CHN", "China"), ("FR", "FRA", "France"), ("US", "USA", "United States"), ("BR", "BRA", "Brazil"),
    ("GB", "GBR", "United Kingdom"), ("HK", "HKG", "Hong Kong"), ("IN", "IND", "India"), ("DE", "DEU", "Germany"),
    ("MC", "MCO", "Monaco"), ("MV", "MDV", "Maldives"),
]  # fmt: skip


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    named = {code: name for code, _, name in COUNTRIES}
    return Gazetteer.of(
        [
            PlaceMatch(i, name, code, named[code], admin1, people, float(i), 0.0)
            for i, name, code, admin1, people in PLACES
        ],
        [(place, fold(name)) for place, name in OTHERS],
        COUNTRIES,
    )


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("suz", [1, 2]),
        ("SAO PAU", [8]),
        ("são paulo", [8]),
        ("xian", [5]),
        ("xi'an", [5]),
        ("york", [9, 10]),
        ("par", [6, 7]),
        ("paris, us", [7]),
        ("Paris, TX", [7]),
        ("paris, texas", [7]),
        ("paris, united", [7]),
        ("paris, atlantis", [6, 7]),
        ("paris tx", [7]),
        ("paris france", [6]),
        ("paris atlantis", []),
        ("lutet", [6]),
        ("bombay", [13, 12]),
        ("monaco", [16, 15]),
        ("monac", [15, 16]),
        ("male", [17, 18]),
        ("mal", [18, 17]),
        ("мумб", [13]),
        ("", []),
        ("  ,  ", []),
        ("zzz", []),
    ],
)
def test_typing_offers_places_the_large_ones_first(gazetteer: Gazetteer, typed: str, ids: list[int]) -> None:
    assert [place.id for place in gazetteer.matching(typed)] == ids


def test_namesakes_are_told_apart(gazetteer: Gazetteer) -> None:
    first, second = gazetteer.matching("suzhou")
    assert (first.country, first.admin1, first.population) == ("China", "04", 6_700_000)
    assert second.admin1 == "01"
    assert gazetteer.matching("suzhou", limit=1) == [first]
    assert gazetteer.matching("suzhou", limit=0) == []


@pytest.mark.parametrize(
    ("typed", "first"), [("Mumbay", 13), ("Sao Paolo", 8), ("Suzuo", 1), ("Xina", 5), ("Yrok", 10), ("Pariss, fr", 6)]
)
def test_an_unknown_city_offers_near_names(gazetteer: Gazetteer, typed: str, first: int) -> None:
    assert gazetteer.near(typed)[0].id == first


def test_near_names_of_the_country_go_before_all_others(gazetteer: Gazetteer) -> None:
    assert [place.id for place in gazetteer.near("Pariss, US")] == [7]
    assert [place.id for place in gazetteer.near("Pariss, Atlantis")] == [6, 7]


def test_what_is_near_nothing_offers_nothing(gazetteer: Gazetteer) -> None:
    assert gazetteer.near("Qqqqqqqq") == []
    assert gazetteer.near("Xi") == []
    assert gazetteer.near("") == []


@pytest.mark.parametrize(
    ("name", "country", "place", "several"),
    [
        ("Suzhou", "CN", None, [1, 2]),
        ("Taizhou", "China", None, [3, 4]),
        ("Paris", None, 6, [6, 7]),
        ("Paris", "usa", 7, [7]),
        ("New York", "United States of America", 9, [9]),
        ("Suzhou City", "PR China", None, [1, 2]),
        ("City of York", "UK", 10, [10]),
        ("Hong Kong", "China", 11, [11]),
        ("Bombay", None, 13, [13, 12]),
        ("Bombay", "US", 12, [12]),
        ("Monaco", None, 16, [16]),
        ("Nowheretown", "", 14, [14]),
        ("Atlantis", "CN", None, []),
        ("City", "US", None, []),
        ("", "CN", None, []),
    ],
)
def test_a_name_and_a_country_mean_one_place_or_several_or_none(
    gazetteer: Gazetteer, name: str, country: str | None, place: int | None, several: list[int]
) -> None:
    resolution = resolve(gazetteer, name, country)
    assert (
        resolution.place.id if resolution.place else None,
        [place_match.id for place_match in resolution.several],
    ) == (place, several)
    assert (resolution.likeliest.id if resolution.likeliest else None) == (several[0] if several else None)


def test_an_unknown_country_is_told_from_an_unknown_city(gazetteer: Gazetteer) -> None:
    assert resolve(gazetteer, "Paris", "Atlantis").unknown_country
    assert not resolve(gazetteer, "Atlantis", "France").unknown_country


def test_the_gazetteer_is_read_in_three_queries(session: Session) -> None:
    place = make_place(session, "Made-up Łódź", admin1="74")
    session.add(PlaceName(place_id=place.id, name="Made-up Lodsch", folded="made-up lodsch"))
    session.flush()
    with queries(session) as sent:
        gazetteer = Gazetteer.read(session)
    assert len(sent) == 3
    for typed in ("made up lod", "made-up łódź", "made-up lodsch", "lodz"):
        (place_match,) = gazetteer.matching(typed)
        assert (place_match.name, place_match.country, place_match.admin1) == ("Made-up Łódź", "India", "74")
    assert resolve(gazetteer, "Made-up Lodz", "IND").place == place_match


def test_an_empty_gazetteer_finds_nothing() -> None:
    empty = Gazetteer.of([], [], [])
    assert (empty.matching("a"), empty.near("abc"), resolve(empty, "a").several) == ([], [], ())


WORDS = st.lists(st.text("abcø ’é京", min_size=1, max_size=6).map(loose).filter(bool), max_size=20)


@given(WORDS, st.text("abcø ’é京", max_size=4).map(loose))
def test_prefixes_and_equals_are_those_of_brute_force(words: list[str], start: str) -> None:
    listed = sorted(word.encode() for word in words)
    names = NameIndex.of(listed)
    first, last = names.beginning(start)
    assert [names[number] for number in range(first, last)] == [w for w in listed if w.startswith(start.encode())]
    first, last = names.equal(start)
    assert [names[number] for number in range(first, last)] == [w for w in listed if w == start.encode()]


def edits(one: bytes, other: bytes) -> int:
    """The distance by its definition: optimal string alignment."""
    table = {(i, j): i + j for i in range(len(one) + 1) for j in range(len(other) + 1) if not i or not j}
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            table[i, j] = min(
                table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (one[i - 1] != other[j - 1])
            )
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[len(one), len(other)]


@given(WORDS, st.text("abcø京", min_size=1, max_size=6), st.integers(0, 3))
def test_near_names_are_those_of_brute_force(words: list[str], name: str, slips: int) -> None:
    listed = sorted(word.encode() for word in words)
    numbers, distances = NameIndex.of(listed).near(name, slips)
    found = dict(zip(numbers.tolist(), distances.tolist(), strict=True))
    expected = {n: d for n, word in enumerate(listed) if (d := edits(name.encode(), word)) <= slips}
    assert found == expected


def test_many_equal_beginnings_are_still_in_order() -> None:
    rng = np.random.default_rng(3)
    people = rng.integers(1, 9_000_000, 7_000).tolist()
    places = [PlaceMatch(n, f"Aa{n}", "US", "United States", None, size, 0, 0) for n, size in enumerate(people)]
    place_matches = Gazetteer.of(places, [], []).matching("aa", limit=7_000)
    assert [place.population for place in place_matches] == sorted(people, reverse=True)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("paris", [6, 7]),
        ("PARIS, us", [7]),
        ("paris france", [6]),
        ("paris texas", [7]),
        ("Sao Paulo", [8]),
        ("sao paulo brazil", [8]),
        ("Xian", [5]),
        ("Xi'an, China", [5]),
        ("Bombay", [12, 13]),
        ("Lutetia", [6]),
        ("par", []),
        ("paris metro", []),
        ("", []),
        (", us", []),
    ],
)
def test_a_whole_name_names_its_places(gazetteer: Gazetteer, typed: str, found: list[int]) -> None:
    assert sorted(place.id for place in gazetteer.named(typed)) == found


def test_a_code_of_an_airport_is_no_name() -> None:
    of = PlaceMatch(1, "Of", "TR", "Turkey", None, 20_000, 40.9, 40.3)
    batumi = PlaceMatch(2, "Batumi", "GE", "Georgia", None, 150_000, 41.6, 41.6)
    gazetteer = Gazetteer.of(
        [of, batumi], [(2, "bus"), (2, "batum")], [("TR", "TUR", "Turkey"), ("GE", "GEO", "Georgia")]
    )
    assert gazetteer.named("of") == [of]
    assert gazetteer.named("batum") == [batumi]
    assert gazetteer.named("bus") == []
