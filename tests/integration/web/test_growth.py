"""A page costs what it shows: the database walks and returns as much for 600 entries of each kind as for 60.

Counted are the rows that the database returns and the steps of SQLite's virtual machine, which every row that is
walked takes several of; neither depends on the machine or on what else it does. A query more for each entry shown costs
both sites the same: that is found by `test_query_counts`, on both databases and where there is no index.
"""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Table, event, insert, select
from werkzeug.test import TestResponse

from config import Config
from kb.accounts.models import User
from kb.app import create_app
from kb.catalogue import models
from kb.catalogue.entries import EntryKind
from kb.catalogue.queries import lookups
from kb.core.db import Database
from kb.core.text import sort_key
from kb.exporting.harvesting import oai
from kb.exporting.harvesting.records import Position
from kb.peers import service
from kb.search import indexing, rebuild_readers
from kb.search.index_versions import IndexVersions
from kb.web.catalogue import map_cities, pages
from kb.web.peers import compare_page
from tests.api_keys import Program, make_key
from tests.factories import make_session, make_user
from tests.sign_in import send, signed_in

pytestmark = pytest.mark.one_database

FEW, MANY = 60, 600
_AT = datetime(2026, 1, 1, tzinfo=UTC)


def _fill(database: Database, count: int) -> None:
    """So many cities, leaders, strategies, sources and initiatives; every initiative is of the first of each too."""
    with database.writing() as session:
        numbers = range(1, count + 1)

        def add(table: type[Any] | Table, rows: list[dict[str, Any]]) -> None:
            session.execute(insert(getattr(table, "__table__", table)), rows, execution_options={"unlogged": True})

        def entries(field: str, **values: Any) -> list[dict[str, Any]]:
            stamps = {"version": 1, "created_at": _AT, "updated_at": _AT}
            named = ((number, f"Made-up {number:03}") for number in numbers)
            return [
                {"id": number, "slug": f"made-up-{number}", field: name, "sort_key": sort_key(name), **stamps, **values}
                for number, name in named
            ]

        add(models.Place, [_place(number) for number in numbers])
        add(models.City, [{**city, "place_id": city["id"]} for city in entries("name", country_code="IN")])
        add(models.Source, [{"id": number, "url": f"https://made-up.example/{number}"} for number in numbers])
        add(models.Leader, entries("name"))
        add(models.LeaderTerm, [{"leader_id": number, "city_id": number, "title": "Mayor"} for number in numbers])
        add(models.Vision, [{**vision, "city_id": vision["id"]} for vision in entries("title", gist="Made-up")])
        of_first = {"leader_id": 1, "vision_id": 1, "stage": "operational", "start_year": 2015}
        add(models.Initiative, entries("title", summary="Made-up", **of_first))
        links = [(number, city) for number in numbers for city in {1, number}]
        add(models.Outcome, [{"initiative_id": n, "measure": "Made-up", "source_id": n} for n in numbers])
        add(models.InitiativeCity, [{"initiative_id": number, "city_id": city} for number, city in links])
        add(
            models.InitiativeGoal,
            [{"initiative_id": n, "goal_number": 11, "origin": "editor"} for n in numbers],
        )
        add(models.initiative_challenges, [{"initiative_id": n, "challenge_code": "flooding"} for n in numbers])
        add(models.CityChallenge, [{"city_id": n, "challenge_code": "heat"} for n in numbers if n > 1])
        add(
            models.initiative_technologies,
            [{"initiative_id": n, "technology_code": "early-warning"} for n in numbers],
        )
        make_user(session, "administrator", email="made-up@city.example")
        cities = session.scalars(select(models.City).where(models.City.id.in_([7, 8]))).all()
        make_session(session, cities=tuple(cities), slug="made-up-session")


def _place(number: int) -> dict[str, Any]:
    where = {"latitude": 20 + number % 30 / 50, "longitude": 75 + number % 7}
    facts = {"population": 400_000, "timezone": "Asia/Kolkata", "is_capital": False}
    return {"id": number, "name": "Made-up", "folded": "made-up", "country_code": "IN", **where, **facts}


class _Work:
    """What a site's database has done."""

    def __init__(self) -> None:
        self.rows = self.steps = 0

    def step(self) -> int:
        self.steps += 1
        return 0

    def connection(self) -> type[sqlite3.Connection]:
        """Connections whose cursors count the rows that are fetched."""
        work = self

        class CountingCursor(sqlite3.Cursor):
            def fetchone(self) -> Any:
                row = super().fetchone()
                work.rows += row is not None
                return row

            def fetchmany(self, size: int | None = None) -> list[Any]:
                rows = super().fetchmany(size or self.arraysize)
                work.rows += len(rows)
                return rows

            def fetchall(self) -> list[Any]:
                rows = super().fetchall()
                work.rows += len(rows)
                return rows

        class CountingConnection(sqlite3.Connection):
            def cursor(self, *_: Any) -> sqlite3.Cursor:  # type: ignore[override]
                return super().cursor(CountingCursor)

        return CountingConnection


@dataclass
class _Site:
    """A site with so many entries of each kind, a visitor and an administrator."""

    app: Flask
    work: _Work
    visitor: FlaskClient
    administrator: FlaskClient
    program: Program

    def cost(self, path: str, method: str = "GET") -> tuple[int, int]:
        """Rows and steps of a page that was read before."""
        self.cost_of_first(path, method)
        return self.cost_of_first(path, method)

    def cost_of_first(self, path: str, method: str = "GET") -> tuple[int, int]:
        """Rows and steps of a page."""
        client = self.administrator if path.startswith(("/desk", "/account")) else self.visitor
        return self.cost_of(lambda: client.open(path, method=method, buffered=True))

    def cost_of(self, ask: Callable[[], TestResponse], status: int = 200) -> tuple[int, int]:
        """Rows and steps of a request."""
        self.work.rows = self.work.steps = 0
        answer = ask()
        assert answer.status_code == status, (answer.request.path, answer.status_code, answer.text)
        return self.work.rows, self.work.steps


@pytest.fixture(scope="module")
def sites(
    sqlite_template: Path, shared_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[_Site, _Site]]:
    """A site with few entries, and one with many; the lists of both are longer than a page."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(pages, "CITIES_A_PAGE", 20)
        monkeypatch.setattr(map_cities, "ROWS", 20)
        monkeypatch.setattr(lookups, "ADDRESSES_A_PAGE", 20)
        monkeypatch.setattr(compare_page, "_FITTING", 20)
        monkeypatch.setattr(oai, "RECORDS_A_PAGE", 20)
        monkeypatch.setattr(oai, "HEADERS_A_PAGE", 20)
        # Once a minute peers look whether the gazetteer was seeded anew, which is a row more.
        monkeypatch.setattr(service, "_LOOK_SECONDS", inf)
        # Processes that read the entries of a site would take three times as long to start.
        monkeypatch.setattr(rebuild_readers, "FEW", inf)
        filled = [_filled(sqlite_template, shared_folder / f"growth_{count}", count) for count in (FEW, MANY)]
        made = [_site(folder, tmp_path_factory.mktemp("growth")) for folder in filled]
        yield made[0], made[1]
    for site in made:
        site.app.extensions["kb_database"].dispose()


def _filled(template: Path, folder: Path, count: int) -> Path:
    """The folder with a site's database and index, which one of the workers fills."""
    with IndexVersions(folder).lock("filling", wait_seconds=300):
        if not (folder / "search_index").exists():
            file = shutil.copy(template, folder / "test.sqlite3")
            database = Database(f"sqlite:///{file}")
            _fill(database, count)
            indexing.rebuild(database, folder / "search_index")
            database.dispose()
    return folder


def _site(filled: Path, folder: Path) -> _Site:
    shutil.copytree(filled, folder, dirs_exist_ok=True)
    file = folder / "test.sqlite3"
    app = create_app(
        Config(
            database_url=f"sqlite:///{file}",
            search_index=folder / "search_index",
            instance=folder / "instance",
            development=True,
            rate_limit="100000 per minute",
        )
    )
    work = _Work()
    engine = app.extensions["kb_database"].engine
    engine.dispose()
    event.listen(
        engine, "do_connect", lambda _dialect, _record, _args, options: options.update(factory=work.connection())
    )
    event.listen(engine, "connect", lambda raw, _record: raw.set_progress_handler(work.step, 10))
    with app.extensions["kb_database"].writing() as session:
        administrator = session.scalars(select(User)).one()
        key = make_key(session, app.config["SECRET_KEY"], administrator)
    program = Program(app.test_client(), key)
    return _Site(app, work, app.test_client(), signed_in(app.test_client(), administrator), program)


_FLAT = [
    "/",
    "/about",
    "/alerts?challenge=flooding",
    "/ask?city=made-up-7&city=made-up-2",
    "/ask?initiative=made-up-7",
    "/api/v1/challenges",
    "/api/v1/changes?limit=20",
    "/api/v1/cities/made-up-7",
    "/api/v1/cities/made-up-7/peers",
    "/api/v1/cities?limit=20",
    "/api/v1/initiatives?changed_since=7&limit=20",
    "/api/v1/initiatives?group_by=goal,region",
    "/api/v1/initiatives?limit=20&expand=cities",
    "/api/v1/initiatives?limit=20&goal=11&sort=newest",
    "/api/v1/places?q=made&limit=20",
    "/api/v1/search?q=made-up&limit=20",
    "/api/v1/sessions/made-up-session",
    "/challenges",
    "/challenges.csv",
    "/challenges.xlsx",
    "/challenges/flooding",
    "/challenges/flooding.atom",
    "/cities",
    "/cities/made-up-1",
    "/cities/made-up-50",
    "/cities/made-up-7.atom",
    "/cities/made-up-7/peers",
    "/cities/made-up-7/peers?pool=places&challenge=flooding",
    "/cities?page=3",
    "/compare/cities.json?q=made",
    "/compare?city=made-up-2&city=made-up-7",
    "/data",
    "/data/catalog.ttl",
    "/docs",
    "/downloads/new?q=made-up&goal=11",
    "/embed/cities/made-up-7/peers",
    "/embed/initiatives/made-up-7",
    "/embed/search?challenge=flooding",
    "/forum",
    "/forum.ics",
    "/forum/made-up-session",
    "/goals",
    "/goals.csv?by=decade",
    "/goals/11",
    "/goals/11.atom",
    "/goals/11/challenges.csv",
    "/goals/counts",
    "/goals/counts?by=income",
    "/goals/missing",
    "/goals/missing.csv",
    "/goals/suggest",
    "/goals/together",
    "/goals/together.csv",
    "/initiatives/made-up-7",
    "/initiatives/made-up-7.csv",
    "/initiatives/made-up-7.xlsx",
    "/initiatives/made-up-7/history",
    "/initiatives/made-up-7/report",
    "/leaders/made-up-1",
    "/llms.txt",
    "/map",
    "/map/card?city=made-up-1&city=made-up-7",
    "/map/circles?zoom=3&x=700&y=200",
    "/map?area=asia",
    "/map?challenge=flooding&stage=operational",
    "/map?goal=11",
    "/map?region=southern-asia&decade=2010s",
    "/oai?verb=ListIdentifiers&metadataPrefix=oai_dc&set=goal:11",
    "/oai?verb=ListRecords&metadataPrefix=citypeers",
    "/oai?verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01&set=kind:initiative",
    "/oai?verb=ListSets",
    "/oembed?url=http://localhost/initiatives/made-up-7",
    "/peers/challenges?place=7",
    "/peers/method",
    "/peers?place=7&challenge=heat",
    "/places.json?q=made",
    "/search.atom?q=made-up",
    "/search?challenge=flooding&sort=evidence",
    "/search?q=made-up",
    "/shortlist?city=made-up-7&initiative=made-up-7",
    "/shortlist/brief.html?city=made-up-1&city=made-up-7&for=made-up-8&challenge=flooding",
    "/sign-in",
    "/sitemap.xml",
    "/sitemaps/city-20.xml",
    "/sitemaps/initiative-20.xml",
    "/sitemaps/pages.xml",
    "/suggest?q=made",
    "/technologies",
    "/technologies/early-warning",
    "/visions/made-up-1",
    "/account",
    "/account/keys",
    "/desk",
    "/desk/audit",
    "/desk/boards",
    "/desk/boards/demand",
    "/desk/boards/doubt",
    "/desk/boards/incomplete",
    "/desk/boards/reports",
    "/desk/boards/stale",
    "/desk/boards/unsourced",
    "/desk/entries/initiative/made-up-7",
    "/desk/forum",
    "/desk/forum/initiatives.json?q=made-up+007",
    "/desk/forum/made-up-session",
    "/desk/forum/made-up-session/brief",
    "/desk/forum/made-up-session/slots/new",
    "/desk/forum/made-up-session/speakers/new",
    "/desk/forum/made-up-session/statements/new",
    "/desk/forum/new",
    "/desk/imports",
    "/desk/new",
    "/desk/new/initiative",
    "/desk/people",
    "/desk/people/cities.json?q=made",
    "/desk/people/invite",
    "/desk/questions",
    "/desk/queue",
    "/desk/sources",
    "/desk/sources/7",
    "/desk/terms",
    "/desk/terms/challenge/flooding",
]


def _same_cost(costs: list[tuple[int, int]]) -> None:
    (few_rows, few_steps), (many_rows, many_steps) = costs
    assert many_rows == few_rows
    # A few steps more: an id with another digit, a deeper tree.
    assert many_steps <= few_steps * 1.1 + 20


@pytest.mark.parametrize("path", _FLAT)
def test_ten_times_the_entries_cost_a_page_nothing(sites: tuple[_Site, _Site], path: str) -> None:
    _same_cost([site.cost(path) for site in sites])


@pytest.mark.parametrize("path", ["/initiatives/made-up-7", "/cities/made-up-7/peers"])
def test_the_first_reader_after_a_save_pays_for_what_it_changed(sites: tuple[_Site, _Site], path: str) -> None:
    costs = []
    for site in sites:
        site.cost(path)
        with site.app.extensions["kb_database"].writing() as session:
            # Not its evidence, by which other pages of these sites would show more cities, whichever is asked first.
            initiative = session.get_one(models.Initiative, 50)
            initiative.start_year = 2016 + initiative.version % 5
        costs.append(site.cost_of_first(path))
    _same_cost(costs)


@pytest.mark.parametrize("kind", [EntryKind.LEADER, EntryKind.VISION])
@pytest.mark.parametrize("of_set", ["region:southern-asia", "region"])
def test_a_page_of_a_set_reads_no_more_of_it(
    sites: tuple[_Site, _Site], monkeypatch: pytest.MonkeyPatch, kind: EntryKind, of_set: str
) -> None:
    monkeypatch.setattr(oai, "START", Position(kind, 0))
    _same_cost([site.cost(f"/oai?verb=ListIdentifiers&metadataPrefix=oai_dc&set={of_set}") for site in sites])


@pytest.mark.parametrize("path", ["/initiatives.csv", "/goals/11.xlsx", "/search.json?q=made-up", "/cities.ttl"])
def test_to_ask_about_a_file_of_all_entries_reads_none(sites: tuple[_Site, _Site], path: str) -> None:
    _same_cost([site.cost(path, "HEAD") for site in sites])


def test_a_proposal_of_a_program_and_a_request_for_mails_cost_what_they_make(sites: tuple[_Site, _Site]) -> None:
    def propose(site: _Site, number: int) -> TestResponse:
        body = {"summary": f"Made-up {number}"}
        return site.program.send("PATCH", f"/initiatives/made-up-{number}?submit=true", body, If_Match="*")

    def ask_for_mails(site: _Site, number: int) -> TestResponse:
        data = {"email": f"made-up-{number}@city.example", "frequency": "daily"}
        return send(site.app.test_client(), "/alerts?challenge=flooding", **data)

    for act, status in ((propose, 202), (ask_for_mails, 303)):
        costs = []
        for site in sites:
            act(site, 8)
            costs.append(site.cost_of(partial(act, site, 9), status))
        _same_cost(costs)
