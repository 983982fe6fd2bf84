"""The client for an OpenID Connect provider; `provider` loads it where the settings name one.

Authlib does the protocol: the provider's own description of itself, a state and a nonce kept in the cookie, PKCE, and
the checks of what comes back.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Flask, current_app, request, session
from joserfc.errors import JoseError

from .provider import NotAccepted, ProviderError, VerifiedPerson

_SECONDS = 10
_STATE = "_state_provider_"
_TWO_FACTORS = frozenset(
    {
        "phr",
        "phrh",
        "https://refeds.org/profile/mfa",
        "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
        "http://eidas.europa.eu/LoA/substantial",
        "http://eidas.europa.eu/LoA/high",
    }
)
"""Values of `acr` that stand for more than one factor: of OpenID (EAP), REFEDS, PAPE and eIDAS."""

_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@contextmanager
def _errors() -> Iterator[None]:
    """Say ProviderError or NotAccepted whatever library found out what is wrong."""
    try:
        yield
    except AuthlibBaseError as problem:
        raise NotAccepted(repr(problem)) from problem
    except (JoseError, requests.RequestException) as problem:
        raise ProviderError(repr(problem)) from problem


@_errors()
def begin(back: str) -> Any:
    """The way to the provider, which sends the person back to that whole address. Raises ProviderError."""
    for key in [key for key in session if key.startswith(_STATE)]:
        # Of earlier tries, which would fill the cookie.
        session.pop(key)
    return _client().authorize_redirect(back)


@_errors()
def verified_person() -> VerifiedPerson | None:
    """Whom the provider vouches for, of whoever it sent back with this request. Raises ProviderError."""
    if not {"code", "error"} & request.args.keys() or f"{_STATE}{request.args.get('state')}" not in session:
        raise OAuthError("not_asked_for")
    client = _client()
    _check_keys(client)
    try:
        token = client.authorize_access_token()
    except ValueError as problem:
        raise ProviderError(f"its token cannot be read: {problem}") from None
    claims: Mapping[str, Any] = token.get("userinfo") or {}
    if not claims.get("email") or claims.get("email_verified") is not True:
        return None
    return VerifiedPerson(str(claims["email"]), has_second_step=_says_two_factors(claims))


def _says_two_factors(claims: Mapping[str, Any]) -> bool:
    """Whether the signed token says that the provider asked for more than one factor."""
    methods, level = claims.get("amr"), claims.get("acr")
    return (isinstance(methods, list) and "mfa" in methods) or (isinstance(level, str) and level in _TWO_FACTORS)


def _client() -> Any:
    """The client for the provider. Raises ProviderError for a wrong description, which is asked for again next time."""
    client = current_app.extensions["kb_provider"].create_client("provider")
    try:
        description = client.load_server_metadata()
    except TypeError:
        raise ProviderError("its description is no JSON object") from None
    if missing := [name for name in _ENDPOINTS if not isinstance(description.get(name), str)]:
        client.server_metadata.pop("_loaded_at", None)
        raise ProviderError(f"its description lacks {', '.join(missing)}")
    return client


def _check_keys(client: Any) -> None:
    """Raise ProviderError where the provider's keys are no list, and drop them, since Authlib keeps any answer."""
    keys = client.fetch_jwk_set()
    listed = keys.get("keys") if isinstance(keys, dict) else None
    if not isinstance(listed, list):
        client.server_metadata.pop("jwks", None)
        raise ProviderError("its keys are no list of keys")


def register(app: Flask) -> None:
    """Know the provider; nothing is asked of it before somebody signs in there."""
    config = app.config["KB"]
    oauth = OAuth(app)
    oauth.register(
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
    app.extensions["kb_provider"] = oauth
