"""Forms that came too late for their token or their sign-in: what was typed is kept, to be sent again.

Nothing is stored: the page itself carries it, signed for the browser that typed it.

Only what our own pages sent is offered again, and only to the browser that sent it: a form that another site sent, or
that somebody else typed, would become a real one by that click. Forms of administration are never offered again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from kb.accounts.permissions import is_administrative

from . import login_session
from .links import current_path
from .pages import Page

KEY = "submission"
"""The hidden field with the key of a form that makes something (see `submissions`)."""

_SECONDS = 7 * 86_400


@dataclass(frozen=True, slots=True)
class PendingForm:
    """A form: the path it was sent to, its fields in their order, and the names of its files, to be chosen again."""

    path: str
    fields: Sequence[tuple[str, str]]
    files: Sequence[tuple[str, str]]


def this_form() -> PendingForm:
    """The form of this request, without its token and passwords."""
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name != "csrf_token" and "password" not in name
    ]
    files = [(name, file.filename) for name, file in request.files.items(multi=True) if file.filename]
    return PendingForm(current_path(with_query=True), fields, files)


def may_be_sent_again(permission: str | None) -> bool:
    """Whether this request's form, for a view that requires the permission, may be offered to be sent again."""
    return came_from_here() and (permission is None or not is_administrative(permission))


def written(pending_form: PendingForm) -> str:
    """A form as the value of one hidden field, which `received` reads in this browser alone."""
    return _signer(login_session.browser_id()).dumps(
        [pending_form.path, list(pending_form.fields), list(pending_form.files)]
    )


def received() -> PendingForm | None:
    """The form that this request brings back, if a page of ours sent it and this browser was given it within a week."""
    browser_id = login_session.known_browser_id()
    if browser_id is None or not came_from_here():
        return None
    try:
        path, fields, files = _signer(browser_id).loads(request.form.get("kept", ""), max_age=_SECONDS)
    except BadData:
        return None
    return PendingForm(path, [(name, value) for name, value in fields], [(name, value) for name, value in files])


def came_from_here() -> bool:
    """Whether a page of ours sent this request, as far as the browser tells; one that tells nothing is not believed."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    sent_by = request.headers.get("Origin") or request.referrer or ""
    return bool(sent_by) and urlsplit(sent_by)[:2] == urlsplit(request.host_url)[:2]


def is_for_a_script() -> bool:
    """Whether a script of ours sent this request, and can do nothing with a page."""
    return "X-CSRFToken" in request.headers or request.accept_mimetypes.best == "application/json"


@dataclass(frozen=True, kw_only=True)
class SendAgainPage(Page):
    """A form that came too late, to be sent again with a new token, or once a second step of sign-in is set up."""

    template = "accounts/send_again.html"
    kept: PendingForm
    needs_second_step: bool


def send_again(pending_form: PendingForm, *, needs_second_step: bool = False) -> str:
    """The page from which a kept form is sent again."""
    return SendAgainPage(kept=pending_form, needs_second_step=needs_second_step).render()


def _signer(browser_id: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=f"citypeers-kept-form-{browser_id}")
