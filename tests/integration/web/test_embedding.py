"""Frames for other sites, which nothing else of the site may be; and oEmbed, which leads to them."""

import json
import re
from html import escape, unescape
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from kb.catalogue.models import City, Initiative
from kb.core.db import Database
from kb.editorial.models import Redirect
from kb.web.embedding.frames import FRAMES
from tests.factories import make_city, make_initiative

from .test_who_may_go_where import methods_of, path_of


@pytest.fixture
def paths(seeded_app: Flask) -> list[str]:
    """An initiative, a search and the peers of a city, below /embed."""
    with seeded_app.extensions["kb_database"].reading() as session:
        initiative = session.scalars(select(Initiative.slug).order_by(Initiative.id)).first()
        city = session.scalars(select(City.slug).order_by(City.id)).first()
    return [f"/initiatives/{initiative}", "/search?q=flood&region=africa", f"/cities/{city}/peers"]


def test_a_frame_is_short_and_its_links_open_around_it(visitor: FlaskClient, paths: list[str]) -> None:
    for path in paths:
        answer = visitor.get(f"/embed{path}")
        assert answer.status_code == 200, path
        assert "<form" not in answer.text
        assert "<script" not in answer.text
        links = re.findall(r"<a [^>]*>", answer.text)
        assert len(links) >= 3
        for link in links:
            assert 'target="_top"' in link, path
            assert re.search(r'rel="noopener[ "]', link), path
            assert re.search(r'href="https?://', link), path
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"].startswith("public"), path
        again = visitor.get(f"/embed{path}", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304, path
        # A browser takes over the headers of 304, so they allow the frame as well.
        assert "frame-ancestors *" in again.headers["Content-Security-Policy"], path
    refused = visitor.post(f"/embed{paths[0]}")
    assert "frame-ancestors 'none'" in refused.headers["Content-Security-Policy"], "it shows a page of the site"


def test_a_frame_of_a_search_says_what_was_left_out(visitor: FlaskClient) -> None:
    frame = visitor.get("/embed/search?q=flood&size=medium&colour=blue").text
    assert "Size of the city: there is no “medium”. It was left out." in frame
    assert "Filter: there is no “colour”. It was left out." in frame


def test_only_frames_may_be_framed(app: Flask) -> None:
    """Every route that can be read, as it answers where nothing is there."""
    client = app.test_client()
    adapter = app.url_map.bind("localhost")
    framed = set()
    for rule in app.url_map.iter_rules():
        if "GET" not in methods_of(rule):
            continue
        answer = client.head(path_of(adapter, rule, "GET"))
        policy = answer.headers["Content-Security-Policy"]
        if "frame-ancestors *" in policy:
            framed.add(rule.endpoint)
            assert "X-Frame-Options" not in answer.headers
            assert "form-action 'none'" in policy
            assert "script-src" not in policy
        else:
            assert "frame-ancestors 'none'" in policy, rule
            assert answer.headers["X-Frame-Options"] == "DENY", rule
    assert framed == {size.endpoint for size in FRAMES.values()}


def test_a_merged_entry_leads_to_the_other_and_a_missing_one_says_so(client: FlaskClient, database: Database) -> None:
    with database.writing() as session:
        initiative = make_initiative(session, cities=(make_city(session),))
        session.add(Redirect(kind="initiative", slug="made-up-former", entry_id=initiative.id, former_id=987))
    moved = client.get("/embed/initiatives/made-up-former")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"/embed/initiatives/{initiative.slug}")
    described = client.get("/oembed?url=http://localhost/initiatives/made-up-former").json
    assert f'src="http://localhost/embed/initiatives/{initiative.slug}"' in described["html"]
    missing = client.get("/embed/initiatives/made-up-nowhere")
    assert missing.status_code == 404
    assert "not in CityPeers" in missing.text
    assert "<form" not in missing.text


def test_a_page_gives_the_code_of_its_frame_and_its_oembed_address(visitor: FlaskClient, paths: list[str]) -> None:
    for path in paths:
        page = visitor.get(path).text
        code = re.search(r"<textarea[^>]*readonly[^>]*>([^<]+)</textarea>", page)
        assert code, path
        assert f'src="http://localhost/embed{escape(path)}"' in unescape(code[1]), path
        address = re.search(r'type="application/json\+oembed"[^>]*href="([^"]+)"', page)
        assert address, path
        described = visitor.get(address[1].replace("&amp;", "&").removeprefix("http://localhost"))
        assert described.status_code == 200, path
        assert described.json["type"] == "rich"
        source = re.search(r'src="([^"]+)"', described.json["html"])
        assert source
        frame = urlsplit(source[1].replace("&amp;", "&"))
        assert f"{frame.path}{'?' if frame.query else ''}{frame.query}" == f"/embed{path}"
        assert visitor.get(f"{frame.path}?{frame.query}").status_code == 200


def test_oembed_keeps_to_the_size_asked_for_and_writes_xml(visitor: FlaskClient, paths: list[str]) -> None:
    url = quote(f"http://localhost{paths[0]}", safe="")
    answer = visitor.get(f"/oembed?url={url}&maxwidth=320&maxheight=200")
    assert (answer.json["width"], answer.json["height"]) == (320, 200)
    assert 'width="320" height="200"' in answer.json["html"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    xml = visitor.get(f"/oembed?url={url}&format=xml&maxwidth=5000")
    assert xml.mimetype == "text/xml"
    read = {child.tag: child.text for child in ElementTree.fromstring(xml.data)}  # noqa: S314 - it is ours
    assert read["html"] == visitor.get(f"/oembed?url={url}").json["html"]
    assert read["width"] == "600"
    assert json.loads(visitor.get(f"/oembed?url={url}").data)["version"] == "1.0"
    unseen = quote("http://localhost/search?q=flood%01%EF%BF%BEwall", safe="")
    title = ElementTree.fromstring(visitor.get(f"/oembed?url={unseen}&format=xml").data).findtext("title")  # noqa: S314
    assert title == "CityPeers: “floodwall”"


_WRONG = (
    ("", 400, "url is missing"),
    ("url=http://localhost/search&maxwidth=wide", 400, "maxwidth must be a whole number"),
    ("url=http://localhost/search&maxheight=0", 400, "maxheight must be a whole number"),
    ("url=http://localhost/search&format=yaml", 501, "format must be json or xml"),
    ("url=http://elsewhere.example/search", 404, "on this site"),
    ("url=http://localhost:81/search", 404, "on this site"),
    ("url=ftp://localhost/search", 404, "on this site"),
    ("url=http://localhost/goals", 404, "on this site"),
    ("url=http://localhost/desk", 404, "on this site"),
    ("url=http://localhost/initiatives/made-up-nowhere", 404, "on this site"),
    ("url=http://[broken/search", 404, "on this site"),
    ("url=/search", 404, "on this site"),
)


def test_oembed_says_what_would_be_right(visitor: FlaskClient) -> None:
    for query, status, words in _WRONG:
        answer = visitor.get(f"/oembed?{query}")
        assert (answer.status_code, answer.mimetype) == (status, "text/plain"), query
        assert words in answer.text, query
