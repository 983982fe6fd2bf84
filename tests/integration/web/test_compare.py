"""A researcher sets cities side by side."""

import re

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.factories import make_city, make_initiative, make_vision

from .page_readers import words_of


def heads_of(text: str) -> list[str]:
    """The cities at the head of the comparison."""
    return re.findall(r'class="compared-name"[^>]*>([^<]+)<', text)


def test_cities_stand_in_the_order_asked(visitor: FlaskClient) -> None:
    page = visitor.get("/compare?city=surat&city=jakarta&city=dar-es-salaam&city=jakarta")
    assert heads_of(page.text) == ["Surat", "Jakarta", "Dar es Salaam"]
    words = words_of(page.text)
    assert "4,591,246" in words
    assert "Surat Smart City Proposal" in words
    assert "Surat, Jakarta" in words
    assert "Surat less than 15 km" in words
    assert "Jakarta about 20 km" in words
    assert "noindex" in page.text


def test_a_cost_per_head_says_what_is_not_known_of_it(session: Session, client: FlaskClient) -> None:
    city = make_city(session, "Made-up Rich", challenges=("heat",), place={"population": 200_000})
    other = make_city(session, "Made-up Poor")
    make_vision(session, city, goals=(13,))
    make_initiative(session, cities=(city,), goals=(11,), cost_amount=3_000_000, cost_currency="EUR", cost_year=2020)
    make_initiative(session, cities=(other,), cost_amount=12_000, cost_currency="INR")
    session.commit()
    words = words_of(client.get(f"/compare?city={city.slug}&city={other.slug}").text)
    assert "EUR\N{NO-BREAK SPACE}15 " in words
    assert "2020; the sources do not say who paid" in words
    assert "INR\N{NO-BREAK SPACE}0.03" in words
    assert "year not known" in words
    assert "In its strategy only" in words
    assert "Not named" in words


def test_five_fit_and_the_sixth_is_said_to_be_left_out(visitor: FlaskClient) -> None:
    slugs = ("surat", "jakarta", "dar-es-salaam", "baguio", "la-paz", "istanbul")
    page = visitor.get("/compare?" + "&".join(f"city={slug}" for slug in slugs))
    assert len(heads_of(page.text)) == 5
    assert "You can compare up to five cities" in words_of(page.text)
    assert "Remove one to add another" in words_of(page.text)


def test_unknown_cities_are_said(visitor: FlaskClient) -> None:
    page = visitor.get("/compare?city=surat&city=atlantis")
    assert "There is no city “atlantis”. It was left out." in words_of(page.text)
    assert heads_of(page.text) == ["Surat"]
    alone = visitor.get("/compare?city=atlantis&city=%00")
    assert alone.status_code == 200
    assert "There is no city “atlantis”" in words_of(alone.text)


def test_a_city_that_is_not_there_offers_those_it_may_have_meant(visitor: FlaskClient) -> None:
    page = visitor.get("/compare?city=surat&city=jakrata").text
    assert 'href="/compare?city=surat&amp;city=jakarta"' in page


def test_each_city_can_be_removed(visitor: FlaskClient) -> None:
    page = visitor.get("/compare?city=surat&city=jakarta").text
    assert 'href="/compare?city=jakarta"' in page
    assert 'href="/compare?city=surat"' in page


def test_without_javascript_a_name_adds_a_city(visitor: FlaskClient) -> None:
    response = visitor.get("/compare?city=surat&add=jakarta")
    assert response.location == "/compare?city=surat&city=jakarta"
    several = visitor.get("/compare?city=surat&add=san")
    assert "Which “san”?" in words_of(several.text)
    assert re.search(r'href="/compare\?city=surat&amp;city=san', several.text)
    assert "No city with a page is called “qqqq”" in words_of(visitor.get("/compare?add=qqqq").text)
    assert 'href="/compare?city=jakarta"' in visitor.get("/compare?add=jakatra").text


def test_a_place_without_a_page_is_not_taken_for_another_by_that_name(visitor: FlaskClient) -> None:
    page = visitor.get("/compare?city=surat&add=rome")
    assert page.status_code == 200
    assert heads_of(page.text) == ["Surat"]
    assert "Rome, Italy has no page yet." in words_of(page.text)
    assert 'href="/peers?place=3169070"' in page.text
    # Como, which is spelled nearly so, is but offered.
    assert re.search(r'href="/compare\?city=surat&amp;city=como"', page.text)
    assert "Timbuktu, Mali has no page yet." in words_of(visitor.get("/compare?add=timbuktu").text)


def test_typing_suggests_cities_with_a_page_only(visitor: FlaskClient) -> None:
    found = visitor.get("/compare/cities.json?city=surat&q=ja").json["suggestions"]
    assert ("Jakarta", "/compare?city=surat&city=jakarta") in [(one["label"], one["url"]) for one in found]
    assert "Jaipur" not in [one["label"] for one in found] or visitor.get("/cities/jaipur").status_code == 200
    assert visitor.get("/compare/cities.json").json == {"suggestions": []}
