"""Compounds are found in each of their spellings: joined, hyphened, spaced."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.search.engine_types import Query
from kb.search.index import WhooshEngine
from kb.search.parsing import parse
from kb.search.snippets import highlight, snippet

from .engine_contract import titled

TITLES = [
    "Support for startups",
    "A start-up hub",
    "Help for start-ups",
    "How to start up here",
    "PM2.5 sensors",
    "Less PM 2.5",
    "The pm25 plan",
    "Email",
    "An e-mail to all",
    "The e mail",
    "Mail by post",
    "Cocreation",
    "Co-creation",
    "Together: co creation",
    "E-government",
    "egovernment",
    "Government",
    "The U.K. and others",
    "uk",
    "Wastewater",
    "Waste water",
    "Waste-water",
    "Waste apart from water",
    "Start of works",
    "What the WHO says",
    "The WHO-led plan",
    "Those who say",
    "ALL WHO SAY",
    "Plans for IT",
    "Plan it",
    "E-parti\u00adcipation",
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WhooshEngine]:
    folder: Path = tmp_path_factory.mktemp("spellings")
    with WhooshEngine.create(folder / "index", "test") as engine:
        engine.index(titled(number, title) for number, title in enumerate(TITLES))
        engine.commit(1)
        engine.refresh()
        yield engine


def found(engine: WhooshEngine, typed: str) -> list[str]:
    result = engine.search(Query(engine.with_other_spellings(parse(typed)), limit=100))
    return [TITLES[id_] for id_, _ in result.hits]


STARTUPS = {"Support for startups", "A start-up hub", "Help for start-ups", "How to start up here"}
AIR = {"PM2.5 sensors", "Less PM 2.5", "The pm25 plan"}
MAIL = {"Email", "An e-mail to all", "The e mail"}
TOGETHER = {"Cocreation", "Co-creation", "Together: co creation"}


@pytest.mark.parametrize(
    ("typed", "every", "first"),
    [
        ("startups", STARTUPS, {"Support for startups"}),
        ("startup", STARTUPS, {"Support for startups"}),
        ("start-up", STARTUPS, {"A start-up hub", "Help for start-ups", "How to start up here"}),
        ("PM2.5", AIR, {"PM2.5 sensors"}),
        ("PM 2.5", AIR, {"Less PM 2.5"}),
        ("pm25", AIR, {"The pm25 plan"}),
        ("email", MAIL, {"Email"}),
        ("e-mail", MAIL, {"An e-mail to all", "The e mail"}),
        ("cocreation", TOGETHER, {"Cocreation"}),
        ("co-creation", TOGETHER, {"Co-creation"}),
        ("egovernment", {"E-government", "egovernment"}, {"egovernment"}),
        ("e-government", {"E-government", "egovernment"}, {"E-government"}),
        ("eparticipation", {"E-parti\u00adcipation"}, {"E-parti\u00adcipation"}),
        ("WHO", {"What the WHO says", "The WHO-led plan"}, set()),
        ("IT", {"Plans for IT"}, set()),
        ("IT plans", {"Plans for IT"}, set()),
        ("who", set(), set()),
        ("UK", {"The U.K. and others", "uk"}, {"uk"}),
        ("U.K.", {"The U.K. and others", "uk"}, {"The U.K. and others"}),
        ("wastewater", {"Wastewater", "Waste water", "Waste-water"}, {"Wastewater"}),
    ],
)
def test_each_spelling_finds_all_and_the_typed_one_first(
    engine: WhooshEngine, typed: str, every: set[str], first: set[str]
) -> None:
    titles = found(engine, typed)
    assert set(titles) == every
    assert set(titles[: len(first)]) == first


def test_two_words_are_found_as_one_as_well_and_side_by_side_first(engine: WhooshEngine) -> None:
    titles = found(engine, "waste water")
    assert set(titles[:2]) == {"Waste water", "Waste-water"}
    assert set(titles[2:]) == {"Wastewater", "Waste apart from water"}


def test_a_number_with_letters_that_is_nowhere_finds_nothing_by_its_last_digits(engine: WhooshEngine) -> None:
    for typed in ("PM7.5", "pm7.5", "so2.5"):
        assert found(engine, typed) == []
    assert found(engine, "U7.5 mail") == found(engine, "mail")


def test_an_exclusion_leaves_out_every_spelling(engine: WhooshEngine) -> None:
    for typed in ("water -wastewater", "water -waste-water"):
        assert found(engine, typed) == ["Waste apart from water"]
    assert found(engine, "mail -e-mail") == ["Mail by post"]


def test_words_in_quotes_are_found_as_typed_only(engine: WhooshEngine) -> None:
    assert set(found(engine, '"waste water"')) == {"Waste water", "Waste-water"}
    assert found(engine, '"startups"') == ["Support for startups"]


@pytest.mark.parametrize(
    ("typed", "title", "marked"),
    [
        ("startups", "A start-up hub", "start-up"),
        ("pm25", "Less PM 2.5", "PM 2.5"),
        ("pm25", "PM2.5 sensors", "PM2.5"),
        ("start-ups", "Support for startups", "startups"),
        ("email", "An e-mail to all", "e-mail"),
        ("egovernment", "E-government", "E-government"),
    ],
)
def test_every_spelling_is_marked(engine: WhooshEngine, typed: str, title: str, marked: str) -> None:
    parsed = engine.with_other_spellings(parse(typed))
    for pieces in (highlight(title, parsed), snippet(title, parsed)):
        assert [text for text, is_hit in pieces if is_hit] == [marked]


def test_a_word_with_another_spelling_is_not_corrected(engine: WhooshEngine) -> None:
    for typed in ("wastewaters", "cocreation", "egovernments"):
        parsed = parse(typed)
        assert engine.spelling().correct(parsed, engine.with_other_spellings(parsed)) is None
