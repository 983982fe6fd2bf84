"""Signing in at an OpenID Connect provider: a real one, from a package, running beside the test."""

import base64
import json
import threading
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.deprecate import AuthlibDeprecationWarning
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.models import AuditEvent, User
from kb.accounts.signed_links import SignedLinks
from kb.core.column_types import now
from kb.core.db import Database
from tests.factories import make_user
from tests.second_factors import make_app
from tests.sign_in import send

# The provider's own code warns of its use of Authlib; ours must not.
pytestmark = [
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),
]

CLAIMS = {
    "editor": {"email": "Editor@City.example", "email_verified": True, "name": "Somebody"},
    "two factors": {"email": "editor@city.example", "email_verified": True, "amr": ["pwd", "otp", "mfa"]},
    "refeds": {"email": "editor@city.example", "email_verified": True, "acr": "https://refeds.org/profile/mfa"},
    "one factor": {"email": "editor@city.example", "email_verified": True, "amr": ["pwd"], "acr": "1"},
    "listed": {"email": "editor@city.example", "email_verified": True, "acr": ["phr"]},
    "unverified": {"email": "editor@city.example", "email_verified": False},
    "silent": {"email": "editor@city.example"},
    "texted": {"email": "editor@city.example", "email_verified": "true"},
    "nameless": {},
    "stranger": {"email": "stranger@city.example", "email_verified": True},
}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of a provider that knows the people of CLAIMS."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AuthlibDeprecationWarning)
        from oidc_provider_mock import User as Known
        from oidc_provider_mock import run_server_in_thread
    known = [Known(sub=sub, claims=claims) for sub, claims in CLAIMS.items()]
    with run_server_in_thread(require_nonce=True, user_claims=known) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def app(app_with: Callable[..., Flask], provider: str) -> Flask:
    """The site, which trusts that provider."""
    return app_with(
        oidc_issuer=provider, oidc_client_id="citypeers", oidc_client_secret="secret", oidc_name="City Pass"
    )


@pytest.fixture
def editor(session: Session) -> User:
    """An editor."""
    editor = make_user(session, "editor", email="editor@city.example")
    session.commit()
    return editor


def go_there(client: FlaskClient, path: str = "/sign-in/elsewhere") -> str:
    """The address of the provider that the site sends people to."""
    answer = client.get(path)
    assert answer.status_code == 302
    return answer.headers["Location"]


def come_back(client: FlaskClient, there: str, sub: str):
    """Say who one is at the provider, and follow it back to the site."""
    agreed = requests.post(there, data={"sub": sub}, allow_redirects=False, timeout=10)
    assert agreed.status_code == 302, agreed.text
    back = urlsplit(agreed.headers["Location"])
    assert back.path == "/sign-in/answer"
    return client.get(f"{back.path}?{back.query}")


def test_an_editor_comes_in_by_the_provider_and_goes_on(client: FlaskClient, editor: User, database: Database) -> None:
    assert "Sign in with City Pass" in client.get("/sign-in?next=/goals").text
    there = go_there(client, "/sign-in/elsewhere?next=/goals")
    data = parse_qs(urlsplit(there).query)
    assert data["code_challenge_method"] == ["S256"]
    assert data["code_challenge"]
    assert data["state"]
    assert data["nonce"]
    assert set(data["scope"][0].split()) == {"openid", "email", "profile"}
    back = come_back(client, there, "editor")
    assert (back.status_code, back.headers["Location"]) == (303, "/goals")
    assert editor.name in client.get("/goals").text
    with client.session_transaction() as cookie:
        assert set(cookie) <= {"person", "confirmed", "csrf_token"}
    with database.reading() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.verb == "sign-in")).one()
    assert event.details == {"way": "provider"}


@pytest.mark.parametrize("sub", ["unverified", "silent", "texted", "nameless", "stranger"])
def test_only_a_verified_address_of_somebody_here_lets_in(client: FlaskClient, editor: User, sub: str) -> None:
    back = come_back(client, go_there(client), sub)
    assert back.status_code == 403
    assert "there is no account here with this address" in back.text
    assert client.get("/account").status_code == 302


@pytest.mark.both_databases
def test_an_invited_person_accepts_by_coming_in_and_the_link_ends(
    client: FlaskClient, session: Session, database: Database, app: Flask
) -> None:
    invited = make_user(session, email="editor@city.example", password_hash=None)
    session.commit()
    link = f"/invitations/{SignedLinks(app.config['KB'].secret_key).write('invitation', invited)}"
    assert client.get(link).status_code == 200
    assert come_back(client, go_there(client), "editor").status_code == 303
    assert app.test_client().get(link).status_code == 410
    assert "because you sign in with another account" in client.get("/account").text
    with database.reading() as reading:
        verbs = list(reading.scalars(select(AuditEvent.verb).order_by(AuditEvent.id)))
    assert verbs == ["accept-invitation", "sign-in"]


def test_a_closed_account_stays_closed(client: FlaskClient, session: Session) -> None:
    make_user(session, email="editor@city.example", disabled_at=now())
    session.commit()
    assert come_back(client, go_there(client), "editor").status_code == 403


def test_two_factors_at_the_provider_count_as_two_steps_here(
    app_with: Callable[..., Flask], provider: str, editor: User, session: Session
) -> None:
    settings = {"oidc_issuer": provider, "oidc_client_id": "citypeers", "oidc_client_secret": "secret"}
    app = app_with(**settings, second_factor="required")
    for sub in ("two factors", "refeds", "one factor", "listed", "editor"):
        client = app.test_client()
        assert come_back(client, go_there(client), sub).location == "/desk"
        led_on = client.get("/desk").location
        assert led_on == (None if sub in {"two factors", "refeds"} else "/account/second-step?next=/desk"), sub
    # Who has a second step here is asked for it, unless the provider asked for one.
    totp = make_app(session, app, editor)
    session.commit()
    client = app.test_client()
    assert come_back(client, go_there(client, "/sign-in/elsewhere?next=/goals"), "two factors").location == "/goals"
    client = app.test_client()
    back = come_back(client, go_there(client, "/sign-in/elsewhere?next=/goals"), "one factor")
    assert back.location == "/sign-in/second-step?next=/goals"
    assert client.get("/account").status_code == 302
    assert send(client, "/sign-in/second-step", code=totp.now()).status_code == 303
    assert client.get("/desk").status_code == 200


def test_an_answer_that_was_meant_for_another_browser_is_refused(app: Flask, editor: User) -> None:
    theirs = go_there(app.test_client())
    victim = app.test_client()
    go_there(victim)
    assert come_back(victim, theirs, "editor").status_code == 400
    assert victim.get("/account").status_code == 302


FORGED = [
    "",
    "code=x",
    "state=y",
    "code=x&state=y",
    "code=&state=",
    "error=access_denied",
    "error=%3Cscript%3E&error_description=%3Cscript%3E",
    "error=",
    "code=%00&state=%00",
    "code=%ff&state=%ff",
    "code=x&code=y&state=1&state=2",
]


@pytest.mark.parametrize("query", FORGED)
def test_an_answer_that_nobody_asked_for_is_refused(client: FlaskClient, query: str) -> None:
    there = go_there(client)
    state = parse_qs(urlsplit(there).query)["state"][0]
    for sent in (query, query.replace("state=y", f"state={state}"), f"{query}&state={state}"):
        answer = client.get(f"/sign-in/answer?{sent}")
        assert answer.status_code == 400, sent
        assert "Signing in at City Pass was not completed" in answer.text
        assert "<script>" not in answer.text
    assert client.get("/account").status_code == 302
    assert client.post("/sign-in/answer", data={"code": "x"}).status_code == 405


def test_an_answer_works_once(client: FlaskClient, editor: User) -> None:
    there = go_there(client)
    agreed = requests.post(there, data={"sub": "editor"}, allow_redirects=False, timeout=10)
    back = urlsplit(agreed.headers["Location"])
    assert client.get(f"{back.path}?{back.query}").status_code == 303
    assert client.get(f"{back.path}?{back.query}").status_code == 400


def test_trying_again_and_again_does_not_fill_the_cookie(client: FlaskClient, editor: User) -> None:
    for _ in range(12):
        there = go_there(client)
    with client.session_transaction() as cookie:
        assert sum(key.startswith("_state_") for key in cookie) == 1
    assert come_back(client, there, "editor").status_code == 303


def test_nobody_is_led_to_another_site_by_way_of_the_provider(client: FlaskClient, editor: User) -> None:
    back = come_back(client, go_there(client, "/sign-in/elsewhere?next=//evil.example"), "editor")
    assert back.headers["Location"] == "/desk"


def test_a_provider_that_does_not_answer_is_said(app_with: Callable[..., Flask]) -> None:
    app = app_with(
        oidc_issuer="http://127.0.0.1:9", oidc_client_id="citypeers", oidc_client_secret="secret", oidc_name="City Pass"
    )
    page = app.test_client().get("/sign-in/elsewhere")
    assert page.status_code == 502
    assert "Signing in at City Pass did not work." in page.text


class MadeUpProvider(ThreadingHTTPServer):
    """Answers each path with the JSON that a test gives it; a redirect to it is not followed."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.description: dict[str, Any] = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        self.answers: dict[str, Any] = {DESCRIPTION: self.description, "/token": TOKEN, "/keys": {"keys": []}}


class _Answers(BaseHTTPRequestHandler):
    server: MadeUpProvider

    def do_GET(self) -> None:
        body = json.dumps(self.server.answers[self.path]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None: ...


DESCRIPTION = "/.well-known/openid-configuration"
_PARTS = ({"alg": "RS256", "kid": "1"}, {"sub": "made-up"})
_ENCODED = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in _PARTS]
TOKEN = {"access_token": "made-up", "token_type": "Bearer", "id_token": ".".join((*_ENCODED, "AAAA"))}


@pytest.fixture
def odd_provider() -> Iterator[MadeUpProvider]:
    """A provider that may answer anything."""
    with MadeUpProvider() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def odd_client(app_with: Callable[..., Flask], odd_provider: MadeUpProvider) -> FlaskClient:
    """A browser at a site that trusts that provider."""
    return app_with(oidc_issuer=odd_provider.url, oidc_client_id="citypeers", oidc_client_secret="s").test_client()


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (DESCRIPTION, []),
        (DESCRIPTION, {}),
        (DESCRIPTION, {"authorization_endpoint": 5, "token_endpoint": "/token", "jwks_uri": "/keys"}),
        ("/token", []),
        ("/token", {"access_token": "made-up", "expires_in": "soon"}),
        ("/token", {**TOKEN, "id_token": 5}),
        ("/keys", []),
        ("/keys", {}),
        ("/keys", {"keys": 5}),
        ("/keys", {"keys": [5]}),
        ("/keys", {"keys": [{"kty": "RSA", "kid": "1"}]}),
        ("/keys", {"keys": [{"kty": "RSA", "kid": "1", "n": "5", "e": "AQAB"}]}),
    ],
)
def test_a_provider_that_answers_something_else_is_said_and_asked_again(
    odd_provider: MadeUpProvider, odd_client: FlaskClient, path: str, answer: object
) -> None:
    odd_provider.answers[path] = answer
    begun = odd_client.get("/sign-in/elsewhere")
    if path == DESCRIPTION:
        assert begun.status_code == 502
        odd_provider.answers[path] = odd_provider.description
        assert odd_client.get("/sign-in/elsewhere").status_code == 302
    else:
        state = parse_qs(urlsplit(begun.location).query)["state"][0]
        answered = odd_client.get(f"/sign-in/answer?code=made-up&state={state}")
        assert answered.status_code == 502
        assert "did not work" in answered.text


def test_a_fault_of_ours_is_not_told_to_be_the_providers(
    odd_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.web.accounts.views.sign_in.absolute", lambda _address: {}["a fault of ours"])
    assert odd_client.get("/sign-in/elsewhere").status_code == 500


def test_without_a_provider_there_is_no_such_page(app_with: Callable[..., Flask]) -> None:
    client = app_with().test_client()
    assert client.get("/sign-in/elsewhere").status_code == 404
    assert client.get("/sign-in/answer").status_code == 404
    assert "elsewhere" not in client.get("/sign-in").text
