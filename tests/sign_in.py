"""Signing in as a person does: by the form, with its token, so that the cookie is a real one."""

import re
from typing import Any

from flask.testing import FlaskClient

from kb.accounts.models import User
from tests.factories import PASSWORD


def token_in(page: str) -> str:
    """The token of the first form of a page, those of the head left out."""
    match = re.search(r'name="csrf_token"\s+value="([^"]+)"', page)
    assert match, "the page has no form with a token"
    return match[1]


def signed_in(client: FlaskClient, user: User, password: str = PASSWORD) -> FlaskClient:
    """The same client, signed in by the sign-in page as somebody whom `make_user` made and a test committed."""
    data = {"email": user.email, "password": password, "csrf_token": token_in(client.get("/sign-in").text)}
    answer = client.post("/sign-in", data=data)
    assert answer.status_code == 303, "the sign-in page let nobody in"
    return client


def send(client: FlaskClient, path: str, page: str | None = None, /, **fields: Any) -> Any:
    """Send a form to `path` with the token of a page that has one, `page` or that path itself; the answer is whole."""
    token = token_in(client.get(page or path).text)
    return client.post(path, data={**fields, "csrf_token": token}, buffered=True)
