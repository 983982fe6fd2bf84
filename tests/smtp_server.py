"""A mail server of the test's own, which keeps what it is handed; in the clear, or with STARTTLS and a password."""

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.tls_servers import server_tls

NAME, PASSWORD = "desk", "p@ss/word"


class Mailbox:
    """What arrived, and what the server says to it."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.url = ""
        self.answer = "250 Message accepted"

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 - the name is aiosmtpd's
        if self.answer.startswith("250"):
            self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer


class _Server(Controller):
    """A server that closes the connections that are open when it stops; `Controller` leaves that to the collector.

    What the collector finds unclosed fails whichever test runs then.
    """

    def __init__(self, *given: Any, **settings: Any) -> None:
        super().__init__(*given, **settings)
        self._connections: list[SMTP] = []

    def factory(self) -> SMTP:
        self._connections.append(super().factory())
        return self._connections[-1]

    def stop(self, no_assert: bool = False) -> None:
        asyncio.run_coroutine_threadsafe(self._close_connections(), self.loop).result(timeout=10)
        super().stop(no_assert)

    async def _close_connections(self) -> None:
        """Accept no more, and wait until those that were accepted have been made and are lost."""
        for listening in self.server.sockets:
            self.loop.remove_reader(listening.fileno())
        while len(asyncio.all_tasks()) > 1:
            for connection in self._connections:
                if connection.transport is not None:
                    connection.transport.abort()
            await asyncio.sleep(0)


@contextmanager
def mailbox(**settings: Any) -> Iterator[tuple[str, Mailbox]]:
    """The URL of a server that takes everything, and what it took; `settings` are aiosmtpd's."""
    mailbox = Mailbox()
    controller = _Server(mailbox, hostname="127.0.0.1", port=free_port(), **settings)
    controller.start()
    mailbox.url = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield mailbox.url, mailbox
    finally:
        controller.stop()


def link_in(letter: EmailMessage) -> str:
    """The path of the last link of a mail to a site at http://localhost."""
    return re.findall(r"http://localhost(\S+)", letter.get_content())[-1]


@contextmanager
def guarded_mailbox(folder: Path) -> Iterator[tuple[str, Mailbox]]:
    """The URL, without name and password, of a server that asks for both, after STARTTLS; see `tls_servers`."""
    mailbox = Mailbox()

    def check(_server, _session, _envelope, _mechanism, given) -> AuthResult:
        assert isinstance(given, LoginPassword)
        # Unless it is told that nobody has, the server itself says nothing to a wrong password.
        return AuthResult(success=(given.login, given.password) == (NAME.encode(), PASSWORD.encode()), handled=False)

    controller = _Server(
        mailbox,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=server_tls(folder),
        require_starttls=True,
        authenticator=check,
        auth_required=True,
    )
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{controller.port}", mailbox
    finally:
        controller.stop()


def free_port() -> int:
    """A port that nobody listens on; the controller must know its own beforehand."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
