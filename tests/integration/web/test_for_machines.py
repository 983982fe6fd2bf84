"""What robots and browsers are told: sitemap, robots.txt, OpenSearch, JSON-LD."""

from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from config import ROOT
from kb.seeding.files import read_csv
from kb.web.catalogue.map_cities import ROWS
from kb.web.catalogue.pages import CITIES_A_PAGE
from tests.factories import make_city, make_initiative, make_leader, make_vision
from tests.seed_facts import count, facts

from .page_readers import jsonld_of, paths_of, sitemap_of


def test_the_sitemap_lists_every_entry_with_its_day(session: Session, client: FlaskClient) -> None:
    city = make_city(session)
    initiative = make_initiative(session, cities=(city,), goals=(11,), technologies=("early-warning",))
    entries = {
        f"/cities/{city.slug}",
        f"/leaders/{make_leader(session, city=city).slug}",
        f"/visions/{make_vision(session, city).slug}",
        f"/initiatives/{initiative.slug}",
    }
    session.commit()
    index = client.get("/sitemap.xml").text
    texts = [index, *(client.get(path).text for path in paths_of(index))]
    for text in texts:
        ElementTree.fromstring(text)  # noqa: S314 - our own page
    assert entries <= set(sitemap_of(client))
    assert [text.count("<lastmod>") for text in texts[:1] + texts[2:]] == [4, 1, 1, 1, 1]
    dated = {path for path in paths_of(texts[1]) if f"{path}</loc><lastmod>" in texts[1]}
    assert {"/", "/cities", "/goals/11", "/technologies/early-warning"} <= dated
    assert not dated & {"/goals/12", "/peers/method", "/challenges/flooding"}


@pytest.mark.both_databases
def test_the_sitemap_falls_into_pages_by_id_and_none_is_empty(session: Session, client: FlaskClient) -> None:
    slugs = [make_city(session, id=number).slug for number in (1, 999, 1_000, 57_000)]
    session.commit()
    of_cities = [path for path in paths_of(client.get("/sitemap.xml").text) if "/city-" in path]
    assert of_cities == [f"/sitemaps/city-{first}.xml" for first in (0, 1_000, 57_000)]
    listed = [[path for path in paths_of(client.get(path).text) if path.endswith(tuple(slugs))] for path in of_cities]
    assert listed == [[f"/cities/{slug}" for slug in slugs[:2]], [f"/cities/{slugs[2]}"], [f"/cities/{slugs[3]}"]]
    for nowhere in ("city-2000", "city-1", "dragon-0", "city--1000", "city-" + "9" * 30):
        assert client.get(f"/sitemaps/{nowhere}.xml").status_code == 404, nowhere


def test_robots_are_kept_from_combinations_of_filters(visitor: FlaskClient) -> None:
    response = visitor.get("/robots.txt")
    assert response.mimetype == "text/plain"
    assert "Disallow: /search?*&" in response.text
    assert "Sitemap: http://localhost/sitemap.xml" in response.text


def test_a_browser_can_add_the_search(visitor: FlaskClient) -> None:
    response = visitor.get("/opensearch.xml")
    assert response.mimetype == "application/opensearchdescription+xml"
    root = ElementTree.fromstring(response.text)  # noqa: S314 - our own page
    urls = [one.attrib["template"] for one in root if one.tag.endswith("Url")]
    assert urls == ["http://localhost/search?q={searchTerms}"]


def test_the_first_page_says_how_to_search(visitor: FlaskClient) -> None:
    data = jsonld_of(visitor.get("/").text)
    assert data["@type"] == "WebSite"
    assert data["potentialAction"]["target"]["urlTemplate"].endswith("/search?q={search_term_string}")


def test_an_initiative_is_a_work_about_a_place_under_a_licence(visitor: FlaskClient) -> None:
    data = jsonld_of(visitor.get("/initiatives/petajakarta-flood-map-from-social-media").text)
    assert data["spatialCoverage"][0]["name"] == "Jakarta"
    assert data["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert data["citation"]


def test_the_peers_of_a_city_are_a_list_in_order(visitor: FlaskClient) -> None:
    data = jsonld_of(visitor.get("/cities/surat/peers").text)
    assert data["@type"] == "ItemList"
    assert [one["position"] for one in data["itemListElement"]] == list(range(1, 13))
    assert data["itemListElement"][0]["item"]["url"].startswith("http://localhost/cities/")


def test_robots_are_kept_from_combinations_of_peers(visitor: FlaskClient) -> None:
    text = visitor.get("/robots.txt").text
    for path in ("/peers?", "/cities/*/peers?", "/compare?", "/shortlist", "/places.json"):
        assert f"Disallow: {path}\n" in text


def test_the_data_page_describes_a_dataset(visitor: FlaskClient) -> None:
    assert jsonld_of(visitor.get("/about").text)["@type"] == "Dataset"


def test_lists_of_terms_are_sets_of_defined_terms(visitor: FlaskClient) -> None:
    for path, term in (("/challenges", "Flooding"), ("/technologies", "Early warning")):
        data = jsonld_of(visitor.get(path).text)
        assert data["@type"] == "DefinedTermSet"
        assert data["url"] == f"http://localhost{path}"
        assert any(one["name"].startswith(term) for one in data["hasDefinedTerm"]), path


def test_lists_of_cities_are_collections(visitor: FlaskClient) -> None:
    continents = {row["code"]: row["continent"] for row in read_csv(ROOT / "seed_data" / "countries.csv")}
    oceania = [fact for fact in facts("cities") if continents[fact["country_code"]] == "Oceania"]
    everywhere = count("cities")
    for path, cities in (
        ("/cities", CITIES_A_PAGE),
        ("/cities?page=2", everywhere - CITIES_A_PAGE),
        ("/map", min(ROWS, everywhere)),
        ("/map?area=oceania", len(oceania)),
    ):
        data = jsonld_of(visitor.get(path).text)
        assert data["@type"] == "CollectionPage"
        items = data["mainEntity"]["itemListElement"]
        assert [item["position"] for item in items] == list(range(1, cities + 1))
        assert all(item["url"].startswith("http://localhost/cities/") for item in items)


def test_results_are_numbered_by_their_place_among_all(visitor: FlaskClient) -> None:
    data = jsonld_of(visitor.get("/search?kind=initiative&page=2").text)
    assert data["@type"] == "SearchResultsPage"
    assert data["mainEntity"]["numberOfItems"] > 40
    first = data["mainEntity"]["itemListElement"][0]
    assert first["position"] == 21
    assert visitor.get(first["url"]).status_code == 200
    evil = "</script><script>alert(1)</script>"
    assert jsonld_of(visitor.get("/search", query_string={"q": evil}).text)["name"] == evil
