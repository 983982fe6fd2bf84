"""The map: every city stands on the map of its continent and in its table, and on no other."""

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import City, Country, InitiativeCity, Region
from kb.web.catalogue.map_page import draw_world
from kb.web.core.world_map import AREA_NAMES
from tests.factories import make_city, make_initiative

from .page_readers import counted_queries, words_of


def _circles(text: str, of: str) -> list[tuple[str, int]]:
    """The address of each circle on the map for wide or narrow screens, and how many cities it stands for."""
    svg = text[text.index(f'<svg class="map map-{of}"') :]
    svg = svg[: svg.index("</svg>")]
    found = re.findall(r'<a href="([^"]+)"[^>]*class="mark[^>]*>\s*<title>\s*(\d*)', svg)
    return [(address, int(number or 1)) for address, number in found]


def _listed(text: str) -> set[str]:
    table = text[text.index("<tbody>") : text.index("</tbody>")] if "<tbody>" in text else ""
    return set(re.findall(r'<th scope="row"><a href="/cities/([^"]+)"', table))


def test_every_city_is_on_the_map_of_its_continent_and_on_no_other(seeded_app: Flask, visitor: FlaskClient) -> None:
    with seeded_app.extensions["kb_database"].reading() as session:
        continents = _continents(session)
    assert len(continents) > 80
    for area, name in AREA_NAMES.items():
        text = visitor.get(f"/map?area={area}").text
        here = {slug for slug, continent in continents.items() if continent == name}
        assert here, area
        assert _listed(text) == here, area
        for of in ("wide", "narrow"):
            circles = _circles(text, of)
            assert sum(number for _address, number in circles) == len(here), (area, of)
    assert set(continents.values()) <= set(AREA_NAMES.values())


def _continents(session: Session) -> dict[str, str]:
    """The continent of every city with an initiative, by the city's slug."""
    query = select(City.slug, Region.continent).join(City.country).join(Country.region)
    return dict(session.execute(query.where(City.id.in_(select(InitiativeCity.city_id)))).all())


def _slugs(text: str, of: str) -> list[set[str]]:
    """The cities of each circle."""
    svg = text[text.index(f'<svg class="map map-{of}"') :]
    return [set(slugs.split()) for slugs in re.findall(r'data-cities="([^"]+)"', svg[: svg.index("</svg>")])]


@pytest.mark.parametrize("path", ["/", "/map", "/map?goal=11"])
def test_a_circle_of_several_cities_opens_a_closer_map_that_separates_them(visitor: FlaskClient, path: str) -> None:
    text = visitor.get(path).text
    shared = [
        (unescape(address), slugs)
        for (address, _number), slugs in zip(_circles(text, "wide"), _slugs(text, "wide"), strict=True)
        if len(slugs) > 1
    ]
    assert len(shared) > 5
    for address, slugs in shared:
        assert re.match(r"/map\?(goal=11&)?x=[\d.]+&y=[\d.]+&zoom=[\d.]+#map", address), address
        closer = _slugs(visitor.get(address).text, "wide")
        assert not any(slugs <= circle for circle in closer), address
        assert slugs <= set().union(*closer)


def test_a_filter_keeps_the_window_of_the_continent(visitor: FlaskClient) -> None:
    boxes = [
        re.findall(r'<svg class="map [^"]+" viewBox="([\d. ]+)">', visitor.get(path).text)
        for path in ("/map?area=africa", "/map?area=africa&stage=discontinued", "/map?area=africa&goal=11")
    ]
    assert boxes[0] == boxes[1] == boxes[2]


def test_a_country_without_a_region_is_on_the_world(session: Session, client: FlaskClient) -> None:
    for slug, longitude in (("one", 20.0), ("two", 20.1)):
        city = make_city(session, slug=slug)
        city.country.region_code = None
        city.place.latitude, city.place.longitude = 5.0, longitude
        make_initiative(session, cities=(city,))
    session.commit()
    text = client.get("/map").text
    assert [number for _address, number in _circles(text, "wide")] == [2]
    assert _listed(client.get("/map?area=africa").text) == set()


def _words(piece: str) -> str:
    """The words of a piece of a page."""
    return words_of(f"<main>{piece}</main>")


def test_the_number_on_a_circle_is_that_of_its_initiatives(session: Session, client: FlaskClient) -> None:
    near = [make_city(session, f"Made-up {name}", place={"latitude": 20.0, "longitude": 75.0}) for name in "AB"]
    make_initiative(session, cities=tuple(near))
    make_initiative(session, cities=(near[0],))
    make_initiative(session, cities=(make_city(session, "Far", place={"latitude": -30.0, "longitude": 20.0}),))
    session.commit()
    for path in ("/", "/map", "/map/circles?x=500&y=200&zoom=0"):
        text = client.get(path).text
        # An initiative of both cities is one.
        assert "2 cities: Made-up A, Made-up B: 2 initiatives" in _words(text), path
        assert set(re.findall(r"dy=\"0.36em\">(\d+)</text>", text)) == {"1", "2"}, path
    assert "3 initiatives of 3 cities" in words_of(client.get("/map").text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("goal", "11"),
        ("challenge", "flooding"),
        ("region", "sub-saharan-africa"),
        ("stage", "pilot"),
        ("decade", "2010s"),
    ],
)
@pytest.mark.both_databases
def test_a_filter_leaves_what_the_search_finds(visitor: FlaskClient, name: str, value: str) -> None:
    told = re.search(r"(\d+) initiatives? of \d+ cit", words_of(visitor.get(f"/map?{name}={value}").text))
    title = re.search(
        r'id="results-title"[^>]*>(.*?)</h', visitor.get(f"/search?kind=initiative&{name}={value}").text, re.DOTALL
    )
    assert told
    assert title
    assert told[1] in re.findall(r"\d+", re.sub(r"<[^>]+>", "", title[1]))
    assert int(told[1]) > 0


def test_a_frame_has_the_circles_in_it_and_says_how_many_they_are(visitor: FlaskClient) -> None:
    piece = visitor.get("/map/circles?x=788&y=227&zoom=4")
    assert piece.status_code == 200
    assert "<html" not in piece.text
    slugs = set(re.findall(r'data-cities="([^"]+)"', piece.text))
    assert "singapore" in slugs
    assert "lagos" not in slugs
    assert re.search(r"Shown here: \d+ initiatives?, \d+ cit", _words(piece.text))
    assert (
        visitor.get("/map/circles?x=788&y=227&zoom=4", headers={"If-None-Match": piece.headers["ETag"]}).status_code
        == 304
    )


@pytest.mark.parametrize(
    "query", ["x=nan&zoom=1", "x=-5&y=9999&zoom=99", "zoom=x", "challenge=dragons", "region=moon&zoom=2"]
)
def test_a_frame_that_nobody_can_read_is_the_world(visitor: FlaskClient, query: str) -> None:
    for path in ("/map", "/map/circles"):
        assert visitor.get(f"{path}?{query}").status_code == 200


def test_a_card_tells_a_few_initiatives_and_leads_to_the_rest(session: Session, client: FlaskClient) -> None:
    city = make_city(session, "Made-up Harbour")
    for number in range(7):
        make_initiative(session, title=f"Made-up work {number}", cities=(city,), goals=(14,) if number else (11,))
    session.commit()
    card = client.get(f"/map/card?city={city.slug}&city=nowhere").text
    assert "Made-up Harbour India" in _words(card)
    assert "7 initiatives" in _words(card)
    assert card.count('href="/initiatives/') == 5
    assert f'href="/cities/{city.slug}"' in card
    rest = re.search(r'href="(/search[^"]+)"', card)
    assert rest
    narrowed = client.get(f"/map/card?city={city.slug}&goal=11").text
    assert narrowed.count('href="/initiatives/') == 1
    assert "These cities are no longer on the map." in client.get("/map/card?city=nowhere").text


def test_a_card_calls_an_initiative_scaled_up_only_where_its_page_does(session: Session, client: FlaskClient) -> None:
    city = make_city(session, "Made-up Harbour")
    make_initiative(session, cities=(city,), stage="scaled", scale="pilot")
    session.commit()
    card = _words(client.get(f"/map/card?city={city.slug}").text)
    assert "Operational" in card
    assert "Scaled up" not in card


def test_a_map_that_was_asked_for_before_reads_no_cities_again(session: Session, app: Flask) -> None:
    make_initiative(session, cities=(make_city(session, "Made-up First"),), goals=(11,))
    session.commit()
    client = app.test_client()
    for path in ("/map?goal=11", "/map/circles?goal=11&x=500&y=200&zoom=3"):
        client.get(path)
        with counted_queries(app) as statements:
            client.get(path)
        assert not [statement for statement in statements if "initiative_cities" in statement], path


@pytest.mark.one_database
def test_the_map_of_the_first_page_is_drawn_before_anybody_asks_for_it(session: Session, app: Flask) -> None:
    make_initiative(session, "Made-up Trams")
    session.commit()
    draw_world(app)
    drawn = app.extensions["kb_map_cache"].drawn(session, app.extensions["kb_arrays"].current(session))
    assert [mark.initiatives for mark in vars(drawn)["marks"]] == [1]
    assert [mark.initiatives for mark in vars(drawn)["narrow_marks"]] == [1]
