"""Parses requests as waitress does, but refuses what is ambiguous, has too many fields or is too large."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver, FixedStreamReceiver
from waitress.utilities import Error

HEAD_BYTES = 100_000
"""Bytes of a request line and its header fields; an address of more than 16 KB is answered by a page of 414."""

HEADER_FIELDS = 100
_CHUNK_LINE_BYTES = 1_024
_TRAILER_BYTES = 8_192

SKIPPED_BYTES = 250_000_000
"""Bytes of a body that is too large, up to which it is read and thrown away, so that a browser shows the answer."""


class Settings(Adjustments):  # type: ignore[misc] # waitress has no annotations
    """Waitress's settings, and ours: `largest_body(method, path, cookie)` says how many bytes of a body are kept.

    `accepted_at_once` is how many connections a worker accepts before it does anything else. `unread_bytes` of its
    answers a client may leave unread.
    """

    largest_body: Callable[[str, str, str], int]
    request_seconds: int
    connections: int
    accepted_at_once: int
    unread_bytes: int


class PlainError(Error):  # type: ignore[misc] # waitress has no annotations
    """An answer of one sentence in plain text."""

    def __init__(self, code: int, reason: str, body: str) -> None:
        super().__init__(body)
        self.code = code
        self.reason = reason

    def to_response(self, _ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Status, headers and body."""
        return f"{self.code} {self.reason}", [("Content-Type", "text/plain; charset=utf-8")], f"{self.body}\n".encode()


def head_too_large() -> PlainError:
    """The answer to a request line or header fields that are too long."""
    words = "The address or the cookies are too long. Shorten what you typed; a search reads 1,000 characters."
    return PlainError(431, "Request Header Fields Too Large", words)


def too_slow() -> PlainError:
    """The answer to a request that did not arrive in time."""
    return PlainError(408, "Request Timeout", "The request did not arrive in time. Please send it again.")


def ended_early() -> PlainError:
    """The answer to a request of which only a part arrived."""
    return PlainError(400, "Bad Request", "The request ended before it was complete.")


class RequestParser(HTTPRequestParser):  # type: ignore[misc] # waitress has no annotations
    """One request, from its first byte to the last of its body."""

    adj: Settings
    body_rcv: Any
    error: Any
    completed: bool
    content_length: int
    expect_continue: bool
    _kept = 0

    def received(self, data: bytes) -> int:
        """Take in bytes; return how many belonged to this request."""
        in_head = self.body_rcv is None
        consumed: int = super().received(data)
        if in_head and self.error is not None and self.error.code == 431:
            self.error = head_too_large()
        if isinstance(self.body_rcv, ChunkedReceiver) and self.error is None:
            self._check_chunks(self.body_rcv)
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Read the request line and the fields. Raises ParsingError, which is answered with 400."""
        if header_plus.count(b"\r\n") > HEADER_FIELDS + 1:
            super().parse_header(b"GET / HTTP/1.0\r\n")
            self.error = head_too_large()
            return
        try:
            super().parse_header(header_plus)
        except ValueError:  # urlsplit has many
            raise ParsingError("The address cannot be read.") from None
        if self.version not in {"1.0", "1.1"}:
            raise ParsingError("Only HTTP/1.0 and HTTP/1.1 are supported.")
        if "TRANSFER_ENCODING" in self.headers or (self.chunked and "CONTENT_LENGTH" in self.headers):
            # Waitress would go by one of them, a proxy in front perhaps by the other: request smuggling.
            raise ParsingError("The length of the body is stated in more than one way.")
        self._limit_body()

    def _limit_body(self) -> None:
        if not (self.chunked or self.content_length):
            return
        self._kept = self.adj.largest_body(self.command, self.path, self.headers.get("COOKIE", ""))
        if self.chunked or self.content_length <= self._kept:
            return
        # The application refuses it by its length, with its own page, and never sees the body.
        self.headers["CONNECTION"] = "close"
        self.connection_close = True
        self.body_rcv.getbuf().close()
        wait = self.expect_continue or self.content_length > SKIPPED_BYTES
        self.expect_continue = False
        self.body_rcv = None if wait else FixedStreamReceiver(self.content_length, _Discarded())
        if wait:
            self.content_length = 0

    def _check_chunks(self, body: Any) -> None:
        if self.body_bytes_received > self._kept:
            self.error = PlainError(413, "Content Too Large", f"More than {self._kept} bytes were sent.")
        elif len(body.control_line) > _CHUNK_LINE_BYTES or len(body.trailer) > _TRAILER_BYTES:
            self.error = PlainError(400, "Bad Request", "A line between the chunks is too long.")
        self.completed = self.completed or self.error is not None


class _Discarded:
    """A buffer that keeps nothing."""

    def append(self, _data: bytes) -> None:
        """Throw bytes away."""

    def getfile(self) -> BytesIO:
        """Nothing, as a file."""
        return BytesIO()

    def close(self) -> None:
        """There is nothing to close."""

    def __len__(self) -> int:
        return 0
