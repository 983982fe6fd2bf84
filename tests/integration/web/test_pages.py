"""Every page of the seeded site answers, and says what a page must say."""

import re

import pytest
from flask.testing import FlaskClient

from tests.sampling import sampled

from .page_readers import jsonld_of, sitemap_of, words_of

PAGES = [
    "/",
    "/search",
    "/cities",
    "/goals",
    "/goals/11",
    "/challenges",
    "/challenges/flooding",
    "/technologies",
    "/technologies/early-warning",
    "/map",
    "/map?area=europe&goal=11",
    "/about",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_visitor_finds_each_page_whole(visitor: FlaskClient, path: str) -> None:
    page = visitor.get(path)
    assert page.status_code == 200
    assert page.text.count("<h1") == 1
    assert '<html lang="en" dir="ltr">' in page.text
    assert re.search(r'<a class="skip" href="#(content|results-title)">', page.text)
    assert 'rel="canonical"' in page.text
    assert re.search(r'<meta name="description" content="[^"]{20,}">', page.text)
    assert 'property="og:title"' in page.text
    assert 'type="application/opensearchdescription+xml"' in page.text


def test_every_address_of_the_sitemap_answers_and_every_entry_tells_machines_what_it_is(visitor: FlaskClient) -> None:
    paths = sitemap_of(visitor)
    assert len(paths) > 900
    of_entries = {path for path in paths if re.match("/(initiatives|cities|leaders|visions)/", path)}
    for path in [*(path for path in paths if path not in of_entries), *sampled(sorted(of_entries), 300)]:
        page = visitor.get(path)
        assert page.status_code == 200, path
        if path in of_entries or re.match(
            r"/(goals|challenges|technologies)/(?!suggest|counts|together|missing)[^/]+$", path
        ):
            assert jsonld_of(page.text)["@context"] == "https://schema.org", path


def test_no_page_has_inline_style_or_script(visitor: FlaskClient) -> None:
    for path in PAGES:
        text = visitor.get(path).text
        assert " style=" not in text, path
        assert "<style" not in text, path
        assert not re.search(r"\son\w+=", text), path
        for script in re.findall(r"<script\b[^>]*>", text):
            assert "nonce=" in script, path


@pytest.mark.parametrize("path", ["/cities/nowhere", "/initiatives/%00", "/goals/99", "/goals/x", "/no/such/page"])
def test_a_mistyped_address_is_explained_and_leads_on(visitor: FlaskClient, path: str) -> None:
    page = visitor.get(path)
    assert page.status_code == 404
    assert "There is no such page" in page.text
    assert 'role="search"' in page.text


def test_lists_lead_to_the_search(visitor: FlaskClient) -> None:
    assert visitor.get("/initiatives").location == "/search?kind=initiative"
    assert visitor.get("/leaders").location == "/search?kind=leader"
    assert visitor.get("/visions").location == "/search?kind=vision"


def test_the_map_can_be_narrowed_by_links_and_ignores_what_it_does_not_know(visitor: FlaskClient) -> None:
    whole = visitor.get("/map").text
    stopped = visitor.get("/map?stage=discontinued").text
    assert stopped.count('class="mark') < whole.count('class="mark')
    strange = visitor.get("/map?goal=99&area=atlantis&stage=%00&challenge=dragons")
    assert strange.status_code == 200
    for said in ("Goal: there is no “99”", "Continent: there is no “atlantis”", "Challenge: there is no “dragons”"):
        assert said in words_of(strange.text)
    assert strange.text.count('class="mark') == whole.count('class="mark')


def test_the_data_page_names_its_licences_and_its_bias(visitor: FlaskClient) -> None:
    text = visitor.get("/about").text
    for phrase in ("CC BY 4.0", "GeoNames", "MIT licence", "not a sample", "World Bank"):
        assert phrase in text


def test_health_needs_no_index_and_no_limit(visitor: FlaskClient) -> None:
    assert visitor.get("/healthz").status_code == 200
    assert visitor.get("/readyz").status_code == 200
