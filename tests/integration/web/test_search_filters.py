"""Searches as questions of research: each filter, on the page and for whatever else reads its address."""

from pathlib import Path

import pytest
from flask import Flask

from kb.core.db import Database
from kb.search.results import SearchQuery
from kb.search.service import Search


@pytest.fixture
def plain_search(seeded_app: Flask, tmp_path: Path) -> Search:
    """A search over the seed that has no index."""
    return Search(seeded_app.extensions["kb_database"], tmp_path)


@pytest.fixture
def seed(seeded_app: Flask) -> Database:
    """The database with the whole seed."""
    database: Database = seeded_app.extensions["kb_database"]
    return database


@pytest.mark.parametrize("sort", ["relevance", "newest", "title"])
def test_all_that_matches_is_what_the_pages_list_one_after_the_other(
    seeded_app: Flask, seed: Database, plain_search: Search, sort: str
) -> None:
    for search in (seeded_app.extensions["kb_search"], plain_search):
        for question in (SearchQuery("water", sort=sort), SearchQuery("India", {"kind": ("initiative", "city")}, sort)):
            with seed.reading() as session:
                first = search.answer(session, question)
                pages = [
                    search.answer(session, SearchQuery(question.text, question.chosen, sort, page))
                    for page in range(1, first.pages + 1)
                ]
                matching = search.matching(session, SearchQuery(question.text, question.chosen, sort, page=2))
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
