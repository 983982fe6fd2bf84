"""Programs with a key, as tests need them."""

import itertools
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from kb.accounts.api_keys import ApiKeys
from kb.accounts.models import User
from kb.accounts.permissions import SCOPES

_numbers = itertools.count(1)


def make_key(session: Session, secret: str, user: User, scopes: tuple[str, ...] = tuple(SCOPES)) -> str:
    """A key of a person, for a site with that secret."""
    keys, name = ApiKeys(secret), f"Made-up program {next(_numbers)}"
    key = keys.new_key(user, "", {"name": name})
    keys.make(session, user, key, name=name, scopes=list(scopes), days=30)
    return key


class Program:
    """A program that sends JSON with a key, and a new Idempotency-Key with each POST unless told otherwise."""

    def __init__(self, client: FlaskClient, key: str) -> None:
        self.client, self.key = client, key

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send a request below /api/v1; headers are given with underscores, and left out where they are empty."""
        sent = {"Authorization": f"Bearer {self.key}"}
        if method == "POST":
            sent["Idempotency-Key"] = f"made-up-{next(_numbers)}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        given = {"data": body} if isinstance(body, bytes) else {} if body is None else {"json": body}
        sent = {name: value for name, value in sent.items() if value}
        return self.client.open(f"/api/v1{path}", method=method, headers=sent, **given)
