"""Signing in, and sending forms with their token as a person does."""

import re
from typing import Any

from flask import Response
from flask.testing import FlaskClient

from kb.accounts.models import User
from kb.web.accounts import second_step
from kb.web.core import login_session
from tests.factories import PASSWORD


def token_in(page: str) -> str:
    """The token of the first form of a page, those of the head left out."""
    match = re.search(r'name="csrf_token"\s+value="([^"]+)"', page)
    assert match, "the page has no form with a token"
    return match[1]


def signed_in(client: FlaskClient, user: User) -> FlaskClient:
    """The same client, signed in as somebody whom `make_user` made and a test committed.

    It gets the cookies of the sign-in page without asking for it; whoever has a second factor takes the first step.
    """
    app = client.application
    request_ = app.test_request_context("/sign-in", method="POST")
    client._add_cookies_to_wsgi(request_.request.environ)
    with request_:
        with app.extensions["kb_database"].writing() as session:
            person = session.get_one(User, user.id)
            is_waiting = second_step.record_first_step(session, person, "password")
        if is_waiting:
            login_session.begin_second_step(person, "password")
        else:
            login_session.sign_in(person)
        answer = Response()
        for set_cookie in request_._after_request_functions:
            answer = set_cookie(answer)
        app.session_interface.save_session(app, request_.session, answer)
    client._update_cookies_from_response("localhost", "/", answer.headers.getlist("Set-Cookie"))
    return client


def signed_in_by_form(client: FlaskClient, user: User, password: str = PASSWORD) -> FlaskClient:
    """The same as `signed_in`, by the sign-in page."""
    data = {"email": user.email, "password": password, "csrf_token": token_in(client.get("/sign-in").text)}
    answer = client.post("/sign-in", data=data)
    assert answer.status_code == 303, "the sign-in page let nobody in"
    return client


def send(client: FlaskClient, path: str, page: str | None = None, /, **fields: Any) -> Any:
    """Send a form to `path` with the token of a page that has one, `page` or that path itself; the answer is whole."""
    token = token_in(client.get(page or path).text)
    return client.post(path, data={**fields, "csrf_token": token}, buffered=True)
