"""One's own account: the name, the password, and signing out everywhere."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import TooManyRequests

from kb.accounts import actions, passwords
from kb.accounts.choices import ROLES
from kb.accounts.schemas import ChangePasswordSchema, NameSchema
from kb.accounts.second_factors import factors_of

from ...core import context, forms, limits, login_session
from ...core.access import actor, actor_in, requires
from ...core.forms import Form
from ...core.headers import of_one_person
from ..pages import AccountPage

blueprint = Blueprint("account", __name__)
blueprint.after_request(of_one_person)

RATE = "10 per 15 minutes"
"""How often one may try one's old password."""


@blueprint.get("/account")
@requires("have-account")
def account() -> ResponseReturnValue:
    """The name, the password and the sessions of whoever is signed in."""
    return _page()


@blueprint.post("/account/name")
@requires("have-account")
def name_submit() -> ResponseReturnValue:
    """Be called by another name."""
    data, form = forms.read(NameSchema(), request.form)
    if data is None:
        return _page(name=form, code=422)
    with context.database().writing() as session:
        actions.rename(session, actor_in(session), data["name"])
    return _done(gettext("Your name is changed."))


@blueprint.post("/account/password")
@requires("have-account")
def password_submit() -> ResponseReturnValue:
    """Change the password, for whoever knows the old one; every other browser is signed out."""
    person = actor()
    data, form = forms.read(ChangePasswordSchema(), request.form)
    if data is None:
        return _page(password=form, code=422)
    limits.spend(RATE, "old password", str(person.id))
    fits = passwords.verify_password(data["old_password"], person.password_hash)
    if not fits:
        return _page(password=form.with_errors(old_password=passwords.NOT_THIS), code=422)
    if weak := passwords.weakness(data["password"], (person.name, person.email, person.organisation)):
        return _page(password=form.with_errors(password=weak), code=422)
    password_hash = passwords.hash_password(data["password"])
    with context.database().writing() as session:
        changed = actor_in(session)
        actions.change_password(session, changed, password_hash)
    login_session.renew(changed)
    return _done(gettext("Your password is changed. Every other browser is signed out."))


@blueprint.post("/account/sign-out-everywhere")
@requires("have-account")
def sign_out_everywhere() -> ResponseReturnValue:
    """Sign out in every browser, this one included."""
    with context.database().writing() as session:
        person = actor_in(session)
        actions.sign_out_everywhere(session, person, person)
    login_session.sign_out()
    return redirect(url_for("signing_in.sign_in"), code=303)


@blueprint.errorhandler(TooManyRequests)
def too_often(problem: TooManyRequests) -> ResponseReturnValue:
    """Say how long to wait."""
    text, seconds = limits.seconds_to_wait(problem)
    page, code = _page(password=Form(problem=text), code=429)
    return page, code, {"Retry-After": str(seconds)}


def _page(name: Form | None = None, password: Form | None = None, code: int = 200) -> tuple[str, int]:
    person = actor()
    page = AccountPage(
        person=person,
        role=ROLES[person.role],
        name_form=name or Form({"name": person.name}),
        password_form=password or Form(),
        factors=factors_of(context.session(), person.id),
    )
    return page.render(), code


def _done(message: str) -> ResponseReturnValue:
    flash(message)
    return redirect(url_for("account.account"), code=303)
