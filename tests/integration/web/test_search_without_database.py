"""While no database can be asked, the index of this machine answers searches, and says that it may be behind."""

import pytest
from flask import Flask

from kb.core.db import Database
from kb.search import indexing
from tests.factories import make_city, make_initiative, make_terms

from .test_database_unavailable import gone

pytestmark = pytest.mark.one_database


@pytest.fixture
def site(app: Flask, sqlite_database: Database) -> Flask:
    """A site with an index of two initiatives and their city, which this process has opened."""
    with sqlite_database.writing() as session:
        make_terms(session)
        city = make_city(session, "Made-up Delta", challenges=("flooding",))
        make_initiative(session, "Made-up flood gates", (city,), challenges=("flooding",), summary="Gates <close>.")
        make_initiative(session, "Made-up heat plan", (city,), challenges=("heat",), summary="Shade in each street.")
    indexing.rebuild(sqlite_database, app.config["KB"].search_index)
    app.extensions["kb_search"].refresh()
    return app


def test_results_come_from_the_index_and_say_that_they_may_be_out_of_date(site: Flask) -> None:
    client = site.test_client()
    with gone(site.extensions["kb_database"]):
        answer = client.get("/search?q=gates")
        assert answer.status_code == 200
        assert "the results may be out of date" in answer.text
        assert "Made-up flood <mark>gates</mark>" in answer.text
        assert "<mark>Gates</mark> &lt;close&gt;." in answer.text
        assert 'href="/initiatives/made-up-flood-gates' in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers
        assert client.get("/initiatives/made-up-flood-gates").status_code == 503
    answer = client.get("/search?q=gates")
    assert "the results may be out of date" not in answer.text
    assert "Made-up flood <mark>gates</mark>" in answer.text


def test_filters_that_only_the_database_understands_are_named(site: Flask) -> None:
    client = site.test_client()
    with gone(site.extensions["kb_database"]):
        narrowed = client.get("/search?kind=initiative&challenge=heat").text
        assert "Made-up heat plan" in narrowed
        assert "Made-up flood gates" not in narrowed
        assert "These filters were not used:" not in narrowed
        assert "1 entry" in narrowed
        left_out = client.get("/search?q=plan&city=made-up-delta&year_from=nonsense").text
        assert "Made-up heat <mark>plan</mark>" in left_out
        assert "These filters were not used:" in left_out
        assert "City" in left_out
        assert "Nothing found" in client.get("/search?q=nothing-of-the-kind").text
