"""Addresses as people, browsers and robots use them: slashes, the icon, one address for each state, and waiting."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from .page_readers import canonical_of


def _shared_as(text: str) -> str:
    """The address under which the page is shared."""
    match = re.search(r'<meta property="og:url"\s+content="([^"]+)"', text)
    assert match, "the page does not say how to share it"
    return match[1].replace("&amp;", "&")


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("/search/?q=flood&goal=11", "/search?q=flood&goal=11"),
        ("/about/", "/about"),
        ("/cities/jakarta/", "/cities/jakarta"),
        ("/goals/11//", "/goals/11"),
        ("/search/?q=%C3%A9t%C3%A9", "/search?q=%C3%A9t%C3%A9"),
    ],
)
def test_a_slash_too_many_leads_to_the_page(visitor: FlaskClient, typed: str, page: str) -> None:
    answer = visitor.get(typed)
    assert (answer.status_code, answer.location) == (308, page)
    assert visitor.get(page).status_code == 200


@pytest.mark.parametrize("typed", ["/no/such/page/", "/x//evil.example/", "/evil.example//", "/%00/", "/goals/99/"])
def test_a_slash_leads_nowhere_else(visitor: FlaskClient, typed: str) -> None:
    assert visitor.get(typed).status_code == 404


def test_a_form_is_never_sent_on_to_another_address(visitor: FlaskClient) -> None:
    assert visitor.post("/search/").status_code in {404, 405}


def test_a_browser_that_guesses_finds_the_icon(visitor: FlaskClient) -> None:
    icon = visitor.get("/favicon.ico", follow_redirects=True)
    assert icon.status_code == 200
    assert icon.mimetype == "image/svg+xml"


def test_a_search_is_shared_with_its_filters_and_known_by_its_words(visitor: FlaskClient) -> None:
    text = visitor.get("/search?q=flood+warning&income=lower-middle&sort=newest&utm_source=mail").text
    assert _shared_as(text) == "http://localhost/search?q=flood+warning&income=lower-middle&sort=newest"
    assert canonical_of(text) == "http://localhost/search?q=flood+warning"
    assert _shared_as(visitor.get("/search?page=1").text) == "http://localhost/search"
    assert _shared_as(visitor.get("/map?area=asia&goal=11&x=1").text) == "http://localhost/map?goal=11&area=asia"
    assert _shared_as(visitor.get("/about?x=1").text) == "http://localhost/about"


def test_each_state_of_the_map_has_a_title_of_its_own(visitor: FlaskClient) -> None:
    titles = [
        re.search(r"<title>\s*(.*?)\s*</title>", visitor.get(path).text, re.DOTALL)
        for path in ("/map", "/map?area=asia", "/map?area=africa", "/map?goal=11", "/map?goal=11&area=asia")
    ]
    words = [match[1] for match in titles if match]
    assert len(set(words)) == 5
    assert words[-1] == "Map of initiatives: Goal 11, Sustainable cities and communities, Asia · CityPeers"


def test_robots_are_told_not_to_follow_what_narrows_the_map(visitor: FlaskClient) -> None:
    text = visitor.get("/map?goal=11").text
    links = re.findall(r'<a\b[^>]*href="/map\?[^>]*>', text)
    assert len(links) > 20
    assert [link for link in links if 'rel="nofollow"' not in link] == []
    assert "Disallow: /map?" in visitor.get("/robots.txt").text


def test_only_who_came_too_often_is_asked_to_wait(app_with: Callable[..., Flask]) -> None:
    visitor = app_with(rate_limit="2 per minute").test_client()
    answers = [visitor.get("/about") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert ["Retry-After" in answer.headers for answer in answers] == [False, False, True]
