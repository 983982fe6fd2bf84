"""Signing in elsewhere, by OpenID Connect: the provider that the settings name, if any.

Authlib does the protocol: the provider's own description of itself, a state and a nonce kept in the cookie, PKCE, and
the checks of what comes back.
"""

from collections.abc import Mapping
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Flask, current_app, request, session
from joserfc.errors import JoseError

from ..core import context

PROVIDER_ERRORS = (
    AuthlibBaseError,
    JoseError,
    requests.RequestException,
    RuntimeError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
)
"""What goes wrong when the provider does not answer, or answers something else than it should."""

REFUSED = AuthlibBaseError
"""One of TROUBLE: what came back was not asked for by this browser, or the provider says no."""

_SECONDS = 10


def name() -> str | None:
    """What people call the provider, or None where there is none."""
    config = context.config()
    return (config.oidc_name or "OpenID Connect") if config.oidc_issuer else None


def begin(back: str) -> Any:
    """The way to the provider, which sends the person back to that whole address. Raises one of TROUBLE."""
    for key in [key for key in session if key.startswith("_state_provider_")]:
        # Of earlier tries, which would fill the cookie.
        session.pop(key)
    return _client().authorize_redirect(back)


def verified_email() -> str | None:
    """The address that the provider vouches for, of whoever it sent back with this request. Raises one of TROUBLE."""
    if "code" not in request.args and "error" not in request.args:
        raise OAuthError("missing_code")
    claims: Mapping[str, Any] = _client().authorize_access_token().get("userinfo") or {}
    return str(claims["email"]) if claims.get("email") and claims.get("email_verified") is True else None


def _client() -> Any:
    return current_app.extensions["kb_provider"].create_client("provider")


def register(app: Flask) -> None:
    """Know the provider; nothing is asked of it before somebody signs in there."""
    config = app.config["KB"]
    if not config.oidc_issuer:
        return
    known = OAuth(app)
    known.register(
        "provider",
        server_metadata_url=f"{config.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_id=config.oidc_client_id,
        client_secret=config.oidc_client_secret,
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "default_timeout": _SECONDS,
        },
    )
    app.extensions["kb_provider"] = known
