"""Signing in elsewhere, by OpenID Connect: the provider that the settings name, if any.

The client and its libraries take 16 MB of memory, so they are loaded only where there is a provider.
"""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app


class ProviderError(Exception):
    """The provider does not answer, or answers something else than it should."""


class NotAccepted(ProviderError):
    """What came back was not asked for by this browser, or the provider says no."""


@dataclass(frozen=True, slots=True)
class VerifiedPerson:
    """Whom the provider vouches for, by an e-mail address; and whether it says that it asked for two factors."""

    email: str
    has_second_step: bool


def begin(back: str) -> Any:
    """The way to the provider, which sends the person back to that whole address. Raises ProviderError."""
    return _client().begin(back)


def verified_person() -> VerifiedPerson | None:
    """Whom the provider vouches for, of whoever it sent back with this request. Raises ProviderError."""
    person: VerifiedPerson | None = _client().verified_person()
    return person


def _client() -> Any:
    return current_app.extensions["kb_openid_client"]


def register(app: Flask) -> None:
    """Load the client where there is a provider."""
    if app.config["KB"].oidc_issuer:
        from . import openid_client  # noqa: PLC0415 - as the module says

        openid_client.register(app)
        app.extensions["kb_openid_client"] = openid_client
