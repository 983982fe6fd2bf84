"""People and the audit trail, as an administrator keeps them; and one's own account."""

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.actions import record_audit_event
from kb.accounts.models import AuditEvent, User
from kb.catalogue.entries import EntryKind
from kb.core.column_types import now
from kb.core.db import Database
from kb.editorial.actions import withdraw
from kb.web.accounts.pages import EVENTS_A_PAGE, PEOPLE_A_PAGE
from kb.web.accounts.views import account
from tests.at_once import meet
from tests.factories import PASSWORD, make_city, make_user
from tests.sign_in import send, signed_in, signed_in_by_form, token_in

from .page_readers import counted_queries, words_of

NEW = "seven quiet harbours"


@pytest.fixture
def boss(session: Session) -> User:
    """The only administrator."""
    boss = make_user(session, "administrator", name="Made-up Administrator")
    session.commit()
    return boss


@pytest.fixture
def desk(client: FlaskClient, boss: User) -> FlaskClient:
    """The administrator's browser."""
    return signed_in(client, boss)


def person_called(database: Database, email: str) -> User | None:
    with database.reading() as session:
        return session.scalar(select(User).where(User.email == email))


def link_in(page: str) -> str:
    """The path of the invitation that a page shows."""
    match = re.search(r'id="link" value="([^"]+)"', page)
    assert match
    return urlsplit(unescape(match[1])).path


def test_an_administrator_invites_a_contributor_who_opens_the_account(
    desk: FlaskClient, session: Session, database: Database, app: Flask
) -> None:
    make_city(session, "Made-up Haven", slug="made-up-haven")
    session.commit()
    form = {"name": "Made-up Adviser", "email": "Adviser@City.example", "role": "contributor", "city": "made-up-haven"}
    made = send(desk, "/desk/people/invite", None, **form)
    page = desk.get(made.headers["Location"])
    assert "Made-up Haven" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    adviser = person_called(database, "adviser@city.example")
    assert adviser is not None
    assert (adviser.role, adviser.password_hash) == ("contributor", None)

    link = link_in(page.text)
    theirs = app.test_client()
    welcome = theirs.get(link)
    assert welcome.headers["Referrer-Policy"] == "same-origin"
    assert welcome.headers["Cache-Control"] == "private, no-store"
    assert 'value="Made-up Adviser"' in welcome.text
    opened = send(theirs, link, None, name="Made-up Counsel", password=NEW)
    assert opened.status_code == 303
    assert "Made-up Counsel" in theirs.get("/account").text
    for again in (app.test_client(), theirs):
        over = again.get(link)
        assert over.status_code == 410
        assert "This link no longer works" in over.text
    signed_in_by_form(app.test_client(), adviser, NEW)


@pytest.mark.both_databases
def test_of_two_who_use_one_invitation_at_once_one_gets_in(desk: FlaskClient, database: Database, app: Flask) -> None:
    send(desk, "/desk/people/invite", None, name="Made-up Two", email="two@city.example", role="editor")
    invited = person_called(database, "two@city.example")
    assert invited is not None
    link = link_in(desk.get(f"/desk/people/{invited.id}").text)
    first, second = app.test_client(), app.test_client()
    tokens = [token_in(client.get(link).text) for client in (first, second)]
    answers = [
        client.post(link, data={"name": "Made-up Two", "password": NEW, "csrf_token": token}).status_code
        for client, token in zip((first, second), tokens, strict=True)
    ]
    assert answers == [303, 410]


def test_the_city_of_a_contributor_is_suggested_and_may_be_typed_by_its_name(
    desk: FlaskClient, session: Session, database: Database
) -> None:
    haven = make_city(session, "Made-up Haven", slug="haven-in-india")
    session.commit()
    assert desk.get("/desk/people/cities.json?q=made-up+h").json == {
        "suggestions": [
            {"label": "haven-in-india", "kind_label": "Made-up Haven, India", "url": "/cities/haven-in-india"}
        ]
    }
    form = {"name": "Made-up Adviser", "email": "by-name@city.example", "role": "contributor", "city": "Made-up Haven"}
    assert send(desk, "/desk/people/invite", None, **form).status_code == 303
    adviser = person_called(database, "by-name@city.example")
    assert adviser is not None
    assert adviser.city_id == haven.id


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("short", "at least 10 characters"),
        ("password123", "easy to guess"),
        ("qwertyuiop12", "easy to guess"),
        ("citypeers2024", "name or address"),
        ("zofiaquist", "name or address"),
        ("x" * 257, "up to 256 characters"),
        ("", "Please fill this in."),
    ],
)
def test_an_invited_person_needs_a_password_that_is_hard_to_guess(
    desk: FlaskClient, database: Database, password: str, told: str
) -> None:
    send(desk, "/desk/people/invite", None, name="Zofia Quist", email="zofia@city.example", role="editor")
    invited = person_called(database, "zofia@city.example")
    assert invited is not None
    link = link_in(desk.get(f"/desk/people/{invited.id}").text)
    visitor = desk.application.test_client()
    page = send(visitor, link, None, name="Zofia Quist", password=password)
    assert page.status_code == 422
    assert told in words_of(page.text)
    assert 'value="Zofia Quist"' in page.text
    old = visitor.post(link, data={"name": "Zofia Q.", "password": NEW, "csrf_token": "old"})
    assert old.status_code == 400
    assert 'value="Zofia Q."' in old.text
    assert NEW not in old.text


def test_a_long_sentence_is_a_good_password(desk: FlaskClient, database: Database, app: Flask) -> None:
    sentence = "ten herons stand " * 15 + "ø"
    send(desk, "/desk/people/invite", None, name="Made-up Long", email="long@city.example", role="editor")
    invited = person_called(database, "long@city.example")
    assert invited is not None
    link = link_in(desk.get(f"/desk/people/{invited.id}").text)
    assert send(app.test_client(), link, None, name="Made-up Long", password=sentence).status_code == 303
    signed_in_by_form(app.test_client(), invited, sentence)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"email": "no address"}, "This is not an e-mail address"),
        ({"email": ""}, "Please fill this in."),
        ({"name": ""}, "Please fill this in."),
        ({"name": "x" * 301}, "This is too long: 301 characters. At most 300 are allowed."),
        ({"role": "mayor"}, "Please choose one of the roles."),
        ({"city": "atlantis"}, "There is no city with this name"),
        ({"email": "boss@city.example"}, "There is already an account with this address."),
    ],
)
def test_an_invitation_that_is_wrong_is_told_and_nothing_is_lost(
    client: FlaskClient, session: Session, changed: dict[str, str], told: str
) -> None:
    signed_in(client, _boss(session))
    form = {"name": "Made-up Name", "email": "new@city.example", "role": "editor", "organisation": "Made-up Union"}
    page = send(client, "/desk/people/invite", None, **form | changed)
    assert page.status_code == 422
    assert told in page.text
    assert 'value="Made-up Union"' in page.text


def _boss(session: Session) -> User:
    boss = make_user(session, "administrator", email="boss@city.example")
    session.commit()
    return boss


def test_a_new_link_ends_the_old_one(desk: FlaskClient, database: Database, app: Flask) -> None:
    send(desk, "/desk/people/invite", None, name="Made-up Slow", email="slow@city.example", role="editor")
    invited = person_called(database, "slow@city.example")
    assert invited is not None
    page = f"/desk/people/{invited.id}"
    old = link_in(desk.get(page).text)
    assert send(desk, f"{page}/invite-again", page).status_code == 303
    assert app.test_client().get(old).status_code == 410
    assert app.test_client().get(link_in(desk.get(page).text)).status_code == 200


def test_a_closed_account_ends_its_sessions_and_its_invitation(desk: FlaskClient, session: Session, app: Flask) -> None:
    editor = make_user(session, "editor")
    session.commit()
    theirs = signed_in(app.test_client(), editor)
    page = f"/desk/people/{editor.id}"
    assert "The account is closed." in _followed(desk, send(desk, f"{page}/disable", page))
    assert theirs.get("/account").status_code == 302
    assert send(app.test_client(), "/sign-in", None, email=editor.email, password=PASSWORD).status_code == 422
    assert "The account is open again." in _followed(desk, send(desk, f"{page}/enable", page))
    signed_in_by_form(app.test_client(), editor)


def test_a_new_role_counts_at_once(desk: FlaskClient, session: Session, app: Flask) -> None:
    contributor = make_user(session)
    session.commit()
    theirs = signed_in(app.test_client(), contributor)
    assert theirs.get("/desk/audit").status_code == 403
    page = f"/desk/people/{contributor.id}"
    assert "The role is changed." in _followed(desk, send(desk, f"{page}/role", page, role="administrator"))
    assert theirs.get("/desk/audit").status_code == 200
    assert send(desk, f"{page}/role", page, role="mayor").status_code == 422
    city = make_city(session, "Made-up Haven")
    session.commit()
    assert "The city was changed." in _followed(desk, send(desk, f"{page}/city", page, city="Made-up Haven"))
    assert f'value="{city.slug}"' in desk.get(page).text
    unknown = send(desk, f"{page}/city", page, city="Made-up Nowhere")
    assert (unknown.status_code, "Made-up Nowhere" in unknown.text) == (422, True)


@pytest.mark.both_databases
def test_the_last_administrator_stays_one(desk: FlaskClient, boss: User, session: Session, database: Database) -> None:
    make_user(session, "administrator", password_hash=None)
    make_user(session, "administrator", disabled_at=now())
    session.commit()
    page = f"/desk/people/{boss.id}"
    for answer in (send(desk, f"{page}/role", page, role="editor"), send(desk, f"{page}/disable", page)):
        assert answer.status_code == 422
        assert "the last administrator" in answer.text
    with database.reading() as reading:
        user = reading.get_one(User, boss.id)
        assert (user.role, user.disabled_at) == ("administrator", None)


def test_there_is_no_page_of_nobody(desk: FlaskClient) -> None:
    assert desk.get("/desk/people/999").status_code == 404
    assert desk.get("/desk/people/99999999999").status_code == 404
    assert send(desk, "/desk/people/999/disable", "/account").status_code == 404


@pytest.mark.both_databases
def test_people_are_found_by_name_address_and_role(desk: FlaskClient, session: Session) -> None:
    make_user(session, "editor", name="Zoë Löwenthal", email="zl@city.example", organisation="100% Green_City")
    make_user(session, name="Somebody Else")
    session.commit()
    for words in ("lowenthal", "ZL@CITY", "100%", "Green_City"):
        page = desk.get("/desk/people", query_string={"q": words}).text
        assert "Zoë Löwenthal" in page, words
        assert "Somebody Else" not in page, words
    assert "Zoë" not in desk.get("/desk/people?q=%25%25&role=editor").text
    assert "Zoë" in desk.get("/desk/people?role=editor").text
    assert "there is no “mayor”" in desk.get("/desk/people?role=mayor").text


@pytest.mark.both_databases
def test_the_list_of_people_comes_in_pages(desk: FlaskClient, session: Session) -> None:
    for number in range(PEOPLE_A_PAGE):
        make_user(session, name=f"Person {number:03}")
    session.commit()
    assert "Person 099" not in desk.get("/desk/people").text
    assert "Person 099" in desk.get("/desk/people?page=2").text
    assert desk.get("/desk/people?page=999").status_code == 200


@pytest.mark.parametrize("path", ["/desk/people", "/desk/audit"])
def test_three_people_cost_as_many_queries_as_one(desk: FlaskClient, session: Session, app: Flask, path: str) -> None:
    counts = []
    for _ in range(3):
        city = make_city(session)
        person = make_user(session, city_id=city.id)
        record_audit_event(session, person, "invite", "user", person.id)
        session.commit()
        with counted_queries(app) as queries:
            desk.get(path)
        counts.append(len(queries))
    assert counts[0] == counts[1] == counts[2]


@pytest.mark.both_databases
def test_the_trail_says_who_did_what_and_can_be_narrowed(desk: FlaskClient, boss: User, session: Session) -> None:
    editor = make_user(session, "editor", name="Made-up Culprit")
    session.commit()
    page = f"/desk/people/{editor.id}"
    send(desk, f"{page}/role", page, role="contributor")
    record_audit_event(session, editor, "accept-proposal", "proposal", 7, title="<b>Flood</b>")
    session.commit()

    everything = words_of(desk.get("/desk/audit").text)
    assert "Made-up Administrator changed the role · Person Made-up Culprit" in everything
    assert "before: editor; after: contributor" in everything
    assert "Made-up Culprit accept proposal · Proposal 7" in everything
    assert "<b>Flood</b>" not in desk.get("/desk/audit").text

    of_one = words_of(desk.get("/desk/audit", query_string={"actor": editor.id}).text)
    assert "accept proposal · Proposal 7" in of_one
    assert "changed the role · Person" not in of_one
    of_verb = words_of(desk.get("/desk/audit?verb=change-role").text)
    assert "changed the role · Person" in of_verb
    assert "title:" not in of_verb
    assert "title:" in desk.get("/desk/audit?kind=proposal&key=7").text
    assert "No such actions." in desk.get("/desk/audit?verb=fly").text
    assert "It was left out" in desk.get("/desk/audit?actor=x&before=-1").text


@pytest.mark.both_databases
def test_the_trail_is_read_backwards_to_its_beginning(desk: FlaskClient, boss: User, session: Session) -> None:
    for number in range(2 * EVENTS_A_PAGE + 5):
        record_audit_event(session, boss, "made-up", "thing", number)
    session.commit()
    seen: list[int] = []
    path: str | None = "/desk/audit?verb=made-up"
    while path:
        text = desk.get(path).text
        seen += [int(number) for number in re.findall(r"thing (\d+)", words_of(text))]
        older = re.search(r'<a href="([^"]+)" rel="nofollow next">', text)
        path = unescape(older[1]) if older else None
    assert seen == list(range(2 * EVENTS_A_PAGE + 4, -1, -1))


def test_a_person_changes_name_and_password(client: FlaskClient, session: Session, app: Flask) -> None:
    person = make_user(session, name="Made-up Before")
    session.commit()
    signed_in(client, person)
    elsewhere = signed_in(app.test_client(), person)
    assert "Your name is changed." in _followed(client, send(client, "/account/name", "/account", name="Made-up After"))
    assert "Made-up After" in client.get("/goals").text

    wrong = send(client, "/account/password", "/account", old_password="not this one", password=NEW)
    assert wrong.status_code == 422
    assert "This is not your password." in wrong.text
    weak = send(client, "/account/password", "/account", old_password=PASSWORD, password="password123")
    assert "easy to guess" in weak.text
    done = send(client, "/account/password", "/account", old_password=PASSWORD, password=NEW)
    assert "Your password is changed." in _followed(client, done)
    assert elsewhere.get("/account").status_code == 302
    signed_in_by_form(app.test_client(), person, NEW)


def test_nobody_tries_old_passwords_without_end(client: FlaskClient, session: Session) -> None:
    person = make_user(session)
    session.commit()
    signed_in(client, person)
    often = int(account.RATE.split()[0])
    form = {"old_password": "not this one", "password": NEW}
    codes = [send(client, "/account/password", "/account", **form).status_code for _ in range(often + 1)]
    assert codes == [422] * often + [429]


def test_signing_out_everywhere_reaches_every_browser(client: FlaskClient, session: Session, app: Flask) -> None:
    person = make_user(session)
    session.commit()
    browsers = [signed_in(client, person), signed_in(app.test_client(), person)]
    answer = send(browsers[0], "/account/sign-out-everywhere", "/account")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert [browser.get("/account").status_code for browser in browsers] == [302, 302]


def test_every_step_is_in_the_trail(desk: FlaskClient, database: Database, boss: User) -> None:
    send(desk, "/desk/people/invite", None, name="Made-up Someone", email="some@city.example", role="editor")
    with database.reading() as session:
        event = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.verb, event.actor_id, event.actor_name) == ("invite", boss.id, "Made-up Administrator")
    assert event.details == {"name": "Made-up Someone", "role": "editor"}


def test_in_production_without_mail_the_administrator_is_told_to_hand_the_link_over(
    app_with: Callable[..., Flask], boss: User
) -> None:
    app = app_with(development=False, secret_key="x" * 32, site_url="http://localhost")
    client = signed_in(app.test_client(), boss)
    made = send(client, "/desk/people/invite", None, name="Made-up Far", email="far@city.example", role="editor")
    page = client.get(made.headers["Location"]).text
    assert "This site cannot send e-mail: please give them the link below." in page
    assert link_in(page).startswith("/invitations/")


def _followed(client: FlaskClient, answer) -> str:
    assert answer.status_code == 303
    return client.get(answer.headers["Location"]).text


@pytest.mark.parametrize("name", ["done", "said", "trouble", "sent"])
def test_no_link_that_somebody_made_up_says_that_something_was_done(desk: FlaskClient, name: str) -> None:
    for path in ("/account", "/desk/people/1", "/sign-in/forgotten"):
        for value in ("password", "closed", "sent", "1", "changed"):
            page = desk.get(path, query_string={name: value})
            assert 'class="notice' not in page.text, path


def test_what_came_of_a_click_is_told_once_and_no_address_brings_it_back(desk: FlaskClient) -> None:
    answer = send(desk, "/account/name", "/account", name="Made-up Other Name")
    assert answer.location == "/account"
    response = desk.get(answer.location)
    assert "Your name is changed." in response.text
    assert "private" in response.headers["Cache-Control"]
    assert "Your name is changed." not in desk.get(answer.location).text


@pytest.mark.postgresql
class TestAtOnce:
    """A city is withdrawn at the moment at which somebody is to stand for it."""

    @pytest.fixture
    def database(self, postgresql_database: Database) -> Database:
        return postgresql_database

    @pytest.mark.parametrize("is_invited", [True, False])
    def test_nobody_is_left_without_the_city_that_they_were_to_stand_for(
        self, desk: FlaskClient, boss: User, session: Session, database: Database, is_invited: bool
    ) -> None:
        city, person = make_city(session, "Made-up Haven"), make_user(session)
        session.commit()
        page = "/desk/people/invite" if is_invited else f"/desk/people/{person.id}"
        path = page if is_invited else f"{page}/city"
        fields = {"name": "Made-up", "email": "new@city.example", "role": "contributor"} if is_invited else {}
        fields |= {"city": city.slug, "csrf_token": token_in(desk.get(page).text)}
        answers = []

        def send_it(_session: Session) -> None:
            answers.append(desk.post(path, data=fields))

        meet(database, send_it, lambda other: withdraw(other, boss, EntryKind.CITY, city.id, "It never was."))
        assert [answer.status_code for answer in answers] == [503]
        assert person_called(database, "new@city.example") is None
        assert desk.post(path, data=fields).status_code == 422
