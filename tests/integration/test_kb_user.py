"""`kb user`, by which an operator makes the first administrator; and what `kb doctor` says of mail and providers."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from kb.accounts.authenticator_apps import AuthenticatorApps
from kb.accounts.models import AuditEvent, User
from kb.accounts.second_factors import has_factor
from kb.app import create_app
from kb.catalogue.entries import EntryKind
from kb.cli.context import Context
from kb.cli.user import user
from kb.core.db import Database
from kb.core.errors import NotFound, Refused
from kb.editorial.actions import withdraw
from tests.at_once import meet
from tests.factories import make_city, make_user
from tests.smtp_server import mailbox
from tests.terminal import kb, production


@pytest.fixture
def environment(sqlite_database: Database, tmp_path: Path) -> dict[str, str]:
    """A machine with an empty database."""
    with sqlite_database.writing() as session:
        make_city(session, slug="made-up-haven")
    return production(sqlite_database, tmp_path)


def told(answer: subprocess.CompletedProcess[str]) -> str:
    """The one line of trouble."""
    assert answer.returncode != 0
    assert answer.stdout == ""
    assert answer.stderr.count("\n") == 1, answer.stderr
    return answer.stderr


def test_the_first_administrator_is_invited_from_the_terminal_and_comes_in(
    environment: dict[str, str], sqlite_database: Database
) -> None:
    words = ("user", "invite", "Boss@Peers.example", "--name", "Made-up Boss", "--role", "administrator")
    link = kb(environment, *words).stdout.strip()
    assert link.startswith("https://peers.example/invitations/")
    config = Config(
        database_url=environment["DATABASE_URL"],
        search_index=Path(environment["KB_SEARCH_INDEX"]),
        site_url="https://peers.example",
        secret_key=environment["KB_SECRET_KEY"],
    )
    app = create_app(config)
    client = app.test_client()
    # Over https, forms are also told from forged ones by the page that sent them.
    there = {"base_url": "https://peers.example", "headers": {"Referer": "https://peers.example/"}}
    path = urlsplit(link).path
    page = client.get(path, **there)
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"name": "Made-up Boss", "password": "seven quiet harbours", "csrf_token": token}
    assert client.post(path, data=form, **there).status_code == 303
    assert client.get("/desk/people", **there).status_code == 200
    app.extensions["kb_search"].close()
    app.extensions["kb_database"].dispose()
    assert kb(environment, "user", "list").stdout == "boss@peers.example\tMade-up Boss\tadministrator\topen\n"
    assert "the last administrator" in told(kb(environment, "user", "disable", "boss@peers.example"))
    assert "the last administrator" in told(kb(environment, "user", "role", "boss@peers.example", "editor"))
    with sqlite_database.reading() as session:
        first = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).first()
    assert first is not None
    assert (first.verb, first.actor_id) == ("invite", None)


def test_people_are_listed_closed_opened_and_given_roles(environment: dict[str, str]) -> None:
    made = ("--name", "Made-up Adviser", "--city", "made-up-haven", "--organisation", "Made-up Union")
    assert kb(environment, "user", "invite", "adviser@city.example", *made).returncode == 0
    assert kb(environment, "user", "disable", "ADVISER@city.example").returncode == 0
    assert kb(environment, "user", "list").stdout.endswith("contributor\tclosed\n")
    assert kb(environment, "user", "enable", "adviser@city.example").returncode == 0
    assert kb(environment, "user", "role", "adviser@city.example", "editor").returncode == 0
    assert kb(environment, "user", "list").stdout.endswith("editor\tinvited\n")
    assert "atlantis" in told(kb(environment, "user", "city", "adviser@city.example", "atlantis"))
    for slug in ((), ("made-up-haven",)):
        assert kb(environment, "user", "city", "adviser@city.example", *slug).returncode == 0
    with Database(environment["DATABASE_URL"]).reading() as session:
        changes = session.scalars(select(AuditEvent).where(AuditEvent.verb == "change-city").order_by(AuditEvent.id))
        assert [change.details["after"] is None for change in changes] == [True, False]


def test_what_is_wrong_is_one_line(environment: dict[str, str]) -> None:
    def invite(*words: str) -> str:
        return told(kb(environment, "user", "invite", *words))

    assert kb(environment, "user", "invite", "one@city.example", "--name", "Made-up").returncode == 0
    assert "account with this address" in invite("ONE@city.example", "--name", "Made-up")
    assert "email: This is not an e-mail address" in invite("one", "--name", "Made-up")
    assert "name: Please fill this in." in invite("two@city.example", "--name", " ")
    assert "atlantis" in invite("two@city.example", "--name", "Made-up", "--city", "atlantis")
    for verb in ("disable", "enable"):
        answer = told(kb(environment, "user", verb, "nobody@x.example"))
        assert "There is no account with the address nobody@x.example" in answer
    wrong = kb(environment, "user", "role", "one@city.example", "mayor")
    assert wrong.returncode == 2
    environment["KB_SECRET_KEY"] = "short"
    assert "KB_SECRET_KEY" in invite("two@city.example", "--name", "Made-up")


def test_the_doctor_looks_at_mail_and_the_provider_and_shows_no_secret(environment: dict[str, str]) -> None:
    output = kb(environment, "doctor").stdout
    assert "ok      mail: not set up (send the links yourself)" in output
    assert "ok      single sign-on: no OpenID Connect provider is set" in output
    with mailbox() as (url, _held):
        mail = {"KB_SMTP_URL": url, "KB_MAIL_FROM": "CityPeers <desk@peers.example>"}
        output = kb(environment | mail, "doctor").stdout
        assert "ok      mail: the server answers; mail is sent from CityPeers <desk@peers.example>" in output
        with_password = {**mail, "KB_SMTP_URL": url.replace("//", "//desk:hidden-word@")}
        output = kb(environment | with_password, "doctor").stdout
        assert "PROBLEM mail:" in output
        assert "hidden-word" not in output
    output = kb(environment | mail, "doctor").stdout
    assert "PROBLEM mail:" in output
    provider = {
        "KB_DEVELOPMENT": "1",
        "KB_OIDC_ISSUER": "http://127.0.0.1:9",
        "KB_OIDC_CLIENT_ID": "citypeers",
        "KB_OIDC_CLIENT_SECRET": "hidden-word",
    }
    output = kb(environment | provider, "doctor").stdout
    assert "PROBLEM single sign-on: http://127.0.0.1:9 cannot be reached" in output
    assert "hidden-word" not in output


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"smtp_url": "http://mail"}, "KB_SMTP_URL"),
        ({"smtp_url": "smtp://mail:x"}, "KB_SMTP_URL"),
        ({"smtp_url": "smtp://mail", "mail_from": "nobody"}, "KB_MAIL_FROM"),
        ({"oidc_issuer": "https://id.example"}, "KB_OIDC_CLIENT_ID"),
        ({"oidc_issuer": "https://id.example", "oidc_client_id": "x"}, "KB_OIDC_CLIENT_SECRET"),
        ({"oidc_issuer": "http://id.example", "oidc_client_id": "x", "oidc_client_secret": "y"}, "https"),
        ({"rest_minutes": 0}, "KB_REST_MINUTES"),
    ],
)
def test_settings_that_cannot_work_are_named(settings: dict[str, str], named: str) -> None:
    config = Config(site_url="https://peers.example", secret_key="k" * 40, **settings)
    problem = config.problem()
    assert problem is not None
    assert named in problem


def test_the_second_step_of_somebody_who_lost_it_is_reset(sqlite_database: Database) -> None:
    config = Config(database_url=sqlite_database.url.render_as_string(), development=True)
    with sqlite_database.writing() as session:
        boss = make_user(session, "administrator", email="boss@peers.example")
        apps = AuthenticatorApps(config.secret_key)
        session.add(apps.make(boss, apps.new(boss), 0))

    def reset(email: str) -> BaseException | None:
        return CliRunner().invoke(user, ["reset-factors", email], obj=Context(config)).exception

    assert isinstance(reset("nobody@peers.example"), NotFound)
    assert reset("Boss@Peers.example") is None
    with sqlite_database.reading() as session:
        assert not has_factor(session, boss.id)
        assert session.get_one(User, boss.id).stamp != boss.stamp
        event = session.scalars(select(AuditEvent)).one()
    assert (event.verb, event.actor_id, event.key) == ("reset-second-step", None, str(boss.id))
    assert isinstance(reset("boss@peers.example"), Refused)


@pytest.mark.postgresql
@pytest.mark.parametrize("words", [("invite", "new@city.example", "--name", "Made-up"), ("city", "old@city.example")])
def test_nobody_is_to_stand_for_a_city_that_is_withdrawn_at_that_moment(
    postgresql_database: Database, tmp_path: Path, words: tuple[str, ...]
) -> None:
    database = postgresql_database
    with database.writing() as session:
        city, editor = make_city(session, slug="made-up-haven"), make_user(session, "editor")
        make_user(session, email="old@city.example")
    context = SimpleNamespace(config=Config(search_index=tmp_path), database=lambda: database)
    named = ("--city", city.slug) if words[0] == "invite" else (city.slug,)
    answers = []

    def name_the_city(_session: Session) -> None:
        answers.append(CliRunner().invoke(user, [*words, *named], obj=context))

    meet(database, name_the_city, lambda other: withdraw(other, editor, EntryKind.CITY, city.id, "It never was."))
    assert isinstance(answers[0].exception, Refused), answers[0].output
    with database.reading() as session:
        assert session.scalars(select(User.email)).all() == [editor.email, "old@city.example"]
