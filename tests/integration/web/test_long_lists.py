"""A catalogue far larger than the seed's: lists in pages, short lists with a way on, a map that stays light."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.catalogue.queries import SHOWN
from kb.web.catalogue import map_cities, pages
from tests.factories import make_city, make_initiative, make_leader, make_vision

from .page_readers import canonical_of, counted_queries, words_of


@pytest.fixture
def few_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of three cities, so that a handful makes several."""
    monkeypatch.setattr(pages, "CITIES_A_PAGE", 3)
    monkeypatch.setattr(map_cities, "ROWS", 3)


def _cities_on(client: FlaskClient, path: str) -> list[str]:
    return re.findall(r'href="/cities/[^"]+">(Made-up [A-Z]\w*)</a>', client.get(path).text)


@pytest.mark.usefixtures("few_a_page")
def test_every_city_is_on_one_page_of_the_list(session: Session, client: FlaskClient) -> None:
    for name, country in (("E", "PE"), ("A", "IN"), ("D", "IN"), ("B", "IN"), ("C", "IN"), ("F", "PE"), ("G", "PE")):
        make_city(session, f"Made-up {name}", country)
    session.commit()
    listed = [_cities_on(client, f"/cities?page={page}") for page in (1, 2, 3)]
    assert listed == [["Made-up A", "Made-up B", "Made-up C"], ["Made-up D", "Made-up E", "Made-up F"], ["Made-up G"]]
    first = client.get("/cities").text
    assert "7 cities with a page here" in words_of(first)
    assert 'href="/cities?page=2#PE"' in first  # where Peru begins
    assert 'rel=" next"' in first or 'rel="next"' in first
    assert canonical_of(first).endswith("/cities")
    assert canonical_of(client.get("/cities?page=2").text).endswith("/cities?page=2")


@pytest.mark.usefixtures("few_a_page")
def test_a_page_of_cities_that_is_not_there_leads_back(session: Session, client: FlaskClient) -> None:
    make_city(session)
    session.commit()
    beyond = client.get("/cities?page=7")
    assert beyond.status_code == 200
    assert "There is no page 7. Back to the first page" in words_of(beyond.text)
    assert 'content="noindex"' in beyond.text
    assert "Page: there is no “two”" in words_of(client.get("/cities?page=two").text)
    assert client.get("/cities?page=" + "9" * 5000).status_code == 200


@pytest.mark.both_databases
def test_entries_show_the_best_and_lead_to_a_search_for_the_rest(session: Session, client: FlaskClient) -> None:
    city = make_city(session, "Made-up Metropolis", challenges=("heat",))
    leader = make_leader(session, 'Made-up "Max" Mayor', city)
    vision = make_vision(session, city, title="Made-up Vision")
    for _ in range(SHOWN + 1):
        make_city(session, challenges=("heat",))
        make_initiative(session, cities=(city,), leader=leader, vision=vision, goals=(11,))
    session.commit()
    for path, rest in (
        (f"/cities/{city.slug}", "/search?q=%22Made-up+Metropolis%22&amp;kind=initiative"),
        (f"/leaders/{leader.slug}", "/search?q=%22Made-up++Max++Mayor%22&amp;kind=initiative"),
        (f"/visions/{vision.slug}", "/search?q=%22Made-up+Vision%22&amp;kind=initiative"),
    ):
        page = client.get(path).text
        assert page.count('class="card"') - page.count('<h3 class="card-title"><a href="/visions/') == SHOWN, path
        assert f'href="{rest}"' in page, path
        assert "See all 25 initiatives" in words_of(page), path
    challenge = client.get("/challenges/heat").text
    assert challenge.count('href="/cities/') == SHOWN
    assert 'href="/search?kind=city&amp;challenge=heat"' in challenge


@pytest.mark.usefixtures("few_a_page")
def test_the_maps_table_ends_and_says_where_the_rest_is(session: Session, client: FlaskClient) -> None:
    for number in range(5):
        city = make_city(session, f"Made-up {'ABCDE'[number]}")
        for _ in range(number + 1):
            make_initiative(session, cities=(city,), goals=(11,))
    session.commit()
    page = client.get("/map").text
    table = page[page.index("<tbody") :]
    assert re.findall(r">(Made-up [A-E])</a>", table) == ["Made-up C", "Made-up D", "Made-up E"]
    assert "15 initiatives of 5 cities" in words_of(page)
    assert "the 3 cities with the most initiatives. The list of all cities" in words_of(page)
    assert 'href="/search?kind=initiative&amp;goal=11"' in client.get("/map?goal=11").text


def test_a_circle_of_many_cities_names_a_few(session: Session, client: FlaskClient) -> None:
    for number in range(20):
        make_initiative(session, cities=(make_city(session, f"Made-up {number}"),))
    session.commit()
    title = re.search(r"<title>\s*(20 cities.*?)</title>", client.get("/").text, re.DOTALL)
    assert title
    assert title[1].startswith("20 cities, among them Made-up")
    assert title[1].count("Made-up") == 8


def test_the_map_is_drawn_anew_when_the_catalogue_changes_and_only_then(session: Session, app: Flask) -> None:
    client = app.test_client()
    make_initiative(session, cities=(make_city(session, "Made-up First"),))
    session.commit()
    for path in ("/", "/map", "/map?area=asia"):
        client.get(path)
        with counted_queries(app) as statements:
            assert "Made-up First" in client.get(path).text
        assert not [statement for statement in statements if "places.latitude" in statement], path
    make_initiative(session, cities=(make_city(session, "Made-up Second", place={"latitude": 48.0}),))
    session.commit()
    for path in ("/", "/map", "/map?area=asia"):
        assert "Made-up Second" in client.get(path).text, path
