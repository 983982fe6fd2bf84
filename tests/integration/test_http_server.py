"""The server as clients meet it that are slow, wrong, many or hostile; and what happens when a worker dies."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from kb.web.core.uploads import LONGEST_ADDRESS
from tests.http_server import HttpServer, received, served, settings, status
from tests.integration.conftest import copy_of
from tests.terminal import kb
from tests.waiting import wait_until

THREADS = 2
HOST = b"Host: 127.0.0.1\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.fixture(scope="module")
def environment(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("served")
    copy_of(sqlite_template, folder / "kb.sqlite3")
    return settings(folder / "kb.sqlite3", folder / "index", folder / "instance", KB_THREADS=str(THREADS))


@pytest.fixture(scope="module")
def server(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpServer]:
    with served(environment, tmp_path_factory.mktemp("log") / "stderr") as running:
        yield running


@pytest.fixture(scope="module")
def hasty(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpServer]:
    """One that waits for a second only, has few connections, and trusts a proxy."""
    changed = {"KB_REQUEST_SECONDS": "1", "KB_CONNECTIONS": "20", "KB_PROXIES": "1"}
    with served(environment | changed, tmp_path_factory.mktemp("log") / "stderr") as running:
        yield running


def test_those_who_send_slowly_keep_nobody_waiting(hasty: HttpServer) -> None:
    with ExitStack() as opened:
        heads = [opened.enter_context(hasty.connect()) for _ in range(4 * THREADS)]
        bodies = [opened.enter_context(hasty.connect()) for _ in range(4 * THREADS)]
        for sock in heads:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: 127.0")
        for sock in bodies:
            sock.sendall(b"POST /goals/suggest HTTP/1.1\r\n" + HOST + b"Content-Length: 5000\r\n\r\ntext=")
        assert status(hasty.get("/about")) == 200
        for sock in [*heads, *bodies]:
            assert status(received(sock)) == 408
        silent = opened.enter_context(hasty.connect())
        assert received(silent) == b""


def test_those_who_read_slowly_keep_nobody_waiting_and_are_given_up(hasty: HttpServer) -> None:
    asset = b"GET /static/vendor/world-fine.svg HTTP/1.1\r\n" + HOST + b"\r\n"
    with ExitStack() as opened:
        slow = [opened.enter_context(hasty.connect(receives=4096)) for _ in range(4 * THREADS)]
        for sock in slow:
            sock.sendall(asset * 100)
            sock.settimeout(0.2)
        assert status(hasty.get("/about")) == 200
        wait_until(lambda: all(_is_closed(sock) for sock in slow))


def _is_closed(sock: socket.socket) -> bool:
    """Whether the server has closed, which is noticed without reading: it takes no more bytes then."""
    try:
        sock.send(b"\r\n")
    except (BrokenPipeError, ConnectionResetError):
        return True
    except TimeoutError:
        return False
    return False


def test_one_address_cannot_take_every_connection(hasty: HttpServer) -> None:
    with ExitStack() as opened:
        early = opened.enter_context(hasty.connect())
        early.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127")
        for _ in range(60):
            opened.enter_context(hasty.connect("127.0.0.2"))
        assert status(hasty.get("/healthz")) == 200
        early.sendall(b".0.0.1\r\nConnection: close\r\n\r\n")
        assert status(received(early)) == 200
    # Connections are accepted in their order: once later ones are answered, those closed above take no place any more.
    for _ in range(2):
        assert status(hasty.get("/healthz")) == 200


def test_only_a_trusted_proxy_says_how_somebody_came(hasty: HttpServer, server: HttpServer) -> None:
    """Pages that came by https carry Strict-Transport-Security."""
    for forwarded in ("X-Forwarded-Proto: https", "Forwarded: proto=https"):
        assert b"Strict-Transport-Security" not in server.get("/about", forwarded)
    assert b"Strict-Transport-Security" in hasty.get("/about", "X-Forwarded-Proto: https")


def test_no_field_moves_the_site_elsewhere(server: HttpServer) -> None:
    for field in ("SCRIPT_NAME: /elsewhere", "Script-Name: /elsewhere"):
        response = server.get("/about", field)
        assert status(response) == 200
        assert b"/elsewhere" not in response


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (b"GET /about HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", 200),
        (b"GET http://127.0.0.1/about HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", 200),
        (b"\r\nGET /about HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", 200),
        (b"GET /about HTTP/1.0\r\n\r\n", 200),
        (b"GET http://[::1/about HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET /about HTTP/2.0\r\n" + HOST + b"\r\n", 400),
        (b"GET /about\r\n\r\n", 400),
        (b"get /about HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET /about HTTP/1.1\r\n" + HOST + b"No colon\r\n\r\n", 400),
        (b"GET /about HTTP/1.1\r\n" + HOST + b"Name : value\r\n\r\n", 400),
        (b"GET /about HTTP/1.1\r\n" + HOST + b"Name: a\nOther: b\r\n\r\n", 400),
        (b"POST /goals/suggest HTTP/1.1\r\n" + HOST + b"Content-Length: +3\r\n\r\nabc", 400),
        (b"POST /goals/suggest HTTP/1.1\r\n" + HOST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nabc", 400),
        (b"POST /goals/suggest HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400),
        (b"POST /goals/suggest HTTP/1.1\r\n" + HOST + CHUNKED + b"Content-Length: 3\r\n\r\n0\r\n\r\n", 400),
        (b"POST /goals/suggest HTTP/1.0\r\n" + HOST + CHUNKED + b"\r\n0\r\n\r\n", 400),
        (b"POST /goals/suggest HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        (b"POST /goals/suggest HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /goals/suggest HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\nxyz\r\n\r\n", 400),
        (b"POST /goals/suggest HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n-2\r\nab\r\n", 400),
        (b"POST /goals/suggest HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n2;\x00\r\nab\r\n0\r\n\r\n", 400),
        (b"POST /goals/suggest HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n3\r\nabcdef\r\n", 400),
        (b"POST /goals/suggest HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n" + b"0" * 5000, 400),
        (b"POST /goals/suggest HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n0\r\n" + b"X: y\r\n" * 5000, 400),
        (b"GET /about HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 200 + b"\r\n", 431),
        (b"GET /about HTTP/1.1\r\n" + HOST + b"Cookie: " + b"x" * 200_000 + b"\r\n\r\n", 431),
    ],
)
def test_requests_are_read_strictly(server: HttpServer, request_: bytes, answer: int) -> None:
    assert status(server.ask(request_)) == answer


@pytest.mark.parametrize(
    "beginning",
    [
        b"POST /goals/suggest HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n5\r\ntext",
        b"POST /goals/suggest HTTP/1.1\r\n" + HOST + b"Content-Length: 50\r\n\r\ntext=",
        b"GET /about HTTP/1.1\r\nHost: 127.0",
    ],
)
def test_a_request_that_is_broken_off_is_a_bad_request(server: HttpServer, beginning: bytes) -> None:
    assert status(server.ask(beginning, ends=True)) == 400


def test_a_client_may_stop_sending_once_it_has_asked(server: HttpServer) -> None:
    response = server.ask(b"GET /about HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n", ends=True)
    assert status(response) == 200
    assert b"</html>" in response


def test_several_requests_come_over_one_connection_and_are_answered_in_order(server: HttpServer) -> None:
    first = b"HEAD /about HTTP/1.1\r\n" + HOST + b"\r\n"
    last = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    response = server.ask(first * 3 + b"GET /nowhere HTTP/1.1\r\n" + HOST + b"\r\n" + last)
    head, *others = response.split(b"HTTP/1.1 ")[1:]
    assert [part[:3] for part in (head, *others)] == [b"200", b"200", b"200", b"404", b"200"]
    assert head.endswith(b"\r\n\r\n")  # no body after the header fields
    assert b"<html" in others[2]


def test_what_has_not_changed_has_no_body(server: HttpServer) -> None:
    path = "/static/vendor/world.svg"
    first = server.get(path)
    etag = next(line for line in first.split(b"\r\n") if line.lower().startswith(b"etag:"))
    again = server.get(path, "If-None-Match:" + etag.decode().partition(":")[2])
    assert status(again) == 304
    assert again.endswith(b"\r\n\r\n")


def test_a_poll_that_brings_nothing_new_keeps_the_connection(server: HttpServer) -> None:
    path = "/static/vendor/world.svg"
    etag = next(line for line in server.get(path).split(b"\r\n") if line.lower().startswith(b"etag:"))
    poll = f"GET {path} HTTP/1.1\r\n".encode() + HOST + b"If-None-Match:" + etag.partition(b":")[2] + b"\r\n"
    *unchanged, last = server.ask(poll + b"\r\n" + poll + b"\r\n" + poll + b"Connection: close\r\n\r\n").split(
        b"HTTP/1.1 304"
    )[1:]
    assert len(unchanged) == 2
    assert b"Connection: close" in last
    assert not any(b"Connection: close" in response for response in unchanged)


def test_a_client_that_asks_whether_to_go_on_is_told_to(server: HttpServer) -> None:
    with server.connect() as sock:
        head = b"POST /goals/suggest HTTP/1.1\r\n" + HOST + b"Content-Length: 6\r\nExpect: 100-continue\r\n"
        sock.sendall(head + b"Connection: close\r\n\r\n")
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"text=a")
        assert status(received(sock)) == 400  # the form has no token


def test_chunks_are_put_together(server: HttpServer) -> None:
    head = b"POST /goals/suggest HTTP/1.1\r\n" + HOST + b"Content-Type: application/x-www-form-urlencoded\r\n"
    body = b"Connection: close\r\n" + CHUNKED + b"\r\n5\r\ntext=\r\n3;a=b\r\nabc\r\n0\r\n\r\n"
    assert status(server.ask(head + body)) == 400  # the form has no token


def test_a_body_that_is_too_large_is_told_so_by_the_site_itself(server: HttpServer) -> None:
    post = b"POST %s HTTP/1.1\r\n" + HOST + b"Content-Type: application/x-www-form-urlencoded\r\n"
    for path in (b"/goals/suggest", b"/desk/imports"):
        size = 3_000_000
        response = server.ask(post % path + b"Content-Length: %d\r\n\r\n" % size + b"x" * size)
        assert status(response) == 413
        assert b"This is too large" in response
    waiting = server.ask(post % b"/goals/suggest" + b"Content-Length: 3000000\r\nExpect: 100-continue\r\n\r\n")
    assert status(waiting) == 413
    chunk = b"%x\r\n%s\r\n" % (100_000, b"x" * 100_000)
    assert status(server.ask(post % b"/goals/suggest" + CHUNKED + b"\r\n" + chunk * 15)) == 413


def test_an_address_that_is_too_long_is_told_so(server: HttpServer) -> None:
    """Ten thousand letters, of which each takes nine bytes of the address, are pasted by mistake, not in malice."""
    fits = "x" * (LONGEST_ADDRESS - len("/search?q="))
    assert status(server.get(f"/search?q={fits}")) == 200
    for too_long in ("x" * LONGEST_ADDRESS, "%E6%B0%B4" * 10_000):
        response = server.get(f"/search?q={too_long}")
        assert status(response) == 414
        assert b"Suggest goals for a text" in response
    endless = server.ask(b"GET /search?q=" + b"x" * 1_000_000)
    assert status(endless) == 431
    assert b"Shorten" in endless


def test_what_has_begun_is_finished_before_the_site_stops(environment: dict[str, str], tmp_path: Path) -> None:
    with served(environment, tmp_path / "stderr") as server:
        with server.connect() as begun, server.connect() as idle:
            begun.sendall(b"POST /goals/suggest HTTP/1.1\r\n" + HOST + b"Content-Length: 6\r\n\r\n")
            # Answered, so the worker has seen what was sent before.
            assert status(server.get("/healthz")) == 200
            server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: not _accepts(server))
            assert received(idle) == b""
            begun.sendall(b"text=a")
            assert status(received(begun)) == 400  # the form has no token
        assert server.process.wait(20) == 0


def test_whatever_was_sent_before_the_site_stops_is_answered(environment: dict[str, str], tmp_path: Path) -> None:
    get = b"GET /about HTTP/1.1\r\n" + HOST + b"\r\n"
    with served(environment, tmp_path / "stderr") as server, ExitStack() as opened:
        (worker,) = server.workers
        used = opened.enter_context(server.connect())
        used.sendall(get.replace(b"GET", b"HEAD"))
        with used.makefile("rb") as answer:
            assert status(b"".join(iter(answer.readline, b"\r\n"))) == 200
        os.kill(worker, signal.SIGSTOP)
        # On a busy machine this takes a while, and of two signals that wait for a process it gets SIGTERM first.
        wait_until(lambda: _process_status(worker, "State").startswith("T"))
        # More than are accepted at once: nobody has accepted these, or read what they ask for.
        waiting = [used, *(opened.enter_context(server.connect()) for _ in range(60))]
        for sock in waiting:
            sock.sendall(get)
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: int(_process_status(worker, "ShdPnd"), 16) >> (signal.SIGTERM - 1) & 1)
        os.kill(worker, signal.SIGCONT)
        answers = [received(sock) for sock in waiting]
        assert [answer[:12] for answer in answers] == [b"HTTP/1.1 200"] * len(waiting)
        assert all(b"\r\nConnection: close\r\n" in answer for answer in answers)


def _process_status(pid: int, field: str) -> str:
    """A field of /proc/PID/status (proc_pid_status(5)): `State` begins with T while a process is stopped."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    return dict(line.split(":\t", 1) for line in status.splitlines())[field]


def _accepts(server: HttpServer) -> bool:
    try:
        server.connect().close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_dead_worker_is_replaced_and_the_doctor_says_why_it_died(environment: dict[str, str], tmp_path: Path) -> None:
    own = environment | {"KB_INSTANCE": str(tmp_path / "instance")}
    assert "ok      workers: none stopped unexpectedly" in kb(own, "doctor").stdout
    with served(own, tmp_path / "stderr") as server:
        causes = {}
        for ended_by, cause in ((signal.SIGKILL, "SIGKILL, perhaps out of memory"), (signal.SIGABRT, "SIGABRT")):
            (worker,) = server.workers
            os.kill(worker, ended_by)
            wait_until(lambda ended=worker: server.workers not in ([], [ended]))
            assert status(server.get("/healthz")) == 200
            assert cause in server.log
            causes[worker] = cause
    examined = kb(own, "doctor").stdout.splitlines()
    for worker, cause in causes.items():
        (line,) = [line for line in examined if line.startswith(f"PROBLEM workers: {worker} ended")]
        assert cause in line
