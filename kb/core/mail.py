"""Sends mail by SMTP. Send after the commit, never inside the transaction.

Nothing here raises for a server that does not answer: it is noted in the log, and the caller tells the person.
Whoever must not send twice calls `deliver`, which tells what is certain from what is not.
"""

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from enum import Enum, auto
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog

from kb.core import metrics
from kb.core.error_traces import described
from kb.core.logs import PRINTED_MAIL

SECONDS = 10
"""How long the server may take to answer."""

DATA_SECONDS = 60
"""How long it may take to say whether it accepts a whole message, which some filters look through first."""

_LONGEST_LINE = 998
"""Signs that a line may have (RFC 5322)."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Email:
    """A message in plain text to one address; `message_id` is made up unless given."""

    to: str
    subject: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    message_id: str | None = None
    kind: str = "other"
    """What it is about, as it is counted: "alerts", "questions" or "other"."""


class Delivery(Enum):
    """What became of a message that was to be handed over."""

    ACCEPTED = auto()
    """The server took it."""
    REFUSED = auto()
    """The server refused it for good (5xx), the recipient or the whole."""
    POSTPONED = auto()
    """The server did not take this one now (4xx); it may later."""
    UNREACHABLE = auto()
    """No server answers, knows us, or lets us send: nothing of the message went out."""
    UNCLEAR = auto()
    """The connection ended after the message was begun and before the server's answer: it may have it, or not."""


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

    @property
    def can_send(self) -> bool:
        """Whether messages go anywhere: to a server, or into the log at home."""
        return self.is_set_up or self._is_printed

    def send(self, message: Email) -> bool:
        """Hand a message to the server, or print it; whether that worked. Why not stands in the log."""
        return self.deliver(message) is Delivery.ACCEPTED

    def deliver(self, message: Email, before_content: Callable[[], None] | None = None) -> Delivery:
        """Hand a message to the server, or print it, and tell what became of it. Why not stands in the log.

        `before_content` is called when the server knows sender and recipient and nothing of the message has been sent
        yet; what it raises is passed on, and nothing is sent.
        """
        delivery = self._deliver(message, before_content)
        metrics.MAILS.add(message.kind, delivery.name.lower())
        return delivery

    def _deliver(self, message: Email, before_content: Callable[[], None] | None) -> Delivery:
        if not self.is_set_up:
            return self._print(message, before_content)
        has_begun = False

        def begin() -> None:
            nonlocal has_begun
            if before_content is not None:
                before_content()
            has_begun = True

        try:
            self._hand_over(message, begin)
        except (OSError, smtplib.SMTPException, ValueError) as problem:
            log.error("mail was not sent", message_id=message.message_id, problem=_in_codes(problem))
            return _delivery_of(problem, has_begun=has_begun)
        return Delivery.ACCEPTED

    def _print(self, message: Email, before_content: Callable[[], None] | None) -> Delivery:
        if not self._is_printed:
            log.warning("mail is not set up")
            return Delivery.UNREACHABLE
        if before_content is not None:
            before_content()
        log.info(PRINTED_MAIL, to=message.to, subject=message.subject, text=message.text)
        return Delivery.ACCEPTED

    def send_later(self, message: Email) -> None:
        """Send from a thread: where the time that it takes would tell what the page does not."""
        self._later.submit(copy_context().run, self.send, message)

    def call_later(self, work: Callable[[], object]) -> None:
        """Do something that sends mail from a thread; `close` waits for it too."""
        self._later.submit(copy_context().run, work)

    def close(self) -> None:
        """Wait for what is still being sent."""
        self._later.shutdown()

    def new_message_id(self) -> str:
        """A Message-ID that no other message has."""
        return make_msgid(domain=parseaddr(self._sender)[1].rpartition("@")[2] or None)

    def certificate_end(self, seconds: float) -> datetime | None:
        """Connect and sign in, and give when the server's certificate ends; None for one that sends it in the clear.

        Waits `seconds` for an answer. Raises OSError where none answers or it would take nothing; what smtplib raises
        is one too.
        """
        with self._server(seconds) as server:
            if not isinstance(server.sock, ssl.SSLSocket):
                return None
            until: Any = (server.sock.getpeercert() or {})["notAfter"]
            return datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC)

    def _hand_over(self, message: Email, begin: Callable[[], None]) -> None:
        written = self._written(message)
        accepted = False
        try:
            with self._server() as server:
                send_content = server.data

                def data(msg: Any) -> tuple[int, bytes]:
                    begin()
                    if server.sock is not None:
                        server.sock.settimeout(DATA_SECONDS)
                    return send_content(msg)

                # The only place between the recipient and the message that smtplib lets others come to.
                server.data = data  # type: ignore[method-assign] # see above
                try:
                    server.send_message(written)
                except smtplib.SMTPNotSupportedError as problem:
                    # The address has other letters than ASCII: the server is well, and takes other messages.
                    raise ValueError(str(problem)) from problem
                accepted = True
        except (OSError, smtplib.SMTPException):
            # A server that took the message and then says no good-bye has taken it.
            if not accepted:
                raise

    @contextmanager
    def _server(self, seconds: float = SECONDS) -> Iterator[smtplib.SMTP]:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port or 465, timeout=seconds, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(host, port or 587, timeout=seconds)
        with server:
            if self._url.scheme == "smtp":
                server.ehlo()
                # A password never goes in the clear: with one, a server without STARTTLS is refused.
                if self._url.username or server.has_extn("starttls"):
                    server.starttls(context=ssl.create_default_context())
            if self._url.username:
                server.login(unquote(self._url.username), unquote(self._url.password or ""))
            yield server

    def _written(self, message: Email) -> EmailMessage:
        written = EmailMessage()
        written["From"] = self._sender
        written["To"] = message.to
        written["Subject"] = message.subject
        written["Date"] = formatdate(localtime=False, usegmt=True)
        written["Message-ID"] = message.message_id or self.new_message_id()
        # Machines that answer mail while people are away shall not answer this.
        written["Auto-Submitted"] = "auto-generated"
        for name, value in message.headers.items():
            written[name] = value
        written.set_content(message.text)
        if message.headers:
            # Python folds an address that is longer than a line into coded words, which nobody takes for an address.
            written.policy = written.policy.clone(max_line_length=_LONGEST_LINE)
        return written


def _in_codes(problem: Exception) -> str:
    """What went wrong, without the words of servers, which repeat addresses and names; `kb doctor` shows them."""
    answers: list[tuple[int, bytes | str]]
    match problem:
        case smtplib.SMTPRecipientsRefused():
            answers = list(problem.recipients.values())
        case smtplib.SMTPResponseException():
            answers = [(problem.smtp_code, problem.smtp_error)]
        case smtplib.SMTPServerDisconnected() | smtplib.SMTPNotSupportedError():
            return f"{type(problem).__name__}: {problem}"
        case _:
            return described(problem)
    return ", ".join([type(problem).__name__, *(f"{code} {_enhanced_code(words)}".strip() for code, words in answers)])


def _enhanced_code(words: bytes | str) -> str:
    """The code of RFC 3463 with which an answer of a mail server begins, such as 5.1.1; else nothing."""
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    begins = re.match(r"[245]\.\d{1,3}\.\d{1,3}\b", text)
    return begins[0] if begins else ""


def _delivery_of(problem: Exception, *, has_begun: bool) -> Delivery:
    """What a failure means for the message."""
    match problem:
        case smtplib.SMTPRecipientsRefused():
            codes = [code for code, _words in problem.recipients.values()]
            return Delivery.REFUSED if all(500 <= code < 600 for code in codes) else Delivery.POSTPONED
        case smtplib.SMTPDataError():
            return Delivery.REFUSED if 500 <= problem.smtp_code < 600 else Delivery.POSTPONED
        case ValueError() if not has_begun:
            # An address that cannot be written into a message.
            return Delivery.REFUSED
    return Delivery.UNCLEAR if has_begun else Delivery.UNREACHABLE
