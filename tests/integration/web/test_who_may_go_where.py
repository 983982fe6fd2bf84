"""Permissions, route by route: every route is for everybody, by a list, or names a verb; and each role gets what the
table of `kb/accounts/permissions.py` gives it, and no more.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import IntegerConverter, Rule

from kb.accounts.choices import ROLES
from kb.accounts.permissions import PERMISSIONS, is_administrative
from kb.api.writing.authentication import scope_of
from kb.web.core.context import permission_of
from tests.factories import make_session, make_user
from tests.sign_in import signed_in, token_in

FOR_EVERYBODY = {
    "about",
    "alerts",
    "api",
    "assets",
    "audience",
    "challenges",
    "cities",
    "compare",
    "dcat",
    "data",
    "downloads",
    "feeds",
    "embedding",
    "files",
    "forum",
    "goals",
    "guide",
    "health",
    "history",
    "home",
    "images",
    "initiatives",
    "oai",
    "operator",
    "personal_data",
    "privacy",
    "leaders",
    "llms",
    "maps",
    "oembed",
    "peers",
    "questions",
    "reports",
    "robots",
    "search",
    "shortlist",
    "suggesting",
    "technologies",
    "visions",
    # The ways in; whom their links let in, other tests hold.
    "elsewhere",
    "invitations",
    "leading",
    "resets",
    "second_step",
    "signing_in",
    "still_true",
}
"""Blueprints whose pages anybody may read."""

ANYBODY_MAY_SEND = {
    "alerts.ask_submit",
    "alerts.confirm_submit",
    "alerts.end_submit",
    "audience.ask_submit",
    "audience.name_off",
    "audience.vote",
    "downloads.download_submit",
    "invitations.invitation_submit",
    "oai.answer_submit",
    "personal_data.ask_submit",
    "personal_data.erase_submit",
    "questions.answer_submit",
    "questions.ask_submit",
    "questions.choices_submit",
    "questions.confirm_submit",
    "questions.withdraw_submit",
    "reports.report_submit",
    "resets.ask_submit",
    "resets.reset_submit",
    "second_step.ask_submit",
    "signing_in.sign_in_submit",
    "signing_in.sign_out",
    "still_true.still_true_submit",
    "suggesting.suggest_goals_submit",
}
"""Forms that anybody may send."""

WHAT_TO_DO = (
    "give these views @requires(verb), below the route, with a verb of kb/accounts/permissions.py; "
    "or, where anybody may come, add them to FOR_EVERYBODY or ANYBODY_MAY_SEND in this file"
)
HERE = {"Sec-Fetch-Site": "same-origin"}


def methods_of(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})


def guarded(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Method, path and verb of every route that names a verb; ids and slugs are those of nothing there.

    But for a session of the forum, which is looked for before its chair's link is.
    """
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        verb = permission_of(app.view_functions[rule.endpoint])
        if verb is None:
            continue
        for method in methods_of(rule):
            yield method, path_of(adapter, rule, method), verb


def path_of(adapter, rule: Rule, method: str) -> str:
    values = {}
    for name, converter in rule._converters.items():
        one_of = getattr(converter, "items", None)
        nothing = 987_654 if isinstance(converter, IntegerConverter) else f"made-up-{name}"
        values[name] = next(iter(one_of)) if one_of else nothing
    return adapter.build(rule.endpoint, values | dict(rule.defaults or {}), method=method)


def test_every_route_is_for_everybody_by_a_list_or_names_a_verb(app: Flask) -> None:
    unnamed = {
        f"{method} {rule}: {rule.endpoint}"
        for rule in app.url_map.iter_rules()
        if permission_of(app.view_functions[rule.endpoint]) is None
        # `test_api_writing` tries each of those that need a key.
        and scope_of(app.view_functions[rule.endpoint]) is None
        for method in methods_of(rule)
        if not (rule.endpoint.split(".")[0] in FOR_EVERYBODY if method == "GET" else rule.endpoint in ANYBODY_MAY_SEND)
    }
    assert unnamed == set(), WHAT_TO_DO


def test_a_form_without_its_token_is_refused_but_for_those_of_programs(app: Flask) -> None:
    """Programs of others read by POST (OAI-PMH), write with a key, or end an alert by an address nobody can guess."""
    client = app.test_client()
    adapter = app.url_map.bind("localhost")
    taken = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and permission_of(app.view_functions[rule.endpoint]) is None
        and not rule.endpoint.startswith("writing.")
        and client.post(path_of(adapter, rule, "POST"), headers=HERE).status_code != 400
    }
    # They refuse it too, with the page of a link that is over, of signing in, or by leading on to the first page.
    otherwise = {
        "invitations.invitation_submit",
        "resets.reset_submit",
        "second_step.ask_submit",
        "signing_in.sign_out",
    }
    assert taken - otherwise == {"alerts.end_submit", "oai.answer_submit"}


def test_the_desk_is_for_nobody_without_a_role(app: Flask) -> None:
    open_desk = [
        str(rule)
        for rule in app.url_map.iter_rules()
        if str(rule).startswith("/desk") and permission_of(app.view_functions[rule.endpoint]) is None
    ]
    assert open_desk == [], WHAT_TO_DO


def test_no_list_names_what_is_not_there(app: Flask) -> None:
    assert set(app.blueprints) >= FOR_EVERYBODY, "take these out of FOR_EVERYBODY"
    assert set(app.view_functions) >= ANYBODY_MAY_SEND, "take these out of ANYBODY_MAY_SEND"
    for roles in PERMISSIONS.values():
        assert roles <= set(ROLES)


@pytest.fixture
def led(session: Session) -> None:
    """The session of the forum that paths speak of."""
    make_session(session, slug="made-up-slug")
    session.commit()


@pytest.mark.usefixtures("led")
def test_visitors_are_asked_to_sign_in_wherever_a_verb_is_named(app: Flask) -> None:
    client = app.test_client()
    token = token_in(client.get("/sign-in").text)
    for method, path, verb in guarded(app):
        answer = client.open(path, method=method, data={"csrf_token": token, "text": "typed"}, headers=HERE)
        if method == "GET":
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/sign-in"), path
        else:
            assert answer.status_code == 401, path
            assert ("Your text is kept" in answer.text) != is_administrative(verb), path


@pytest.mark.usefixtures("led")
@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_what_the_table_gives_it(app: Flask, session: Session, role: str) -> None:
    # Somebody else looks after people meanwhile, so that nothing is refused for being the last.
    make_user(session, "administrator")
    person = make_user(session, role)
    session.commit()
    client = signed_in(app.test_client(), person)
    token = token_in(client.get("/account").text)
    for method, path, verb in guarded(app):
        answer = client.open(path, method=method, data={"csrf_token": token}, headers=HERE)
        is_refused = answer.status_code == 403
        assert is_refused == (role not in PERMISSIONS[verb]), (
            f"{role} {method} {path} needs {verb}: {answer.status_code}"
        )
        assert answer.status_code < 500, f"{role} {method} {path}: {answer.status_code}"
        assert "no-store" in answer.headers["Cache-Control"], f"{method} {path}"
        if method == "POST" and not is_refused and client.get("/account").status_code != 200:
            client = signed_in(app.test_client(), person)
            token = token_in(client.get("/account").text)


def test_the_page_of_a_refusal_says_who_one_is_and_who_may(client: FlaskClient, session: Session) -> None:
    signed_in(client, _contributor(session))
    page = client.get("/desk/people")
    assert page.status_code == 403
    assert "You are signed in as Made-up Contributor. Your role: Contributor." in page.text
    assert "You need one of these roles: Administrator." in page.text


def _contributor(session: Session):
    contributor = make_user(session, name="Made-up Contributor")
    session.commit()
    return contributor


def test_a_view_that_names_a_permission_of_no_table_is_not_even_made() -> None:
    from kb.web.core.access import requires

    with pytest.raises(KeyError):
        requires("fly")
