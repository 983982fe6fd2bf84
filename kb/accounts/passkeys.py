"""Passkeys (WebAuthn): a device signs a challenge of ours with a key that never leaves it, for this site alone.

A challenge is random, signed for one purpose and one sign-in, good for ten minutes, and accepted once. The package
`webauthn` checks what a device answers; it is imported when first needed, since it takes long.
"""

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from typing import Any, Literal

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kb.core.column_types import now
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from . import submissions
from .models import Passkey, User

Purpose = Literal["create", "get"]

CHALLENGE_SECONDS = 600
_TIMEOUT = 300_000
"""Milliseconds that a browser waits for the device."""

_SITE_NAME = "CityPeers"
_LONGEST_CREDENTIAL_ID = 1_400
_BASE64URL = re.compile(r"[\w-]+", re.ASCII)
_NOT_CREATED = gettext_noop("Your device did not create a passkey for this site. Please try again.")
_TAKEN = gettext_noop("This passkey was already added.")


class InvalidPasskey(Refused):
    """What a device answered is no passkey for this site and this challenge."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a page asks a device: the browser's options as JSON, and `ticket`, which comes back with the answer."""

    options: str
    ticket: str


class Passkeys:
    """Asks devices and checks what they answer, for one site: its secret, the host that keys belong to, its origin."""

    def __init__(self, secret: str, host: str, origin: str) -> None:
        self._secret, self._host, self._origin = secret, host, origin

    def ask_to_create(self, user: User, existing: list[Passkey], sign_in_id: str) -> Challenge:
        """Ask a device to create a passkey; one that has one of the person's already will not."""
        import webauthn  # noqa: PLC0415 - as the module says
        from webauthn.helpers.structs import (  # noqa: PLC0415 - as the module says
            AuthenticatorSelectionCriteria,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        options = webauthn.generate_registration_options(
            rp_id=self._host,
            rp_name=_SITE_NAME,
            # Which account it is, without saying so to whoever finds the device.
            user_id=hmac.new(self._secret.encode(), f"passkeys of {user.id}".encode(), hashlib.sha256).digest(),
            user_name=user.email,
            user_display_name=user.name,
            timeout=_TIMEOUT,
            exclude_credentials=_described(existing),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
        )
        return self._challenge("create", options, sign_in_id)

    def ask_to_sign(self, existing: list[Passkey], sign_in_id: str) -> Challenge:
        """Ask for the signature of one of these passkeys."""
        import webauthn  # noqa: PLC0415 - as the module says

        options = webauthn.generate_authentication_options(
            rp_id=self._host, timeout=_TIMEOUT, allow_credentials=_described(existing)
        )
        return self._challenge("get", options, sign_in_id)

    def created(
        self, session: Session, user: User, name: str, credential: str, challenge: str, sign_in_id: str
    ) -> Passkey:
        """The passkey that a device created, from its answer and the challenge's ticket. Raises InvalidPasskey."""
        import webauthn  # noqa: PLC0415 - as the module says

        expected = self._take(session, "create", challenge, sign_in_id)
        if expected is None:
            raise InvalidPasskey(_NOT_CREATED)
        try:
            made = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=expected,
                expected_rp_id=self._host,
                expected_origin=self._origin,
            )
        except Exception:  # noqa: BLE001 - on what is malformed the package raises errors of several others
            raise InvalidPasskey(_NOT_CREATED) from None
        credential_id = webauthn.helpers.bytes_to_base64url(made.credential_id)
        if len(credential_id) > _LONGEST_CREDENTIAL_ID:
            raise InvalidPasskey(_NOT_CREATED)
        if session.scalar(select(Passkey.id).where(Passkey.credential_id == credential_id)) is not None:
            raise InvalidPasskey(_TAKEN)
        return Passkey(
            user_id=user.id,
            name=name,
            credential_id=credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
        )

    def use(self, session: Session, user: User, credential: str, challenge: str, sign_in_id: str) -> bool:
        """Whether a device signed the challenge with a passkey of this person; then it is used.

        A passkey that counts must have counted on since it was last used, or it was copied.
        """
        import webauthn  # noqa: PLC0415 - as the module says

        expected = self._take(session, "get", challenge, sign_in_id)
        passkey = _named_in(session, user, credential)
        if expected is None or passkey is None:
            return False
        try:
            verified = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=expected,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
            )
        except Exception:  # noqa: BLE001 - on what is malformed the package raises errors of several others
            return False
        used = (
            update(Passkey)
            .where(Passkey.id == passkey.id, Passkey.sign_count == passkey.sign_count)
            .values(sign_count=verified.new_sign_count, last_used_at=now())
            .returning(Passkey.id)
        )
        return session.scalar(used) is not None

    def _challenge(self, purpose: Purpose, options: Any, sign_in_id: str) -> Challenge:
        import webauthn  # noqa: PLC0415 - as the module says

        ticket = self._signer(purpose, sign_in_id).dumps(base64.b64encode(options.challenge).decode())
        return Challenge(webauthn.options_to_json(options), ticket)

    def _take(self, session: Session, purpose: Purpose, ticket: str, sign_in_id: str) -> bytes | None:
        """The challenge of a ticket, which is accepted this once; None for any other."""
        try:
            challenge = base64.b64decode(self._signer(purpose, sign_in_id).loads(ticket, max_age=CHALLENGE_SECONDS))
        except BadData:
            return None
        number = hashlib.sha256(b"passkey challenge " + challenge).hexdigest()
        return challenge if submissions.claim(session, number) else None

    def _signer(self, purpose: Purpose, sign_in_id: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._secret, salt=f"citypeers-passkey-{purpose}-{sign_in_id}")


def _described(passkeys: list[Passkey]) -> list[Any]:
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415 - as the module says
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor  # noqa: PLC0415 - as the module says

    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential_id)) for passkey in passkeys]


def _named_in(session: Session, user: User, credential: str) -> Passkey | None:
    """The person's passkey that a device's answer names; somebody else's is none."""
    try:
        named = json.loads(credential)["id"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not isinstance(named, str) or not _BASE64URL.fullmatch(named):
        return None
    query = select(Passkey).where(Passkey.user_id == user.id, Passkey.credential_id == named)
    return session.scalars(query).one_or_none()
