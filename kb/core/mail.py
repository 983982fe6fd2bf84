"""Sends mail by SMTP. Send after the commit, never inside the transaction.

Nothing here raises for a server that does not answer: it is noted in the log, and the caller tells the person.
"""

import smtplib
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from urllib.parse import unquote, urlsplit

import structlog

SECONDS = 10
"""How long the server may take to answer."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Email:
    """A message in plain text to one address."""

    to: str
    subject: str
    text: str


class Mail:
    """A mail server by its URL; without one, messages are printed to the log at home, and refused elsewhere."""

    def __init__(self, url: str, sender: str, *, is_printed: bool = False) -> None:
        self._url = urlsplit(url)
        self._sender = sender
        self._is_printed = is_printed
        self._later = ThreadPoolExecutor(max_workers=2, thread_name_prefix="mail")

    @property
    def is_set_up(self) -> bool:
        """Whether there is a server to hand messages to."""
        return bool(self._url.hostname)

    def send(self, message: Email) -> bool:
        """Hand a message to the server, or print it; whether that worked. Why not stands in the log."""
        if not self.is_set_up:
            if self._is_printed:
                log.info("mail", to=message.to, subject=message.subject, text=message.text)
            else:
                log.warning("mail is not set up", to=message.to, subject=message.subject)
            return self._is_printed
        try:
            self._hand_over(message)
        except (OSError, smtplib.SMTPException, ValueError) as problem:
            log.error("mail was not sent", to=message.to, subject=message.subject, problem=str(problem))
            return False
        return True

    def send_later(self, message: Email) -> None:
        """Send from a thread: where the time that it takes would tell what the page does not."""
        self._later.submit(self.send, message)

    def close(self) -> None:
        """Wait for what is still being sent."""
        self._later.shutdown()

    def failure(self) -> str | None:
        """Why the server would take nothing, in its own words or the network's; None where it answers and knows us."""
        try:
            with self._server():
                return None
        except (OSError, smtplib.SMTPException) as problem:
            return str(problem)

    def _hand_over(self, message: Email) -> None:
        with self._server() as server:
            server.send_message(self._written(message))

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        tls = ssl.create_default_context()
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=SECONDS, context=tls)
        else:
            server = smtplib.SMTP(host, port or 587, timeout=SECONDS)
        with server:
            if self._url.scheme == "smtp":
                server.ehlo()
                # A password never goes in the clear: with one, a server without STARTTLS is refused.
                if self._url.username or server.has_extn("starttls"):
                    server.starttls(context=tls)
            if self._url.username:
                server.login(unquote(self._url.username), unquote(self._url.password or ""))
            yield server

    def _written(self, message: Email) -> EmailMessage:
        written = EmailMessage()
        written["From"] = self._sender
        written["To"] = message.to
        written["Subject"] = message.subject
        written["Date"] = formatdate(localtime=False, usegmt=True)
        written["Message-ID"] = make_msgid(domain=parseaddr(self._sender)[1].rpartition("@")[2])
        # Machines that answer mail while people are away shall not answer this.
        written["Auto-Submitted"] = "auto-generated"
        written.set_content(message.text)
        return written
