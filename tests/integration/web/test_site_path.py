"""A site that stands below a path of its host, as in https://town.example/peers: every address stays below it."""

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.test import TestResponse

from config import Config
from kb.accounts.models import User
from kb.app import create_app
from kb.cli.context import Context
from kb.core.db import Database
from kb.web.core.links import absolute, site_address
from kb.web.core.mails import mail_context
from tests.factories import PASSWORD, make_city, make_initiative, make_session, make_user
from tests.sign_in import token_in

HOST = "https://town.example"
SITE = f"{HOST}/peers"
PRODUCTION: dict[str, Any] = {"development": False, "secret_key": "x" * 32, "site_url": SITE}

_IN_TAGS = re.compile(r'\s(?:href|src|srcset|action|content|poster|data-[a-z-]+)="((?:https?:/)?/[^"]*)"')
_WHOLE = re.compile(r"https://town\.example[^\s\"'<>\\)`,;]*")
_IN_STYLES = re.compile(r'url\("?([^")]+)"?\)')

_EMPTY_FORM = 422
_PLACEHOLDERS = {"CODE", "NAME"}


# Not `app` of every test: the whole seed, for reading only, once for all tests of this file.
@pytest.fixture(scope="module")
def app(seeded_config: Config, seeded_app: Flask) -> Iterator[Flask]:
    """The whole seeded site below a path; places are read once for all sites of the seed."""
    made = create_app(dataclasses.replace(seeded_config, **PRODUCTION))
    made.extensions["kb_peers"] = seeded_app.extensions["kb_peers"]
    yield made
    made.extensions["kb_search"].close()
    made.extensions["kb_database"].dispose()


def below(client: FlaskClient, address: str, **options) -> TestResponse:
    """The answer at a path of the host, as a proxy in front passes it on."""
    return client.get(address, base_url=HOST, **options)


def addresses_in(answer: TestResponse, at: str) -> set[str]:
    """Every address of the host that an answer names, whole; without the placeholders of the documentation."""
    is_text = answer.mimetype.startswith("text/") or answer.mimetype.endswith(("json", "xml"))
    text = unescape(answer.text) if is_text else ""
    found = {unescape(path) for path in _IN_TAGS.findall(answer.text)} if "html" in answer.mimetype else set()
    found |= set(_WHOLE.findall(text))
    if answer.mimetype == "text/css":
        found |= set(_IN_STYLES.findall(text))
    found |= set(re.findall(r"<([^>]+)>", answer.headers.get("Link", "")))
    if answer.location:
        found.add(answer.location)
    whole = {urljoin(f"{HOST}{at}", address).partition("#")[0].rstrip(".") for address in found}
    own = {address for address in whole if urlsplit(address).netloc == urlsplit(HOST).netloc}
    return {address for address in own if not _PLACEHOLDERS & set(urlsplit(address).path.split("/"))}


def crawl(client: FlaskClient, app: Flask, start: Iterable[str], inside: str = "") -> set[str]:
    """Open a page of each kind that the pages at `start` lead to, by GET; the endpoints that were reached.

    Every address on them must be below the path, and answer where it is below `inside`; others are not opened.
    """
    adapter = app.url_map.bind("town.example")
    waiting = [(f"/peers{path}", "the start") for path in start]
    reached: set[str] = set()
    wrong: list[str] = []
    while waiting:
        address, source = waiting.pop(0)
        try:
            endpoint = str(adapter.match(urlsplit(address).path.removeprefix("/peers"), method="GET")[0])
        except MethodNotAllowed:
            continue  # where a form is sent
        except HTTPException:
            endpoint = address
        if endpoint in reached or endpoint.endswith("_pdf"):
            continue
        reached.add(endpoint)
        answer = below(client, address)
        if answer.status_code >= 400 and answer.status_code != _EMPTY_FORM:
            wrong.append(f"{address} from {source}: {answer.status_code}")
        for found in addresses_in(answer, address):
            parts = urlsplit(found)
            if parts.path.startswith(f"/peers{inside}/"):
                waiting.append((f"{parts.path}?{parts.query}" if parts.query else parts.path, address))
            elif not f"{parts.path}/".startswith("/peers/"):
                wrong.append(f"{found} from {address}: not below the path")
    assert wrong == []
    return reached


def test_every_public_page_leads_only_to_pages_below_the_path(app: Flask) -> None:
    start = ("/", "/robots.txt", "/llms.txt", "/docs", "/api/v1", "/oai?verb=ListRecords&metadataPrefix=oai_dc")
    # As many kinds of pages as there are for everybody, about: a crawl that finds less was cut short.
    assert len(crawl(app.test_client(), app, start)) > 80


def test_an_administrator_comes_in_and_stays_below_the_path(app_with: Callable[..., Flask], database: Database) -> None:
    app = app_with(**PRODUCTION)
    with database.writing() as session:
        person = make_user(session, "administrator")
        make_initiative(session, "A made-up dyke", cities=(make_city(session, "Made-up Port"),))
        make_session(session)
        email = person.email
    client = app.test_client()
    refused = below(client, "/peers/desk/people?role=editor")
    assert refused.location == "/peers/sign-in?next=/peers/desk/people?role%3Deditor"
    page = below(client, refused.location).text
    data = {"email": email, "password": PASSWORD, "csrf_token": token_in(page), "next": "/peers/desk/people"}
    answer = client.post("/peers/sign-in", base_url=HOST, data=data, headers={"Referer": f"{SITE}/sign-in"})
    assert (answer.status_code, answer.location) == (303, "/peers/desk/people")
    cookies = {cookie.partition("=")[0]: cookie for cookie in answer.headers.getlist("Set-Cookie")}
    assert "Path=/peers;" in f"{cookies['__Secure-session']};"
    assert "Path=/peers/sign-in;" in f"{cookies['known_browser']};"
    assert len(crawl(client, app, ("/desk",), inside="/desk")) > 35


def test_signing_in_leads_to_nobody_else_on_the_host(app: Flask) -> None:
    for path, is_kept in (("/peers/desk", True), ("/peers", True), ("/other", False), ("/peersX/desk", False)):
        page = below(app.test_client(), f"/peers/sign-in?next={path}").text
        assert (f'name="next" value="{path}"' in " ".join(page.split())) is is_kept


def test_other_paths_of_the_host_are_not_ours_and_the_answer_says_how_a_proxy_is_set(app: Flask) -> None:
    client = app.test_client()
    for path in ("/", "/search", "/peersX", "/static/icon.svg"):
        answer = below(client, path, headers={"X-Forwarded-Prefix": "/peers", "Script-Name": "/peers"})
        assert (answer.status_code, answer.mimetype) == (404, "text/plain")
        assert answer.text.startswith("This site is at /peers/.")
    # Whoever watches the machine asks past the proxy.
    for path in ("/healthz", "/readyz", "/peers/healthz"):
        assert client.get(path, base_url="http://127.0.0.1").status_code == 200


def test_a_page_is_found_with_and_without_a_slash(app: Flask) -> None:
    client = app.test_client()
    assert below(client, "/peers").status_code == 200
    answer = below(client, "/peers/about/")
    assert (answer.status_code, answer.location) == (308, "/peers/about")


def test_mails_and_invitations_name_addresses_below_the_path(app: Flask, seeded_config: Config) -> None:
    with mail_context(app, "en"):
        assert absolute(url_for("search.search")) == f"{SITE}/search"
        assert site_address() == SITE
    for site_url in (SITE, f"{SITE}/"):
        context = Context(dataclasses.replace(seeded_config, **PRODUCTION | {"site_url": site_url}))
        assert context.invitation_to(User(id=1, stamp="made up")).startswith(f"{SITE}/invitations/")


def test_a_download_names_its_search_once_and_its_page_leads_there(
    app_with: Callable[..., Flask], database: Database
) -> None:
    with database.writing() as session:
        make_initiative(session, "A made-up dyke", cities=(make_city(session, "Made-up Port"),))
    app = app_with(**PRODUCTION)
    client = app.test_client()
    search = "/peers/downloads/new?q=dyke&kind=initiative"
    data = {"q": "dyke", "kind": "initiative", "format": "json", "csrf_token": token_in(below(client, search).text)}
    made = client.post("/peers/downloads", base_url=HOST, data=data, headers={"Referer": SITE})
    assert (made.status_code, made.location.rpartition("/")[0]) == (303, "/peers/downloads")
    page = below(client, made.location).text
    assert 'href="/peers/search?q=dyke&amp;kind=initiative"' in page
    assert f"{SITE}/search?q=dyke&amp;kind=initiative" in page
    file = below(client, f"{made.location}/data.json").text
    assert f"{SITE}/search?q=dyke" in file
    assert "/peers/peers/" not in file + page


def test_the_description_of_the_interface_names_the_path(app: Flask) -> None:
    client = app.test_client()
    described = below(client, "/peers/api/v1/openapi.json").json
    assert described is not None
    assert described["servers"] == [{"url": "/peers"}]
    assert "Disallow: /peers/desk\n" in below(client, "/peers/robots.txt").text


@pytest.mark.parametrize(
    "site_url",
    [
        "https://town.example/a b",
        "https://town.example/../x",
        "https://town.example/x?y",
        "https://town.example//x",
        "https://town.example/ü",
    ],
)
def test_a_path_that_links_cannot_hold_is_refused(site_url: str) -> None:
    problem = Config(development=True, site_url=site_url).problem()
    assert problem is not None
    assert "KB_SITE_URL" in problem
