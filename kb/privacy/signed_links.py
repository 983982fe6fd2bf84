"""Signed links by mail, which prove that whoever asks for the data of an address reads its mail."""

from itsdangerous import BadSignature, URLSafeTimedSerializer

from kb.core.errors import Problem
from kb.core.i18n import gettext_noop

HOURS = 24
"""For so long a link works."""

_OVER = gettext_noop("The link may be incomplete, or older than a day. Ask for a new one.")


class InvalidDataLink(Problem):
    """A link is none of ours, or its time is over."""


def ticket_for(secret: str, address: str) -> str:
    """The part of a link that opens the data of an address within a day."""
    return _signer(secret).dumps(address)


def address_in(secret: str, ticket: str) -> str:
    """The address whose data a link opens. Raises InvalidDataLink."""
    try:
        return str(_signer(secret).loads(ticket, max_age=HOURS * 3_600))
    except BadSignature:
        raise InvalidDataLink(_OVER) from None


def _signer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt="citypeers-personal-data")
