"""Coming in and going out: the sign-in page, which keeps a form that waited for it, and sign-out."""

from datetime import timedelta

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import TooManyRequests

from kb.accounts import actions, passwords, queries
from kb.accounts.models import User
from kb.accounts.schemas import SignInSchema

from ... import access, current, filling, keeping, known_browsers, limits, remembering
from ...filling import Form
from ...headers import of_one_person

blueprint = Blueprint("signing_in", __name__)
blueprint.after_request(of_one_person)

BY_ACCOUNT_AND_ADDRESS = "10 per 15 minutes"
BY_ADDRESS = "100 per 15 minutes"
BY_ACCOUNT = "60 per hour"
"""How often somebody may try in vain: at one account from one address, at any from one address, at one from anywhere.

Only what failed counts. A browser in which the owner of an account has signed in before has a limit of its own, the
first of these: so nobody who guesses, from wherever, keeps the owner out. In a new browser a link by mail lets them in.
"""


@blueprint.get("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Where people who work here come in; whoever is in goes on at once."""
    after = access.local(request.args.get("next"))
    if current.user() is not None:
        return redirect(after or access.front_page())
    return _page(Form())


@blueprint.post("/sign-in")
def sign_in_submit() -> ResponseReturnValue:
    """Let in whoever knows the password; go on to where they were going, or to the form that was waiting."""
    if "go-on" in request.form and current.user() is not None:
        return _go_on()
    known, form = filling.read(SignInSchema(), request.form)
    if known is None:
        return _page(form, 422)
    found = queries.person_with_email(current.session(), known["email"])
    failures = _failures(known["email"], found)
    for rate, key in failures:
        limits.refuse_beyond(rate, *key)
    fits = passwords.fits(known["password"], found.password_hash if found else None)
    with current.database().writing() as session:
        person = session.get(User, found.id) if found else None
        known_here = person if fits and person is not None and person.disabled_at is None else None
        if known_here is None:
            actions.note_failed_sign_in(session, person)
        else:
            actions.note_sign_in(session, known_here, "password", known["password"])
    if known_here is None:
        for rate, key in failures:
            limits.is_within(rate, *key)
        return _page(filling.problem(form, gettext("This address and password do not go together.")), 422)
    remembering.sign_in(known_here)
    return _go_on()


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Forget who was signed in, in this browser and in any copy of its cookie."""
    sign_in_id = remembering.sign_in_id() if current.user() is not None else None
    # First, so that this browser forgets it also when the database cannot be written.
    remembering.sign_out()
    if sign_in_id is not None:
        lasts = timedelta(minutes=current.config().rest_minutes)
        with current.database().writing() as session:
            actions.end_sign_in(session, sign_in_id, lasts)
    return redirect(url_for("home.home"))


@blueprint.errorhandler(TooManyRequests)
def too_often(problem: TooManyRequests) -> ResponseReturnValue:
    """Say how long to wait, and keep what was typed."""
    text, seconds = limits.how_long_to_wait(problem)
    page, code = _page(filling.problem(Form(filling.typed(request.form)), text), 429)
    return page, code, {"Retry-After": str(seconds)}


@blueprint.errorhandler(CSRFError)
def expired(_problem: CSRFError) -> ResponseReturnValue:
    """A token that is missing or old: the page again, with a new one."""
    if request.endpoint == "signing_in.sign_out":
        return sign_out() if keeping.came_from_here() else redirect(url_for("home.home"))
    if "go-on" in request.form and current.user() is not None:
        return _go_on()
    return _page(filling.problem(Form(filling.typed(request.form)), filling.too_old()), 400)


def _page(form: Form, code: int = 200) -> tuple[str, int]:
    return access.sign_in_page(
        form,
        code,
        kept=request.form["kept"] if keeping.received() else None,
        after=access.local(request.values.get("next")),
    )


def _go_on() -> ResponseReturnValue:
    """To the form that was waiting, or to the page that was asked for."""
    kept = keeping.received()
    if kept is not None:
        return keeping.send_again(kept)
    return redirect(access.local(request.form.get("next")) or access.front_page(), code=303)


def _failures(email: str, person: User | None) -> list[tuple[str, tuple[str, ...]]]:
    """The rates and keys by which a failed try at an account is counted."""
    account, address = queries.plain_email(email), limits.client_address()
    browser = known_browsers.number_of(person.id) if person else None
    if browser is not None:
        return [(BY_ACCOUNT_AND_ADDRESS, ("sign-in", account, "browser", browser))]
    return [
        (BY_ACCOUNT_AND_ADDRESS, ("sign-in", account, "address", address)),
        (BY_ADDRESS, ("sign-in", "address", address)),
        (BY_ACCOUNT, ("sign-in", "account", account)),
    ]
