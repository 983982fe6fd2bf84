"""Who gets in: views name the permission they need, and `kb.accounts.permissions` says which roles have it.

Whoever is not signed in is sent to the sign-in page and comes back to the page asked for; a form that was sent
meanwhile is kept and sent again afterwards. Whose role needs a second step of sign-in, where the settings say so, and
who took none, may do nothing but set one up in their own account.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec
from urllib.parse import urlsplit

from flask import Flask, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.accounts.choices import ROLES
from kb.accounts.models import User
from kb.accounts.permissions import NEED_SECOND_FACTOR, PERMISSIONS, may
from kb.accounts.second_factors import has_factor

from . import context, form_resubmission, login_session
from .forms import Form
from .links import current_path
from .pages import Page

_HAVE_ACCOUNT = "have-account"
"""What people may do who have yet to set up a second step of sign-in."""

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]


def requires(permission: str) -> Callable[[View[P]], View[P]]:
    """Let only people in who have the permission; stands between route and view. Raises KeyError for an unknown one."""
    if permission not in PERMISSIONS:
        raise KeyError(permission)

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            return refusal(permission) or view(*args, **kwargs)

        guarded.requires = permission  # type: ignore[attr-defined] # read by `context.permission_of`
        return guarded

    return guard


def refusal(permission: str) -> ResponseReturnValue | None:
    """The answer to whoever may not do this, or None for whoever may."""
    person = context.user()
    if person is None:
        return _sign_in_first(permission)
    if not may(person, permission):
        return _not_for(person, permission)
    return _second_step_first(person, permission) if _lacks_second_step(person, permission) else None


def allows(permission: str) -> bool:
    """Whether whoever is signed in, if anybody, may do this now: by their role, and by how they signed in."""
    person = context.user()
    return person is not None and may(person, permission) and not _lacks_second_step(person, permission)


def needs_second_factor(person: User) -> bool:
    """Whether the settings ask for a second step of sign-in from people of this role."""
    return context.config().second_factor == "required" and person.role in NEED_SECOND_FACTOR


def _lacks_second_step(person: User, permission: str) -> bool:
    return permission != _HAVE_ACCOUNT and needs_second_factor(person) and not login_session.has_second_step()


def actor() -> User:
    """The person who is signed in, in a view that `requires` let somebody into."""
    person = context.user()
    if person is None:
        raise LookupError("this view lets visitors in; give it @requires")
    return person


class SignedOut(Exception):
    """Whoever sent this request was signed out while it was answered, as by a new password; nothing was changed."""


def actor_in(writing: Session) -> User:
    """The person who is signed in, locked in the transaction that changes their account. Raises SignedOut.

    `actor` tells who was signed in when the request began: a change that others make meanwhile shall not be undone.
    """
    person = login_session.person_in(writing)
    if person is None:
        raise SignedOut
    return person


def local(path: str | None) -> str | None:
    """A path of this site to go on to, or None for whatever could lead elsewhere.

    Browsers read a backslash as a slash, and leave out tabs and line ends before they read an address.
    """
    if not path or not path.startswith("/") or path.startswith("//") or "\\" in path or not path.isprintable():
        return None
    parts = urlsplit(path)
    is_here = f"{parts.path}/".startswith(f"{request.script_root}/")
    return None if parts.scheme or parts.netloc or not is_here else path


def front_page() -> str:
    """Where to go on after signing in, unless a page was asked for: the desk."""
    return url_for("desk.desk")


@dataclass(frozen=True, kw_only=True)
class SignInPage(Page):
    """The form for an e-mail address and a password, and the way to the provider of that name, if any."""

    template = "accounts/sign_in.html"
    form: Form
    kept: str | None
    after: str | None
    provider: str | None


@dataclass(frozen=True, kw_only=True)
class RefusedPage(Page):
    """Says that somebody's role does not allow this, with the labels of the roles that do."""

    template = "accounts/refused.html"
    person: User
    role: str
    allowed: Sequence[str]


def sign_in_page(form: Form, code: int = 200, *, kept: str | None = None, after: str | None = None) -> tuple[str, int]:
    """The sign-in page; `kept` is a form to be sent again afterwards, `after` the path to go on to."""
    return SignInPage(form=form, kept=kept, after=after, provider=context.config().provider_name).render(), code


def _sign_in_first(permission: str) -> ResponseReturnValue:
    if form_resubmission.is_for_a_script():
        return jsonify(error=gettext("Please sign in.")), 401
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("signing_in.sign_in", next=current_path(with_query=True)))
    if form_resubmission.may_be_sent_again(permission):
        return sign_in_page(Form(), 401, kept=form_resubmission.written(form_resubmission.this_form()))
    return _signed_out()


def _signed_out(_problem: SignedOut | None = None) -> ResponseReturnValue:
    words = gettext("You were no longer signed in, so nothing was changed. Sign in, then try again.")
    return sign_in_page(Form(problem=words), 401)


def _second_step_first(person: User, permission: str) -> ResponseReturnValue:
    """Lead to where a second step is set up; whoever has one takes it by signing in again."""
    if has_factor(context.session(), person.id):
        login_session.sign_out()
        return _sign_in_first(permission)
    if form_resubmission.is_for_a_script():
        return jsonify(error=gettext("Please set up a second step of sign-in first.")), 403
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("second_factors.overview", next=current_path(with_query=True)))
    if form_resubmission.may_be_sent_again(permission):
        return form_resubmission.send_again(form_resubmission.this_form(), needs_second_step=True), 403
    return redirect(url_for("second_factors.overview"), code=303)


def _not_for(person: User, permission: str) -> ResponseReturnValue:
    if form_resubmission.is_for_a_script():
        return jsonify(error=gettext("Your role does not include this.")), 403
    allowed = [label for role, label in ROLES.items() if role in PERMISSIONS[permission]]
    return RefusedPage(person=person, role=ROLES[person.role], allowed=allowed).render(), 403


def register(app: Flask) -> None:
    """Let templates ask what somebody may do, and answer whoever was signed out meanwhile."""
    app.register_error_handler(SignedOut, _signed_out)
    app.jinja_env.globals["may"] = may
