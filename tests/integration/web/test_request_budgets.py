"""Every request is counted, whatever becomes of it; and a hall of hundreds behind one address is served."""

import io
import itertools
import os
import socket
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kb.core.db import Database
from kb.core.errors import Misconfigured
from kb.forum.models import ForumSession
from kb.web.core import limit_storage
from kb.web.core.csrf import LARGEST
from kb.web.core.limit_storage import BoundedMemoryStorage
from tests.factories import make_user
from tests.forum_factories import make_dialogue
from tests.log_capture import captured_logs
from tests.sign_in import signed_in

from .page_readers import counted_queries

PAGE = "/forum/made-up-dialogue"
BUDGET = 5


@pytest.fixture
def running_session(database: Database) -> ForumSession:
    """An announced session."""
    with database.writing() as session:
        return make_dialogue(session)


@pytest.fixture
def app(app_with: Callable[..., Flask], running_session: ForumSession) -> Flask:
    """The site, where an address may ask for few pages a minute."""
    return app_with(rate_limit=f"{BUDGET} per minute")


def codes_of(app: Flask, times: int, method: str, path: str, **more: Any) -> list[int]:
    """The statuses of answers to as many browsers behind one address."""
    return [app.test_client().open(path, method=method, **more).status_code for _ in range(times)]


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/no/such/page", 404),
        ("GET", "/static/no-such-file.js", 404),
        ("GET", "/goals/", 308),
        ("PUT", "/goals", 405),
        ("OPTIONS", "/goals", 200),
        ("GET", "/f/nobody", 404),
        ("GET", "/f/nobody/now", 404),
        ("GET", "/forum/no-such-session", 404),
        ("POST", "/f/nobody/ask", 400),
        ("POST", "/f/nobody/vote", 400),
        ("POST", f"{PAGE}/console", 400),
        ("POST", "/sign-in", 400),
        ("GET", f"{PAGE}/console", 302),
    ],
)
def test_whatever_is_asked_is_counted(app: Flask, method: str, path: str, code: int) -> None:
    assert codes_of(app, BUDGET + 2, method, path) == [code] * BUDGET + [429] * 2
    refused = app.test_client().get("/goals")
    assert refused.status_code == 429, "it is one budget for all that may fail"
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert "Please wait 1 minute" in refused.text


@pytest.mark.parametrize(("rate", "told"), [("2 per minute", "wait 1 minute,"), ("2 per 5 minutes", "wait 5 minutes")])
def test_whoever_is_refused_is_told_how_long_to_wait(app_with: Callable[..., Flask], rate: str, told: str) -> None:
    app = app_with(rate_limit=rate)
    assert codes_of(app, 2, "GET", "/about") == [200, 200]
    assert told in app.test_client().get("/about").text


def test_a_search_counts_as_three_pages_and_suggestions_as_none(app_with: Callable[..., Flask]) -> None:
    app = app_with(rate_limit="7 per minute")
    assert codes_of(app, 3, "GET", "/search?q=flood") == [200, 200, 429]
    assert codes_of(app, 20, "GET", "/suggest?q=flo") == [200] * 20


def test_whoever_is_refused_costs_no_query(app: Flask) -> None:
    codes_of(app, BUDGET, "GET", "/no/such/page")
    with counted_queries(app) as queries:
        for method, path in (("GET", "/goals"), ("POST", "/f/nobody/ask"), ("GET", f"{PAGE}/console")):
            assert codes_of(app, 1, method, path) == [429]
    assert list(queries) == []


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/forgotten", "/goals/suggest", "/no/such/page"])
def test_the_body_of_whoever_is_refused_is_not_read(app: Flask, path: str) -> None:
    codes_of(app, BUDGET, "GET", "/no/such/page")
    body = io.BytesIO(b"email=" + b"a" * (LARGEST + 1))
    content_type = "application/x-www-form-urlencoded"
    assert codes_of(app, 1, "POST", path, input_stream=body, content_type=content_type) == [429]
    assert body.tell() == 0
    assert codes_of(app, 1, "POST", path, data={"email": "a" * (LARGEST + 1)}) == [429]


@pytest.mark.parametrize("host", ["another.example", "[::1", "a b"])
def test_who_asks_too_often_for_another_host_is_told_when_to_come_back(
    app_with: Callable[..., Flask], host: str
) -> None:
    app = app_with(rate_limit="2 per minute", site_url="https://peers.example")
    answers = [app.test_client().get("/goals", headers={"Host": host}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


class FailingStorage(BoundedMemoryStorage):
    """Counts in memory, in the place of a server that may be away."""

    STORAGE_SCHEME = ["failing"]  # noqa: RUF012 - declared as a list by `Storage`
    fails_on: frozenset[str] = frozenset()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        self._fail("incr")
        return super().incr(key, expiry, amount)

    def get_expiry(self, key: str) -> float:
        self._fail("get_expiry")
        return super().get_expiry(key)

    def _fail(self, call: str) -> None:
        if call in self.fails_on:
            raise ConnectionError(f"nobody answers\n{next(_asked)}")


_asked = itertools.count()


@pytest.fixture
def fails_on(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the storage fail at some calls, and be asked again at once."""
    monkeypatch.setattr("kb.web.core.limits._PAUSE_SECONDS", 0.0)
    return lambda *calls: monkeypatch.setattr(FailingStorage, "fails_on", frozenset(calls))


def test_limits_hold_on_each_machine_while_common_counts_cannot_be_reached_with_one_line_of_log(
    app_with: Callable[..., Flask], fails_on: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    app = app_with(rate_limit="2 per minute", rate_limit_storage="failing://")
    with captured_logs(capsys) as lines:
        assert codes_of(app, 2, "GET", "/goals") == [200] * 2
        fails_on("incr", "get_expiry")
        assert codes_of(app, 3, "GET", "/goals") == [200, 200, 429], "this machine counts from nothing"
        refused = app.test_client().get("/goals")
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        (line,) = lines()
        assert "counted on this machine alone" in line
        assert "ConnectionError: nobody answers" in line
        fails_on()
        assert codes_of(app, 1, "GET", "/goals") == [429], "the common counts are what they were"
        (line,) = lines()
        assert "counted for all machines again" in line


def test_a_redis_that_does_not_answer_takes_a_second_of_the_first_request_and_nobody_is_locked_out(
    app_with: Callable[..., Flask],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = app_with(rate_limit="3 per minute", rate_limit_storage=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        assert codes_of(app, 4, "GET", "/goals") == [200, 200, 200, 429]


def test_counts_that_cannot_be_reached_are_asked_for_seldom(
    app_with: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_with(rate_limit_storage="failing://")
    monkeypatch.setattr(FailingStorage, "fails_on", frozenset({"incr"}))
    before = next(_asked)
    assert codes_of(app, 10, "GET", "/goals") == [200] * 10
    assert next(_asked) - before == 2, "the first request asked, and no other"


def test_a_storage_of_counts_that_nobody_knows_is_told_when_the_site_starts(app_with: Callable[..., Flask]) -> None:
    with pytest.raises(Misconfigured, match="KB_RATE_LIMIT_STORAGE cannot be used: unknown storage"):
        app_with(rate_limit_storage="nothing-of-the-kind://")
    with pytest.raises(Misconfigured, match="KB_RATE_LIMIT_STORAGE cannot be used") as problem:
        app_with(rate_limit_storage="redsi://:hidden-word@10.0.0.1")
    assert "hidden-word" not in str(problem.value)


def test_a_hall_behind_one_address_opens_a_session_and_polls_it_without_cookies(
    app: Flask, running_session: ForumSession
) -> None:
    assert codes_of(app, 60, "GET", PAGE) == [200] * 60
    assert codes_of(app, 60, "GET", f"/f/{running_session.short_code}") == [200] * 60
    now = f"/f/{running_session.short_code}/now"
    etag = app.test_client().get(now).headers["ETag"]
    assert set(codes_of(app, 300, "GET", now, headers={"If-None-Match": etag})) <= {200, 304}, "its clock goes on"
    assert codes_of(app, 300, "GET", "/style.css") == [200] * 300
    assert codes_of(app, 1, "GET", "/goals") == [200], "nor is the rest of the site closed to them"


def test_somebody_in_the_hall_who_hammers_the_site_does_not_stop_the_session(
    app: Flask, running_session: ForumSession
) -> None:
    paths = (PAGE, f"/f/{running_session.short_code}", f"/f/{running_session.short_code}/now")
    for path in paths:
        assert codes_of(app, 1, "GET", path) == [200]
    assert codes_of(app, 10, "GET", "/no/such/page")[-1] == 429
    for path in paths:
        assert codes_of(app, 20, "GET", path) == [200] * 20


@pytest.mark.parametrize(
    ("setting", "path"), [("rate_limit_forum", PAGE), ("rate_limit_light", "/style.css"), ("rate_limit_light", "/now")]
)
def test_the_larger_budgets_end_as_well(
    app_with: Callable[..., Flask], running_session: ForumSession, setting: str, path: str
) -> None:
    app = app_with(**{setting: "7 per minute"})
    path = path.replace("/now", f"/f/{running_session.short_code}/now")
    codes = codes_of(app, 9, "GET", path)
    assert codes[:7] == [200] * 7
    assert codes[-1] == 429


def test_a_session_that_is_taken_back_is_no_cheap_page_any_more(
    app: Flask, database: Database, running_session: ForumSession
) -> None:
    assert codes_of(app, 10, "GET", PAGE) == [200] * 10
    with database.writing() as session:
        session.get_one(ForumSession, running_session.id).state = "draft"
    assert codes_of(app, BUDGET + 2, "GET", PAGE)[-1] == 429


def test_consoles_behind_one_address_are_counted_by_who_leads(app: Flask, database: Database) -> None:
    with database.writing() as session:
        editor = make_user(session, "editor")
    chair = signed_in(app.test_client(), editor)
    assert [chair.get(f"{PAGE}/console").status_code for _ in range(30)] == [200] * 30


def test_health_is_asked_for_without_limit(app: Flask) -> None:
    assert codes_of(app, 20, "GET", "/healthz") == [200] * 20
    assert codes_of(app, 20, "GET", "/readyz") == [200] * 20


def test_addresses_that_the_settings_name_are_not_limited(app_with: Callable[..., Flask]) -> None:
    app = app_with(rate_limit="2 per minute", rate_limit_exempt="203.0.113.0/24, 2001:db8::/32")
    for address in ("203.0.113.9", "2001:db8::7"):
        assert codes_of(app, 5, "GET", "/goals", environ_base={"REMOTE_ADDR": address}) == [200] * 5
    assert codes_of(app, 3, "GET", "/goals", environ_base={"REMOTE_ADDR": "198.51.100.1"}) == [200] * 2 + [429]


@pytest.mark.parametrize(
    ("addresses", "are_one"),
    [
        (["2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "2001:db8:1:2:a:b:c:d"], True),
        (["2001:db8:1:2::1", "2001:db8:1:3::1", "2001:db8:1:4::1"], False),
        (["::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.1"], True),
        (["192.0.2.1", "192.0.2.2", "192.0.2.3"], False),
    ],
)
def test_whoever_has_many_addresses_of_one_network_is_counted_once(
    app_with: Callable[..., Flask], addresses: list[str], are_one: bool
) -> None:
    client: FlaskClient = app_with(rate_limit="2 per minute").test_client()
    codes = [client.get("/goals", environ_base={"REMOTE_ADDR": address}).status_code for address in addresses]
    assert codes == [200, 200, 429 if are_one else 200]


def test_counts_take_no_more_memory_than_was_set_however_many_addresses_ask(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limit_storage, "BUCKETS", 10)
    client = app.test_client()
    for number in range(200):
        client.get("/no/such/page", environ_base={"REMOTE_ADDR": f"10.0.0.{number}"})
    storage = app.extensions["kb_limiter"].storage
    assert isinstance(storage, BoundedMemoryStorage)
    assert 60 <= len(storage) <= 80


def test_when_counts_are_full_those_that_last_longest_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit_storage, "BUCKETS", 10)
    storage = BoundedMemoryStorage()
    for _ in range(4):
        storage.incr("tries at an account", 900)
    for number in range(1000):
        storage.incr(f"page {number}", 60)
    assert storage.get("tries at an account") == 4


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_processes_count_together() -> None:
    storage = BoundedMemoryStorage()
    storage.share()
    children = []
    for _ in range(2):
        child = os.fork()
        if not child:
            for _ in range(300):
                storage.incr("page", 60)
            os._exit(0)
        children.append(child)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    assert storage.incr("page", 60) == 601


def test_a_count_is_forgotten() -> None:
    storage = BoundedMemoryStorage()
    for key in ("page", "search"):
        storage.incr(key, 60)
    storage.clear("page")
    assert (storage.get("page"), storage.get("search"), len(storage)) == (0, 1, 1)
    assert (storage.reset(), len(storage)) == (1, 0)


def test_counts_that_are_over_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    storage = BoundedMemoryStorage()
    assert [storage.incr("page", 60) for _ in range(3)] == [1, 2, 3]
    begun = limit_storage.time.time()
    monkeypatch.setattr(limit_storage.time, "time", lambda: begun + 61)
    assert storage.get("page") == 0
    assert storage.incr("page", 60) == 1
