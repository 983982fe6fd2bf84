"""Public pages are answered with 304 while they are as they were, and whatever is one person's is in no cache."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config import Config
from kb.app import create_app
from kb.catalogue.models import Challenge, City, Initiative, Source
from kb.core.db import Database
from kb.search import indexing
from kb.search.follower import Follower
from kb.web import page_caching
from kb.web.core import language
from tests.factories import make_city, make_initiative, make_leader, make_session, make_source, make_user, make_vision
from tests.sign_in import signed_in

from .page_readers import counted_queries

pytestmark = pytest.mark.one_database

PAGES = {
    "home.home": "/",
    "about.about": "/about",
    "about.api": "/api",
    "search.search": "/search?q=made",
    "initiatives.initiative": "/initiatives/made-up-thing",
    "cities.cities": "/cities",
    "cities.city": "/cities/made-up-town",
    "leaders.leader": "/leaders/made-up-person",
    "visions.vision": "/visions/made-up-plan",
    "challenges.challenges": "/challenges",
    "challenges.challenge": "/challenges/flooding",
    "technologies.technologies": "/technologies",
    "technologies.technology": "/technologies/early-warning",
    "maps.map": "/map",
    "goals.goals": "/goals",
    "goals.counts": "/goals/counts?by=income",
    "goals.together": "/goals/together",
    "goals.missing": "/goals/missing",
    "goals.goal": "/goals/11",
    "peers.peers": "/peers",
    "peers.city_peers": "/cities/made-up-town/peers",
    "peers.challenges": "/peers/challenges?place={place}",
    "peers.method": "/peers/method",
    "compare.compare": "/compare?city=made-up-town",
    "embedding.initiative": "/embed/initiatives/made-up-thing",
    "embedding.search": "/embed/search?q=made",
    "embedding.city_peers": "/embed/cities/made-up-town/peers",
    "guide.guide": "/docs",
    "feeds.search_feed": "/search.atom?q=made",
    "feeds.city_feed": "/cities/made-up-town.atom",
    "feeds.challenge_feed": "/challenges/flooding.atom",
    "feeds.technology_feed": "/technologies/early-warning.atom",
    "feeds.goal_feed": "/goals/11.atom",
    "llms.llms": "/llms.txt",
    "files.entry_file": "/initiatives/made-up-thing.json",
    "files.list_file": "/search.csv?q=made",
}


@pytest.fixture
def site(sqlite_database: Database, config: Config) -> Iterator[Flask]:
    """A site with one of each kind of entry, and an index."""
    with sqlite_database.writing() as session:
        city = make_city(session, "Made-up Town", challenges=("flooding",), slug="made-up-town")
        leader = make_leader(session, "Made-up Person", city)
        leader.slug = "made-up-person"
        vision = make_vision(session, city, goals=(11,), slug="made-up-plan")
        make_initiative(
            session,
            "Made-up thing",
            slug="made-up-thing",
            cities=(city,),
            goals=(11,),
            challenges=("flooding",),
            technologies=("early-warning",),
            sources=(make_source(session),),
            leader=leader,
            vision=vision,
        )
    indexing.rebuild(sqlite_database, config.search_index)
    app = create_app(config)
    yield app
    app.extensions["kb_search"].close()
    app.extensions["kb_database"].dispose()


@pytest.fixture
def reader(site: Flask) -> FlaskClient:
    """Somebody who has no cookie."""
    return site.test_client()


def _again(client: FlaskClient, path: str, page: TestResponse, **headers: str) -> TestResponse:
    return client.get(path, headers={"If-None-Match": page.headers["ETag"], **headers})


def _is_public(page: TestResponse) -> bool:
    return "ETag" in page.headers or "public" in page.headers["Cache-Control"]


def test_every_public_page_is_answered_without_being_written_again(site: Flask, reader: FlaskClient) -> None:
    assert set(PAGES) == page_caching.PAGES
    with site.extensions["kb_database"].reading() as session:
        place = session.scalars(select(City.place_id)).one()
    for path in (path.format(place=place) for path in PAGES.values()):
        page = reader.get(path, headers={"Accept-Encoding": "gzip"})
        assert page.status_code == 200, path
        assert page.headers["Cache-Control"] == "public, max-age=0, s-maxage=60", path
        assert {"Cookie", "Accept-Language", "Accept-Encoding"} <= set(page.headers["Vary"].split(", ")), path
        assert "Set-Cookie" not in page.headers, path
        with counted_queries(site) as asked:
            again = _again(reader, path, page)
        assert (again.status_code, again.data) == (304, b""), path
        assert asked == [], path
        for name in ("ETag", "Cache-Control", "Content-Security-Policy"):
            assert again.headers[name] == page.headers[name], path
        assert reader.head(path).headers["ETag"] == page.headers["ETag"]
        assert reader.get(path).data == reader.get(path).data, path


def test_what_is_said_elsewhere_or_in_another_language_is_another_page(
    reader: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(language, "languages", lambda: ["en", "es"])
    page = reader.get("/about", headers={"Accept-Language": "en"})
    assert _again(reader, "/about", page, **{"Accept-Language": "en"}).status_code == 304
    assert _again(reader, "/about", page, **{"Accept-Language": "es"}).status_code == 200
    for path in ("/about?x=1", "/goals"):
        assert _again(reader, path, page, **{"Accept-Language": "en"}).status_code == 200, path
    assert _again(reader, "/about", page, Host="localhost:81").status_code == 200


def _rename_city(session: Session) -> None:
    session.query(City).filter_by(slug="made-up-town").one().name = "Another Town"


def _save_initiative(session: Session) -> None:
    session.query(Initiative).one().summary = "Made up anew."


def _add_challenge(session: Session) -> None:
    session.add(Challenge(code="made-up", position=99, label="Made up", gist="Made up.", dimension="environment"))


def _rename_source(session: Session) -> None:
    session.query(Source).one().title = "Made-up title"


@pytest.mark.parametrize("change", [_rename_city, _save_initiative, _add_challenge, _rename_source])
def test_a_page_is_written_anew_after_a_save(reader: FlaskClient, sqlite_database: Database, change: Any) -> None:
    before = {path: reader.get(path) for path in ("/initiatives/made-up-thing", "/challenges")}
    with sqlite_database.writing() as session:
        change(session)
    for path, page in before.items():
        after = _again(reader, path, page)
        assert after.status_code == 200
        assert after.headers["ETag"] != page.headers["ETag"]
        assert _again(reader, path, after).status_code == 304


def test_a_search_is_written_anew_once_the_index_has_followed(
    reader: FlaskClient, config: Config, sqlite_database: Database
) -> None:
    with sqlite_database.writing() as session:
        make_initiative(session, "Made-up newcomer")
    early = reader.get("/search?q=newcomer")
    assert not _is_public(early)  # counted as a search in vain
    early = reader.get("/search?kind=initiative")
    follower = Follower(sqlite_database, config.search_index)
    follower.step()
    assert follower.step() == 0
    follower.close()
    answers = [_again(reader, "/search?kind=initiative", early) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "Made-up newcomer" in answers[0].text


@pytest.mark.parametrize("path", ["/search?q=made", "/initiatives/made-up-thing", "/api/v1/initiatives"])
def test_each_node_gives_the_same_page_the_same_etag(
    config: Config, reader: FlaskClient, sqlite_database: Database, tmp_path: Path, path: str
) -> None:
    before = reader.get(path).headers["ETag"]
    with sqlite_database.writing() as session:
        make_initiative(session, "Made-up other thing")
    follower = Follower(sqlite_database, config.search_index)
    follower.step()
    follower.close()
    other_index = tmp_path / "index_of_the_other_node"
    indexing.rebuild(sqlite_database, other_index)
    other = create_app(dataclasses.replace(config, search_index=other_index, instance=tmp_path / "other_instance"))
    page, of_other = reader.get(path), other.test_client().get(path)
    assert before != page.headers["ETag"] == of_other.headers["ETag"]
    assert page.text == of_other.text
    assert _again(other.test_client(), path, page).status_code == 304
    other.extensions["kb_search"].close()
    other.extensions["kb_database"].dispose()


def test_what_is_one_persons_is_in_no_cache(site: Flask, reader: FlaskClient, sqlite_database: Database) -> None:
    page = reader.get("/about")
    with sqlite_database.writing() as session:
        user = make_user(session)
    person = signed_in(site.test_client(), user)
    for answer in (person.get("/about"), _again(person, "/about", page)):
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "ETag" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in",
        "/goals/suggest",
        "/initiatives/made-up-thing/report",
        "/forum",
        "/shortlist",
        "/nowhere",
        "/cities/nowhere",
        "/initiatives",
        "/desk",
        "/healthz",
        "/search?q=nothingofthekind",
    ],
)
def test_other_pages_and_errors_are_not_for_a_proxy(reader: FlaskClient, path: str) -> None:
    answer = reader.get(path, headers={"User-Agent": "Mozilla/5.0"})
    assert "s-maxage" not in answer.headers.get("Cache-Control", ""), path
    assert "ETag" not in answer.headers, path


def test_nothing_is_kept_while_the_index_is_missing(app: Flask) -> None:
    assert not _is_public(app.test_client().get("/about"))


def test_what_is_answered_with_304_counts_as_well(config: Config, site: Flask, reader: FlaskClient) -> None:
    object.__setattr__(config, "rate_limit", "3 per minute")
    page = reader.get("/about")
    assert [_again(reader, "/about", page).status_code for _ in range(3)] == [304, 304, 429]
    refused = reader.get("/about")
    assert not _is_public(refused)


def test_the_first_page_is_kept_until_the_next_session_begins(
    reader: FlaskClient, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=30)
    with sqlite_database.writing() as session:
        make_session(session, starts_at=starts_at)
    page = reader.get("/")
    assert _again(reader, "/", page).status_code == 304
    seconds = int(page.headers["Cache-Control"].rpartition("=")[2])
    assert 0 < seconds <= 30
    monkeypatch.setattr(page_caching.time, "time", lambda: starts_at.timestamp() + 1)
    assert _again(reader, "/", page).status_code == 200


def test_an_etag_with_a_moment_of_any_length_is_none_of_ours(reader: FlaskClient) -> None:
    made = reader.get("/").headers["ETag"].removeprefix('W/"')[:32]
    assert reader.get("/", headers={"If-None-Match": f'W/"{made}-{"9" * 5_000}"'}).status_code == 200


def test_a_nonce_is_that_of_the_page(reader: FlaskClient) -> None:
    """A cache may hand a page out again: by its nonce no script runs on another page, nor on a changed one."""
    policies = {path: reader.get(path).headers["Content-Security-Policy"] for path in ("/about", "/goals", "/goals/11")}
    assert len(set(policies.values())) == 3
    fresh = [reader.get("/sign-in").headers["Content-Security-Policy"] for _ in range(2)]
    assert fresh[0] != fresh[1]
