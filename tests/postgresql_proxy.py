"""Stands between an application and PostgreSQL, and loses connections as a network does."""

import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import make_url

_COMMIT = b"COMMIT\x00"
_SOCKET = ".s.PGSQL.5432"


class Proxy:
    """Passes everything on, but for what it was told to lose. `url` leads through it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.lead_to(url)
        self.url = make_url(url).update_query_dict({"host": str(folder)}).render_as_string(hide_password=False)
        self.loses_commit = False
        """Whether the connection of the next COMMIT ends before the server gets it."""
        self.loses_answer = False
        """Whether the connection of the next COMMIT ends after the server has done it."""
        self.refuses_after = False
        """Whether no connection can be made after one was lost."""
        self.is_closed = False
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / _SOCKET))
        self._listening.listen(50)
        self._connections: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def lead_to(self, url: str) -> None:
        """Lead new connections to the server of a URL, as a balancer does when another becomes the primary."""
        self._server = str(Path(str(make_url(url).query["host"])) / _SOCKET)

    def close(self) -> None:
        """End every connection."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()
        for connection in self._connections:
            _end(connection)
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            if self.is_closed:
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._server)
            self._connections += [client, server]
            answered = threading.Event()
            for pump, pair in ((self._pass_questions, (client, server)), (self._pass_answers, (server, client))):
                threading.Thread(target=pump, args=(*pair, answered), daemon=True).start()

    def _pass_questions(self, client: socket.socket, server: socket.socket, is_lost: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(65_536):
                if _COMMIT in data and self.loses_commit:
                    self.loses_commit, self.is_closed = False, self.refuses_after
                    break
                if _COMMIT in data and self.loses_answer:
                    self.loses_answer, self.is_closed = False, self.refuses_after
                    is_lost.set()
                server.sendall(data)
        _end(client, server)

    def _pass_answers(self, server: socket.socket, client: socket.socket, is_lost: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(65_536):
                if is_lost.is_set():
                    break
                client.sendall(data)
        _end(client, server)


def _end(*connections: socket.socket) -> None:
    for connection in connections:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy(url: str) -> Iterator[Proxy]:
    """Run one before the server of a URL while the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="kb-proxy-"))
    made = Proxy(url, folder)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder)
