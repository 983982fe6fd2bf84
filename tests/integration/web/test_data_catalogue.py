"""What data and interfaces there are: DCAT-AP read back by rdflib, the well-known address, and llms.txt."""

import re
from hashlib import sha256
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from rdflib import DCTERMS, RDF, Graph, Namespace, URIRef

from kb.core.db import Database
from kb.exporting.releases.writing import make_release
from kb.search.facets import FILTERS
from tests.factories import make_initiative
from tests.seed_facts import count

pytestmark = pytest.mark.one_database

DCAT = Namespace("http://www.w3.org/ns/dcat#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
ENDS = {"ttl": "text/turtle", "jsonld": "application/ld+json", "rdf": "application/rdf+xml"}


def release(app: Flask, database: Database) -> None:
    with database.writing() as session:
        make_initiative(session)
    make_release(database, app.config["KB"].releases_folder, "http://localhost")


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")
def test_releases_and_interfaces_are_described_in_three_ways_that_say_the_same(
    app: Flask, client: FlaskClient, database: Database
) -> None:
    for _number in range(2):
        release(app, database)
    graphs = []
    for end, mimetype in ENDS.items():
        answer = client.get(f"/data/catalog.{end}")
        assert (answer.status_code, answer.mimetype) == (200, mimetype)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert client.get(f"/data/catalog.{end}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
        graphs.append(Graph().parse(data=answer.data, format=mimetype))
    assert set(graphs[0]) == set(graphs[1]) == set(graphs[2])
    described = graphs[0]
    [catalogue] = described.subjects(RDF.type, DCAT.Catalog)
    for name in (DCTERMS.title, DCTERMS.description, DCTERMS.publisher, DCTERMS.license):
        assert described.value(catalogue, name)
    datasets = list(described.objects(catalogue, DCAT.dataset))
    assert len(datasets) == 3
    for dataset in datasets:
        assert described.value(dataset, DCTERMS.title)
        assert described.value(dataset, DCTERMS.description)
        assert described.value(dataset, DCAT.distribution)
    archives = list(described.subject_objects(DCAT.downloadURL))
    assert len(archives) == 2
    for distribution, address in archives:
        with client.get(str(address)) as answer:
            content = answer.data
        assert int(described.value(distribution, DCAT.byteSize)) == len(content)
        checksum = described.value(distribution, SPDX.checksum)
        assert described.value(checksum, SPDX.checksumValue).value.hex() == sha256(content).hexdigest()
    [newer] = described.subjects(DCAT.previousVersion)
    assert described.value(newer, DCAT.isVersionOf) == URIRef("http://localhost/data#dataset")
    services = list(described.objects(catalogue, DCAT.service))
    assert {str(described.value(service, DCAT.endpointURL)) for service in services} == {
        "http://localhost/api/v1",
        "http://localhost/oai",
    }
    for service in services:
        assert client.get(str(described.value(service, DCAT.endpointDescription))).status_code == 200


def test_without_a_release_the_living_catalogue_is_described(client: FlaskClient) -> None:
    described = Graph().parse(data=client.get("/data/catalog.ttl").data, format="turtle")
    assert len(list(described.objects(None, DCAT.dataset))) == 1
    assert client.get("/data/catalog.xml").status_code == 404
    page = client.get("/data").text
    for end, mimetype in ENDS.items():
        assert re.search(rf'<link rel="alternate"\s+type="{re.escape(mimetype)}"[^>]*href="/data/catalog.{end}"', page)


def test_every_interface_is_named_at_the_well_known_address(client: FlaskClient) -> None:
    answer = client.get("/.well-known/api-catalog")
    assert answer.mimetype == "application/linkset+json"
    # RFC 9727 asks for the link in answers to HEAD.
    head = client.head("/.well-known/api-catalog")
    assert head.headers["Link"] == '<http://localhost/.well-known/api-catalog>; rel="api-catalog"'
    linkset = answer.get_json(force=True)["linkset"]
    assert [links["anchor"].removeprefix("http://localhost") for links in linkset] == ["/api/v1", "/oai", "/data"]
    for links in linkset:
        for targets in (value for name, value in links.items() if name != "anchor"):
            for target in targets:
                assert client.get(target["href"]).mimetype == target["type"]


def test_what_a_model_is_told_leads_to_pages_that_are_there(seeded_app: Flask) -> None:
    answer = seeded_app.test_client().get("/llms.txt")
    assert answer.status_code == 200
    text = answer.text
    assert text.startswith("# CityPeers\n\n> ")
    assert re.search(rf"It has {count('initiatives')} initiatives of \d+ cities in \d+ countries", text)
    for name in FILTERS:
        assert f"`{name}`" in text
    routes = seeded_app.url_map.bind("localhost")
    for address in re.findall(r"\]\(http://localhost([^)]*)\)", text):
        assert routes.match(urlsplit(address).path), address
    assert "\n\n\n" not in text
