"""The second step of signing in: who takes it, the page that asks for it, and the check of what was sent.

The same forms ask whoever is signed in to prove again who they are, before their second factors change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.accounts import actions, recovery_codes, second_factors
from kb.accounts.models import RecoveryCode, User
from kb.accounts.passkeys import Challenge, Passkeys
from kb.accounts.schemas import REQUIRED
from kb.accounts.second_factors import Way
from kb.core.i18n import gettext_noop

from ..core import access, context, form_resubmission, login_session
from ..core.forms import Form
from ..core.pages import Page
from . import emails

_WRONG_CODE = gettext_noop("This code is wrong or was already used. Wait for the next code.")
_WRONG_RECOVERY_CODE = gettext_noop("This is not one of your recovery codes, or it was already used.")
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class FactorChoices:
    """By which factors a person may take the second step here."""

    has_app: bool
    is_app_readable: bool
    challenge: Challenge | None
    has_passkeys: bool
    has_codes: bool


@dataclass(frozen=True, kw_only=True)
class SecondStepPage(Page):
    """Asks whoever took the first step for the second; `kept` and `after` are as on the sign-in page."""

    template = "accounts/second_step.html"
    form: Form
    choices: FactorChoices
    kept: str | None
    after: str | None


def record_first_step(session: Session, person: User, way: str, *, has_taken_both: bool = False) -> bool:
    """Note that a person signed in, unless they have yet to take a second step; whether they have."""
    if not has_taken_both and second_factors.has_factor(session, person.id):
        return True
    actions.record_sign_in(session, person, way)
    return False


def begin(person: User, way: str, after: str | None = None) -> ResponseReturnValue:
    """Lead whoever took the first step on to the second; a form that waits to be sent stays on the page."""
    login_session.begin_second_step(person, way)
    after = access.local(after or request.form.get("next"))
    if form_resubmission.received() is not None:
        return page(Form())
    return redirect(url_for("second_step.ask", next=after), code=303)


def page(form: Form, code: int = 200) -> tuple[str, int]:
    """The page that asks for the second step; the sign-in page where the first was too long ago."""
    kept = request.form["kept"] if form_resubmission.received() else None
    after = access.local(request.values.get("next"))
    first_step = login_session.first_step(context.session)
    if first_step is None:
        words = gettext("More than 10 minutes have passed. Please sign in again.")
        return access.sign_in_page(Form(problem=words), 401, kept=kept, after=after)
    choices = choices_of(first_step.person, first_step.id)
    return SecondStepPage(form=form, choices=choices, kept=kept, after=after).render(), code


def go_on() -> ResponseReturnValue:
    """To the form that was waiting, or to the page that was asked for."""
    pending_form = form_resubmission.received()
    if pending_form is not None:
        return form_resubmission.send_again(pending_form)
    return redirect(access.local(request.form.get("next")) or access.front_page(), code=303)


def choices_of(person: User, sign_in_id: str) -> FactorChoices:
    """What a person may show at this sign-in, with a new challenge for a passkey where they have one."""
    factors, site = second_factors.factors_of(context.refresh_session(), person.id), passkeys()
    return FactorChoices(
        has_app=factors.app is not None,
        is_app_readable=factors.app is not None and context.authenticator_apps().secret_of(factors.app) is not None,
        challenge=site.ask_to_sign(list(factors.passkeys), sign_in_id) if site and factors.passkeys else None,
        has_passkeys=bool(factors.passkeys),
        has_codes=factors.codes_left > 0,
    )


def take(
    sent: Mapping[str, str],
    asked: User,
    find: Callable[[Session], tuple[User, str]],
    go_on_in: Callable[[Session, User, Way], None] = lambda _session, _person, _way: None,
) -> tuple[User, Way] | None:
    """Who takes the second step, and by what of what was sent, which is used then; None where it is wrong.

    `asked` is who they were when the request began; `find` gives the same person, locked, and the id of the sign-in or
    of its first step. What follows from the step is done by `go_on_in` in the same transaction. Whoever has a recovery
    code used is told by mail.
    """
    typed = "" if sent.get("credential") else sent.get("recovery_code", "").strip()
    recovery_code = recovery_codes.find(context.session(), asked, typed) if typed else None
    with context.database().writing() as session:
        person, sign_in_id = find(session)
        way = _way_of(session, person, sign_in_id, sent, recovery_code)
        if way is None:
            second_factors.record_failed_step(session, person)
        else:
            go_on_in(session, person, way)
    if way == "recovery-code":
        emails.tell_of_recovery_code(person)
    return None if way is None else (person, way)


def _way_of(
    session: Session, person: User, sign_in_id: str, sent: Mapping[str, str], recovery_code: RecoveryCode | None
) -> Way | None:
    if sent.get("credential"):
        site = passkeys()
        is_right = site is not None and site.use(
            session, person, sent["credential"], sent.get("challenge", ""), sign_in_id
        )
        return "passkey" if is_right else None
    if sent.get("recovery_code", "").strip():
        if recovery_code is None or not recovery_codes.use(session, person, recovery_code):
            return None
        actions.record_audit_event(session, person, "use-recovery-code", "user", person.id)
        return "recovery-code"
    return "app" if context.authenticator_apps().use(session, person, sent.get("code", "")) else None


def is_empty(sent: Mapping[str, str]) -> bool:
    """Whether nothing was sent that could be a factor."""
    return not any(sent.get(name, "").strip() for name in ("credential", "recovery_code", "code"))


def with_error(form: Form, sent: Mapping[str, str]) -> Form:
    """The form with what is wrong, beside the field that was filled in."""
    if sent.get("credential"):
        return form.with_problem(
            gettext("This passkey was not accepted. Please try again, or use another way to sign in.")
        )
    if sent.get("recovery_code", "").strip():
        return form.with_errors(recovery_code=_WRONG_RECOVERY_CODE)
    name = "recovery_code" if "recovery_code" in sent else "code"
    return form.with_errors(**{name: REQUIRED if is_empty(sent) else _WRONG_CODE})


def passkeys() -> Passkeys | None:
    """What asks for passkeys at the address of this request; None where browsers have none, as at a bare IP address.

    They belong to the site's public address, at home to that of the request, over https or at localhost.
    """
    config = context.config()
    site = urlsplit(config.site_url or request.host_url)
    host = site.hostname or ""
    is_there = host == urlsplit(request.host_url).hostname
    if not is_there or _is_ip_address(host) or (site.scheme != "https" and host != "localhost"):
        return None
    return Passkeys(config.secret_key, host, _origin(site))


def _origin(site: SplitResult) -> str:
    """The origin as browsers write it: without the port that the scheme has anyway."""
    port = f":{site.port}" if site.port and site.port != _PORTS[site.scheme] else ""
    return f"{site.scheme}://{site.hostname}{port}"


def _is_ip_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
