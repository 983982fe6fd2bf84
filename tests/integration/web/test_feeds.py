"""Atom feeds of searches, cities and terms: read by a feed reader's library, newest first, without what is gone."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from kb.catalogue.entries import EntryKind
from kb.catalogue.models import City, Initiative
from kb.core.db import Database
from kb.editorial import actions
from kb.exporting.harvesting import atom
from kb.search import indexing
from tests.factories import make_city, make_initiative, make_leader, make_session, make_user, make_vision

from .page_readers import counted_queries

pytestmark = pytest.mark.one_database

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def day(number: int) -> dict[str, datetime]:
    moment = START + timedelta(days=number)
    return {"created_at": moment, "updated_at": moment}


@pytest.fixture
def town(database: Database) -> None:
    """A city with a leader, a strategy and two initiatives, and another one with an initiative."""
    with database.writing() as session:
        town = make_city(session, "Made-up Town", challenges=("flooding",), slug="made-up-town", **day(1))
        village = make_city(session, "Made-up Village", **day(1))
        make_vision(session, town, goals=(13,), title="Made-up Plan", **day(2))
        old = {"challenges": ("flooding",), "language": "fr", "slug": "old", **day(3)}
        make_initiative(session, "Made-up Old Pumps", (town,), (11, 13), **old)
        make_initiative(session, "Made-up Elsewhere", (village,), (4,), **day(4))
        new = {"technologies": ("early-warning",), "summary": "A \x0b & <b>", "slug": "new", **day(5)}
        make_initiative(session, "Made-up New <Pumps> & Gauges", (town,), (13,), **new)
        make_leader(session, "Made-up Mayor", town)


def rebuild(app: Flask) -> None:
    indexing.rebuild(app.extensions["kb_database"], app.config["KB"].search_index)


def read(client: FlaskClient, address: str) -> Any:
    """A feed as a reader's library has it, which has nothing to complain of."""
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml"), answer.text
    feed = feedparser.parse(answer.data)
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.version == "atom10"
    assert feed.feed.id.startswith("tag:localhost,2026:")
    assert feed.feed.updated_parsed
    assert feed.feed.author == "CityPeers"
    assert [link.href for link in feed.feed.links if link.rel == "self"] == [f"http://localhost{address}"]
    return feed


def titles(client: FlaskClient, address: str) -> list[str]:
    return [entry.title for entry in read(client, address).entries]


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize("has_index", [True, False], ids=["index", "database"])
def test_feeds_of_pages_list_what_the_pages_do_the_newest_first(
    app: Flask, client: FlaskClient, has_index: bool
) -> None:
    if has_index:
        rebuild(app)
    new, old, plan = "Made-up New <Pumps> & Gauges", "Made-up Old Pumps", "Made-up Plan"
    assert titles(client, "/cities/made-up-town.atom") == ["Made-up Mayor", new, old, plan, "Made-up Town"]
    assert titles(client, "/goals/13.atom") == [new, old, plan]
    assert titles(client, "/challenges/flooding.atom") == [old, "Made-up Town"]
    assert titles(client, "/technologies/early-warning.atom") == [new]
    assert titles(client, "/search.atom?q=pumps") == [new, old]
    assert titles(client, "/search.atom?q=pumps&goal=11&sort=title&page=7") == [old]
    assert len(titles(client, "/search.atom")) == 7
    assert titles(client, "/goals/1.atom") == []


@pytest.mark.usefixtures("town")
def test_an_entry_of_a_feed_says_what_it_is_and_since_when(app: Flask, client: FlaskClient) -> None:
    rebuild(app)
    feed = read(client, "/goals/13.atom")
    new, old, _plan = feed.entries
    assert (new.published, new.updated) == ("2026-03-06T12:00:00Z", "2026-03-06T12:00:00Z")
    assert feed.feed.updated == new.updated
    assert new.link == "http://localhost/initiatives/new"
    assert (new.id, new.summary) == ("tag:localhost,2026:initiative/3", "A  & <b>")
    assert old.title_detail.language == "fr"
    assert [(tag.term, tag.scheme.rpartition("?")[2], tag.label) for tag in old.tags] == [
        ("initiative", "kind=", "Initiative"),
        ("11", "goal=", "Sustainable cities and communities"),
        ("13", "goal=", "Climate action"),
        ("flooding", "challenge=", "Flooding"),
    ]


@pytest.mark.usefixtures("town")
def test_what_was_changed_comes_first_and_what_was_withdrawn_is_gone(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    rebuild(app)
    first = client.get("/cities/made-up-town.atom")
    etag = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/cities/made-up-town.atom", headers=etag).status_code == 304
    with database.writing() as session:
        old = session.scalars(select(Initiative).where(Initiative.slug == "old")).one()
        old.summary = "Now with a gauge."
        new = session.scalars(select(Initiative).where(Initiative.slug == "new")).one()
        actions.withdraw(session, make_user(session, "editor"), EntryKind.INITIATIVE, new.id, "It was made up.")
    answer = client.get("/cities/made-up-town.atom", headers=etag)
    assert answer.status_code == 200
    listed = [entry.title for entry in feedparser.parse(answer.data).entries]
    assert listed == ["Made-up Old Pumps", "Made-up Mayor", "Made-up Plan", "Made-up Town"]
    assert len(titles(client, "/search.atom?q=pumps")) == 1


@pytest.mark.usefixtures("town")
def test_the_feed_of_a_merged_city_leads_on_and_that_of_a_withdrawn_one_says_why(
    client: FlaskClient, database: Database
) -> None:
    with database.writing() as session:
        editor = make_user(session, "administrator")
        duplicate, empty = make_city(session, slug="duplicate"), make_city(session, slug="empty")
        town = session.scalars(select(City).where(City.slug == "made-up-town")).one()
        actions.merge(session, editor, EntryKind.CITY, town.id, duplicate.id)
        actions.withdraw(session, editor, EntryKind.CITY, empty.id, "It is no city.")
    moved = client.get("/cities/duplicate.atom")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/cities/made-up-town.atom")
    gone = client.get("/cities/empty.atom")
    assert gone.status_code == 410
    assert "It is no city." in gone.text
    assert client.get("/cities/nowhere.atom").status_code == 404


def test_a_feed_has_fifty_entries_however_many_there_are_for_as_many_queries(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    def queries() -> int:
        rebuild(app)
        client.get("/search.atom?kind=initiative")
        with counted_queries(app) as asked:
            client.get("/search.atom?kind=initiative")
        return len(asked)

    with database.writing() as session:
        city = make_city(session)
        for number in range(2):
            make_initiative(session, None, (city,), (11,), challenges=("flooding",), **day(number))
    few = queries()
    with database.writing() as session:
        for number in range(2, atom.MOST_ENTRIES + 5):
            make_initiative(session, f"Made-up {number}", (city,), (11,), challenges=("flooding",), **day(number))
    assert queries() == few
    entries = read(client, "/search.atom?kind=initiative").entries
    assert [entry.title for entry in entries] == [f"Made-up {number}" for number in range(54, 4, -1)]


def test_sessions_of_the_forum_are_in_a_feed(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        make_session(session, "Made-up Talks", slug="talks", theme="About made-up water")
    [entry] = read(client, "/search.atom?kind=session").entries
    assert (entry.title, entry.link) == ("Made-up Talks", "http://localhost/forum/talks")
    assert "made-up water" in entry.summary


def test_a_filter_that_nobody_knows_is_told(client: FlaskClient) -> None:
    for query in ("goal=99", "challenge=flooding&income=XX", "sort=loudest", "colour=red"):
        answer = client.get(f"/search.atom?{query}")
        assert (answer.status_code, answer.mimetype) == (400, "text/plain")
        told = "no filter colour" if query == "colour=red" else query.rpartition("&")[2]
        assert told in answer.text


@pytest.mark.usefixtures("town")
def test_a_page_names_its_feed_and_the_feed_its_page(client: FlaskClient) -> None:
    for page in (
        "/cities/made-up-town",
        "/goals/13",
        "/challenges/flooding",
        "/technologies/early-warning",
        "/search?q=pumps&goal=11",
    ):
        text = client.get(page).text.replace("&amp;", "&")
        path, _, query = page.partition("?")
        address = f"{path}.atom?{query}" if query else f"{path}.atom"
        [alternate] = re.findall(r'<link rel="alternate"\s+type="application/atom\+xml"[^>]*href="([^"]*)"', text)
        assert alternate == address
        assert re.search(rf'<a [^>]*href="{re.escape(address)}"[^>]*>.*?Feed</a>', text, re.DOTALL)
        assert client.head(address).status_code == 200
        assert read(client, address).feed.link == f"http://localhost{page}"
        assert client.get(address).headers["Access-Control-Allow-Origin"] == "*"
