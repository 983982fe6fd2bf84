"""Signing in elsewhere, by OpenID Connect: the provider that the settings name, if any.

The client and its libraries take 16 MB of memory, so they are loaded only where there is a provider.
"""

from typing import Any

from flask import Flask, current_app


class ProviderError(Exception):
    """The provider does not answer, or answers something else than it should."""


class NotAccepted(ProviderError):
    """What came back was not asked for by this browser, or the provider says no."""


def begin(back: str) -> Any:
    """The way to the provider, which sends the person back to that whole address. Raises ProviderError."""
    return _client().begin(back)


def verified_email() -> str | None:
    """The address that the provider vouches for, of whoever it sent back with this request. Raises ProviderError."""
    email: str | None = _client().verified_email()
    return email


def _client() -> Any:
    return current_app.extensions["kb_openid_client"]


def register(app: Flask) -> None:
    """Load the client where there is a provider."""
    if app.config["KB"].oidc_issuer:
        from . import openid_client  # noqa: PLC0415 - as the module says

        openid_client.register(app)
        app.extensions["kb_openid_client"] = openid_client
