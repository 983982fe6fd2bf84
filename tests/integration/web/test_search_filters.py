"""Searches as questions of research: each filter, on the page and for whatever else reads its address."""

import csv
import html
import random
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from config import ROOT
from kb.core.db import Database
from kb.search.facets import FACETS, FILTERS
from kb.search.results import SearchQuery
from kb.search.service import Search
from kb.web.core.search_schema import SearchSchema
from tests.seed_facts import facts

from .page_readers import words_of

RESEARCH = "/search?goal=11&target=11.3&target=11.6&size=1m-5m&cost=known&contact=known&year_from=2005&year_to=2020"


def _question(address: str) -> SearchQuery:
    question, refused = SearchSchema().read(MultiDict(parse_qsl(address.partition("?")[2])))
    assert refused == ()
    return question


def _count(words: str) -> int:
    """How many entries a page of results says it found."""
    return int(re.search(r"(\d+) entr(y|ies)", words)[1])


@pytest.fixture
def plain_search(seeded_app: Flask, tmp_path: Path) -> Search:
    """A search over the seed that has no index."""
    return Search(seeded_app.extensions["kb_database"], tmp_path)


@pytest.fixture
def seed(seeded_app: Flask) -> Database:
    """The database with the whole seed."""
    database: Database = seeded_app.extensions["kb_database"]
    return database


def test_all_that_matches_is_what_the_pages_list_one_after_the_other(
    seeded_app: Flask, seed: Database, plain_search: Search
) -> None:
    questions = [
        SearchQuery("flood"),
        SearchQuery("India", {"kind": ("initiative", "city")}, "title"),
        SearchQuery("", {"goal": ("13",)}, "newest"),
    ]
    for search in (seeded_app.extensions["kb_search"], plain_search):
        for question in questions:
            with seed.reading() as session:
                first = search.answer(session, question)
                pages = [search.answer(session, replace(question, page=page)) for page in range(1, first.pages + 1)]
                matching = search.matching(session, replace(question, page=2))
            assert list(matching.keys) == [(hit.kind, hit.entry.id) for page in pages for hit in page.hits]
            assert len(matching.keys) == first.total > 10
            assert first.plain == (search is plain_search)


def test_what_matches_tells_the_values_that_no_list_knows(
    seeded_app: Flask, seed: Database, plain_search: Search
) -> None:
    question = SearchQuery("", {"goal": ("11", "99"), "kind": ("initiative",)})
    for search in (seeded_app.extensions["kb_search"], plain_search):
        with seed.reading() as session:
            matching, answer = search.matching(session, question), search.answer(session, question)
        assert matching.unknown == answer.unknown == (("goal", "99"),)
        assert len(matching.keys) == answer.total > 0


def test_each_filter_finds_the_same_with_and_without_an_index(
    seeded_app: Flask, seed: Database, plain_search: Search
) -> None:
    """Each value that counts once for itself, and values of several filters together."""
    search: Search = seeded_app.extensions["kb_search"]
    chance = random.Random(13)  # noqa: S311 - a sample of questions needs no secrecy
    with seed.reading() as session:
        counted = {facet.field: facet.values for facet in search.answer(session, SearchQuery()).facets}
        assert counted.keys() == FACETS.keys()
        counts = {(field, value.code): value.count for field, values in counted.items() for value in values}
        years = [str(year) for year in range(2005, 2027)]
        some = [(field, chance.choice(values).code) for field, values in counted.items() for _ in range(2)]
        some += [(name, chance.choice(years)) for name in ("year_from", "year_to") for _ in range(4)]
        some += [("with_goal", "9"), ("with_goal", "13")]
        some += [("city", slug) for slug in ("surat", "bogota")]
        several = [chance.sample(some, 2 + n % 2) for n in range(16)]
        found = Counter()
        for chosen in [[pair] for pair in some] + several:
            question = SearchQuery("", {name: tuple(code for of, code in chosen if of == name) for name, _ in chosen})
            keys = search.matching(session, question).keys
            assert sorted(plain_search.matching(session, question).keys) == sorted(keys), chosen
            if len(chosen) == 1:
                assert counts.get(chosen[0], len(keys)) == len(keys)
            found.update({name for name, _ in chosen} if keys else ())
    assert found.keys() == FILTERS.keys(), "each filter found something"


def test_a_question_of_research_is_one_address(visitor: FlaskClient) -> None:
    text = visitor.get(RESEARCH).text
    words = words_of(text)
    for chip in (
        "Goal: 11 Sustainable cities", "Target: 11.3 ", "Target: 11.6 ", "Size of the city: 1 to 5 million",
        "Cost: known", "Contact: known", "Start year from: 2005", "Start year to: 2020",
    ):  # fmt: skip
        assert chip in words
    assert '<meta name="robots" content="noindex,nofollow">' in text
    total = _count(words)
    without_cost = RESEARCH.replace("&cost=known", "")
    assert f'href="{html.escape(without_cost)}"' in text
    assert _count(words_of(visitor.get(without_cost).text)) > total > 0


def _sent_without_javascript(text: str) -> list[tuple[str, str]]:
    """What the form of the search sends as the page stands."""
    fields = [tag for tag in re.findall(r"<input[^>]*>", text) if 'form="search"' in tag or 'name="q"' in tag]
    pairs = []
    for tag in fields:
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if attributes["type"] not in {"checkbox", "radio"} or re.search(r"\schecked\b", tag):
            pairs.append((html.unescape(attributes["name"]), html.unescape(attributes.get("value", ""))))
    return pairs


@pytest.mark.parametrize(
    "address",
    [RESEARCH, "/search?stage=pilot&target=13.1&language=en&outcome=measured&goal=11&with_goal=13",
     "/search?kind=initiative&year_to=2009",
     "/search?technology=blockchain&target=11.2&year_from=2024&cost=known"],
)  # fmt: skip
def test_the_form_sends_every_filter_without_javascript(
    visitor: FlaskClient, client: FlaskClient, address: str
) -> None:
    """Also where the database answers, which counts nothing."""
    for reader in (visitor, client):
        sent = _sent_without_javascript(reader.get(address).text)
        assert {"year_from", "year_to"} <= {name for name, _ in sent}
        asked, wanted = _question(f"/search?{urlencode(sent)}"), _question(address)
        assert asked.text == wanted.text
        assert {name: {*codes} for name, codes in asked.chosen.items()} == {
            name: {*codes} for name, codes in wanted.chosen.items()
        }


def test_a_city_that_was_chosen_stays_chosen_until_its_chip_is_removed(visitor: FlaskClient) -> None:
    text = visitor.get("/search?q=city&kind=initiative&city=surat&city=bogota").text
    assert [pair for pair in _sent_without_javascript(text) if pair[0] == "city"] == [
        ("city", "surat"),
        ("city", "bogota"),
    ]
    assert "City: Surat" in words_of(text)
    assert 'href="/search?q=city&amp;kind=initiative&amp;city=bogota"' in text


def test_a_bound_of_start_years_says_that_it_leaves_out_entries_without_one(visitor: FlaskClient) -> None:
    text = visitor.get("/search?kind=initiative&target=11.2&year_from=2015&year_to=2020").text
    assert "Entries whose start year is not known are left out." in words_of(text)
    undated = "/search?kind=initiative&target=11.2&decade=unknown"
    assert f'href="{html.escape(undated)}"' in text
    assert 0 < _count(words_of(visitor.get(undated).text)) < _count(words_of(text))
    assert "are left out" not in words_of(visitor.get("/search?kind=initiative&target=11.2").text)


def test_who_finds_nothing_is_told_the_language_of_the_entries(visitor: FlaskClient) -> None:
    told = "Most entries are written in English."
    assert told in words_of(visitor.get("/search?q=बाढ़").text)
    assert told not in words_of(visitor.get("/search?q=flood").text)


def test_files_feeds_mails_and_programs_ask_the_same_as_the_page(visitor: FlaskClient) -> None:
    asked = "kind=initiative&target=11.3&size=1m-5m&outcome=measured&contact=known&year_from=2005&year_to=2020"
    count = _count(words_of(visitor.get(f"/search?{asked}").text))
    assert count > 1
    assert len(list(csv.DictReader(visitor.get(f"/search.csv?{asked}").text.splitlines()))) == count
    assert len(visitor.get(f"/search.geojson?{asked}").get_json()["features"]) == count
    assert visitor.get(f"/api/v1/search?{asked}").get_json()["total"] == count
    feed = visitor.get(f"/search.atom?{asked}").text
    assert feed.count("</entry>") == count
    mails = words_of(visitor.get(f"/alerts?{asked}").text)
    for words in (feed, mails):
        assert "Start year from: 2005" in words
        assert "Results: in figures" in words


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("colour=red", "The search has no filter colour. Use one of: kind, goal, target, "),
        ("year_from=20x5", "year_from=20x5 is not a year. Give a year from 1800 to 2099."),
        ("cost=cheap", "cost=cheap is not known. Use one of: known."),
        ("year_from=2010&year_from=2015", "year_from is given more than once. Give it once."),
        ("q=water&q=heat", "q is given more than once. Give it once."),
        ("sort=sideways", "sort=sideways is not known. Use one of: relevance, newest, evidence, title."),
        ("target=11.99", "The search does not know this value: target=11.99. The search page lists all"),
    ],
)
def test_files_and_feeds_of_a_filter_that_there_is_not_say_what_would_be_right(
    visitor: FlaskClient, query: str, sentence: str
) -> None:
    for path in ("/search.csv", "/search.atom"):
        answer = visitor.get(f"{path}?{query}")
        assert (answer.status_code, answer.mimetype) == (400, "text/plain")
        assert answer.text.startswith(sentence)
    assert visitor.get(f"/api/v1/search?{query}").status_code == 422


def test_every_filter_is_in_the_document_about_addresses() -> None:
    told = {
        name
        for line in (ROOT / "docs" / "searching.md").read_text("utf-8").splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([a-z_]+)`", line.split("|")[1])
    }
    assert told == {"q", "sort", "page", *FILTERS}


def test_details_that_no_entry_has_are_shown_with_0(visitor: FlaskClient) -> None:
    def details(address: str) -> dict[str, int]:
        text = visitor.get(address).text
        found = re.findall(r"<span>(Results|Cost|Contact): [a-z ]+</span>\s*<span class=\"count\">(\d+)</span>", text)
        return {name: int(count) for name, count in found}

    assert all(count > 0 for count in details("/search").values())
    assert details("/search").keys() == {"Results", "Cost", "Contact"}
    known: dict[str, list[bool]] = {}
    for fact in facts("initiatives"):
        for technology in fact["technologies"]:
            for challenge in fact["challenges"]:
                address = f"/search?technology={technology}&challenge={challenge}&kind=initiative"
                known.setdefault(address, []).append(fact["cost"]["amount"] is not None)
    without = next(address for address, costs in known.items() if not any(costs))
    assert details(without)["Cost"] == 0
    assert details("/search?kind=city") == {}
    assert details("/search?kind=city&cost=known") == {"Results": 0, "Cost": 0, "Contact": 0}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("year_from=20x5", "Start year from: there is no “20x5”. It was left out."),
        ("year_to=12015", "Start year to: there is no “12015”. It was left out."),
        ("target=11.99", "Target: there is no “11.99”. It was left out."),
        ("cost=cheap", "Cost: there is no “cheap”. It was left out."),
        ("language=klingonese", "Language: there is no “klingonese”. It was left out."),
        ("city=atlantis", "City: there is no “atlantis”. It was left out."),
        ("colour=red", "Filter: there is no “colour”. It was left out."),
    ],
)
def test_what_no_filter_is_or_has_is_said_and_left_out(visitor: FlaskClient, query: str, said: str) -> None:
    words = words_of(visitor.get(f"/search?kind=initiative&{query}").text)
    assert said in words
    assert _count(words) == _count(words_of(visitor.get("/search?kind=initiative").text))


def test_a_page_uses_the_first_of_two_values_where_one_is_taken_and_says_so(visitor: FlaskClient) -> None:
    page = visitor.get("/search?kind=initiative&year_from=2010&year_from=2015").text
    words = words_of(page)
    assert "The address gives “Start year from” more than once. Only the first value was used." in words
    assert re.search(r'<(input[^>]* name="year_from"[^>]* value="2010"|option value="2010" selected)', page)
    assert _count(words) == _count(words_of(visitor.get("/search?kind=initiative&year_from=2010").text))
    assert "more than once" not in words_of(visitor.get("/search?goal=11&goal=13&year_from=2010&year_from=").text)


def test_names_that_others_add_to_an_address_are_not_spoken_of(visitor: FlaskClient) -> None:
    words = words_of(visitor.get("/search?kind=city&utm_source=letter&fbclid=x&more=country&colour=").text)
    assert "It was left out" not in words
    assert words_of(visitor.get("/search?" + "&".join(f"name{n}=x" for n in range(200))).text).count("left out") == 10


def test_years_the_wrong_way_round_find_nothing_and_the_page_says_why(visitor: FlaskClient) -> None:
    words = words_of(visitor.get("/search?year_from=2020&year_to=2010").text)
    assert "Nothing found" in words
    assert "The last start year is before the first. Please change one of them." in words
    assert "without Start year from: 2020" in words


def test_languages_are_named_as_the_reader_calls_them(seeded_app: Flask, visitor: FlaskClient) -> None:
    assert "Language: Portuguese (Brazil)" in words_of(visitor.get("/search?language=pt-BR").text)
    assert "Language: there is no “PT-br”" in words_of(visitor.get("/search?language=PT-br").text)


def test_robots_are_told_of_every_filter(visitor: FlaskClient) -> None:
    robots = visitor.get("/robots.txt").text
    assert all(f"Disallow: /search?{name}=\n" in robots for name in FILTERS)
