"""Certificates of the servers that the site depends on: whether they are accepted, and for how long."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from kb.core.column_types import now

from .lines import Line

CONNECT_SECONDS = 5.0

_SOON = timedelta(days=21)
_VERY_SOON = timedelta(days=7)


def certificate_end(host: str, port: int, authorities: str | None = None) -> datetime:
    """When the certificate of a TLS server ends; `authorities` is a file with those to trust instead of the system's.

    Raises OSError where none answers, or the certificate is not accepted.
    """
    tls = ssl.create_default_context(cafile=authorities)
    with (
        socket.create_connection((host, port), timeout=CONNECT_SECONDS) as plain,
        tls.wrap_socket(plain, server_hostname=host) as secured,
    ):
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(secured.getpeercert()["notAfter"]), UTC)  # type: ignore[index,arg-type] # verified, so it has one


def reason_of(problem: BaseException) -> str:
    """Why a server could not be used, in one line: what other packages wrapped an error in is left out."""
    while isinstance(inner := getattr(problem, "reason", None) or next(iter(problem.args), None), BaseException):
        problem = inner
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {problem.verify_message}"
    if isinstance(problem, TimeoutError) or "timed out" in str(problem):
        return "it does not answer in time"
    return " ".join(str(problem).split())


def certificate_lines(check: str, end: datetime) -> Iterator[Line]:
    """Say until when a certificate is valid."""
    left = end - now()
    text = f"the certificate is valid until {end:%Y-%m-%d}"
    if left > _SOON:
        yield Line.ok(check, text)
    else:
        line = Line.problem if left < _VERY_SOON else Line.warning
        yield line(check, text, "renew it, and find out why it was not renewed automatically")
