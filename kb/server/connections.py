"""Connections with time limits, and a listener that keeps one client from using all of them up."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from socket import MSG_PEEK
from typing import Any

from waitress.buffers import ReadOnlyFileBasedBuffer
from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, WSGITask
from werkzeug.wsgi import ClosingIterator

from kb.core import metrics
from kb.core.client_networks import client_network

from .parser import PlainError, RequestParser, Settings, ended_early, too_slow

BYTES_PER_SECOND = 1_000
"""The slowest rate at which a body may arrive, or a response be read, to go on for longer."""

# How often the seconds that a request's head may take (KB_REQUEST_SECONDS) are given for the rest.
_BODY, _RESPONSE, _IDLE = 3, 6, 2

# A client that has closed looks like one that only sends nothing more; such a client is waited for this long.
_HALF_CLOSED_SECONDS = 2

# Whoever has just connected is about to send something.
_FIRST_SECONDS = 1


def ending_with_client(application: Callable[..., Any]) -> Callable[..., Any]:
    """The WSGI application, whose responses are made no further once the client has gone.

    An empty part of a response is not sent: it only lets us look whether the client is still there.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        response = application(environ, start_response)
        if isinstance(response, ReadOnlyFileBasedBuffer):
            return response
        parts = _until_client_goes(response, environ["waitress.client_disconnected"])
        # Closing a generator does not close what it reads.
        return ClosingIterator(parts, getattr(response, "close", None))

    return answer


def _until_client_goes(parts: Iterable[bytes], has_client_gone: Callable[[], bool]) -> Iterator[bytes]:
    """The parts of a response. Raises ClientDisconnected before the next one once the client has gone."""
    for part in parts:
        if has_client_gone():
            raise ClientDisconnected
        yield part


class Task(WSGITask):  # type: ignore[misc] # waitress has no annotations
    """Answers one request; the connection stays open for the next where the end of the response can be seen."""

    version: str
    wrote_header: bool
    request: Any

    def set_close_on_finish(self) -> None:
        """Close after the response, unless waitress only asks because it has no Content-Length.

        A response to HTTP/1.1 without one is chunked or, as 204 and 304, has no body: its end is marked all the same.
        """
        wanted = self.request.headers.get("CONNECTION", "").lower()
        if self.wrote_header or self.version == "1.0" or wanted == "close" or metrics.is_stopping():
            super().set_close_on_finish()

    def build_response_header(self) -> bytes:
        """The head of the answer. While the site is stopping, the next request is to come on another connection."""
        if metrics.is_stopping() and self.version == "1.1":
            self.set_close_on_finish()
        head: bytes = super().build_response_header()
        return head


class Refusal(ErrorTask):  # type: ignore[misc] # waitress has no annotations
    """Answers a request that never came to the application, as one that is ambiguous, too large or too slow."""

    request: Any

    def execute(self) -> None:
        """Send the answer, and count it; a fault of the application has been counted there."""
        if self.request.error.code != 500:
            metrics.REQUESTS.add(metrics.SERVER, str(self.request.error.code))
        super().execute()


class Connection(HTTPChannel):  # type: ignore[misc] # waitress has no annotations
    """One client's connection. Only the loop calls these methods; `send` also other threads, under waitress's lock."""

    parser_class = RequestParser
    task_class = Task
    error_task_class = Refusal
    adj: Settings
    request: Any
    creation_time: float

    def __init__(self, server: "Listener", sock: Any, addr: Any, adj: Settings, map: Any = None) -> None:  # noqa: A002 - waitress names it
        self.client = client_network(addr[0])
        self._sent = 0
        self._phase: object = None
        self._began = 0.0
        self._moved = 0
        super().__init__(server, sock, addr, adj, map)

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send what the socket takes; count it."""
        sent: int = super().send(data, do_close=do_close)
        self._sent += sent
        return sent

    def check_client_disconnected(self) -> bool:
        """Whether the client has closed its side, some seconds ago or more; asked by the thread that answers."""
        if not self.connected:
            return True
        if time.time() - self.last_activity < _HALF_CLOSED_SECONDS:
            return False
        try:
            return not self.socket.recv(1, MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def handle_read(self) -> None:
        """Take in what arrived. A request that was broken off is answered, for a client may still listen."""
        try:
            data = self.socket.recv(self.adj.recv_bytes)
        except BlockingIOError:
            return
        except OSError:
            self.handle_close()
            return
        if data:
            self.last_activity = time.time()
            self.received(data)
        elif self.request is not None:
            self._refuse(ended_early())
        else:
            self.handle_close()

    def end_if_late(self, now: float) -> None:
        """End the connection when the client takes longer than it may; `now` is monotonic."""
        phase, moved, seconds = self._progress()
        # Not left to waitress, which closes once the socket takes more: that of a client that reads nothing never does.
        if self.will_close or (phase is None and self._is_abandoned()):
            self.handle_close()
        elif phase != self._phase or moved - self._moved >= seconds * BYTES_PER_SECOND:
            self._phase, self._began, self._moved = phase, now, moved
        elif now - self._began > seconds:
            if self.total_outbufs_len or self.close_when_flushed:
                self.handle_close()
            else:
                self._refuse(too_slow())

    @property
    def is_idle(self) -> bool:
        """Whether no request is being received, worked on or answered, has arrived, or is likely to arrive now."""
        is_new = time.time() - self.creation_time < _FIRST_SECONDS and self.last_activity == self.creation_time
        return self._progress()[0] is None and not is_new and not self._has_arrived()

    def _is_abandoned(self) -> bool:
        """Whether nothing has come for longer than a client may wait between two requests.

        What has arrived while this thread was busy counts: closed with bytes unread, a connection is reset.
        """
        return time.time() - self.last_activity > _IDLE * self.adj.request_seconds and not self._has_arrived()

    def _has_arrived(self) -> bool:
        """Whether something waits to be read."""
        try:
            return bool(self.socket.recv(1, MSG_PEEK))
        except OSError:
            return False

    def _progress(self) -> tuple[object, int, float]:
        """What is going on, None between requests; how many bytes of it have moved; the seconds it may take."""
        request, seconds = self.request, self.adj.request_seconds
        if self.total_outbufs_len:
            return "sending", self._sent, _RESPONSE * seconds
        if self.requests:
            return "working", 0, math.inf
        if request is None:
            return (None, 0, 0) if not self.close_when_flushed else ("closing", 0, seconds)
        if request.headers_finished:
            return (request, "body"), request.body_bytes_received, _BODY * seconds
        return (request, "head"), 0, seconds

    def _refuse(self, error: PlainError) -> None:
        """Answer a request that has not arrived whole, and close."""
        with self.requests_lock:
            request, self.request = self.request, None
            request.error = error
            request.completed = True
            self.requests.append(request)
            if len(self.requests) == 1:
                self.server.add_task(self)

    def _flush_outbufs_below_high_watermark(self) -> None:
        """Give a client up that reads so little that its responses fill the disk; no thread waits for it."""
        if self.total_outbufs_len > self.adj.unread_bytes:
            self.connected = False
            self.will_close = True
            self.server.pull_trigger()


class Listener(TcpWSGIServer):  # type: ignore[misc] # waitress has no annotations
    """Accepts connections on a socket that gunicorn opened."""

    channel_class = Connection
    adj: Settings
    active_channels: dict[int, Connection]

    def handle_accept(self) -> None:
        """Accept those who wait; where no more fit in, somebody makes room."""
        self._accept(self.adj.accepted_at_once)

    def _accept(self, most: int) -> None:
        for _ in range(most):
            try:
                accepted = self.accept()
            except OSError:
                return
            if accepted is None:
                return
            sock, address = accepted
            if len(self.active_channels) >= self.adj.connections and not self._make_room():
                sock.close()
                continue
            try:
                self.set_socket_options(sock)
                self.channel_class(self, sock, address, self.adj, map=self._map)
            except OSError:  # the client has gone already
                sock.close()

    def _make_room(self) -> bool:
        """Close a connection on which no request is worked on: of the client with the most, the one longest at rest."""
        connections = self.active_channels.values()
        waiting = [connection for connection in connections if not connection.requests]
        if not waiting:
            return False
        by_client = Counter(connection.client for connection in connections)
        max(waiting, key=lambda connection: (by_client[connection.client], -connection.last_activity)).handle_close()
        return True

    def maintenance(self, _now: float) -> None:
        """Look at every connection's time; waitress calls this every second."""
        now = time.monotonic()
        for connection in list(self.active_channels.values()):
            connection.end_if_late(now)

    def stop(self) -> None:
        """Accept those who have connected by now, and nobody after them."""
        self._accept(self.adj.backlog)
        self.del_channel()
        self.socket.close()
