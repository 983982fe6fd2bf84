"""Second factors of made-up people: an authenticator app, and a passkey whose device is played by the test."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
import pyotp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy.orm import Session

from kb.accounts.authenticator_apps import AuthenticatorApps
from kb.accounts.models import User

_USER_PRESENT, _USER_VERIFIED, _HAS_CREDENTIAL = 0x01, 0x04, 0x40


def make_app(session: Session, app: Flask, user: User) -> pyotp.TOTP:
    """Give a person an authenticator app, whose codes of long ago count as used; what shows its codes."""
    apps = AuthenticatorApps(app.config["KB"].secret_key)
    new = apps.new(user)
    session.add(apps.make(user, new, 0))
    session.flush()
    return pyotp.TOTP(new.secret)


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass
class Device:
    """A device that creates one passkey and signs with it, as a browser hands its answers on."""

    origin: str = "http://localhost"
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def create(self, options: dict[str, Any]) -> str:
        """The answer to the options of a page that asks for a new passkey."""
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        credential = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + public
        data = self._authenticator_data(options["rp"]["id"], _HAS_CREDENTIAL) + credential
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client_data("webauthn.create", options)
        return self._answer({"clientDataJSON": _text(client), "attestationObject": _text(attestation)})

    def sign(self, options: dict[str, Any]) -> str:
        """The answer to the options of a page that asks for a signature."""
        data = self._authenticator_data(options["rpId"], 0)
        client = self._client_data("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._answer({name: _text(content) for name, content in answer.items()})

    def _authenticator_data(self, host: str, flags: int) -> bytes:
        flags |= _USER_PRESENT | _USER_VERIFIED
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _answer(self, response: dict[str, str]) -> str:
        name = _text(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
