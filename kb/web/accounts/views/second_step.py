"""The second step of signing in, after a password, a link by mail or a provider."""

from datetime import timedelta

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm import Session
from werkzeug.exceptions import TooManyRequests

from kb.accounts import actions
from kb.accounts.models import User
from kb.accounts.second_factors import Way

from ...core import access, context, forms, known_browsers, limits, login_session
from ...core.forms import Form
from ...core.headers import of_one_person
from .. import emails, second_step

blueprint = Blueprint("second_step", __name__)
blueprint.after_request(of_one_person)

BY_ACCOUNT_AND_ADDRESS = "10 per 15 minutes"
BY_ACCOUNT = "60 per hour"
"""How often somebody may try: at one account from one address, and from anywhere; a browser in which the owner has
signed in before has a limit of its own, as for passwords. Tries that succeed count too, so that none is in time to see
the count before others have raised it."""

LETTERS = "1 per 15 minutes"
"""How often the owner of an account is told of such tries, however many are the last ones allowed at one moment."""


@blueprint.get("/sign-in/second-step")
def ask() -> ResponseReturnValue:
    """Where whoever took the first step takes the second; whoever is in goes on at once."""
    after = access.local(request.args.get("next"))
    if context.user() is not None:
        return redirect(after or access.front_page())
    if login_session.first_step(context.session) is None:
        return redirect(url_for("signing_in.sign_in", next=after))
    return second_step.page(Form())


@blueprint.post("/sign-in/second-step")
def ask_submit() -> ResponseReturnValue:
    """Let in whoever shows a second factor, or a recovery code."""
    first_step, form = login_session.first_step(context.session), forms.sent()
    if first_step is None:
        return second_step.go_on() if context.user() is not None else second_step.page(form)
    if second_step.is_empty(request.form):
        return second_step.page(second_step.with_error(form, request.form), 422)
    tries = _tries(first_step.person)
    for rate, key in tries:
        limits.spend(rate, *key)

    def come_in(session: Session, person: User, way: Way) -> None:
        actions.record_sign_in(session, person, first_step.way, way)
        actions.end_sign_in(session, first_step.id, timedelta(minutes=context.config().rest_minutes))

    taken = second_step.take(request.form, first_step.person, _whoever_took_the_first, come_in)
    if taken is None:
        is_last = not all(limits.left(rate, *key).remaining for rate, key in tries)
        if is_last and limits.is_within(LETTERS, "failed steps", str(first_step.person.id)):
            emails.tell_of_failed_steps(first_step.person)
        return second_step.page(second_step.with_error(form, request.form), 422)
    person, _way = taken
    login_session.sign_in(person, second_step=True)
    return second_step.go_on()


@blueprint.errorhandler(TooManyRequests)
def too_often(problem: TooManyRequests) -> ResponseReturnValue:
    """Say how long to wait."""
    text, seconds = limits.seconds_to_wait(problem)
    page, code = second_step.page(forms.sent().with_problem(text), 429)
    return page, code, {"Retry-After": str(seconds)}


@blueprint.errorhandler(CSRFError)
def expired(_problem: CSRFError) -> ResponseReturnValue:
    """A token that is missing or old: the page again, with a new one."""
    words = gettext("The page was open for too long, or your browser blocks cookies. Please try again.")
    return second_step.page(forms.sent().with_problem(words), 400)


def _whoever_took_the_first(session: Session) -> tuple[User, str]:
    first_step = login_session.first_step(lambda: session, is_locked=True)
    if first_step is None:
        raise access.SignedOut
    return first_step.person, first_step.id


def _tries(person: User) -> list[tuple[str, tuple[str, ...]]]:
    """The rates and keys by which a try at an account is counted."""
    account, browser = str(person.id), known_browsers.number_of(person)
    if browser is not None:
        return [(BY_ACCOUNT_AND_ADDRESS, ("second step", account, "browser", browser))]
    return [
        (BY_ACCOUNT_AND_ADDRESS, ("second step", account, "address", limits.client_address())),
        (BY_ACCOUNT, ("second step", account)),
    ]
