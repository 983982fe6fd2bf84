"""The pages that links in mails open: invitations, and new passwords for forgotten ones."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import TooManyRequests

from kb.accounts import actions, passwords, queries
from kb.accounts.models import User
from kb.accounts.schemas import AddressSchema, InvitationSchema, NewPasswordSchema
from kb.accounts.signed_links import INVITATION, InvalidLink

from ...core import access, context, errors, forms, known_browsers, limits, login_session
from ...core.forms import Form
from ...core.headers import of_one_person
from ...core.mails import send_when_answered
from .. import emails, second_step
from ..pages import ForgottenPasswordPage, InvitationPage, NewPasswordPage

invitations_blueprint = Blueprint("invitations", __name__)
invitations_blueprint.after_request(of_one_person)

_INVITATION = INVITATION.format(ticket="<ticket>")
INVITATIONS_BY_ADDRESS = "60 per 15 minutes"


@invitations_blueprint.get(_INVITATION)
def invitation(ticket: str) -> ResponseReturnValue:
    """Where an invited person chooses a name and a password."""
    invited = context.signed_links().read("invitation", ticket, context.session())
    return _invitation_page(invited, Form({"name": invited.name}))


@invitations_blueprint.post(_INVITATION)
def invitation_submit(ticket: str) -> ResponseReturnValue:
    """Open the account, and let the person in."""
    invited = context.signed_links().read("invitation", ticket, context.session())
    limits.spend(INVITATIONS_BY_ADDRESS, "accept invitation", limits.client_address())
    data, form = forms.read(InvitationSchema(), request.form)
    if data is None:
        return _invitation_page(invited, form, 422)
    if weak := passwords.weakness(data["password"], (data["name"], invited.email, invited.organisation)):
        return _invitation_page(invited, form.with_errors(password=weak), 422)
    password_hash = passwords.hash_password(data["password"])
    with context.database().writing() as session:
        person = context.signed_links().read("invitation", ticket, session, is_used=True)
        actions.accept_invitation(session, person, data["name"], password_hash)
        actions.record_sign_in(session, person, "invitation")
    login_session.sign_in(person)
    return redirect(access.front_page(), code=303)


@invitations_blueprint.errorhandler(CSRFError)
def expired(_problem: CSRFError) -> ResponseReturnValue:
    """A token that is missing or old: the page again, with a new one."""
    ticket = (request.view_args or {}).get("ticket", "")
    try:
        invited = context.signed_links().read("invitation", ticket, context.session())
    except InvalidLink as problem:
        # Flask handles no error of an error handler.
        return errors.invalid_link(problem)
    form = forms.sent().with_problem(forms.expired_message())
    return _invitation_page(invited, form, 400)


def _invitation_page(invited: User, form: Form, code: int = 200) -> ResponseReturnValue:
    return InvitationPage(invited=invited, form=form).render(), code


resets_blueprint = Blueprint("resets", __name__)
resets_blueprint.after_request(of_one_person)

RESETS_BY_ADDRESS = "20 per hour"
"""How often one address may ask or choose. In a browser known to the account, its owner may always ask."""

RESETS_BY_ACCOUNT = "3 per 30 minutes"
"""How many letters one account is sent, whoever asks; beyond, the answer is the same.

Links last for an hour: so whoever is sent none has one in the mailbox that is good for another 30 minutes.
"""


@resets_blueprint.get("/sign-in/forgotten")
def ask() -> ResponseReturnValue:
    """Where somebody asks for a link to choose a new password."""
    return _forgotten_page(Form())


@resets_blueprint.post("/sign-in/forgotten")
def ask_submit() -> ResponseReturnValue:
    """Send the link where there is such an account; the answer is the same where there is none.

    The same is written down then, and mail is sent after the answer. What an account takes longer is to count and
    compose its letter, well under a millisecond.
    """
    data, form = forms.read(AddressSchema(), request.form)
    if data is None:
        return _forgotten_page(form, 422)
    user = queries.find_person_by_email(context.session(), data["email"])
    if user is None or known_browsers.number_of(user) is None:
        limits.spend(RESETS_BY_ADDRESS, "reset", limits.client_address())
    is_open = user is not None and user.disabled_at is None
    with context.database().writing() as session:
        actions.record_reset_request(session, user)
    if user is not None and is_open and _may_send(user):
        send_when_answered(emails.reset(user))
    if _can_send():
        flash(
            gettext(
                "If there is an account with this address, we have sent a link to it. It works once, within an hour. "
                "If nothing arrives, look in your spam folder and check the address."
            )
        )
    return redirect(url_for("resets.ask"), code=303)


@resets_blueprint.get("/sign-in/new-password/<ticket>")
def reset(ticket: str) -> ResponseReturnValue:
    """Where somebody who was sent a link chooses a new password."""
    return _new_password_page(context.signed_links().read("reset", ticket, context.session()), Form())


@resets_blueprint.post("/sign-in/new-password/<ticket>")
def reset_submit(ticket: str) -> ResponseReturnValue:
    """Set the new password, sign the person out everywhere, and in here."""
    person = context.signed_links().read("reset", ticket, context.session())
    limits.spend(RESETS_BY_ADDRESS, "new password", str(person.id), limits.client_address())
    data, form = forms.read(NewPasswordSchema(), request.form)
    if data is None:
        return _new_password_page(person, form, 422)
    if weak := passwords.weakness(data["password"], (person.name, person.email, person.organisation)):
        return _new_password_page(person, form.with_errors(password=weak), 422)
    password_hash = passwords.hash_password(data["password"])
    with context.database().writing() as session:
        person = context.signed_links().read("reset", ticket, session, is_used=True)
        actions.reset_password(session, person, password_hash)
        is_waiting = second_step.record_first_step(session, person, "reset")
    if is_waiting:
        return second_step.begin(person, "reset")
    login_session.sign_in(person)
    return redirect(access.front_page(), code=303)


@resets_blueprint.errorhandler(TooManyRequests)
def too_often(problem: TooManyRequests) -> ResponseReturnValue:
    """Say how long to wait."""
    text, seconds = limits.seconds_to_wait(problem)
    page, code = _forgotten_page(forms.sent().with_problem(text), 429)
    return page, code, {"Retry-After": str(seconds)}


@resets_blueprint.errorhandler(CSRFError)
def expired_reset(_problem: CSRFError) -> ResponseReturnValue:
    """A token that is missing or old: the page again, with a new one."""
    form, ticket = forms.sent(), (request.view_args or {}).get("ticket")
    if ticket is None:
        return _forgotten_page(
            form.with_problem(gettext("The page was open for too long. Please press the button again.")), 400
        )
    try:
        person = context.signed_links().read("reset", ticket, context.session())
    except InvalidLink as problem:
        # Flask handles no error of an error handler.
        return errors.invalid_link(problem)
    return _new_password_page(person, form.with_problem(forms.expired_message()), 400)


def _forgotten_page(form: Form, code: int = 200) -> tuple[str, int]:
    return ForgottenPasswordPage(form=form, can_send=_can_send()).render(), code


def _can_send() -> bool:
    return context.mail().can_send


def _new_password_page(person: User, form: Form, code: int = 200) -> tuple[str, int]:
    return NewPasswordPage(person=person, form=form).render(), code


def _may_send(person: User) -> bool:
    """Whether another letter goes out. A new stamp ends links that were sent, so they count no more."""
    return limits.is_within(RESETS_BY_ACCOUNT, "reset letters", str(person.id), person.stamp_mark)
