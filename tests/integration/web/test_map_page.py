"""The map: every city stands on the map of its continent and in its table, and on no other."""

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.web.core.world_map import AREA_NAMES
from tests.factories import make_city, make_initiative


def _circles(text: str, of: str) -> list[tuple[str, int]]:
    """The address of each circle on the map for wide or narrow screens, and how many cities it stands for."""
    svg = text[text.index(f'<svg class="map map-{of}"') :]
    svg = svg[: svg.index("</svg>")]
    found = re.findall(r'<a href="([^"]+)"[^>]*class="mark[^"]*">\s*<title>\s*(\d*)', svg)
    return [(address, int(number or 1)) for address, number in found]


def _listed(text: str) -> set[str]:
    table = text[text.index("<tbody>") : text.index("</tbody>")] if "<tbody>" in text else ""
    return set(re.findall(r'<th scope="row"><a href="/cities/([^"]+)"', table))


def test_every_city_is_on_the_map_of_its_continent_and_on_no_other(seeded_app: Flask, visitor: FlaskClient) -> None:
    with seeded_app.extensions["kb_database"].reading() as session:
        cities = queries.cities_on_map(session)
    assert len(cities) > 80
    for area, name in AREA_NAMES.items():
        text = visitor.get(f"/map?area={area}").text
        here = [city for city in cities if city.continent == name]
        assert here, area
        assert _listed(text) == {city.slug for city in here}, area
        for of in ("wide", "narrow"):
            circles = _circles(text, of)
            assert sum(number for _address, number in circles) == len(here), (area, of)
    assert sum(city.continent in AREA_NAMES.values() for city in cities) == len(cities)


def test_circles_of_the_world_open_the_continents_that_hold_all_their_cities(visitor: FlaskClient) -> None:
    for path in ("/", "/map"):
        text = visitor.get(path).text
        for of in ("wide", "narrow"):
            shared = [address for address, number in _circles(text, of) if number > 1]
            assert shared
            assert all(re.match(r"/map\?area=\w+#cities", address) for address in shared), shared


def test_a_filter_keeps_the_window_of_the_continent(visitor: FlaskClient) -> None:
    boxes = [
        re.findall(r'<svg class="map [^"]+" viewBox="([\d. ]+)">', visitor.get(path).text)
        for path in ("/map?area=africa", "/map?area=africa&stage=discontinued", "/map?area=africa&goal=11")
    ]
    assert boxes[0] == boxes[1] == boxes[2]


def test_a_country_without_a_region_is_on_the_world_and_opens_it(session: Session, client: FlaskClient) -> None:
    for slug, longitude in (("one", 20.0), ("two", 20.1)):
        city = make_city(session, slug=slug)
        city.country.region_code = None
        city.place.latitude, city.place.longitude = 5.0, longitude
        make_initiative(session, cities=(city,))
    session.commit()
    text = client.get("/map").text
    assert _circles(text, "wide") == [("/map#cities", 2)]
    assert _listed(client.get("/map?area=africa").text) == set()
