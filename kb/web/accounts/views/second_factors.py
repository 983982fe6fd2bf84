"""One's own second factors: an authenticator app, passkeys and recovery codes.

Whoever changes them has proved within the last minutes who they are, by signing in or once more on a page of its own.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests

from kb.accounts import passwords, recovery_codes, second_factors
from kb.accounts.authenticator_apps import WRONG_FIRST_CODE, NewApp
from kb.accounts.models import AuthenticatorApp, Passkey, RecoveryCode, User
from kb.accounts.schemas import REQUIRED, PasskeySchema
from kb.core.errors import Refused

from ...core import access, context, forms, limits, login_session
from ...core.access import actor, actor_in, requires
from ...core.formatting import message_text
from ...core.forms import Form
from ...core.headers import of_one_person
from ...core.links import current_path
from .. import emails, second_step
from ..pages import ConfirmPage, NewAppPage, NewPasskeyPage, RecoveryCodesPage, SecondFactorsPage

blueprint = Blueprint("second_factors", __name__)
blueprint.after_request(of_one_person)

RATE = "10 per 15 minutes"
"""How often a person may try to prove who they are."""

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]


def _confirmed(view: View[P]) -> View[P]:
    """Ask whoever proved too long ago who they are to do so first; stands below `requires`."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if login_session.is_confirmed():
            return view(*args, **kwargs)
        page = current_path(with_query=True) if request.method == "GET" else url_for("second_factors.overview")
        return redirect(url_for("second_factors.confirm", next=page), code=303)

    return guarded


@blueprint.get("/account/second-step")
@requires("have-account")
def overview() -> ResponseReturnValue:
    """What whoever is signed in has, and the ways to more."""
    factors = second_factors.factors_of(context.refresh_session(), actor().id)
    return SecondFactorsPage(
        factors=factors,
        is_app_readable=factors.app is None or context.authenticator_apps().secret_of(factors.app) is not None,
        has_passkeys_here=second_step.passkeys() is not None,
        is_needed=access.needs_second_factor(actor()),
        after=_after(),
    ).render()


@blueprint.get("/account/second-step/app")
@requires("have-account")
@_confirmed
def app() -> ResponseReturnValue:
    """Where an authenticator app is set up, with a new secret each time."""
    return _app_page(context.authenticator_apps().new(actor()), Form())


@blueprint.post("/account/second-step/app")
@requires("have-account")
@_confirmed
def app_submit() -> ResponseReturnValue:
    """Store the app once its first code is right."""
    apps, form = context.authenticator_apps(), forms.sent()
    try:
        new = apps.being_set_up(actor(), request.form.get("ticket", ""))
    except Refused as refused:
        return _app_page(apps.new(actor()), Form(problem=message_text(refused.message)), 422)
    step = apps.time_step(new, request.form.get("code", ""))
    if step is None:
        return _app_page(new, form.with_errors(code=WRONG_FIRST_CODE), 422)
    answer = _add(lambda _session, user: apps.make(user, new, step))
    emails.tell_of_app(actor(), is_added=True)
    return answer or _done(gettext("The authenticator app was set up."))


@blueprint.post("/account/second-step/app/remove")
@requires("have-account")
@_confirmed
def app_remove() -> ResponseReturnValue:
    """Remove the authenticator app."""
    if _change(lambda session, user: second_factors.remove_app(session, user, is_needed=_is_needed())):
        emails.tell_of_app(actor(), is_added=False)
        flash(gettext("The authenticator app was removed."))
    return _to_overview()


@blueprint.get("/account/second-step/passkey")
@requires("have-account")
@_confirmed
def passkey() -> ResponseReturnValue:
    """Where a passkey is named and added."""
    return _passkey_page(Form({"name": gettext("My passkey")}))


@blueprint.post("/account/second-step/passkey")
@requires("have-account")
@_confirmed
def passkey_submit() -> ResponseReturnValue:
    """Store the passkey that the device created."""
    site = second_step.passkeys()
    if site is None:
        abort(404)
    data, form = forms.read(PasskeySchema(), request.form)
    if data is None:
        return _passkey_page(form, 422)
    if not data["credential"]:
        return _passkey_page(form.with_problem(gettext("Adding a passkey needs JavaScript.")), 422)
    sign_in_id = login_session.sign_in_id() or ""
    try:
        answer = _add(lambda session, user: site.created(session, user, **data, sign_in_id=sign_in_id))
    except Refused as refused:
        return _passkey_page(form.with_problem(message_text(refused.message)), 409)
    emails.tell_of_passkey(actor(), data["name"], is_added=True)
    return answer or _done(gettext("The passkey “%(name)s” was added.", name=data["name"]))


@blueprint.post("/account/second-step/passkeys/<int:key>/remove")
@requires("have-account")
@_confirmed
def passkey_remove(key: int) -> ResponseReturnValue:
    """Remove a passkey."""
    removed: list[Passkey] = []

    def remove(session: Session, user: User) -> None:
        removed.append(second_factors.remove_passkey(session, user, key, is_needed=_is_needed()))

    if _change(remove):
        emails.tell_of_passkey(actor(), removed[0].name, is_added=False)
        flash(gettext("The passkey “%(name)s” is removed.", name=removed[0].name))
    return _to_overview()


@blueprint.post("/account/second-step/recovery-codes")
@requires("have-account")
@_confirmed
def recovery_codes_submit() -> ResponseReturnValue:
    """Make new recovery codes, and show them this once."""
    codes = recovery_codes.new_codes()
    rows = recovery_codes.rows_of(actor().id, codes)
    if not _change(lambda session, user: second_factors.renew_recovery_codes(session, user, rows)):
        return _to_overview()
    emails.tell_of_recovery_codes(actor())
    return _codes_page(codes)


@blueprint.get("/account/confirm")
@requires("have-account")
def confirm() -> ResponseReturnValue:
    """Where whoever is signed in proves again who they are."""
    return _confirm_page(Form())


@blueprint.post("/account/confirm")
@requires("have-account")
def confirm_submit() -> ResponseReturnValue:
    """Go on where the password or a second factor is right."""
    person, form, password = actor(), forms.sent(), request.form.get("password", "")
    if not password and second_step.is_empty(request.form):
        name = "password" if "password" in request.form else "code"
        return _confirm_page(form.with_errors(**{name: REQUIRED}), 422)
    limits.spend(RATE, "confirm", str(person.id))
    if password:
        if not passwords.verify_password(password, person.password_hash):
            return _confirm_page(form.with_errors(password=passwords.NOT_THIS), 422)
    else:
        if second_step.take(request.form, person, _whoever_is_in) is None:
            return _confirm_page(second_step.with_error(form, request.form), 422)
        login_session.note_second_step()
    login_session.note_confirmed()
    return redirect(_after() or url_for("second_factors.overview"), code=303)


@blueprint.errorhandler(TooManyRequests)
def too_often(problem: TooManyRequests) -> ResponseReturnValue:
    """Say how long to wait."""
    text, seconds = limits.seconds_to_wait(problem)
    page, code = _confirm_page(Form(problem=text), 429)
    return page, code, {"Retry-After": str(seconds)}


def _whoever_is_in(session: Session) -> tuple[User, str]:
    return actor_in(session), login_session.sign_in_id() or ""


def _add(make: Callable[[Session, User], AuthenticatorApp | Passkey]) -> ResponseReturnValue | None:
    """Store a factor; with the first, the page of the recovery codes. Raises Refused."""
    codes, rows = _codes_of_first()
    with context.database().writing() as session:
        user = actor_in(session)
        is_first = second_factors.add(session, user, make(session, user), rows)
    if is_first:
        login_session.renew(user, second_step=True)
        return _codes_page(codes)
    login_session.note_second_step()
    return None


def _codes_of_first() -> tuple[list[str], list[RecoveryCode]]:
    """Recovery codes for whoever has no factor yet, hashed before the transaction, since that takes long."""
    if second_factors.has_factor(context.refresh_session(), actor().id):
        return [], []
    codes = recovery_codes.new_codes()
    return codes, recovery_codes.rows_of(actor().id, codes)


def _change(act: Callable[[Session, User], None]) -> bool:
    """Change the factors in one transaction; whether that was done, and if not, the next page tells why."""
    try:
        with context.database().writing() as session:
            user = actor_in(session)
            act(session, user)
            has_factor = second_factors.has_factor(session, user.id)
    except Refused as refused:
        flash(message_text(refused.message), "trouble")
        return False
    if not has_factor:
        login_session.forget_second_step()
    return True


def _is_needed() -> bool:
    return access.needs_second_factor(actor())


def _after() -> str | None:
    """The page to go on to once everything is set up."""
    return access.local(request.values.get("next"))


def _app_page(new: NewApp, form: Form, code: int = 200) -> tuple[str, int]:
    import segno  # noqa: PLC0415 - takes long to import, and is seldom needed

    address = new.address(actor())
    # Dark on light in every colour scheme, as cameras expect.
    image = segno.make(address, error="m", micro=False).svg_data_uri(scale=5, dark="#000", light="#fff")
    factors = second_factors.factors_of(context.refresh_session(), actor().id)
    page = NewAppPage(
        new=new, address=address, qr_code=image, replaces=factors.app is not None, form=form, after=_after()
    )
    return page.render(), code


def _passkey_page(form: Form, code: int = 200) -> tuple[str, int]:
    site = second_step.passkeys()
    if site is None:
        abort(404)
    existing = second_factors.factors_of(context.refresh_session(), actor().id).passkeys
    challenge = site.ask_to_create(actor(), list(existing), login_session.sign_in_id() or "")
    return NewPasskeyPage(challenge=challenge, form=form, after=_after()).render(), code


def _codes_page(codes: list[str]) -> tuple[str, int]:
    after = _after() or url_for("second_factors.overview")
    return RecoveryCodesPage(codes=codes, after=after).render(), 201


def _confirm_page(form: Form, code: int = 200) -> tuple[str, int]:
    choices = second_step.choices_of(actor(), login_session.sign_in_id() or "")
    page = ConfirmPage(
        person=actor(),
        form=form,
        choices=choices,
        provider=context.config().provider_name,
        after=_after() or url_for("second_factors.overview"),
    )
    return page.render(), code


def _to_overview() -> ResponseReturnValue:
    return redirect(url_for("second_factors.overview"), code=303)


def _done(message: str) -> ResponseReturnValue:
    """Say what was done; on to where a person was going before they were led here, if anywhere."""
    flash(message)
    return redirect(_after() or url_for("second_factors.overview"), code=303)
