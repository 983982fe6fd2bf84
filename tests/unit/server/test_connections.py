"""A connection between two requests."""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from waitress.channel import ClientDisconnected
from waitress.task import ThreadedTaskDispatcher
from werkzeug.test import create_environ
from werkzeug.wrappers import Response

from kb.server.connections import Connection, Listener, ending_with_client
from kb.server.parser import Settings
from kb.server.worker import without_path


@pytest.fixture
def listener() -> Iterator[Listener]:
    settings = Settings(outbuf_high_watermark=50_000)
    settings.unread_bytes = 2_000_000
    settings.request_seconds = 10
    settings.connections = 10
    with socket.create_server(("127.0.0.1", 0)) as sock:
        info = (sock.family, sock.type, sock.proto, sock.getsockname())
        dispatcher = ThreadedTaskDispatcher()
        listener = Listener(_app, {}, True, sock, dispatcher=dispatcher, adj=settings, sockinfo=info, bind_socket=False)
        yield listener
        listener.stop()
        listener.trigger.close()


def _app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise AssertionError("nothing is answered here")


@pytest.mark.parametrize("arrived", [b"", b"GET /about HTTP/1.1\r\n"], ids=["nothing has come", "a request has come"])
def test_an_idle_connection_is_closed_unless_a_request_is_waiting_to_be_read(listener: Listener, arrived: bytes):
    ours, client = socket.socketpair()
    with client:
        connection = Connection(listener, ours, ("127.0.0.1", 1), listener.adj, map={})
        connection.last_activity = time.time() - 21  # twice the seconds of a request, and one
        client.sendall(arrived)
        connection.end_if_late(time.monotonic())
        assert connection.connected is bool(arrived)
        connection.handle_close()


def test_a_client_may_leave_a_large_file_unread_for_a_while_but_not_the_disk_be_filled(listener: Listener) -> None:
    ours, client = socket.socketpair()
    with client:
        connection = Connection(listener, ours, ("127.0.0.1", 1), listener.adj, map={})
        for _ in range(18):
            connection.write_soon(bytes(100_000))
        assert connection.connected
        # What was sent is let go of buffer by buffer, not at the end.
        assert len(connection.outbufs) > 10
        with suppress(ClientDisconnected):
            for _ in range(18):
                connection.write_soon(bytes(100_000))
        assert not connection.connected
        connection.handle_close()


def test_a_client_that_has_gone_is_noticed_while_its_file_is_made_but_not_at_once(listener: Listener) -> None:
    ours, client = socket.socketpair()
    connection = Connection(listener, ours, ("127.0.0.1", 1), listener.adj, map={})
    connection.last_activity = time.time() - 3
    assert not connection.check_client_disconnected()
    client.close()
    assert connection.check_client_disconnected()
    # It may only have said that it sends nothing more.
    connection.last_activity = time.time()
    assert not connection.check_client_disconnected()
    connection.handle_close()
    assert connection.check_client_disconnected()


def test_a_file_is_made_no_further_once_its_reader_has_gone() -> None:
    made: list[str] = []
    gone: list[bool] = []

    def pieces() -> Iterator[bytes]:
        try:
            for number in range(3):
                made.append(f"piece {number}")
                yield b""
        finally:
            made.append("let go")

    application = ending_with_client(lambda _environ, _start_response: pieces())
    response = application({"waitress.client_disconnected": lambda: bool(gone)}, None)
    reading = iter(response)
    next(reading)
    gone.append(True)
    with pytest.raises(ClientDisconnected):
        next(reading)
    response.close()
    assert made == ["piece 0", "piece 1", "let go"]


def test_what_a_response_is_made_from_is_let_go_also_where_only_its_head_is_sent() -> None:
    let_go: list[bool] = []
    response = Response(iter([b"made-up"]))
    response.call_on_close(lambda: let_go.append(True))
    environ = create_environ(method="HEAD") | {"waitress.client_disconnected": lambda: False}
    parts = ending_with_client(response)(environ, lambda *_: None)
    assert not list(parts)
    parts.close()
    assert let_go


@pytest.mark.parametrize("said", ["Exception while serving %s", "Client disconnected while serving %s"])
def test_what_is_logged_of_a_request_that_broke_does_not_name_its_address(said: str) -> None:
    # An address may be a link that lets somebody in.
    record = logging.LogRecord("waitress", logging.ERROR, "", 1, said % "/reset/made-up-secret\nsecond", (), None)
    assert without_path(record)
    assert record.getMessage() == said % "a request"
