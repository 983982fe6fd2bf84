"""The servers that the site depends on, beside its database: mail, sign-in, the counts of the limits, its own proxy."""

import os
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from limits.storage import storage_from_string

from kb.core.column_types import now
from kb.core.mail import Mail

from ..context import Context
from .lines import Line

_HTTPS, _REDIS = 443, 6379
CONNECT_SECONDS = 5.0
"""How long a server is waited for."""

_SOON = timedelta(days=21)
_VERY_SOON = timedelta(days=7)


def mail_lines(context: Context) -> Iterator[Line]:
    """Whether the mail server answers, knows us, and for how long its certificate is valid."""
    config = context.config
    mail = Mail(config.smtp_url, config.mail_from)
    if not mail.is_set_up:
        links = "links are written to the log" if config.development else "send the links yourself"
        yield Line.ok("mail", f"not set up ({links})")
        return
    try:
        end = mail.certificate_end(CONNECT_SECONDS)
    except OSError as problem:  # those of smtplib are OSErrors too
        remedy = "give it a valid certificate" if _is_certificate(problem) else "start the mail server"
        yield Line.problem("mail", _reason_of(problem), f"{remedy}, or correct KB_SMTP_URL")
        return
    yield Line.ok("mail", f"the server answers; mail is sent from {config.mail_from}")
    if end:
        yield from certificate_lines("mail", end)


def provider_lines(context: Context) -> Iterator[Line]:
    """Whether the OpenID Connect provider describes itself, and for how long its certificate is valid."""
    check, issuer = "single sign-on", context.config.oidc_issuer
    if not issuer:
        yield Line.ok(check, "no OpenID Connect provider is set")
        return
    import requests  # noqa: PLC0415 - `kb serve` loads this module too, and needs no requests

    advice = "people cannot sign in there; ask its operators, or correct KB_OIDC_ISSUER"
    try:
        address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        described = requests.get(address, timeout=CONNECT_SECONDS)
        described.raise_for_status()
        document = described.json()
        requests.get(document["jwks_uri"], timeout=CONNECT_SECONDS).raise_for_status()
    except (requests.RequestException, ValueError, KeyError, TypeError) as problem:
        yield Line.problem(check, f"{issuer} cannot be reached: {_reason_of(problem)}", advice)
        return
    text = f"{issuer} gives its name as {document.get('issuer')}"
    if document.get("issuer") == issuer:
        yield Line.ok(check, text)
    else:
        yield Line.problem(check, text, "set KB_OIDC_ISSUER to that name")
    parts = urlsplit(issuer)
    if parts.scheme == "https":
        authorities = os.environ.get("REQUESTS_CA_BUNDLE") or requests.utils.DEFAULT_CA_BUNDLE_PATH
        yield from certificate_lines(check, _certificate_end(parts.hostname or "", parts.port or _HTTPS, authorities))


def limit_lines(context: Context) -> Iterator[Line]:
    """Whether the counts of the rate limits can be reached, where they are on another machine."""
    address = urlsplit(context.config.rate_limit_storage)
    if address.scheme == "memory":
        return
    timeouts = {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": CONNECT_SECONDS}
    storage = storage_from_string(context.config.rate_limit_storage, **timeouts)
    where = f"{address.scheme} at {address.hostname}"
    end, failure, remedy = None, "does not answer", "start it"
    if address.scheme == "rediss":
        authorities = parse_qs(address.query).get("ssl_ca_certs", [None])[0]
        try:
            end = _certificate_end(address.hostname or "", address.port or _REDIS, authorities)
        except OSError as problem:
            if _is_certificate(problem):
                failure, remedy = f"cannot be used: {_reason_of(problem)}", "give it a valid certificate"
    if storage.check():
        yield Line.ok("rate limits", f"{where} answers")
    else:
        advice = f"{remedy}, or correct KB_RATE_LIMIT_STORAGE; until then each machine counts requests by itself"
        yield Line.problem("rate limits", f"{where} {failure}", advice)
    if end:
        yield from certificate_lines("rate limits", end)


def site_lines(context: Context) -> Iterator[Line]:
    """Whether the public address has a certificate that browsers accept, and for how long."""
    parts = urlsplit(context.config.site_url)
    if parts.scheme != "https":
        return
    host, port = parts.hostname or "", parts.port or _HTTPS
    try:
        end = _certificate_end(host, port)
    except ssl.SSLCertVerificationError as problem:
        yield Line.problem("site", f"{host}: {_reason_of(problem)}", "renew the certificate in the proxy")
    except OSError as problem:
        yield Line.warning("site", f"{host} cannot be reached from this machine: {_reason_of(problem)}")
    else:
        yield from certificate_lines("site", end)


def _certificate_end(host: str, port: int, authorities: str | None = None) -> datetime:
    """When the certificate of a TLS server ends; `authorities` is a file with those to trust instead of the system's.

    Raises OSError where none answers, or the certificate is not accepted.
    """
    tls = ssl.create_default_context(cafile=authorities)
    with (
        socket.create_connection((host, port), timeout=CONNECT_SECONDS) as plain,
        tls.wrap_socket(plain, server_hostname=host) as secured,
    ):
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(secured.getpeercert()["notAfter"]), UTC)  # type: ignore[index,arg-type] # verified, so it has one


def _cause(problem: BaseException) -> BaseException:
    """The error that other packages wrapped in theirs."""
    while isinstance(inner := getattr(problem, "reason", None) or next(iter(problem.args), None), BaseException):
        problem = inner
    return problem


def _is_certificate(problem: BaseException) -> bool:
    """Whether a server could not be used because its certificate is not accepted."""
    return isinstance(_cause(problem), ssl.SSLCertVerificationError)


def _reason_of(problem: BaseException) -> str:
    """Why a server could not be used, in one line."""
    problem = _cause(problem)
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
