"""What an operator sees of a running site: `/metrics`, `/readyz` and the log, of two workers together."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.http_server import HttpServer, received, served, settings, status
from tests.integration.conftest import copy_of
from tests.waiting import wait_until

pytestmark = pytest.mark.one_database

ROUNDS = 10


@pytest.fixture(scope="module")
def environment(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("monitored")
    file = folder / "kb.sqlite3"
    copy_of(sqlite_template, file)
    changed = {
        "KB_WORKERS": "2",
        "KB_LOG_FORMAT": "json",
        "KB_LOG_REQUESTS": "1",
        "KB_PROXIES": "1",
        "KB_DRAIN_SECONDS": "600",
        "KB_RATE_LIMIT": "5 per minute",
        "KB_RATE_LIMIT_EXEMPT": "127.0.0.1",
    }
    return settings(file, folder / "index", folder / "instance", **changed)


@pytest.fixture(scope="module")
def server(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpServer]:
    with served(environment, tmp_path_factory.mktemp("log") / "stderr") as running:
        wait_until(lambda: len(running.workers) == 2)
        yield running
        # The first signal lets balancers turn away, for ten minutes; the one that `served` sends ends it at once.
        running.process.send_signal(signal.SIGTERM)
        wait_until(lambda: b"stopping" in running.get("/readyz"))


def numbers(server: HttpServer) -> dict[str, dict[tuple[str, ...], float]]:
    """Each series of /metrics by its name, and the values of its labels."""
    response = server.get("/metrics")
    assert status(response) == 200, response
    values: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(response.split(b"\r\n\r\n", 1)[1].decode()):
        for sample in family.samples:
            values.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return values


def answered(server: HttpServer, route: str) -> float:
    """How many requests of a route were counted, whatever their status."""
    return sum(count for (of, _), count in numbers(server).get("kb_http_requests_total", {}).items() if of == route)


def test_the_log_is_json_from_its_first_line_on(server: HttpServer) -> None:
    events = [json.loads(line)["event"] for line in server.log.splitlines()]
    assert events[0] == "CityPeers starts"


def test_requests_of_all_workers_are_counted_and_those_of_a_dead_one_stay_counted(server: HttpServer) -> None:
    def ask() -> None:
        # Unstopped workers take turns; one that is stopped leaves all to the other.
        for first, other in (server.workers, reversed(server.workers)):
            os.kill(other, signal.SIGSTOP)
            try:
                assert {status(server.get("/about")) for _ in range(ROUNDS)} == {200}, first
            finally:
                os.kill(other, signal.SIGCONT)

    before = answered(server, "about.about")
    ask()
    assert answered(server, "about.about") == before + 2 * ROUNDS
    dead = server.workers[0]
    os.kill(dead, signal.SIGKILL)
    wait_until(lambda: dead not in server.workers and len(server.workers) == 2)
    wait_until(lambda: len(numbers(server)["kb_follower_step_timestamp_seconds"]) == 2)
    assert answered(server, "about.about") == before + 2 * ROUNDS
    ask()
    seen = numbers(server)
    assert seen["kb_http_requests_total"]["about.about", "200"] == before + 4 * ROUNDS
    assert seen["kb_http_request_duration_seconds_count"]["about.about",] == before + 4 * ROUNDS
    assert seen["kb_worker_exits_total"][()] == 1
    assert seen["kb_workers"]["0",] == seen["kb_workers_wanted"]["0",] == 2
    assert seen["kb_database_up"][()] == 1
    assert seen["kb_index_lag_changes"][()] == 0
    assert len(seen["kb_database_pool_size"]) == len(seen["kb_server_queue"]) == 2


def test_for_others_than_the_settings_name_there_are_no_metrics(server: HttpServer) -> None:
    with server.connect("127.0.0.2") as sock:
        sock.sendall(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert status(received(sock)) == 404


def test_what_the_server_refuses_by_itself_is_counted(server: HttpServer) -> None:
    before = answered(server, "server")
    assert (
        status(server.ask(b"GET /about HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: many\r\n\r\n", ends=True)) == 400
    )
    assert answered(server, "server") == before + 1


def test_what_balancers_ask_is_not_counted(server: HttpServer) -> None:
    counted = sum(numbers(server).get("kb_http_requests_total", {}).values())
    for path in ("/readyz", "/healthz", "/metrics"):
        assert status(server.get(path)) == 200
    assert sum(numbers(server).get("kb_http_requests_total", {}).values()) == counted


def test_prometheus_reads_metrics_by_any_name_of_the_host_and_in_its_own_format(server: HttpServer) -> None:
    lines = ["GET /metrics HTTP/1.1", "Host: node-1.internal:8000", "Connection: close"]
    lines += ["Accept: application/openmetrics-text;version=1.0.0", "", ""]
    response = server.ask("\r\n".join(lines).encode())
    assert status(response) == 200
    assert response.endswith(b"# EOF\n")


def test_each_line_of_the_log_is_an_object_and_names_its_request(server: HttpServer) -> None:
    answers = [server.get("/about"), server.get("/nowhere/made-up-words", "X-Request-ID: made-up-id-0123")]
    ids = [_field(answer, "X-Request-ID") for answer in answers]
    assert ids[1] == "made-up-id-0123"
    wait_until(lambda: all(each in server.log for each in ids))
    written = [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]
    assert len(written) >= len(server.log.splitlines()) - 3, "all but what is said before the server starts"
    first, second = (next(line for line in written if line.get("request_id") == each) for each in ids)
    assert (first["event"], first["route"], first["status"]) == ("request", "about.about", 200)
    assert (second["route"], second["status"]) == ("none", 404)
    assert "made-up-words" not in server.log
    assert first["time"].endswith("Z")


def test_an_id_that_is_not_well_formed_is_made_anew(server: HttpServer) -> None:
    for given in ("short", "made up id with spaces", "x" * 200, "made-up;id-0123456"):
        assert _field(server.get("/healthz", f"X-Request-ID: {given}"), "X-Request-ID") != given


def _field(response: bytes, name: str) -> str:
    """The value of a header field."""
    for line in response.split(b"\r\n\r\n", 1)[0].decode().split("\r\n"):
        if line.lower().startswith(f"{name.lower()}: "):
            return line.partition(": ")[2]
    raise AssertionError(f"no {name} in {response[:500]!r}")


def test_a_site_that_is_told_to_stop_answers_until_balancers_have_turned_away(
    environment: dict[str, str], tmp_path: Path
) -> None:
    one_worker = environment | {"KB_WORKERS": "1", "KB_INSTANCE": str(tmp_path / "instance")}
    with served(one_worker, tmp_path / "stderr") as server:
        assert status(server.get("/readyz")) == 200
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: status(server.get("/readyz")) == 503)
        assert server.get("/readyz").endswith(b"stopping: this server is shutting down\n")
        assert status(server.get("/about")) == 200
        (worker,) = server.workers
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: server.workers not in ([], [worker]))
        assert status(server.get("/about")) == 200
