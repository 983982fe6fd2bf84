"""List pages ask the database as often for three items as for one."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from config import Config
from kb.catalogue.models import Outcome, Partner
from kb.core.db import Database
from kb.search import indexing
from tests.factories import make_city, make_city_answer, make_initiative, make_leader, make_source, make_vision

from .page_readers import counted_queries

pytestmark = pytest.mark.both_databases


def _grow(session: Session, items: int) -> None:
    while session.info.get("items", 0) < items:
        _add_one(session)
        session.info["items"] = session.info.get("items", 0) + 1


def _add_one(session: Session) -> None:
    """One more of everything, all of it linked with the city, leader and vision that stand first."""
    shared = session.info.setdefault("shared", {})
    city = make_city(session, challenges=("flooding", "heat"))
    first = shared.setdefault("city", city)
    leader = shared.setdefault("leader", make_leader(session, city=first))
    vision = shared.setdefault("vision", make_vision(session, first, goals=(11, 13)))
    make_leader(session, city=first)
    make_vision(session, first, goals=(11,))
    initiative = make_initiative(
        session,
        cities=(first, make_city(session)),
        goals=(11, 13),
        targets=("11.5", "13.1"),
        challenges=("flooding",),
        technologies=("early-warning",),
        sources=(make_source(session),),
        stage="discontinued",
        lessons="A made-up lesson.",
        leader=leader,
        vision=vision,
    )
    initiative.outcomes = [Outcome(measure="Made-up", value=1, source=make_source(session))]
    initiative.partners = [Partner(name="Made-up Partner")]
    shared.setdefault("initiative", initiative)
    # Similar to the first, so that also the first has one that is.
    make_initiative(session, goals=(11,), challenges=("flooding",))
    session.commit()


PATHS = [
    "/",
    "/cities",
    "/cities/{city}",
    "/ask?initiative={initiative}&city={city}",
    "/leaders/{leader}",
    "/visions/{vision}",
    "/initiatives/{initiative}",
    "/goals",
    "/goals/counts?by=income",
    "/goals/together",
    "/goals/missing",
    "/goals/11",
    "/goals/11/cities.csv",
    "/goals.csv?by=decade",
    "/goals/counts.xlsx?by=size",
    "/goals/together.csv",
    "/challenges",
    "/challenges/flooding",
    "/technologies",
    "/technologies/early-warning",
    "/map",
    "/map?goal=11",
    "/map/circles?goal=11&x=500&y=200&zoom=3",
    "/map/card?city={city}",
    "/cities/{city}/peers",
    "/cities/{city}/peers.xlsx",
    "/docs",
    "/embed/cities/{city}/peers",
    "/embed/initiatives/{initiative}",
    "/cities/{city}/peers?pool=places&challenge=heat",
    "/peers",
    "/peers/method",
    "/compare?city={city}",
    "/about",
    "/data",
    "/downloads/new?goal=11",
    "/initiatives.csv",
    "/initiatives/{initiative}.json",
    "/cities.jsonld",
    "/leaders.xlsx",
    "/visions.ttl",
    "/search.atom",
    "/cities/{city}.atom",
    "/challenges/flooding.atom",
    "/oai?verb=ListIdentifiers&metadataPrefix=oai_dc&set=kind:initiative",
    "/api/v1/initiatives?expand=cities,goals",
    "/api/v1/cities/{city}?expand=challenges,place",
    "/api/v1/leaders",
    "/api/v1/visions",
    "/api/v1/search?q=made",
    "/api/v1/changes",
    "/sitemap.xml",
    "/sitemaps/pages.xml",
    "/sitemaps/city-0.xml",
]


def test_three_items_cost_as_many_queries_as_one(session: Session, app: Flask) -> None:
    counts: dict[str, list[int]] = {path: [] for path in PATHS}
    for items in (1, 3):
        _grow(session, items)
        for _answer in range(items):
            make_city_answer(session, session.info["shared"]["city"], initiative=session.info["shared"]["initiative"])
        session.commit()
        slugs = {name: entry.slug for name, entry in session.info["shared"].items()}
        # What is derived from the database follows it first.
        app.test_client().get(f"/cities/{slugs['city']}")
        for path in PATHS:
            address = path.format(**slugs)
            app.test_client().get(address)  # the first visit also fills what the search remembers
            with counted_queries(app) as statements:
                assert app.test_client().get(address, buffered=True).status_code == 200, address
            counts[path].append(len(statements))
    assert {path: numbers for path, numbers in counts.items() if numbers[0] != numbers[1]} == {}
    assert {path: numbers for path, numbers in counts.items() if numbers[0] > 23} == {}


@pytest.mark.parametrize("address", ["/search?q=made", "/search?goal=11&kind=initiative&sort=evidence"])
def test_a_page_of_results_costs_as_many_queries_for_three_items_as_for_one(
    session: Session, database: Database, config: Config, app_with: Callable[..., Flask], address: str
) -> None:
    counts = []
    for items in (1, 3):
        _grow(session, items)
        indexing.rebuild(database, config.search_index)
        app = app_with()
        app.test_client().get(address)  # the first visit also fills what the search remembers
        with counted_queries(app) as statements:
            assert "made" in app.test_client().get(address).text.casefold()
        counts.append(len(statements))
    assert counts[0] == counts[1], statements
    assert counts[0] <= 16
