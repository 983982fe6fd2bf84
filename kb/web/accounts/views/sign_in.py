"""Signing in, by password or by an OpenID Connect provider, and signing out."""

from datetime import timedelta

import structlog
from flask import Blueprint, abort, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import TooManyRequests

from kb.accounts import actions, passwords, queries
from kb.accounts.models import User
from kb.accounts.schemas import SignInSchema
from kb.core.error_traces import described

from ...core import access, context, form_resubmission, forms, known_browsers, limits, login_session
from ...core.forms import Form
from ...core.headers import of_one_person
from ...core.links import absolute
from .. import provider, second_step

sign_in_blueprint = Blueprint("signing_in", __name__)
sign_in_blueprint.after_request(of_one_person)

BY_ACCOUNT_AND_ADDRESS = "10 per 15 minutes"
BY_ADDRESS = "100 per 15 minutes"
BY_ACCOUNT = "60 per hour"
"""How often somebody may try in vain: at one account from one address, at any from one address, at one from anywhere.

Only what failed counts. A browser in which the owner of an account has signed in before has a limit of its own, the
first of these: so nobody who guesses, from wherever, keeps the owner out. In a new browser a link by mail lets them in.
"""


@sign_in_blueprint.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Where people who work here come in; whoever is in goes on at once."""
    after = access.local(request.args.get("next"))
    if context.user() is not None:
        return redirect(after or access.front_page())
    return _page(Form())


@sign_in_blueprint.post("/sign-in")
def sign_in_submit() -> ResponseReturnValue:
    """Let in whoever knows the password; go on to where they were going, or to the form that was waiting."""
    if "go-on" in request.form and context.user() is not None:
        return second_step.go_on()
    data, form = forms.read(SignInSchema(), request.form)
    if data is None:
        return _page(form, 422)
    user = queries.find_person_by_email(context.session(), data["email"])
    failures = _failures(data["email"], user)
    for rate, key in failures:
        limits.refuse_beyond(rate, *key)
    fits = passwords.verify_password(data["password"], user.password_hash if user else None)
    with context.database().writing() as session:
        known_here = queries.person_unchanged(session, user) if fits and user else None
        is_waiting = False
        if known_here is None:
            actions.record_failed_sign_in(session, user)
        else:
            actions.renew_password_hash(known_here, data["password"])
            is_waiting = second_step.record_first_step(session, known_here, "password")
    if known_here is None:
        for rate, key in failures:
            limits.is_within(rate, *key)
        return _page(form.with_problem(gettext("The e-mail address or the password is wrong.")), 422)
    if is_waiting:
        return second_step.begin(known_here, "password")
    login_session.sign_in(known_here)
    return second_step.go_on()


@sign_in_blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Forget who was signed in, in this browser and in any copy of its cookie."""
    # First, and without the database, so that this browser forgets it also when that is unavailable.
    sign_in_id = login_session.sign_in_id()
    login_session.sign_out()
    if sign_in_id is not None:
        lasts = timedelta(minutes=context.config().rest_minutes)
        with context.database().writing() as session:
            actions.end_sign_in(session, sign_in_id, lasts)
    return redirect(url_for("home.home"))


@sign_in_blueprint.errorhandler(TooManyRequests)
def too_often(problem: TooManyRequests) -> ResponseReturnValue:
    """Say how long to wait, and keep what was typed."""
    text, seconds = limits.seconds_to_wait(problem)
    page, code = _page(forms.sent().with_problem(text), 429)
    return page, code, {"Retry-After": str(seconds)}


@sign_in_blueprint.errorhandler(CSRFError)
def expired(_problem: CSRFError) -> ResponseReturnValue:
    """A token that is missing or old: the page again, with a new one."""
    if request.endpoint == "signing_in.sign_out":
        return sign_out() if form_resubmission.came_from_here() else redirect(url_for("home.home"))
    if "go-on" in request.form and context.user() is not None:
        return second_step.go_on()
    return _page(forms.sent().with_problem(forms.expired_message()), 400)


def _page(form: Form, code: int = 200) -> tuple[str, int]:
    return access.sign_in_page(
        form,
        code,
        kept=request.form["kept"] if form_resubmission.received() else None,
        after=access.local(request.values.get("next")),
    )


def _failures(email: str, person: User | None) -> list[tuple[str, tuple[str, ...]]]:
    """The rates and keys by which a failed try at an account is counted."""
    account, address = queries.plain_email(email), limits.client_address()
    browser = known_browsers.number_of(person) if person else None
    if browser is not None:
        return [(BY_ACCOUNT_AND_ADDRESS, ("sign-in", account, "browser", browser))]
    return [
        (BY_ACCOUNT_AND_ADDRESS, ("sign-in", account, "address", address)),
        (BY_ADDRESS, ("sign-in", "address", address)),
        (BY_ACCOUNT, ("sign-in", "account", account)),
    ]


provider_blueprint = Blueprint("elsewhere", __name__)
provider_blueprint.after_request(of_one_person)

_PROVIDER_RATE = "30 per 15 minutes"
_AFTER = "after"

log = structlog.get_logger()


@provider_blueprint.get("/sign-in/elsewhere")
def begin() -> ResponseReturnValue:
    """The way to the provider; where to go on afterwards waits in the cookie."""
    if context.config().provider_name is None:
        abort(404)
    session[_AFTER] = access.local(request.args.get("next"))
    try:
        limits.spend(_PROVIDER_RATE, "provider", limits.client_address())
        way: ResponseReturnValue = provider.begin(absolute(url_for("elsewhere.answer")))
    except provider.ProviderError as problem:
        return _provider_failed(problem)
    return way


@provider_blueprint.get("/sign-in/answer")
def answer() -> ResponseReturnValue:
    """The way back: whoever has an account with the address that the provider vouches for comes in."""
    if context.config().provider_name is None:
        abort(404)
    try:
        verified = provider.verified_person()
    except provider.NotAccepted as problem:
        return _not_completed(problem)
    except provider.ProviderError as problem:
        return _provider_failed(problem)
    after = session.get(_AFTER)
    user = queries.find_person_by_email(context.session(), verified.email) if verified else None
    has_taken_both = verified is not None and verified.has_second_step
    with context.database().writing() as opened:
        person = opened.get(User, user.id) if user else None
        known_here = person if person is not None and person.disabled_at is None else None
        is_waiting = False
        if known_here is None:
            actions.record_failed_sign_in(opened, person)
        else:
            actions.accept_by_provider(opened, known_here)
            is_waiting = second_step.record_first_step(opened, known_here, "provider", has_taken_both=has_taken_both)
    if known_here is None:
        return _provider_page(
            gettext(
                "%(name)s confirmed who you are, but there is no account here with this address.", name=_provider_name()
            ),
            403,
        )
    if is_waiting:
        return second_step.begin(known_here, "provider", after)
    login_session.sign_in(known_here, second_step=has_taken_both)
    return redirect(access.local(after) or access.front_page(), code=303)


def _provider_failed(problem: Exception) -> ResponseReturnValue:
    log.warning("sign-in at the provider failed", problem=described(problem))
    return _provider_page(
        gettext("Signing in at %(name)s did not work. Please try again in a moment.", name=_provider_name()), 502
    )


def _not_completed(problem: Exception) -> ResponseReturnValue:
    log.info("an answer of the provider was not accepted", problem=described(problem))
    return _provider_page(
        gettext("Signing in at %(name)s was not completed. Please start again.", name=_provider_name()), 400
    )


def _provider_page(text: str, code: int) -> ResponseReturnValue:
    return access.sign_in_page(Form(problem=text), code, after=access.local(session.get(_AFTER)))


def _provider_name() -> str:
    return context.config().provider_name or ""
