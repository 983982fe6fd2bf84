"""A worker process for gunicorn in which waitress speaks HTTP."""

import logging
import os
import re
import resource
import signal
import time
from collections.abc import Sequence
from typing import Any

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.task import ThreadedTaskDispatcher

from config import Config
from kb.core import metrics

from .connections import Listener, ending_with_client
from .parser import HEAD_BYTES, SKIPPED_BYTES, Settings

_LOOP_SECONDS = 1.0
_FILES_BESIDE_CONNECTIONS = 200
_BUFFER_BYTES = 4_000_000
"""What goes through one buffer: waitress lets go of what was sent only together with the whole buffer."""

_UNREAD_BYTES = 1_000_000_000
"""What of its answers a client may leave unread, on disk: a file of 100,000 entries comes faster than most can read."""

_ACCEPTED_AT_ONCE = 50

_WITH_PATH = re.compile("(Exception while serving|Client disconnected while serving) .*", re.DOTALL)


class WaitressWorker(Worker):  # type: ignore[misc] # gunicorn has no annotations
    """Serves the application until told to stop; then answers what has begun, and refuses what is new."""

    number: int
    """The number that `Supervisor.number` gave it."""

    _listeners: Sequence[Listener] = ()
    _sampled = 0.0

    def init_process(self) -> None:
        """Begin, counting under this worker's own number."""
        metrics.use_row(self.number)
        super().init_process()

    def run(self) -> None:
        """Read and write in this thread, work on whole requests in the others."""
        # A queue is no trouble by itself, and a line for each request that waits would be.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        logging.getLogger("waitress").addFilter(without_path)
        config: Config = self.wsgi.config["KB"]
        self._map: dict[int, Any] = {}
        self._threads = ThreadedTaskDispatcher()
        self._threads.set_thread_count(config.threads)
        self._listeners = [self._listen(sock.sock, config) for sock in self.sockets]
        while self.alive and self.ppid == os.getppid():
            self._turn()
        self._drain()
        self._threads.shutdown(timeout=1)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Wake the loop up, so that it sees that it is to end."""
        super().handle_exit(sig, frame)
        for listener in self._listeners:
            listener.pull_trigger()

    def handle_abort(self, sig: int, _frame: Any) -> None:
        """End by the signal, which tells the parent why; gunicorn's own way would be an exit code of 1."""
        self.cfg.worker_abort(self)
        signal.signal(sig, signal.SIG_DFL)
        os.kill(os.getpid(), sig)

    def _listen(self, sock: Any, config: Config) -> Listener:
        settings = Settings(
            threads=config.threads,
            server_name=str(sock.getsockname()[0]),
            # Kept: the application itself reads X-Forwarded fields, from as many proxies as the settings trust.
            clear_untrusted_proxy_headers=False,
            ident=None,
            backlog=2048,
            cleanup_interval=1,
            log_socket_errors=False,
            max_request_header_size=HEAD_BYTES,
            max_request_body_size=SKIPPED_BYTES * 4,
            outbuf_high_watermark=_BUFFER_BYTES,
            connection_limit=10**9,
        )
        settings.largest_body = self.wsgi.extensions["kb_largest_body"]
        settings.request_seconds = config.request_seconds
        settings.unread_bytes = _UNREAD_BYTES
        settings.connections = _connections(config.connections)
        # Of several workers none takes all who wait, while another has nothing to do.
        settings.accepted_at_once = _ACCEPTED_AT_ONCE if config.workers == 1 else 1
        info = (sock.family, sock.type, sock.proto, sock.getsockname())
        return Listener(
            ending_with_client(self.wsgi),
            self._map,
            True,
            sock,
            dispatcher=self._threads,
            adj=settings,
            sockinfo=info,
            bind_socket=False,
        )

    def _turn(self) -> None:
        self.notify()
        if time.monotonic() - self._sampled >= _LOOP_SECONDS:
            self._sampled = time.monotonic()
            self._sample()
        wasyncore.poll2(_LOOP_SECONDS, self._map)

    def _sample(self) -> None:
        metrics.SERVER_CONNECTIONS.set(sum(len(listener.active_channels) for listener in self._listeners))
        metrics.SERVER_THREADS.set(self._threads.active_count)
        metrics.SERVER_QUEUE.set(len(self._threads.queue))
        metrics.sample()

    def _drain(self) -> None:
        """Answer what has begun, as long as gunicorn gives us."""
        for listener in self._listeners:
            listener.stop()
        until = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < until:
            connections = [
                connection for listener in self._listeners for connection in list(listener.active_channels.values())
            ]
            if not connections:
                return
            for connection in connections:
                if connection.is_idle:
                    connection.handle_close()
                else:
                    connection.end_if_late(time.monotonic())
            self._turn()


def without_path(record: logging.LogRecord) -> bool:
    """Leave the address out of what waitress says of a request: it may be a link that lets somebody in."""
    if isinstance(record.msg, str):
        record.msg = _WITH_PATH.sub(r"\1 a request", record.msg)
    return True


def _connections(wanted: int) -> int:
    """As many connections as wanted, or as the system lets a process have files open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _FILES_BESIDE_CONNECTIONS
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - _FILES_BESIDE_CONNECTIONS))
