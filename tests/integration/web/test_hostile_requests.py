"""No request is an error on our side: every route, with values that nobody sends on purpose, as visitor and in a role.

Each run tries the same sample, another one with another KB_TEST_HOSTILE_SEED. With KB_TEST_HOSTILE=all it tries every
value at every place, for hours.
"""

import io
import itertools
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from config import Config
from kb.app import create_app
from kb.web.core.csrf import LARGEST
from tests.integration.web.hostile import SITE, Request, World
from tests.sampling import examples

SEED = int(os.environ.get("KB_TEST_HOSTILE_SEED", "1"))
EVERYTHING = os.environ.get("KB_TEST_HOSTILE") == "all"
SAMPLE = {"sqlite": examples(500), "postgresql": examples(200)}


def production(url: str, folder: Path) -> Flask:
    """An application as it runs in the world."""
    return create_app(
        Config(
            database_url=url,
            search_index=folder / "search_index",
            secret_key="a made-up secret of this test, long enough",
            site_url=SITE,
            rate_limit="1000000 per minute",
            log_level="ERROR",
        )
    )


@pytest.fixture(scope="module")
def sqlite_world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The site over SQLite."""
    folder = tmp_path_factory.mktemp("hostile")
    file = shutil.copy(sqlite_template, folder / "hostile.sqlite3")
    app = production(f"sqlite:///{file}", folder)
    yield World(app, app.extensions["kb_database"])
    app.extensions["kb_search"].close()
    app.extensions["kb_database"].dispose()


@pytest.fixture(scope="module")
def postgresql_world(
    postgresql_databases: Callable[[], AbstractContextManager[str]],
    sqlite_world: World,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """The same over PostgreSQL."""
    with postgresql_databases() as url:
        app = production(url, tmp_path_factory.mktemp("hostile"))
        yield World(app, app.extensions["kb_database"], sqlite_world)
        app.extensions["kb_search"].close()
        app.extensions["kb_database"].dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def world(request: pytest.FixtureRequest) -> World:
    """Each kind of database in turn."""
    made: World = request.getfixturevalue(f"{request.param}_world")
    made.kind = request.param
    return made


def faults(world: World, requests: Iterator[Request]) -> Iterator[str]:
    """What went wrong on our side, and the request that did it."""
    for number, request in enumerate(requests):
        if number % 50 == 49:
            world.app.extensions["kb_limiter"].storage.reset()
        world.problems.clear()
        code = world.send(request).status_code
        world.codes[code] += 1
        if code >= 500:
            yield f"{code} {request}: {world.problems!r}"


def test_every_page_that_sqlite_answers_is_answered_by_postgresql(postgresql_world: World) -> None:
    assert {path: status for path, status in postgresql_world.pages.items() if status != 200} == {}
    assert len(postgresql_world.pages) > 100, "hardly any page was found"


@pytest.mark.both_databases
def test_no_request_is_an_error_on_our_side(world: World) -> None:
    world.codes.clear()
    if EVERYTHING:
        requests = world.everything()
    else:
        chance = random.Random(SEED)  # noqa: S311 - a sample, no secret
        requests = itertools.islice(world.requests(chance), SAMPLE[world.kind])
    assert list(faults(world, requests)) == []
    # Many come through to something that is there, or nothing is tried.
    assert world.codes[200] + world.codes[303] + world.codes[422] > sum(world.codes.values()) / 3


NUMBER, LONG = "9" * 30, "x" * 300
FOUND = [
    Request("visitor", "GET", f"/static/{LONG}"),
    Request("visitor", "GET", f"/static/{LONG}/{LONG}"),
    Request("visitor", "GET", "/static/a%00b"),
    Request("visitor", "GET", "/x%00", headers={"Host": "made-up.example"}),
    Request("visitor", "POST", "/x%00/", headers={"Host": ".."}),
    Request("visitor", "POST", "/invitations/x", headers={"Accept": "text/html"}),
    Request("visitor", "POST", "/sign-in/new-password/x", headers={"Accept": "text/html"}),
    Request("visitor", "POST", "/desk/new/city", headers={"Origin": "http://[x"}),
    Request("editor", "POST", "/desk/proposals/1/join", headers={"Referer": "http://[x"}),
    Request("visitor", "GET", "/invitations/x%0a2026-01-01%1b%5b31m"),
    Request("administrator", "GET", "/desk/forum/made-up/speakers/new", "q=a%00b"),
    Request("administrator", "GET", "/desk/forum/made-up/speakers/new", "leader=%00"),
    Request("administrator", "GET", "/desk/entries/city/made-up/merge", "with=%00"),
    Request("administrator", "GET", "/desk/entries/city/made-up/merge", f"with={NUMBER}"),
    Request("visitor", "GET", "/search", f"q=%00&page={NUMBER}&goal=%ff&city=a&city=b"),
    Request("visitor", "GET", "/cities/made-up/history", f"before=-1&after={NUMBER}&until=%00"),
]
"""What once was an error on our side, and its like."""


@pytest.mark.parametrize("request_", FOUND, ids=str)
@pytest.mark.both_databases
def test_what_was_an_error_on_our_side_is_one_no_more(world: World, request_: Request) -> None:
    assert list(faults(world, iter([request_]))) == []


@pytest.fixture(scope="module")
def app(sqlite_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application as it runs at home, where any host will do."""
    url = sqlite_world.app.config["KB"].database_url
    made = create_app(Config(database_url=url, search_index=tmp_path_factory.mktemp("home"), development=True))
    yield made
    made.extensions["kb_search"].close()
    made.extensions["kb_database"].dispose()


@pytest.mark.parametrize("host", ["..", "xn--", "xn--.example", LONG, "[", "a b", "made-up.example:99999999"])
def test_a_host_that_is_none_is_answered_at_home_as_well(app: Flask, host: str) -> None:
    for method, path in itertools.product(("GET", "POST"), ("/about", "/x\0", "/no-such-page/")):
        environ = EnvironBuilder(method=method).get_environ() | {"HTTP_HOST": host, "PATH_INFO": path}
        # Not by a test client, which could keep no cookies for such a host.
        assert Response.from_app(app, environ).status_code < 500, f"{method} {path}"


@pytest.mark.parametrize("site_url", ["", SITE])
def test_a_host_that_is_none_and_asks_too_often_is_told_so(app_with: Callable[..., Flask], site_url: str) -> None:
    limited = app_with(rate_limit="1 per minute", site_url=site_url)
    environ = EnvironBuilder().get_environ() | {"HTTP_HOST": "..", "PATH_INFO": "/no-such-page"}
    assert [Response.from_app(limited, dict(environ)).status_code for _ in range(2)] == [400, 429]


def post(app: Flask, body: bytes, **environ: object):
    """The answer to a body that no form of a browser sends."""
    given = {"CONTENT_TYPE": "application/x-www-form-urlencoded", **environ}
    return app.test_client().post("/goals/suggest", input_stream=io.BytesIO(body), environ_overrides=given)


def test_a_body_that_is_cut_off_is_the_senders_fault(app: Flask) -> None:
    assert post(app, b"text=made-up", CONTENT_LENGTH="500").status_code == 400


def test_a_form_that_is_too_large_is_told_so_on_a_page(app: Flask) -> None:
    answer = post(app, b"text=" + b"x" * LARGEST)
    assert answer.status_code == 413
    assert "This is too large" in answer.text


def test_a_form_of_ten_thousand_fields_is_told_to_be_too_large(app: Flask) -> None:
    body = "\r\n".join(f'--x\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\n1' for n in range(10_000))
    answer = post(app, f"{body}\r\n--x--\r\n".encode(), CONTENT_TYPE="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    assert post(app, b"&".join(b"f%d=1" % n for n in range(10_000))).status_code < 500


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=", "application/json", "text/plain", "x", "/", "", "\xff"],
)
def test_a_body_of_another_kind_is_no_form(app: Flask, content_type: str) -> None:
    assert 400 <= post(app, b'{"text": ["made-up"]}', CONTENT_TYPE=content_type).status_code < 500
