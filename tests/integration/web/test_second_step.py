"""The second step of sign-in: whoever set one up is asked for it, and nothing less lets them in."""

import html
import json
import re
import time
from collections.abc import Callable

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kb.accounts import passwords, recovery_codes, second_factors
from kb.accounts.models import AuditEvent, AuthenticatorApp, Passkey, RecoveryCode, User
from kb.catalogue.entries import EntryKind
from kb.core.column_types import now
from kb.core.db import Database
from kb.core.mail import Email
from kb.editorial.actions.lifecycle import withdraw
from kb.web.accounts.views import second_step as second_step_views
from kb.web.core import login_session
from tests.factories import PASSWORD, make_image, make_initiative, make_session, make_user
from tests.second_factors import Device, make_app
from tests.sign_in import send, signed_in_by_form, token_in

STEP = "/sign-in/second-step"


@pytest.fixture(autouse=True)
def _few_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two recovery codes instead of ten, each of which takes as long to hash as a password."""
    monkeypatch.setattr(recovery_codes, "COUNT", 2)


@pytest.fixture
def editor(session: Session) -> User:
    """An editor with a password."""
    editor = make_user(session, "editor", name="Made-up Editor", email="editor@city.example")
    session.commit()
    return editor


@pytest.fixture
def totp(session: Session, app: Flask, editor: User) -> pyotp.TOTP:
    """The editor's authenticator app."""
    totp = make_app(session, app, editor)
    session.commit()
    return totp


def first_step(client: FlaskClient, person: User, **fields: str):
    return send(client, "/sign-in", email=person.email, password=PASSWORD, **fields)


def come_in(client: FlaskClient, person: User, totp: pyotp.TOTP) -> FlaskClient:
    """The same client, signed in in two steps; the code of now is used up."""
    first_step(client, person)
    assert send(client, STEP, code=totp.now()).status_code == 303
    return client


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def events_of(database: Database) -> list[tuple[str, dict]]:
    with database.reading() as session:
        return [(row.verb, row.details) for row in session.scalars(select(AuditEvent).order_by(AuditEvent.id))]


def field(page: str, name: str) -> str:
    match = re.search(rf'name="{name}"\s+value="([^"]*)"', page)
    assert match, f"the page has no field {name}"
    return html.unescape(match[1])


def options_in(page: str) -> dict:
    match = re.search(r'data-options="([^"]+)"', page)
    assert match, "the page asks for no passkey"
    return json.loads(html.unescape(match[1]))


def change_stamp(database: Database, person: User) -> None:
    """Sign a person out everywhere, as a new password does."""
    with database.writing() as session:
        session.execute(update(User).where(User.id == person.id).values(stamp="another"))


def has_factor(database: Database, person: User) -> bool:
    with database.reading() as session:
        return second_factors.has_factor(session, person.id)


def add_passkey(client: FlaskClient, device: Device, name: str = "Made-up key", **changed: str):
    page = client.get("/account/second-step/passkey").text
    fields = {
        "csrf_token": token_in(page),
        "challenge": field(page, "challenge"),
        "credential": device.create(options_in(page)),
        "name": name,
    }
    return client.post("/account/second-step/passkey", data=fields | changed)


def show_passkey(client: FlaskClient, device: Device, path: str = STEP, **changed: str):
    page = client.get(path).text
    fields = {
        "csrf_token": token_in(page),
        "challenge": field(page, "challenge"),
        "credential": device.sign(options_in(page)),
    }
    return client.post(path, data=fields | changed)


def set_up_app(client: FlaskClient, **fields: str):
    """Set an app up as a person does; the app, and the page after it."""
    page = client.get("/account/second-step/app").text
    secret = re.search(r'readonly autocomplete="off" spellcheck="false">([A-Z2-7 ]+)<', page)
    assert secret
    totp = pyotp.TOTP(secret[1].replace(" ", ""))
    data = {"csrf_token": token_in(page), "ticket": field(page, "ticket"), "code": totp.now()} | fields
    return totp, client.post("/account/second-step/app", data=data)


def codes_in(page: str) -> list[str]:
    match = re.search(r'id="codes"[^>]*>([^<]+)<', page)
    assert match, "the page shows no recovery codes"
    return match[1].split()


# Signing in.


@pytest.mark.both_databases
def test_the_password_alone_lets_nobody_in_who_has_a_second_step(
    client: FlaskClient, editor: User, totp: pyotp.TOTP, database: Database
) -> None:
    token = token_in(client.get("/sign-in").text)
    assert client.post(STEP, data={"csrf_token": token, "code": totp.now()}).status_code == 401
    assert client.get(STEP).location == "/sign-in"
    answer = first_step(client, editor, next="/goals")
    assert (answer.status_code, answer.location) == (303, f"{STEP}?next=/goals")
    assert not is_in(client)
    assert client.get("/desk").status_code == 302
    assert editor.name not in client.get("/goals").text
    page = client.get(answer.location)
    assert 'autocomplete="one-time-code"' in page.text
    assert 'inputmode="numeric"' in page.text
    done = client.post(STEP, data={"csrf_token": token_in(page.text), "code": totp.now(), "next": "/goals"})
    assert (done.status_code, done.location) == (303, "/goals")
    assert is_in(client)
    assert events_of(database) == [("sign-in", {"way": "password", "second_step": "app"})]
    with client.session_transaction() as cookie:
        assert "first_step" not in cookie


@pytest.mark.both_databases
def test_a_code_works_once_also_in_another_browser(
    client: FlaskClient, app: Flask, editor: User, totp: pyotp.TOTP, database: Database
) -> None:
    code = totp.now()
    first_step(client, editor)
    assert send(client, STEP, code=code).status_code == 303
    other = app.test_client()
    first_step(other, editor)
    refused = send(other, STEP, code=code)
    assert refused.status_code == 422
    assert "This code is wrong or was already used." in refused.text
    assert not is_in(other)
    assert [verb for verb, _ in events_of(database)] == ["sign-in", "fail-second-step"]


def test_a_wrong_code_lets_nobody_in(client: FlaskClient, editor: User, totp: pyotp.TOTP) -> None:
    first_step(client, editor)
    for code in ("", "12345", "not digits", "9" * 50, "\0", "٣"):
        assert send(client, STEP, code=code).status_code == 422, code
    assert not is_in(client)
    right = totp.now()
    assert send(client, STEP, code=f" {right[:3]} {right[3:]} ").status_code == 303


def test_the_first_step_alone_opens_no_page_and_sends_no_form(
    client: FlaskClient, app: Flask, editor: User, totp: pyotp.TOTP, session: Session, database: Database
) -> None:
    slug = make_session(session).slug
    session.commit()
    first_step(client, editor)
    fields = {"csrf_token": token_in(client.get(STEP).text)}
    routes = [rule for rule in app.url_map.iter_rules() if hasattr(app.view_functions[rule.endpoint], "requires")]
    opened = {}
    for rule in routes:
        # The guard stands before whatever looks for a thing of that key.
        path = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule.replace("<slug>", slug))
        path = path.replace("<entry_kind:kind>", "city").replace("<term_kind:kind>", "challenge")
        path = re.sub(r"<[^>]+>", "1", path)
        if "GET" in rule.methods and not client.get(path).headers.get("Location", "").startswith("/sign-in?next="):
            opened["GET", rule.endpoint] = path
        if "POST" in rule.methods and client.post(path, data=fields).status_code != 401:
            opened["POST", rule.endpoint] = path
    assert len(routes) > 100
    assert opened == {}
    assert [verb for verb, _ in events_of(database)] == []


def test_codes_are_not_tried_for_ever_and_the_owner_is_told(
    client: FlaskClient, editor: User, totp: pyotp.TOTP, letters: list[Email]
) -> None:
    first_step(client, editor)
    statuses = [send(client, STEP, code="12345").status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    refused = send(client, STEP, code=totp.now())
    assert refused.status_code == 429
    assert ["many wrong codes" in letter.text for letter in letters] == [True]
    assert int(refused.headers["Retry-After"]) > 0
    assert "There were too many attempts." in refused.text
    # To begin again does not help, whatever is tried.
    first_step(client, editor)
    assert send(client, STEP, code=totp.now()).status_code == 429
    assert send(client, STEP, recovery_code="aa-aaaaa-aaaaa").status_code == 429
    assert not is_in(client)


def test_the_account_has_a_limit_wherever_tries_come_from(
    app: Flask, editor: User, totp: pyotp.TOTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_step_views, "BY_ACCOUNT", "3 per hour")
    for number in range(4):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        first_step(client, editor)
        answer = send(client, STEP, code="12345")
    assert answer.status_code == 429


def test_the_owner_is_told_once_of_tries_that_end_at_one_moment(
    app: Flask, editor: User, totp: pyotp.TOTP, letters: list[Email], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_step_views, "BY_ACCOUNT_AND_ADDRESS", "1 per 15 minutes")
    for number in range(3):
        client = app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        first_step(client, editor)
        assert send(client, STEP, code="12345").status_code == 422
    assert len(letters) == 1


def test_browsers_that_the_password_alone_made_known_bring_no_more_tries(
    app: Flask, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_step_views, "BY_ACCOUNT_AND_ADDRESS", "2 per 15 minutes")
    thieves = [signed_in_by_form(app.test_client(), editor) for _ in range(3)]
    owner = signed_in_by_form(app.test_client(), editor)
    totp, _page = set_up_app(owner)
    statuses = []
    for thief in thieves:
        first_step(thief, editor)
        statuses.append(send(thief, STEP, code="12345").status_code)
    assert statuses == [422, 422, 429]
    # The owner's browser stays known.
    send(owner, "/sign-out", "/account")
    first_step(owner, editor)
    assert send(owner, STEP, code=totp.at(time.time() + 30)).status_code == 303


def test_the_first_step_is_over_after_ten_minutes(
    client: FlaskClient, editor: User, totp: pyotp.TOTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_step(client, editor)
    token = token_in(client.get(STEP).text)
    present = time.time()
    monkeypatch.setattr(login_session.time, "time", lambda: present + 601)
    answer = client.post(STEP, data={"csrf_token": token, "code": totp.now()})
    assert answer.status_code == 401
    assert "Please sign in again." in answer.text
    assert client.get(STEP).status_code == 302
    assert not is_in(client)


def test_the_first_step_ends_with_a_new_password_and_with_the_account(
    app: Flask, editor: User, totp: pyotp.TOTP, database: Database
) -> None:
    for values in ({"stamp": "another"}, {"disabled_at": now()}):
        client = app.test_client()
        with database.writing() as session:
            session.execute(update(User).values(disabled_at=None))
        first_step(client, editor)
        token = token_in(client.get(STEP).text)
        with database.writing() as session:
            session.execute(update(User).where(User.id == editor.id).values(**values))
        assert client.post(STEP, data={"csrf_token": token, "code": totp.now()}).status_code == 401
        assert not is_in(client)


@pytest.mark.both_databases
def test_a_first_step_that_ends_while_the_code_is_checked_lets_nobody_in(
    client: FlaskClient, editor: User, totp: pyotp.TOTP, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tries(person: User) -> list[tuple[str, tuple[str, ...]]]:
        change_stamp(database, person)
        return []

    first_step(client, editor)
    monkeypatch.setattr(second_step_views, "_tries", tries)
    assert send(client, STEP, code=totp.now()).status_code == 401
    assert not is_in(client)
    assert events_of(database) == []


def test_what_the_cookie_held_before_is_gone_and_a_copy_of_the_first_step_is_used_up(
    client: FlaskClient, app: Flask, editor: User, totp: pyotp.TOTP, database: Database
) -> None:
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
    first_step(client, editor)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
        copied = dict(cookie)
        cookie["planted"] = "between the steps"
    send(client, STEP, code=totp.now())
    with client.session_transaction() as cookie:
        assert {"planted", "first_step"}.isdisjoint(cookie)
        assert cookie["person"][3] != copied["first_step"][3]
    thief = app.test_client()
    with thief.session_transaction() as cookie:
        cookie.update(copied)
    assert not is_in(thief)
    with database.writing() as session:
        session.execute(update(AuthenticatorApp).values(last_step=0))
    token = token_in(thief.get("/sign-in").text)
    assert thief.post(STEP, data={"csrf_token": token, "code": totp.now()}).status_code == 401
    assert not is_in(thief)


def test_what_was_typed_is_kept_over_both_steps(
    client: FlaskClient, editor: User, totp: pyotp.TOTP, database: Database
) -> None:
    here = {"Sec-Fetch-Site": "same-origin"}
    page = client.get("/sign-in").text
    form = {"csrf_token": token_in(page), "title": "Made-up late initiative"}
    asked = client.post("/desk/new/initiative", data=form, headers=here)
    kept = {"csrf_token": token_in(asked.text), "kept": field(asked.text, "kept")}
    second = client.post("/sign-in", data=kept | {"email": editor.email, "password": PASSWORD}, headers=here)
    assert "Your text is kept." in second.text
    kept = {"csrf_token": token_in(second.text), "kept": field(second.text, "kept")}
    wrong = client.post(STEP, data=kept | {"code": "12345"}, headers=here)
    kept = {"csrf_token": token_in(wrong.text), "kept": field(wrong.text, "kept")}
    done = client.post(STEP, data=kept | {"code": totp.now()}, headers=here)
    assert field(done.text, "title") == "Made-up late initiative"
    assert 'action="/desk/new/initiative"' in done.text


def test_a_link_for_a_new_password_is_no_way_around(
    client: FlaskClient, app: Flask, editor: User, totp: pyotp.TOTP, letters: list[Email]
) -> None:
    send(client, "/sign-in/forgotten", email=editor.email)
    link = re.search(r"http://localhost(/\S+)", letters[0].text)
    assert link
    answer = send(client, link[1], password="seven quiet harbours")
    assert answer.location == STEP
    assert not is_in(client)
    assert send(client, STEP, code=totp.now()).status_code == 303
    assert is_in(client)


def test_a_form_without_its_token_comes_back(client: FlaskClient, editor: User, totp: pyotp.TOTP) -> None:
    first_step(client, editor)
    answer = client.post(STEP, data={"code": totp.now(), "csrf_token": "old"})
    assert answer.status_code == 400
    assert "Please try again." in answer.text
    assert not is_in(client)
    assert send(client, STEP, code=totp.now()).status_code == 303


# Recovery codes.


def test_a_recovery_code_lets_in_once_and_its_owner_is_told(
    client: FlaskClient,
    app: Flask,
    editor: User,
    totp: pyotp.TOTP,
    session: Session,
    letters: list[Email],
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    verify = passwords.verify_password

    def while_others_write(password: str, password_hash: str | None) -> bool:
        with database.writing() as writing:
            writing.execute(update(User).values(organisation="Others"))
        return verify(password, password_hash)

    codes, (theirs, _) = recovery_codes.new_codes(), recovery_codes.new_codes()
    somebody_else = make_user(session, "editor")
    recovery_codes.replace(session, editor, recovery_codes.rows_of(editor.id, codes))
    recovery_codes.replace(session, somebody_else, recovery_codes.rows_of(somebody_else.id, [theirs]))
    session.commit()
    first_step(client, editor)
    monkeypatch.setattr(passwords, "verify_password", while_others_write)
    for wrong in ("zz-zzzzz-zzzzz", theirs):
        assert send(client, STEP, recovery_code=wrong).status_code == 422
    assert send(client, STEP, recovery_code=f" {codes[0].replace('-', ' ').upper()} ").status_code == 303
    assert is_in(client)
    assert "Someone used one of your recovery codes" in letters[0].text
    other = app.test_client()
    first_step(other, editor)
    assert send(other, STEP, recovery_code=codes[0]).status_code == 422
    assert not is_in(other)


# Setting up.


@pytest.mark.both_databases
def test_an_app_counts_once_its_first_code_was_right(
    client: FlaskClient,
    app: Flask,
    editor: User,
    database: Database,
    letters: list[Email],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recovery_codes, "COUNT", 10)
    elsewhere = signed_in_by_form(app.test_client(), editor)
    signed_in_by_form(client, editor)
    page = client.get("/account/second-step/app")
    assert 'src="data:image/svg+xml' in page.text
    assert "otpauth://totp/" in page.text
    _totp, wrong = set_up_app(client, code="12")
    assert wrong.status_code == 422
    assert not has_factor(database, editor)
    totp, answer = set_up_app(client)
    used = totp.now()
    assert answer.status_code == 201
    codes = codes_in(answer.text)
    assert len(set(codes)) == 10
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "An authenticator app was added" in letters[0].text
    assert letters[0].to == editor.email
    # Whoever came in by the password alone is out; this browser stays in.
    assert not is_in(elsewhere)
    assert is_in(client)
    with database.reading() as session:
        stored = session.get_one(AuthenticatorApp, editor.id)
        hashes = list(session.scalars(select(RecoveryCode.code_hash)))
    assert totp.secret not in stored.secret
    assert all(code.startswith("$argon2id$") for code in hashes)
    assert ("add-authenticator-app", {}) in events_of(database)
    # The code that set it up was used.
    other = app.test_client()
    first_step(other, editor)
    assert send(other, STEP, code=used).status_code == 422
    assert send(other, STEP, recovery_code=codes[3]).status_code == 303
    assert "9 recovery codes are left" in other.get("/account/second-step").text


def test_a_ticket_of_somebody_else_or_of_yesterday_sets_nothing_up(
    client: FlaskClient, app: Flask, editor: User, session: Session, database: Database
) -> None:
    other = make_user(session, "editor")
    session.commit()
    theirs = signed_in_by_form(app.test_client(), other).get("/account/second-step/app").text
    signed_in_by_form(client, editor)
    for ticket in (field(theirs, "ticket"), "made-up", ""):
        _totp, answer = set_up_app(client, ticket=ticket)
        assert answer.status_code == 422
        assert "The page was open for too long." in answer.text
    assert not has_factor(database, editor)


@pytest.mark.both_databases
def test_whoever_is_signed_out_meanwhile_sets_up_nothing_and_stays_out(
    client: FlaskClient, editor: User, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows_of = recovery_codes.rows_of

    def slow(user_id: int, codes: list[str]) -> list[RecoveryCode]:
        change_stamp(database, editor)
        return rows_of(user_id, codes)

    signed_in_by_form(client, editor)
    monkeypatch.setattr(recovery_codes, "rows_of", slow)
    _totp, answer = set_up_app(client)
    assert answer.status_code == 401
    assert "You were no longer signed in, so nothing was changed." in answer.text
    assert not has_factor(database, editor)
    assert not is_in(client)


def test_changes_ask_again_who_it_is_after_ten_minutes(
    client: FlaskClient, editor: User, totp: pyotp.TOTP, database: Database, letters: list[Email]
) -> None:
    first_step(client, editor)
    code = totp.now()
    send(client, STEP, code=code)
    with client.session_transaction() as cookie:
        cookie["confirmed"] -= 601
    for path in ("/account/second-step/app/remove", "/account/second-step/recovery-codes"):
        answer = send(client, path, "/account/second-step")
        assert (answer.status_code, answer.location) == (303, "/account/confirm?next=/account/second-step")
    assert client.get("/account/second-step/passkey").location == "/account/confirm?next=/account/second-step/passkey"
    assert has_factor(database, editor)
    confirm = "/account/confirm"
    assert send(client, confirm, password="not mine").status_code == 422
    assert send(client, confirm, code=code).status_code == 422
    assert send(client, confirm).status_code == 422
    assert send(client, confirm, password=PASSWORD, next="//evil.example").location == "/account/second-step"
    assert send(client, "/account/second-step/app/remove", "/account/second-step").location == "/account/second-step"
    assert not has_factor(database, editor)
    assert "The authenticator app was removed from your account at CityPeers." in letters[0].text
    signed_in_by_form(client.application.test_client(), editor)


def test_a_recovery_code_that_confirms_a_change_is_told_and_a_wrong_one_recorded(
    client: FlaskClient, editor: User, totp: pyotp.TOTP, session: Session, database: Database, letters: list[Email]
) -> None:
    codes = recovery_codes.new_codes()
    recovery_codes.replace(session, editor, recovery_codes.rows_of(editor.id, codes[:1]))
    session.commit()
    come_in(client, editor, totp)
    assert send(client, "/account/confirm", recovery_code=codes[1]).status_code == 422
    assert send(client, "/account/confirm", recovery_code=codes[0]).status_code == 303
    assert [verb for verb, _ in events_of(database)] == ["sign-in", "fail-second-step", "use-recovery-code"]
    assert ["Someone used one of your recovery codes" in letter.text for letter in letters] == [True]


def test_who_it_is_is_not_tried_for_ever(client: FlaskClient, editor: User, totp: pyotp.TOTP) -> None:
    come_in(client, editor, totp)
    statuses = [send(client, "/account/confirm", code="12345").status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    assert send(client, "/account/confirm", password=PASSWORD).status_code == 429


# Passkeys; the device is played by the test.


def test_a_passkey_is_added_and_lets_in(
    client: FlaskClient, app: Flask, editor: User, database: Database, letters: list[Email]
) -> None:
    device = Device(count=1)
    signed_in_by_form(client, editor)
    answer = add_passkey(client, device)
    assert answer.status_code == 201
    assert len(codes_in(answer.text)) == 2
    assert "The passkey “Made-up key” was added" in letters[0].text
    other = app.test_client()
    first_step(other, editor)
    device.count = 2
    assert show_passkey(other, device).status_code == 303
    assert is_in(other)
    assert ("sign-in", {"way": "password", "second_step": "passkey"}) in events_of(database)
    with database.reading() as session:
        passkey = session.scalars(select(Passkey)).one()
    assert (passkey.sign_count, passkey.last_used_at is not None) == (2, True)


def test_a_passkey_that_does_not_count_on_was_copied(
    client: FlaskClient, app: Flask, editor: User, totp: pyotp.TOTP
) -> None:
    device = Device(count=5)
    add_passkey(come_in(client, editor, totp), device)
    other = app.test_client()
    first_step(other, editor)
    refused = show_passkey(other, device)
    assert refused.status_code == 422
    assert "This passkey was not accepted." in refused.text
    assert not is_in(other)


def test_an_answer_of_a_device_works_once_and_for_its_own_sign_in(
    client: FlaskClient, app: Flask, editor: User, totp: pyotp.TOTP
) -> None:
    """The device does not count, as those of phones, so that only the challenge tells a repeated answer."""
    device = Device()
    add_passkey(come_in(client, editor, totp), device)
    first, second = app.test_client(), app.test_client()
    for browser in (first, second):
        first_step(browser, editor)
    page = first.get(STEP).text
    answer = {"challenge": field(page, "challenge"), "credential": device.sign(options_in(page))}
    assert send(second, STEP, **answer).status_code == 422
    copied = first.get_cookie("session")
    assert copied
    assert send(first, STEP, **answer).status_code == 303
    first.set_cookie("session", copied.value)
    assert send(second, STEP, **answer).status_code == 422
    assert send(first, "/sign-in", email=editor.email, password=PASSWORD).status_code == 303
    assert send(first, STEP, **answer).status_code == 422
    assert not is_in(first)


NO_ANSWERS = [
    {"credential": "{}"},
    {"credential": "not JSON"},
    {"credential": "[" * 5000},
    {"credential": '{"id": 5}'},
    {"credential": '{"id": "\\u0000"}'},
    {"credential": '{"id": "\\ud800"}'},
    {"challenge": ""},
    {"challenge": "made-up"},
]


@pytest.mark.both_databases
def test_what_is_no_answer_of_a_device_is_refused(
    client: FlaskClient, app: Flask, editor: User, totp: pyotp.TOTP, database: Database
) -> None:
    device = Device()
    come_in(client, editor, totp)
    for changed in NO_ANSWERS:
        assert add_passkey(client, device, **changed).status_code == 409, changed
    assert "Adding a passkey needs JavaScript." in add_passkey(client, device, credential="").text
    assert add_passkey(client, device).status_code == 303
    other = app.test_client()
    first_step(other, editor)
    for changed in NO_ANSWERS:
        assert show_passkey(other, device, **changed).status_code == 422, changed
    assert not is_in(other)


def test_a_passkey_of_somebody_else_or_for_another_site_is_refused(
    client: FlaskClient, app: Flask, editor: User, totp: pyotp.TOTP, session: Session, database: Database
) -> None:
    other_person = make_user(session, "editor")
    their_totp = make_app(session, app, other_person)
    session.commit()
    theirs, mine = Device(), Device()
    add_passkey(come_in(app.test_client(), other_person, their_totp), theirs)
    add_passkey(come_in(client, editor, totp), mine)
    # The same device cannot be added to another account, nor its key removed from there.
    assert add_passkey(client, theirs).status_code == 409
    with database.reading() as reading:
        their_key = reading.scalars(select(Passkey.id).where(Passkey.user_id == other_person.id)).one()
    path = f"/account/second-step/passkeys/{their_key}/remove"
    assert send(client, path, "/account/second-step").status_code == 404
    browser = app.test_client()
    first_step(browser, editor)
    assert show_passkey(browser, theirs).status_code == 422
    mine.origin = "http://evil.example"
    assert show_passkey(browser, mine).status_code == 422
    assert not is_in(browser)


def test_at_an_address_without_a_name_there_are_no_passkeys(client: FlaskClient, editor: User) -> None:
    signed_in_by_form(client, editor)
    at_a_number = {"base_url": "http://127.0.0.1/"}
    assert "Passkeys do not work at this address." not in client.get("/account/second-step").text
    with client.session_transaction() as cookie:
        copied = dict(cookie)
    with client.session_transaction(**at_a_number) as cookie:
        cookie.update(copied)
    assert "Passkeys do not work at this address." in client.get("/account/second-step", **at_a_number).text
    assert client.get("/account/second-step/passkey", **at_a_number).status_code == 404


def test_a_passkey_belongs_to_the_host_of_a_site_below_a_path(
    app_with: Callable[..., Flask], editor: User, database: Database
) -> None:
    app = app_with(
        second_factor="required", site_url="https://town.example/peers", development=False, secret_key="x" * 32
    )
    client, there = app.test_client(), "https://town.example"
    options = {"base_url": there, "headers": {"Referer": f"{there}/peers/"}}
    token = token_in(client.get("/peers/sign-in", **options).text)
    client.post("/peers/sign-in", data={"csrf_token": token, "email": editor.email, "password": PASSWORD}, **options)
    asked = client.get("/peers/desk", **options)
    assert asked.location == "/peers/account/second-step?next=/peers/desk"
    page = client.get("/peers/account/second-step/passkey?next=/peers/desk", **options).text
    assert options_in(page)["rp"]["id"] == "town.example"
    fields = {
        "csrf_token": token_in(page),
        "challenge": field(page, "challenge"),
        "credential": Device(origin=there).create(options_in(page)),
        "name": "Made-up key",
        "next": "/peers/desk",
    }
    assert client.post("/peers/account/second-step/passkey", data=fields, **options).status_code == 201
    assert client.get("/peers/desk", **options).status_code == 200


# Where the settings require it.


@pytest.fixture
def strict(app_with: Callable[..., Flask]) -> Flask:
    """The site, which requires a second step of editors."""
    return app_with(second_factor="required")


def test_where_it_is_required_an_editor_sets_it_up_before_anything_else_and_others_do_without(
    strict: Flask, editor: User, session: Session
) -> None:
    contributor = make_user(session)
    session.commit()
    assert signed_in_by_form(strict.test_client(), contributor).get("/desk").status_code == 200
    client = signed_in_by_form(strict.test_client(), editor)
    for path in ("/desk", "/desk/new/initiative", "/account/keys"):
        answer = client.get(path)
        assert (answer.status_code, answer.location) == (302, f"/account/second-step?next={path}")
    page = client.get("/account/second-step?next=/desk")
    assert "Your role needs a second step." in page.text
    _totp, answer = set_up_app(client, next="/desk")
    assert answer.status_code == 201
    assert 'href="/desk">I have saved the codes: continue' in answer.text
    assert client.get("/desk").status_code == 200


def test_where_it_is_required_what_is_for_editors_on_public_pages_waits_too(
    strict: Flask, editor: User, session: Session
) -> None:
    forum_session, image = make_session(session), make_image(session)
    boss = make_user(session, "administrator")
    initiative = make_initiative(session)
    withdraw(session, boss, EntryKind.INITIATIVE, initiative.id, "It never ran.")
    session.commit()
    client = signed_in_by_form(strict.test_client(), editor)
    paths = {
        f"/forum/{forum_session.slug}/console": 302,
        f"/initiatives/{initiative.slug}/history": 410,
        f"/images/{image.key}/large.webp": 404,
    }
    assert {path: client.get(path).status_code for path in paths} == paths
    set_up_app(client)
    assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)


def test_where_it_is_required_what_was_typed_stays_on_the_page(strict: Flask, editor: User) -> None:
    client = signed_in_by_form(strict.test_client(), editor)
    form = {"csrf_token": token_in(client.get("/account").text), "title": "Made-up late initiative"}
    answer = client.post("/desk/new/initiative", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 403
    assert "Set up the second step in a new tab" in answer.text
    assert field(answer.text, "title") == "Made-up late initiative"
    script = client.post("/desk/new/initiative", data=form, headers={"Accept": "application/json"})
    assert (script.status_code, script.is_json) == (403, True)


def test_where_it_is_required_a_sign_in_without_it_begins_anew(strict: Flask, editor: User, totp: pyotp.TOTP) -> None:
    """As one that a node of an earlier version let in, which asked for no second step."""
    client = come_in(strict.test_client(), editor, totp)
    assert client.get("/desk").status_code == 200
    with client.session_transaction() as cookie:
        del cookie["second_step"]
    assert client.get("/desk").location == "/sign-in?next=/desk"
    assert not is_in(client)


def test_where_it_is_required_the_last_factor_is_replaced_and_not_removed(
    strict: Flask, editor: User, totp: pyotp.TOTP, database: Database
) -> None:
    client = come_in(strict.test_client(), editor, totp)
    answer = send(client, "/account/second-step/app/remove", "/account/second-step")
    assert "Your role needs a second step. Set up another one first" in client.get(answer.location).text
    assert has_factor(database, editor)
    assert "Your current app works until" in client.get("/account/second-step/app").text
    _totp, answer = set_up_app(client)
    assert answer.location == "/account/second-step"
    assert client.get("/desk").status_code == 200


def test_a_new_password_keeps_the_second_step_of_this_sign_in(strict: Flask, editor: User, totp: pyotp.TOTP) -> None:
    client = come_in(strict.test_client(), editor, totp)
    send(client, "/account/password", "/account", old_password=PASSWORD, password="seven quiet harbours")
    assert client.get("/desk").status_code == 200


# Resetting, and another secret of the site.


def test_an_administrator_resets_what_somebody_lost_but_not_their_own(
    client: FlaskClient, app: Flask, editor: User, totp: pyotp.TOTP, session: Session, letters: list[Email]
) -> None:
    boss = make_user(session, "administrator")
    session.commit()
    their_boss = make_app(session, app, boss)
    session.commit()
    theirs = come_in(app.test_client(), editor, totp)
    come_in(client, boss, their_boss)
    assert "Reset the second step" in client.get(f"/desk/people/{editor.id}").text
    page = f"/desk/people/{editor.id}"
    assert send(client, f"{page}/reset-second-step", page).status_code == 303
    assert not is_in(theirs)
    assert signed_in_by_form(theirs, editor)
    assert "An administrator reset the second step" in letters[0].text
    assert letters[0].to == editor.email
    assert "reset the second step of sign-in" in client.get(page).text
    assert send(client, f"{page}/reset-second-step", page).status_code == 422
    own = f"/desk/people/{boss.id}"
    assert "Reset the second step" not in client.get(own).text
    assert send(client, f"{own}/reset-second-step", own).status_code == 422


def test_with_another_secret_of_the_site_an_app_is_set_up_anew(
    app: Flask, app_with: Callable[..., Flask], editor: User, totp: pyotp.TOTP, session: Session
) -> None:
    codes = recovery_codes.new_codes()[:1]
    recovery_codes.replace(session, editor, recovery_codes.rows_of(editor.id, codes))
    session.commit()
    client = app_with(secret_key="another secret of this site").test_client()
    first_step(client, editor)
    assert "secret key was changed. Use a recovery code" in client.get(STEP).text
    assert send(client, STEP, code=totp.now()).status_code == 422
    assert send(client, STEP, recovery_code=codes[0]).status_code == 303
    assert "Please set it up again." in client.get("/account/second-step").text
    assert set_up_app(client)[1].location == "/account/second-step"
    assert "no longer works here" not in client.get("/account/second-step").text
