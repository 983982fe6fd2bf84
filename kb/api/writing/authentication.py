"""Finds out which program asks, by its key in the header `Authorization`; cookies count for nothing here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import g
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from kb.accounts.api_keys import InvalidKey
from kb.accounts.choices import KEY_SCOPES
from kb.accounts.models import ApiKey, User
from kb.accounts.permissions import SCOPES, may_by_key
from kb.web.core import limits, program_keys
from kb.web.core.formatting import message_text
from kb.web.core.language import translated

REALM = "CityPeers"

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


@dataclass(frozen=True, slots=True)
class Caller:
    """The key of a program, and the person for whom it acts."""

    user: User
    key: ApiKey

    def require(self, scope: str) -> None:
        """Raise Forbidden where the key lacks a scope, or its owner the permission for it."""
        if not may_by_key(self.user, self.key.scopes, scope):
            raise _forbidden(scope, is_of_owner=scope in self.key.scopes)


def requires_key(scope: str) -> Callable[[View], View]:
    """Let only programs in whose key has a scope. Raises KeyError for an unknown one."""
    if scope not in SCOPES:
        raise KeyError(scope)

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            g.api_caller = _authenticated()
            caller().require(scope)
            return view(*args, **kwargs)

        guarded.requires_scope = scope  # type: ignore[attr-defined] # read by `scope_of`
        return guarded  # type: ignore[return-value] # it takes and gives the same

    return guard


def scope_of(view: Any) -> str | None:
    """The scope that a view requires of a key, or None where it needs no key."""
    scope: str | None = getattr(view, "requires_scope", None)
    return scope


def caller() -> Caller:
    """Who asks, in a view that `requires_key` let somebody into."""
    asks: Caller = g.api_caller
    return asks


def _authenticated() -> Caller:
    """The owner of the key that was sent. Raises Unauthorized and TooManyRequests, which never name the key."""
    try:
        api_key = program_keys.valid()
    except InvalidKey as invalid:
        limits.spend(program_keys.FAILED_RATE, "failed key", limits.client_address())
        raise _unauthorized(message_text(invalid.message), "invalid_token") from None
    if api_key is None:
        raise _unauthorized(
            gettext(
                "This needs a key: send the header “Authorization: Bearer kb_…”. You make a key under “Keys for "
                "programs” of your account."
            )
        )
    return Caller(api_key.user, api_key)


class _Challenge(WWWAuthenticate):
    """What is asked for, with quotes around each value as RFC 9110 wants them around the realm."""

    def to_header(self) -> str:
        return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in self.parameters.items())


def _unauthorized(sentence: str, error: str | None = None) -> Unauthorized:
    asked = _Challenge("bearer", {"realm": REALM})
    if error is not None:
        asked["error"] = error
    return Unauthorized(sentence, www_authenticate=asked)


def _forbidden(scope: str, *, is_of_owner: bool) -> Forbidden:
    if is_of_owner:
        return Forbidden(gettext("Your role does not include this."))
    return Forbidden(
        gettext(
            "This key may not do that: it lacks “%(scope)s” (%(words)s). Make a key that has it.",
            scope=scope,
            words=translated(KEY_SCOPES[scope]),
        )
    )
