"""Coming in by an OpenID Connect provider: the way there, and the way back."""

import structlog
from flask import Blueprint, abort, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kb.accounts import actions, queries
from kb.accounts.models import User

from ...core import access, context, forms, limits, login_session
from ...core.forms import Form
from ...core.headers import of_one_person
from ...core.links import absolute
from .. import provider

blueprint = Blueprint("elsewhere", __name__)
blueprint.after_request(of_one_person)

_RATE = "30 per 15 minutes"
_AFTER = "after"

log = structlog.get_logger()


@blueprint.get("/sign-in/elsewhere")
def begin() -> ResponseReturnValue:
    """The way to the provider; where to go on afterwards waits in the cookie."""
    if provider.name() is None:
        abort(404)
    session[_AFTER] = access.local(request.args.get("next"))
    try:
        limits.spend(_RATE, "provider", limits.client_address())
        way: ResponseReturnValue = provider.begin(absolute(url_for("elsewhere.answer")))
    except provider.PROVIDER_ERRORS as problem:
        return _trouble(problem)
    return way


@blueprint.get("/sign-in/answer")
def answer() -> ResponseReturnValue:
    """The way back: whoever has an account with the address that the provider vouches for comes in."""
    if provider.name() is None:
        abort(404)
    try:
        email = provider.verified_email()
    except provider.PROVIDER_ERRORS as problem:
        return _not_completed(problem) if isinstance(problem, provider.REFUSED) else _trouble(problem)
    after = session.get(_AFTER)
    user = queries.find_person_by_email(context.session(), email) if email else None
    with context.database().writing() as opened:
        person = opened.get(User, user.id) if user else None
        known_here = person if person is not None and person.disabled_at is None else None
        if known_here is None:
            actions.record_failed_sign_in(opened, person)
        else:
            actions.accept_provider_sign_in(opened, known_here)
    if known_here is None:
        return _page(
            gettext("%(name)s knows you, but nobody here has an account with that address.", name=_name()), 403
        )
    login_session.sign_in(known_here)
    return redirect(access.local(after) or access.front_page(), code=303)


def _trouble(problem: Exception) -> ResponseReturnValue:
    log.warning("sign-in at the provider failed", problem=repr(problem))
    return _page(gettext("Signing in at %(name)s did not work. Please try again in a moment.", name=_name()), 502)


def _not_completed(problem: Exception) -> ResponseReturnValue:
    log.info("an answer of the provider was not accepted", problem=repr(problem))
    return _page(gettext("Signing in at %(name)s was not completed. Please start again.", name=_name()), 400)


def _page(text: str, code: int) -> ResponseReturnValue:
    return access.sign_in_page(forms.problem(Form(), text), code, after=access.local(session.get(_AFTER)))


def _name() -> str:
    return provider.name() or ""
