"""Coming in and going out: an editor signs in, others do not, and nobody is led astray."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kb.accounts import actions, passwords
from kb.accounts.models import AuditEvent, EndedSignIn, User, new_stamp
from kb.core.column_types import now
from kb.core.db import Database
from kb.web.accounts.views import sign_in
from kb.web.core import access, login_session
from tests.factories import PASSWORD, make_user
from tests.sign_in import send, signed_in_by_form, token_in

from .page_readers import counted_queries, words_of


@pytest.fixture
def editor(session: Session) -> User:
    """An editor with a password."""
    editor = make_user(session, "editor", name="Made-up Editor", email="editor@city.example")
    session.commit()
    return editor


def verbs_in(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(AuditEvent.verb).order_by(AuditEvent.id)))


def try_to_sign_in(client: FlaskClient, email: str, password: str, **more: str):
    return send(client, "/sign-in", email=email, password=password, **more)


@pytest.mark.both_databases
def test_an_editor_signs_in_is_named_in_the_head_and_signs_out(
    client: FlaskClient, editor: User, database: Database
) -> None:
    before = client.get("/goals")
    assert "Made-up Editor" not in before.text
    signed_in_by_form(client, editor)
    page = client.get("/goals")
    assert "Made-up Editor" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    left = send(client, "/sign-out", "/goals")
    assert (left.headers["Location"], left.headers["Clear-Site-Data"]) == ("/", '"cache"')
    assert "Made-up Editor" not in client.get("/goals").text
    assert verbs_in(database) == ["sign-in"]
    with database.reading() as session:
        assert session.get_one(User, editor.id).signed_in_at is not None


def test_a_visitor_gets_no_cookie_and_public_pages_stay_public(client: FlaskClient, app: Flask) -> None:
    client.get("/goals")
    with counted_queries(app) as queries:
        page = client.get("/goals")
    assert "Set-Cookie" not in page.headers
    assert "private" not in page.headers["Cache-Control"]
    assert not any("users" in query for query in queries)
    assert client.get("/robots.txt").headers["Cache-Control"] == "public, max-age=3600"


def test_a_person_is_looked_up_once_for_each_request(client: FlaskClient, app: Flask, editor: User) -> None:
    signed_in_by_form(client, editor)
    with counted_queries(app) as queries:
        client.get("/goals")
    assert sum("FROM users" in query for query in queries) == 1


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("editor@city.example", "not the password"),
        ("nobody@city.example", PASSWORD),
        ("editor@city.example\0", "x" * 999),
    ],
)
def test_whoever_does_not_know_the_password_is_told_the_same(
    client: FlaskClient, editor: User, email: str, password: str, database: Database
) -> None:
    page = try_to_sign_in(client, email, password)
    assert page.status_code == 422
    assert "The e-mail address or the password is wrong." in page.text
    assert password not in page.text
    assert client.get("/account").status_code == 302
    assert verbs_in(database) == ["fail-to-sign-in"]


def test_an_unknown_address_costs_as_much_as_a_known_one(
    client: FlaskClient, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One argon2 hash of the same parameters each, which is most of the time that a try takes."""
    checked: list[str] = []
    verify = PasswordHasher.verify

    def counted(hasher: PasswordHasher, kept: str, password: str) -> bool:
        checked.append(kept.split("$")[3])
        return verify(hasher, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for email in (editor.email, "nobody@city.example"):
        try_to_sign_in(client, email, "not the password")
    today = passwords.hash_password("whatever").split("$")[3]
    assert checked == [today, today]


@pytest.mark.both_databases
def test_addresses_are_read_without_regard_to_capitals_and_blanks(client: FlaskClient, editor: User) -> None:
    assert try_to_sign_in(client, "  Editor@City.Example ", PASSWORD).status_code == 303


def test_an_empty_form_is_told_field_by_field(client: FlaskClient) -> None:
    page = try_to_sign_in(client, "", " ")
    assert page.status_code == 422
    assert page.text.count('aria-invalid="true"') == 2
    assert "2 things to correct" in page.text


def test_a_closed_account_and_one_without_a_password_let_nobody_in(client: FlaskClient, session: Session) -> None:
    closed = make_user(session, disabled_at=now())
    invited = make_user(session, password_hash=None)
    session.commit()
    for person in (closed, invited):
        assert try_to_sign_in(client, person.email, PASSWORD).status_code == 422


def test_a_hash_of_older_parameters_is_renewed_when_its_owner_comes(
    client: FlaskClient, session: Session, database: Database
) -> None:
    old = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
    person = make_user(session, password_hash=old)
    session.commit()
    signed_in_by_form(client, person)
    with database.reading() as reading:
        kept = reading.get_one(User, person.id).password_hash
    assert kept is not None
    assert kept != old
    assert not passwords.is_outdated(kept)
    signed_in_by_form(client.application.test_client(), person)


def test_signing_in_drops_whatever_the_cookie_held_before(client: FlaskClient, editor: User) -> None:
    before = token_in(client.get("/sign-in").text)
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
        raw = cookie["csrf_token"]
    signed_in_by_form(client, editor)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie.get("csrf_token") != raw
    assert client.post("/sign-out", data={"csrf_token": before}).status_code in {302, 400}
    answer = client.post("/account/name", data={"csrf_token": before, "name": "x"})
    assert answer.status_code == 400, "a token from before signing in is worth nothing afterwards"


@pytest.mark.both_databases
def test_a_password_that_is_changed_while_it_is_checked_lets_nobody_in(
    client: FlaskClient, editor: User, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else who tries a stolen password again and again would be in when its owner changes it, and stay."""
    verify = passwords.verify_password

    def slow(password: str, password_hash: str | None) -> bool:
        with database.writing() as session:
            actions.change_password(session, session.get_one(User, editor.id), passwords.hash_password("another"))
        return verify(password, password_hash)

    monkeypatch.setattr(passwords, "verify_password", slow)
    assert send(client, "/sign-in", email=editor.email, password=PASSWORD).status_code == 422
    assert client.get("/account").status_code == 302


@pytest.mark.both_databases
def test_who_is_signed_out_while_they_change_the_password_changes_nothing(
    client: FlaskClient, editor: User, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    hash_password = passwords.hash_password

    def slow(password: str) -> str:
        with database.writing() as session:
            session.execute(update(User).values(stamp="another"))
        return hash_password(password)

    signed_in_by_form(client, editor)
    monkeypatch.setattr(passwords, "hash_password", slow)
    fields = {"old_password": PASSWORD, "password": "seven quiet harbours"}
    assert send(client, "/account/password", "/account", **fields).status_code == 401
    signed_in_by_form(client, editor)


def test_a_new_stamp_signs_a_person_out_everywhere(client: FlaskClient, editor: User, database: Database) -> None:
    signed_in_by_form(client, editor)
    with database.writing() as session:
        session.get_one(User, editor.id).stamp = new_stamp()
    assert client.get("/account").status_code == 302
    with client.session_transaction() as cookie:
        assert "person" not in cookie


@pytest.mark.both_databases
def test_signing_out_ends_the_sign_in_for_copies_of_its_cookie_and_no_other(app: Flask, editor: User) -> None:
    client, other, thief = (app.test_client() for _ in range(3))
    signed_in_by_form(client, editor)
    signed_in_by_form(other, editor)
    copied = client.get_cookie("session")
    assert copied is not None
    thief.set_cookie("session", copied.value)
    assert thief.get("/account").status_code == 200
    send(client, "/sign-out", "/account")
    assert client.get("/account").status_code == 302
    thief.set_cookie("session", copied.value)
    assert thief.get("/account").status_code == 302
    assert other.get("/account").status_code == 200
    assert signed_in_by_form(client, editor).get("/account").status_code == 200


def test_signing_out_twice_and_by_a_copy_is_no_fault(app: Flask, editor: User, database: Database) -> None:
    client = signed_in_by_form(app.test_client(), editor)
    page, copied = client.get("/account").text, client.get_cookie("session")
    assert copied is not None
    for _ in range(2):
        client.set_cookie("session", copied.value)
        answer = client.post("/sign-out", data={"csrf_token": token_in(page)})
        assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    with database.reading() as reading:
        assert len(reading.scalars(select(EndedSignIn)).all()) == 1


@pytest.mark.both_databases
def test_ended_sign_ins_are_forgotten_once_no_cookie_can_be_left(session: Session) -> None:
    lasts = timedelta(minutes=60)
    session.add_all([EndedSignIn(id="long ago", ended_at=now() - 2 * lasts), EndedSignIn(id="just now")])
    session.flush()
    for _ in range(2):
        actions.end_sign_in(session, "this one", lasts)
    assert set(session.scalars(select(EndedSignIn.id))) == {"just now", "this one"}


def test_an_old_page_signs_out_and_another_site_does_not(client: FlaskClient, editor: User) -> None:
    signed_in_by_form(client, editor)
    client.post("/sign-out", data={"csrf_token": "old"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert client.get("/account").status_code == 200
    client.post("/sign-out", data={"csrf_token": "old"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert client.get("/account").status_code == 302


def test_a_cookie_of_an_earlier_version_asks_to_sign_in_again(client: FlaskClient, editor: User) -> None:
    signed_in_by_form(client, editor)
    with client.session_transaction() as cookie:
        cookie["person"] = cookie["person"][:3]
    assert client.get("/account").status_code == 302


def test_whoever_rests_too_long_must_sign_in_again_and_whoever_works_stays(
    app_with: Callable[..., Flask], editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in_by_form(app_with(rest_minutes=60).test_client(), editor)
    begun = time.time()

    def at(minutes: float) -> int:
        monkeypatch.setattr(login_session.time, "time", lambda: begun + minutes * 60)
        return client.get("/account").status_code

    assert [at(50), at(100), at(150)] == [200, 200, 200]
    assert at(211) == 302
    assert at(150) == 302, "the cookie has forgotten the person"


@pytest.mark.parametrize("path", ["/goals?by=decade", "/search?q=flood&goal=11"])
def test_after_signing_in_one_is_where_one_wanted_to_go(client: FlaskClient, editor: User, path: str) -> None:
    answer = send(client, "/sign-in", email=editor.email, password=PASSWORD, next=path)
    assert answer.headers["Location"] == path


TRICKS = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "https:evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "evil.example",
    "/%0d%0aSet-Cookie:x\r\n",
    "/\u2028",
    "/ok\0",
    "",
]


@pytest.mark.parametrize("trick", TRICKS)
def test_nobody_is_led_to_another_site(client: FlaskClient, editor: User, trick: str) -> None:
    assert access.local(trick) is None
    answer = send(client, "/sign-in", email=editor.email, password=PASSWORD, next=trick)
    assert answer.headers["Location"] in {"/account", "/desk"}
    assert client.get("/sign-in", query_string={"next": trick}).headers["Location"] in {"/account", "/desk"}


def try_from(app: Flask, address: str, email: str, typed: str = "x", client: FlaskClient | None = None) -> int:
    """Try to sign in from an address, in a new browser or in one that is given; the status of the answer."""
    client = client or app.test_client()
    data = {"email": email, "password": typed, "csrf_token": token_in(client.get("/sign-in").text)}
    return client.post("/sign-in", data=data, environ_base={"REMOTE_ADDR": address}).status_code


def test_whoever_guesses_at_an_account_keeps_nobody_out_but_themselves(
    app_with: Callable[..., Flask], editor: User
) -> None:
    app = app_with()
    often = int(sign_in.BY_ACCOUNT_AND_ADDRESS.split()[0])
    assert [try_from(app, "192.0.2.1", editor.email) for _ in range(often + 1)] == [422] * often + [429]
    assert try_from(app, "198.51.100.7", editor.email, PASSWORD) == 303, "the owner, from another address"


def test_who_signs_in_often_is_never_told_to_wait(app_with: Callable[..., Flask], editor: User) -> None:
    app = app_with()
    often = int(sign_in.BY_ACCOUNT_AND_ADDRESS.split()[0])
    assert [try_from(app, "192.0.2.1", editor.email, PASSWORD) for _ in range(often + 2)] == [303] * (often + 2)


def test_guesses_from_everywhere_are_slowed_down_but_never_the_owner_in_a_known_browser(
    app_with: Callable[..., Flask], editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "BY_ACCOUNT", "5 per hour")
    app = app_with()
    known = signed_in_by_form(app.test_client(), editor)
    send(known, "/sign-out", "/account")
    codes = [try_from(app, f"192.0.2.{number}", editor.email) for number in range(7)]
    assert codes == [422] * 5 + [429] * 2
    assert try_from(app, "192.0.2.1", editor.email, PASSWORD, known) == 303, "even at an address that guesses"
    other = make_other_account(app)
    assert try_from(app, "192.0.2.9", other.email, PASSWORD) == 303, "another account is not held up"


def test_a_known_browser_gets_no_more_tries_than_another(app_with: Callable[..., Flask], editor: User) -> None:
    app = app_with()
    known = signed_in_by_form(app.test_client(), editor)
    send(known, "/sign-out", "/account")
    often = int(sign_in.BY_ACCOUNT_AND_ADDRESS.split()[0])
    codes = [try_from(app, f"192.0.2.{number}", editor.email, client=known) for number in range(often + 1)]
    assert codes == [422] * often + [429]


def test_a_browser_is_known_for_the_account_it_signed_in_to_alone(
    app_with: Callable[..., Flask], editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "BY_ACCOUNT", "5 per hour")
    app = app_with()
    other = make_other_account(app)
    guesser = signed_in_by_form(app.test_client(), other)
    send(guesser, "/sign-out", "/account")
    codes = [try_from(app, f"192.0.2.{number}", editor.email, client=guesser) for number in range(6)]
    assert codes == [422] * 5 + [429]
    forged = app.test_client()
    forged.set_cookie("known_browser", f'["x",[{editor.id}]]', path="/sign-in")
    assert try_from(app, "192.0.2.99", editor.email, client=forged) == 429


def make_other_account(app: Flask) -> User:
    with app.extensions["kb_database"].writing() as session:
        return make_user(session, email="other@city.example")


def test_too_many_tries_at_one_account_have_to_wait_and_are_told_how_long(
    app_with: Callable[..., Flask], editor: User
) -> None:
    app = app_with()
    often = int(sign_in.BY_ACCOUNT_AND_ADDRESS.split()[0])
    for number in range(often):
        email = "EDITOR@city.example" if number % 2 else editor.email
        assert try_from(app, "127.0.0.1", email) == 422
    refused = send(app.test_client(), "/sign-in", email=editor.email, password=PASSWORD, next="/goals")
    assert refused.status_code == 429
    assert "Please wait 15 minutes, then try again." in refused.text
    assert 840 < int(refused.headers["Retry-After"]) <= 900
    assert f'value="{editor.email}"' in refused.text
    assert 'name="next" value="/goals"' in refused.text
    other = send(app.test_client(), "/sign-in", email="other@city.example", password="x")
    assert other.status_code == 422, "another account is not held up"


def test_too_many_tries_from_one_address_have_to_wait(app_with: Callable[..., Flask]) -> None:
    client = app_with().test_client()
    often = int(sign_in.BY_ADDRESS.split()[0])
    codes = [
        send(client, "/sign-in", email=f"nobody-{number}@city.example", password="x").status_code
        for number in range(often + 1)
    ]
    assert codes == [422] * often + [429]


def test_people_of_one_office_come_in_however_many_they_are_while_others_there_try_in_vain(
    app_with: Callable[..., Flask], editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "BY_ADDRESS", "3 per 15 minutes")
    app = app_with()

    def tried(email: str, password: str) -> int:
        return send(app.test_client(), "/sign-in", email=email, password=password).status_code

    assert [tried(f"nobody-{number}@city.example", "x") for number in range(2)] == [422, 422]
    assert [tried(editor.email, PASSWORD) for _ in range(5)] == [303] * 5
    assert [tried("nobody-3@city.example", "x") for _ in range(2)] == [422, 429]
    assert tried(editor.email, PASSWORD) == 429, "an address that guesses has to wait, whatever it tries next"


def test_the_page_is_kept_by_nobody_and_found_by_no_robot(client: FlaskClient) -> None:
    page = client.get("/sign-in")
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "noindex" in page.headers["X-Robots-Tag"]
    robots = client.get("/robots.txt").text
    for path in ("/sign-in", "/account", "/desk", "/invitations/"):
        assert f"Disallow: {path}\n" in robots


def test_a_sign_in_page_that_was_open_for_too_long_asks_once_more(client: FlaskClient, editor: User) -> None:
    page = client.post("/sign-in", data={"email": editor.email, "password": PASSWORD, "csrf_token": "old"})
    assert page.status_code == 400
    assert f'value="{editor.email}"' in page.text
    assert PASSWORD not in page.text
    answer = client.post(
        "/sign-in", data={"email": editor.email, "password": PASSWORD, "csrf_token": token_in(page.text)}
    )
    assert answer.status_code == 303


def test_whoever_is_in_already_goes_on_at_once(client: FlaskClient, editor: User) -> None:
    signed_in_by_form(client, editor)
    assert client.get("/sign-in?next=/goals").headers["Location"] == "/goals"


def test_the_words_of_the_page_say_whom_it_is_for(client: FlaskClient) -> None:
    assert "You need no account to read." in words_of(client.get("/sign-in").text)


def test_whoever_is_in_and_fails_to_come_in_as_somebody_else_is_told(client: FlaskClient, editor: User) -> None:
    signed_in_by_form(client, editor)
    answer = send(client, "/sign-in", "/account", email="somebody@else.example", password="not this one")
    assert answer.status_code == 422
    assert "or the password is wrong" in words_of(answer.text)
    assert client.get("/account").status_code == 200
