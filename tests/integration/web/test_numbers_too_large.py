"""Numbers that no row can have: what names one in an address or a form is answered like whatever names nothing."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import IntegerConverter

from tests.factories import make_city, make_session, make_user
from tests.sign_in import signed_in, token_in

pytestmark = pytest.mark.both_databases

HERE = {"Sec-Fetch-Site": "same-origin"}
TOO_LARGE = 10**30


@pytest.fixture
def administrator(client: FlaskClient, session: Session) -> FlaskClient:
    """An administrator's browser, where there is a session of the forum and a city."""
    person = make_user(session, "administrator")
    make_session(session, slug="made-up-slug")
    make_city(session, slug="made-up-city")
    session.commit()
    return signed_in(client, person)


def test_an_address_with_a_number_that_no_row_can_have_leads_nowhere(app: Flask, administrator: FlaskClient) -> None:
    addresses = app.url_map.bind("localhost")
    tried = 0
    for rule in app.url_map.iter_rules():
        if not any(isinstance(base_converter, IntegerConverter) for base_converter in rule._converters.values()):
            continue
        values = {
            name: TOO_LARGE
            if isinstance(base_converter, IntegerConverter)
            else next(iter(getattr(base_converter, "items", ["made-up-slug"])))
            for name, base_converter in rule._converters.items()
        }
        for method in (rule.methods or set()) & {"GET", "POST"}:
            path = addresses.build(rule.endpoint, values, method=method)
            token = token_in(administrator.get("/account").text)
            answer = administrator.open(path, method=method, data={"csrf_token": token}, headers=HERE)
            assert answer.status_code in {404, 405}, f"{method} {path}: {answer.status_code}"
            tried += 1
    assert tried > 30


@pytest.mark.parametrize(
    ("path", "sent", "code"),
    [
        ("/forum/made-up-slug/chairs/revoke", {"link": TOO_LARGE}, 404),
        ("/forum/made-up-slug/console/said", {"text": "Made-up", "speaker": TOO_LARGE}, 422),
        ("/forum/made-up-slug/console", {"step": "next", "seen": 0, "slot": TOO_LARGE}, 422),
        (
            "/forum/made-up-slug/questions",
            {"question": TOO_LARGE, "moderation_action": "approve", "seen": "waiting"},
            422,
        ),
        ("/desk/queue", {"choose": f"{TOO_LARGE}:1"}, 303),
    ],
)
def test_a_form_with_a_number_that_no_row_can_have_is_refused(
    administrator: FlaskClient, path: str, sent: dict[str, object], code: int
) -> None:
    token = token_in(administrator.get("/account").text)
    answer = administrator.post(path, data={"csrf_token": token, **sent}, headers=HERE)
    assert answer.status_code == code


@pytest.mark.parametrize("name", ["before", "after", "until"])
@pytest.mark.usefixtures("administrator")
def test_a_history_leaves_out_a_number_that_no_version_can_have(client: FlaskClient, name: str) -> None:
    assert client.get(f"/cities/made-up-city/history?{name}={TOO_LARGE}").status_code == 200
