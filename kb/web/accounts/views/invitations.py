"""Invitations: the page that a link opens, where a person chooses a name and a password."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from kb.accounts import actions, passwords
from kb.accounts.models import User
from kb.accounts.schemas import InvitationSchema
from kb.accounts.signed_links import INVITATION, InvalidLink

from ...core import access, context, errors, forms, limits, login_session
from ...core.forms import Form
from ...core.headers import of_one_person

blueprint = Blueprint("invitations", __name__)
blueprint.after_request(of_one_person)

_ADDRESS = INVITATION.format(ticket="<ticket>")
_RATE = "60 per 15 minutes"


@blueprint.get(_ADDRESS)
def invitation(ticket: str) -> ResponseReturnValue:
    """Where an invited person chooses a name and a password."""
    invited = context.signed_links().read("invitation", ticket, context.session())
    return _page(invited, Form({"name": invited.name}))


@blueprint.post(_ADDRESS)
def invitation_submit(ticket: str) -> ResponseReturnValue:
    """Open the account, and let the person in."""
    invited = context.signed_links().read("invitation", ticket, context.session())
    limits.spend(_RATE, "accept invitation", limits.client_address())
    chosen, form = forms.read(InvitationSchema(), request.form)
    if chosen is None:
        return _page(invited, form, 422)
    if weak := passwords.weakness(chosen["password"], (chosen["name"], invited.email, invited.organisation)):
        return _page(invited, forms.wrong(form, password=weak), 422)
    password_hash = passwords.hash_password(chosen["password"])
    with context.database().writing() as session:
        person = context.signed_links().read("invitation", ticket, session, is_used=True)
        actions.accept_invitation(session, person, chosen["name"], password_hash)
        actions.record_sign_in(session, person, "invitation")
    login_session.sign_in(person)
    return redirect(access.front_page(), code=303)


@blueprint.errorhandler(CSRFError)
def expired(_problem: CSRFError) -> ResponseReturnValue:
    """A token that is missing or old: the page again, with a new one."""
    ticket = (request.view_args or {}).get("ticket", "")
    try:
        invited = context.signed_links().read("invitation", ticket, context.session())
    except InvalidLink as problem:
        # Flask handles no error of an error handler.
        return errors.invalid_link(problem)
    form = forms.problem(Form(forms.typed(request.form)), forms.too_old())
    return _page(invited, form, 400)


def _page(invited: User, form: Form, code: int = 200) -> ResponseReturnValue:
    return render_template("accounts/invitation.html", invited=invited, form=form), code
