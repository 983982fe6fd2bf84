"""A mail server of the test's own, which keeps what it is handed; in the clear, or with STARTTLS and a password."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

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


@contextmanager
def mailbox(**settings: Any) -> Iterator[tuple[str, Mailbox]]:
    """The URL of a server that takes everything, and what it took; `settings` are aiosmtpd's."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), **settings)
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

    controller = Controller(
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
