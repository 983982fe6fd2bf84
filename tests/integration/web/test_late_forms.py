"""Forms that come too late lose nothing: the sign-in had ended, or the token was old; what was typed is sent again."""

import io
import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask import Blueprint, Flask, request
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.core.db import Database
from kb.web.core.access import actor, requires
from tests.factories import PASSWORD, make_user
from tests.sign_in import signed_in_by_form, token_in

HERE = {"Sec-Fetch-Site": "same-origin"}
TEXT = 'An hour\'s work: "quoted" & <b>marked</b>\r\n\r\nin two paragraphs, ≥ 30 °C'


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """The site, with a form for editors that says what it was sent."""
    drafts = Blueprint("drafts", __name__)

    @drafts.post("/drafts")
    @requires("review")
    def save() -> dict[str, object]:
        """A form of a test."""
        files = {name: file.filename for name, file in request.files.items()}
        return {"by": actor().name, "fields": list(request.form.items(multi=True)), "files": files}

    app.register_blueprint(drafts)
    return app


@pytest.fixture
def editor(session: Session) -> User:
    """An editor."""
    editor = make_user(session, "editor", name="Made-up Editor")
    session.commit()
    return editor


def fields_of(page: str) -> list[tuple[str, str]]:
    """The hidden fields of the page's form, as a browser would send them."""
    form = re.search(r'<form class="form".*?</form>', page, re.DOTALL)
    assert form
    found = re.findall(r'<input\s+type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"', form[0])
    return [(unescape(name), unescape(value)) for name, value in found]


def action_of(page: str) -> str:
    match = re.search(r'<form class="form"\s+method="post"\s+action="([^"]+)"', page)
    assert match
    return unescape(match[1])


def test_a_form_whose_sign_in_had_ended_is_kept_through_signing_in_and_sent(client: FlaskClient, editor: User) -> None:
    token = token_in(client.get("/sign-in").text)
    typed = [("title", "Flood map"), ("text", TEXT), ("goal", "11"), ("goal", "13"), ("title", "")]
    data = {"csrf_token": token, "title": ["Flood map", ""], "text": TEXT, "goal": ["11", "13"]}
    late = client.post("/drafts?step=2", data=data, headers=HERE)
    assert late.status_code == 401
    assert "Your text is kept" in late.text

    attempt = {**dict(fields_of(late.text)), "email": editor.email, "password": "wrong password"}
    wrong = client.post("/sign-in", data=attempt, headers=HERE)
    assert wrong.status_code == 422, "also a wrong password loses nothing"
    sign_in = {**dict(fields_of(wrong.text)), "email": editor.email, "password": PASSWORD}
    again = client.post("/sign-in", data=sign_in, headers=HERE)
    assert again.status_code == 200
    assert "Send it again" in again.text
    assert action_of(again.text) == "/drafts?step=2"

    sent = client.post(action_of(again.text), data=_grouped(fields_of(again.text)), headers=HERE)
    assert sent.status_code == 200
    assert sent.json["by"] == "Made-up Editor"
    got = [(name, value) for name, value in sent.json["fields"] if name != "csrf_token"]
    assert sorted(got) == sorted(typed)


def test_a_form_with_an_old_token_is_sent_again_with_a_new_one(client: FlaskClient, editor: User) -> None:
    signed_in_by_form(client, editor)
    late = client.post("/drafts", data={"csrf_token": "old", "text": TEXT, "old_password": "secret"}, headers=HERE)
    assert late.status_code == 400
    assert "secret" not in late.text, "no page repeats a password"
    sent = client.post("/drafts", data=_grouped(fields_of(late.text)), headers=HERE)
    assert dict(sent.json["fields"])["text"] == TEXT


def test_a_browser_that_lost_its_cookie_signs_in_and_loses_nothing(app: Flask, editor: User) -> None:
    browser = app.test_client()
    late = browser.post("/drafts", data={"csrf_token": "of another cookie", "text": TEXT}, headers=HERE)
    assert late.status_code == 401
    sign_in = {**dict(fields_of(late.text)), "email": editor.email, "password": PASSWORD}
    again = browser.post("/sign-in", data=sign_in, headers=HERE)
    assert dict(fields_of(again.text))["text"] == TEXT


def test_whoever_signed_in_and_out_in_another_tab_loses_nothing(client: FlaskClient, editor: User) -> None:
    late = client.post("/drafts", data={"csrf_token": "old", "text": TEXT}, headers=HERE)
    signed_in_by_form(client, editor)
    client.post("/sign-out", data={"csrf_token": token_in(client.get("/account").text)}, headers=HERE)
    token = token_in(client.get("/sign-in").text)
    sign_in = {**dict(fields_of(late.text)), "csrf_token": token, "email": editor.email, "password": PASSWORD}
    again = client.post("/sign-in", data=sign_in, headers=HERE)
    assert dict(fields_of(again.text))["text"] == TEXT


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin", None])
def test_a_form_that_somebody_else_typed_is_neither_carried_out_nor_offered(
    app: Flask, editor: User, site: str | None
) -> None:
    attacker = app.test_client()
    forged = attacker.post("/drafts", data={"csrf_token": "none", "text": "planted words"}, headers=HERE)
    value = dict(fields_of(forged.text))["kept"]
    headers = {"Sec-Fetch-Site": site} if site else {}

    visitor = app.test_client()
    # A browser that has a form of its own waiting has an id of its own.
    own = visitor.post("/drafts", data={"csrf_token": "old", "text": TEXT}, headers=HERE)
    for data in ({}, {"email": editor.email, "password": PASSWORD, "csrf_token": token_in(own.text)}):
        answer = visitor.post("/sign-in", data={**data, "kept": value}, headers=headers)
        assert "kept" not in dict(fields_of(answer.text)) if answer.status_code != 303 else True
        assert "Your text is kept" not in answer.text
        assert "planted words" not in answer.text

    # Signed in by now: with a cookie that is sent, and with a token as well, nothing is offered either.
    for token in ("", token_in(visitor.get("/account").text)):
        answer = visitor.post("/sign-in", data={"kept": value, "go-on": "1", "csrf_token": token}, headers=headers)
        assert "planted words" not in answer.text
        assert "Send it again" not in answer.text


def test_a_form_of_ones_own_that_another_site_sends_on_is_not_offered(client: FlaskClient, editor: User) -> None:
    late = client.post("/drafts", data={"csrf_token": "old", "text": TEXT}, headers=HERE)
    kept = dict(fields_of(late.text))["kept"]
    signed_in_by_form(client, editor)
    for site in ("same-site", "cross-site"):
        answer = client.post("/sign-in", data={"kept": kept, "go-on": "1"}, headers={"Sec-Fetch-Site": site})
        assert "Send it again" not in answer.text


def test_nobody_is_made_administrator_by_a_form_that_waited_for_a_sign_in(
    app: Flask, session: Session, database: Database
) -> None:
    administrator, person = make_user(session, "administrator"), make_user(session)
    session.commit()
    path = f"/desk/people/{person.id}/role"
    late = app.test_client().post(path, data={"role": "administrator"}, headers=HERE)
    assert late.status_code == 401
    assert dict(fields_of(late.text)).keys() == {"csrf_token"}
    assert "nothing was changed" in late.text

    client = signed_in_by_form(app.test_client(), administrator)
    old = client.post(path, data={"role": "administrator", "csrf_token": "old"}, headers=HERE)
    assert old.status_code == 400
    assert "Send it again" not in old.text
    assert "Nothing was changed." in old.text
    with database.reading() as reading:
        assert reading.get_one(User, person.id).role == "contributor"


ADMINISTRATION = [
    "/desk/people/invite",
    "/desk/people/1/role",
    "/desk/people/1/invite-again",
    "/desk/people/1/disable",
    "/desk/people/1/enable",
    "/account/name",
    "/account/password",
    "/account/sign-out-everywhere",
]


@pytest.mark.parametrize("path", ADMINISTRATION)
def test_forms_about_accounts_are_never_kept(app: Flask, path: str) -> None:
    late = app.test_client().post(path, data={"csrf_token": "old", "name": "planted"}, headers=HERE)
    assert late.status_code == 401
    assert "planted" not in late.text
    assert 'name="kept"' not in late.text


UNREADABLE = ["http://[x", "http://[x]/", "https://localhost:99999/", "http://a\u2100b/", "null", "//", "http://["]


@pytest.mark.parametrize("address", UNREADABLE)
def test_a_page_that_cannot_be_named_is_no_page_of_ours(client: FlaskClient, editor: User, address: str) -> None:
    base = "https://localhost"
    token = token_in(client.get("/sign-in", base_url=base).text)
    sign_in = {"csrf_token": token, "email": editor.email, "password": PASSWORD}
    for header in ("HTTP_ORIGIN", "HTTP_REFERER"):
        environ = {header: address.encode().decode("latin-1")}
        for path in ("/drafts", "/sign-in", "/account/name", "/invitations/x"):
            answer = client.post(path, data={"text": TEXT}, environ_overrides=environ)
            assert answer.status_code in {400, 410}, path
            assert 'name="kept"' not in answer.text
            assert TEXT[:12] not in answer.text
        # Over https, a valid token is not enough: the page that sent it must be known.
        assert client.post("/sign-in", data=sign_in, environ_overrides=environ, base_url=base).status_code == 400


@pytest.mark.parametrize("path", ["/invitations/x", "/sign-in/new-password/x"])
def test_a_link_that_is_over_says_so_also_without_a_token(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data={"password": "made-up"})
    assert answer.status_code == 410
    assert "This link no longer works" in answer.text


def test_whoever_signed_in_in_another_tab_goes_on_without_a_password(client: FlaskClient, editor: User) -> None:
    late = client.post("/drafts", data={"csrf_token": "old", "text": TEXT}, headers=HERE)
    signed_in_by_form(client, editor)
    again = client.post("/sign-in", data={**dict(fields_of(late.text)), "go-on": "1"}, headers=HERE)
    assert again.status_code == 200
    assert dict(fields_of(again.text))["text"] == TEXT


def test_files_are_asked_for_again_since_no_page_can_hold_them(client: FlaskClient, editor: User) -> None:
    signed_in_by_form(client, editor)
    data = {"csrf_token": "old", "note": "of 2024", "sheet": (io.BytesIO(b"a,b"), "projects.csv")}
    late = client.post("/drafts", data=data, headers=HERE)
    assert "Please choose “projects.csv” again" in late.text
    assert 'enctype="multipart/form-data"' in late.text
    assert re.search(r'<input type="file"[^>]* name="sheet"', late.text)


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {}],
)
def test_a_form_that_another_site_sent_is_never_offered_again(
    client: FlaskClient, editor: User, headers: dict[str, str]
) -> None:
    signed_in_by_form(client, editor)
    forged = client.post("/drafts", data={"text": "forged"}, headers=headers)
    assert forged.status_code == 400
    assert "forged" not in forged.text
    visitor = client.application.test_client().post("/drafts", data={"text": "forged"}, headers=headers)
    assert visitor.status_code == 400
    assert "forged" not in visitor.text


def test_browsers_that_tell_only_the_origin_are_believed(client: FlaskClient, editor: User) -> None:
    signed_in_by_form(client, editor)
    late = client.post("/drafts", data={"text": TEXT}, headers={"Origin": "http://localhost"})
    assert dict(fields_of(late.text))["text"] == TEXT


def test_a_script_is_told_in_its_own_terms(client: FlaskClient, session: Session) -> None:
    contributor = make_user(session)
    session.commit()
    token = token_in(client.get("/sign-in").text)
    response = client.post("/drafts", data={"text": "x"}, headers={"X-CSRFToken": token, **HERE})
    assert (response.status_code, response.json) == (401, {"error": "Please sign in."})
    signed_in_by_form(client, contributor)
    old = client.post("/drafts", data={"text": "x"}, headers={"X-CSRFToken": "old", **HERE})
    assert (old.status_code, old.json) == (400, {"error": "The page is too old; please load it again."})
    new = token_in(client.get("/account").text)
    refused = client.post("/drafts", data={"text": "x"}, headers={"X-CSRFToken": new, **HERE})
    assert (refused.status_code, refused.json) == (403, {"error": "Your role does not include this."})


def test_a_kept_form_that_somebody_wrote_themselves_is_no_kept_form(client: FlaskClient, editor: User) -> None:
    late = client.post("/drafts", data={"csrf_token": "old", "text": TEXT}, headers=HERE)
    kept = dict(fields_of(late.text))["kept"]
    for forged in ("", "x", kept[:-2] + "zz", kept[2:]):
        token = token_in(client.get("/sign-in").text)
        data = {"email": editor.email, "password": PASSWORD, "kept": forged, "csrf_token": token}
        assert client.post("/sign-in", data=data, headers=HERE).status_code == 303, forged
        client.post("/sign-out", data={"csrf_token": token_in(client.get("/account").text)})


def _grouped(fields: list[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in fields:
        grouped.setdefault(name, []).append(value)
    return grouped
