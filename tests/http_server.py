"""A real `kb serve` in a process of its own, for tests and measurements, and spoken to by raw sockets."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kept_program import KeptProgram
from tests.waiting import SECONDS, wait_until

KB = str(Path(sys.executable).parent / "kb")


class HttpServer:
    """A running site: its port, its parent process, and what it said."""

    def __init__(self, port: int, process: subprocess.Popen[bytes] | KeptProgram, log: Path) -> None:
        self.port = port
        self.process = process
        self._log = log

    @property
    def log(self) -> str:
        """Everything on its standard error so far."""
        return self._log.read_text("utf-8")

    @property
    def workers(self) -> list[int]:
        """Process ids of the workers."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def connect(self, source: str = "127.0.0.1", receives: int | None = None) -> socket.socket:
        """Open a connection from an address of this machine, with room for so many bytes that nobody has read yet."""
        sock = socket.socket()
        if receives:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
        sock.settimeout(SECONDS)
        try:
            sock.bind((source, 0))
            sock.connect(("127.0.0.1", self.port))
            # While nobody listens on the port yet, TCP connects a socket that was given this very port to itself,
            # which takes the port from the server for good.
            if sock.getsockname() == sock.getpeername():
                raise ConnectionRefusedError("connected to itself")
        except OSError:
            sock.close()
            raise
        return sock

    def ask(self, request: bytes, *, ends: bool = False) -> bytes:
        """Send bytes, half-close the connection if nothing follows, and return all that comes until it is closed."""
        with self.connect() as sock:
            # A server that has answered may have closed already.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                sock.sendall(request)
                if ends:
                    sock.shutdown(socket.SHUT_WR)
            return received(sock)

    def get(self, path: str, *fields: str) -> bytes:
        """The whole response to a GET."""
        lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *fields, "", ""]
        return self.ask("\r\n".join(lines).encode())


def received(sock: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := sock.recv(65536):
            parts.append(part)
    return b"".join(parts)


def status(response: bytes) -> int:
    """The status code of a response."""
    return int(response.split(b" ", 2)[1])


@contextmanager
def served(environment: dict[str, str], log: Path, *, by_shell: bool = False) -> Iterator[HttpServer]:
    """Run the site on a free port while the block lasts; what it says goes into a file, and it ends well.

    `by_shell` loads the program anew, as the shell does, which takes some seconds.
    """
    with socket.socket() as reserved:
        # Nobody else is given this port until the server has ended; the server may listen on it beside this socket.
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        words = ["serve", "--port", str(port)]
        process: subprocess.Popen[bytes] | KeptProgram
        if by_shell:
            with log.open("wb") as stderr:
                process = subprocess.Popen([KB, *words], env=environment, stderr=stderr)
        else:
            process = KeptProgram(words, environment, log)
        server = HttpServer(port, process, log)
        try:
            wait_until(lambda: process.poll() is not None or _answers(server))
            assert process.poll() is None, server.log
            yield server
            process.send_signal(signal.SIGTERM)
            assert process.wait(SECONDS) == 0, server.log
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _answers(server: HttpServer) -> bool:
    try:
        return status(server.get("/healthz")) == 200
    except OSError:
        return False


def settings(seeded: Path, index: Path, instance: Path, **changed: str) -> dict[str, str]:
    """The environment of a site over a seeded SQLite file."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{seeded}",
        "KB_SEARCH_INDEX": str(index),
        "KB_INSTANCE": str(instance),
        "KB_DEVELOPMENT": "1",
        "KB_WORKERS": "1",
        "KB_RATE_LIMIT": "100000 per minute",
        **changed,
    }
