"""Authenticator apps: codes of six digits that change every half minute (TOTP, RFC 6238).

The secret that app and site share is stored encrypted by a key derived from the site's secret, so that a copy of the
database alone makes no codes. With another secret of the site, apps must be set up anew.
"""

import base64
import hmac
import json
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlalchemy.orm import Session

from kb.core.column_types import now
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from .models import AuthenticatorApp, User

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

STEP_SECONDS = 30
DIGITS = 6
SETUP_SECONDS = 3_600
"""How long a new secret waits to be confirmed."""

_STEPS_AROUND = (0, -1, 1)
"""Which steps' codes are right beside the present one: clocks differ, and typing takes time."""

_ISSUER = "CityPeers"
_SETUP_OVER = gettext_noop("The page was open for too long. Please scan the new code.")
WRONG_FIRST_CODE = gettext_noop(
    "This code is wrong. Enter the code that the app shows now, and check that the time on your phone is right."
)


@dataclass(frozen=True, slots=True)
class NewApp:
    """An app that is being set up: the secret, and the same as `ticket`, encrypted for this person for an hour."""

    secret: str
    ticket: str

    def address(self, user: User) -> str:
        """What the QR code holds: the secret and whose it is, as apps read it."""
        from pyotp import TOTP  # noqa: PLC0415 - seldom needed

        return TOTP(self.secret).provisioning_uri(name=user.email, issuer_name=_ISSUER)

    @property
    def written(self) -> str:
        """The secret in groups of four, to be typed."""
        return " ".join(self.secret[start : start + 4] for start in range(0, len(self.secret), 4))


class AuthenticatorApps:
    """Sets up apps and checks their codes, by the site's secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def new(self, user: User) -> NewApp:
        """A new secret for a person; nothing is stored before its first code was right."""
        import pyotp  # noqa: PLC0415 - seldom needed

        secret = pyotp.random_base32()
        return NewApp(secret, self._fernet.encrypt(json.dumps([user.id, secret]).encode()).decode())

    def being_set_up(self, user: User, ticket: str) -> NewApp:
        """The app of a ticket that was made for this person. Raises Refused where its hour is over."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - takes long to import

        try:
            key, secret = json.loads(self._fernet.decrypt(ticket.encode(), ttl=SETUP_SECONDS))
        except InvalidToken:
            raise Refused(_SETUP_OVER) from None
        if key != user.id:
            raise Refused(_SETUP_OVER)
        return NewApp(secret, ticket)

    def time_step(self, new: NewApp, code: str, at: datetime | None = None) -> int | None:
        """The time step whose code shows that the app was set up, or None where the code is wrong."""
        return _step_of(new.secret, code, at or now())

    def make(self, user: User, new: NewApp, step: int) -> AuthenticatorApp:
        """The row of an app whose first code was right, at that time step."""
        secret = self._fernet.encrypt(new.secret.encode()).decode()
        return AuthenticatorApp(user_id=user.id, secret=secret, last_step=step)

    def use(self, session: Session, user: User, code: str, at: datetime | None = None) -> bool:
        """Whether a code is right and was not used before, nor one after it; then it is used."""
        app = session.get(AuthenticatorApp, user.id, populate_existing=True)
        secret = self.secret_of(app) if app else None
        at = at or now()
        step = _step_of(secret, code, at) if secret else None
        if step is None:
            return False
        # One statement, so that of two requests with the same code one finds the other's step.
        used = (
            update(AuthenticatorApp)
            .where(AuthenticatorApp.user_id == user.id, AuthenticatorApp.last_step < step)
            .values(last_step=step, last_used_at=at)
            .returning(AuthenticatorApp.user_id)
        )
        return session.scalar(used) is not None

    def secret_of(self, app: AuthenticatorApp) -> str | None:
        """The secret, or None where it was encrypted with another secret of the site."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - takes long to import

        try:
            return self._fernet.decrypt(app.secret.encode()).decode()
        except InvalidToken:
            return None

    @cached_property
    def _fernet(self) -> "Fernet":
        from cryptography.fernet import Fernet  # noqa: PLC0415 - takes long to import
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - takes long to import
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 - takes long to import

        key = HKDF(SHA256(), length=32, salt=None, info=b"citypeers authenticator apps").derive(self._secret.encode())
        return Fernet(base64.urlsafe_b64encode(key))


def _step_of(secret: str, code: str, at: datetime) -> int | None:
    """The time step (RFC 6238) whose code this is, of the present one and those beside it, or None."""
    from pyotp import TOTP  # noqa: PLC0415 - seldom needed

    typed = _digits(code)
    totp, present = TOTP(secret), int(at.timestamp()) // STEP_SECONDS
    # All are compared, so that the time tells nothing.
    right = [
        present + around
        for around in _STEPS_AROUND
        if hmac.compare_digest(totp.generate_otp(present + around).encode(), typed.encode())
    ]
    return right[0] if right else None


def _digits(code: str) -> str:
    """The digits of a code, whatever script they are written in; what stands between them is left out."""
    return "".join(str(unicodedata.digit(sign)) for sign in code[:100] if sign.isdecimal())
