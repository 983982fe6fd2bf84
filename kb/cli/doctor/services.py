"""The servers that the site depends on, beside its database: mail, sign-in, the counts of the limits, its own proxy."""

import os
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from limits.storage import storage_from_string

from kb.core.mail import Mail

from ..context import Context
from .certificates import CONNECT_SECONDS, certificate_end, certificate_lines, reason_of
from .lines import Line

_HTTPS = 443


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
        yield Line.problem("mail", reason_of(problem), "start the mail server or correct KB_SMTP_URL")
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
        yield Line.problem(check, f"{issuer} cannot be reached: {reason_of(problem)}", advice)
        return
    line = Line.ok if document.get("issuer") == issuer else Line.problem
    yield line(check, f"{issuer} gives its name as {document.get('issuer')}")
    parts = urlsplit(issuer)
    if parts.scheme == "https":
        authorities = os.environ.get("REQUESTS_CA_BUNDLE") or requests.utils.DEFAULT_CA_BUNDLE_PATH
        yield from certificate_lines(check, certificate_end(parts.hostname or "", parts.port or _HTTPS, authorities))


def limit_lines(context: Context) -> Iterator[Line]:
    """Whether the counts of the rate limits can be reached, where they are on another machine."""
    address = urlsplit(context.config.rate_limit_storage)
    if address.scheme == "memory":
        return
    timeouts = {"socket_connect_timeout": CONNECT_SECONDS, "socket_timeout": CONNECT_SECONDS}
    storage = storage_from_string(context.config.rate_limit_storage, **timeouts)
    where = f"{address.scheme} at {address.hostname}"
    if storage.check():
        yield Line.ok("rate limits", f"{where} answers")
    else:
        advice = "start it, or correct KB_RATE_LIMIT_STORAGE; until then each machine counts for itself"
        yield Line.problem("rate limits", f"{where} does not answer", advice)


def site_lines(context: Context) -> Iterator[Line]:
    """Whether the public address has a certificate that browsers accept, and for how long."""
    parts = urlsplit(context.config.site_url)
    if parts.scheme != "https":
        return
    host, port = parts.hostname or "", parts.port or _HTTPS
    try:
        end = certificate_end(host, port)
    except ssl.SSLCertVerificationError as problem:
        yield Line.problem("site", f"{host}: {reason_of(problem)}", "renew the certificate in the proxy")
    except OSError as problem:
        yield Line.warning("site", f"{host} cannot be reached from this machine: {reason_of(problem)}")
    else:
        yield from certificate_lines("site", end)
