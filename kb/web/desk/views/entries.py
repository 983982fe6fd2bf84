"""An entry as the desk sees it: who works on it, how fresh it is, and what can be done with it; merging; e-mails."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.entries import EntryKind
from kb.catalogue.queries import entry_by_slug
from kb.core.errors import NotFound
from kb.editorial import actions, rules
from kb.editorial.entries import title_of
from kb.editorial.errors import Invalid
from kb.editorial.queries import withdrawal_at

from ...core import context, forms, submissions
from ...core.access import actor, requires
from ...core.context import session
from ...core.forms import Form
from ...core.headers import of_one_person
from ...core.links import link_to_entry
from ...core.pages import Page
from .. import conflict_resolution, entry_status, notifications
from ..drafts import STEPS
from ..navigation import blueprint
from ..notifications import ConfirmationRequest

_ENTRY = "/desk/entries/<entry_kind:kind>/<slug>"


@blueprint.get(_ENTRY)
@requires("propose")
def entry(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """What is open on an entry, its freshness, and the ways to change, confirm, merge or withdraw it."""
    return entry_status.page_of_entry(session(), actor(), kind, slug).render()


@blueprint.post(f"{_ENTRY}/change")
@requires("propose")
def change(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """Begin a proposal that changes the entry, as it now is; or go on with the one that is begun."""
    stored = entry_by_slug(session(), kind, slug)
    mine = entry_status.my_draft(session(), actor(), kind, stored.id)
    if mine is None:
        with submissions.writing() as writing:
            mine = actions.start(writing, actor(), kind, entry_id=stored.id).id
    return redirect(url_for("desk.step", key=mine, code=STEPS[kind][0].code), 303)


@blueprint.post(f"{_ENTRY}/still-true")
@requires("propose")
def confirm(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """Say that the entry is still true today: an editor of any, a contributor of the own city's."""
    stored = entry_by_slug(session(), kind, slug)
    rules.require(entry_status.is_responsible(actor(), stored))
    with context.database().writing() as writing:
        actions.confirm(writing, actor(), kind, stored.id, by="desk")
    flash(gettext("Thank you. The page now says that it was confirmed today."))
    return redirect(url_for("desk.entry", kind=kind, slug=slug), 303)


@blueprint.post(f"{_ENTRY}/ask")
@requires("review")
def ask_whether_true(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """Ask those responsible, by a letter with a link, whether the entry is still true."""
    stored = entry_by_slug(session(), kind, slug)
    if notifications.request_confirmation(session(), kind, stored):
        flash(gettext("The e-mail was sent to the people responsible."))
    else:
        flash(
            gettext(
                "Nobody is responsible for it: no account belongs to its city, and nobody with an account wrote it."
            ),
            "trouble",
        )
    return redirect(url_for("desk.entry", kind=kind, slug=slug), 303)


@blueprint.post(f"{_ENTRY}/withdraw")
@requires("withdraw")
def withdraw(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """Take the entry out; its page says why from now on."""
    stored, reason = entry_by_slug(session(), kind, slug), request.form.get("reason", "")
    form = forms.submit(forms.sent(), lambda writing: actions.withdraw(writing, actor(), kind, stored.id, reason))
    return _again(kind, slug, form) if form.is_wrong else redirect(link_to_entry(kind, slug), 303)


@blueprint.post(f"{_ENTRY}/bring-back")
@requires("withdraw")
def bring_back(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """Publish a withdrawn entry again, as it last was."""
    withdrawal = withdrawal_at(session(), kind, slug)
    if withdrawal is None:
        raise NotFound
    why = request.form.get("why")
    form = forms.submit(
        forms.sent(), lambda writing: actions.reinstate(writing, actor(), kind, withdrawal.entry_id, why=why)
    )
    return _again(kind, slug, form) if form.is_wrong else redirect(link_to_entry(kind, slug), 303)


def _again(kind: EntryKind, slug: str, form: Form) -> ResponseReturnValue:
    """The page as the entry now is, with what was typed and what is wrong with it."""
    page = entry_status.page_of_entry(context.refresh_session(), actor(), kind, slug, form)
    return page.render(), form.status


_MERGE = "/desk/entries/<entry_kind:kind>/<slug>/merge"


@blueprint.get(_MERGE)
@requires("merge")
def merge(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """Both entries side by side, with what each choice would keep."""
    typed = request.args.get("with", "")
    try:
        pair = conflict_resolution.pair_of(session(), kind, slug, typed)
    except Invalid as problem:
        return _again(kind, slug, Form({"with": typed}).with_refusal(problem))
    return conflict_resolution.page_of_merge(session(), pair).render()


@blueprint.post(_MERGE)
@requires("merge")
def merge_submit(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """Make one of both; the other one's address leads to it from now on."""

    def act(writing: Session) -> None:
        # First of all, so that no change is overwritten that others publish at this moment.
        acquire_write_lock(writing)
        pair = conflict_resolution.pair_of(writing, kind, slug, request.form.get("with", ""))
        data = conflict_resolution.joined_entry(pair, conflict_resolution.choices_sent())
        actions.merge(writing, actor(), kind, pair.kept.id, pair.other.id, data=data, why=request.form.get("why"))

    form = forms.submit(forms.sent(), act)
    if "with" in form.errors:
        return _again(kind, slug, form)
    if form.is_wrong:
        pair = conflict_resolution.pair_of(context.refresh_session(), kind, slug, request.form.get("with", ""))
        page = conflict_resolution.page_of_merge(session(), pair, conflict_resolution.choices_sent(), form)
        return page.render(), form.status
    return redirect(link_to_entry(kind, slug), 303)


@dataclass(frozen=True, kw_only=True)
class StillTruePage(Page):
    """An entry to be confirmed with one button; without a ticket, it says that this was done."""

    template = "desk/still_true.html"
    confirmation_request: ConfirmationRequest
    title: str
    url: str
    ticket: str | None


confirmation_blueprint = Blueprint("still_true", __name__, url_prefix="/still-true")
confirmation_blueprint.after_request(of_one_person)


@confirmation_blueprint.get("/<ticket>")
def still_true(ticket: str) -> ResponseReturnValue:
    """The entry's name, and the button that confirms it; opening the page changes nothing."""
    confirmation_request = notifications.read_confirmation_link(session(), ticket)
    return _confirmation_page(confirmation_request, ticket)


@confirmation_blueprint.post("/<ticket>")
def still_true_submit(ticket: str) -> ResponseReturnValue:
    """Note that the person who was asked says that the entry is true today."""
    with context.database().writing() as writing:
        confirmation_request = notifications.read_confirmation_link(writing, ticket)
        actions.confirm(
            writing, confirmation_request.person, confirmation_request.kind, confirmation_request.entry.id, by="letter"
        )
    return _confirmation_page(confirmation_request, None)


def _confirmation_page(confirmation_request: ConfirmationRequest, ticket: str | None) -> str:
    title = title_of(confirmation_request.kind, confirmation_request.entry)
    url = link_to_entry(confirmation_request.kind, confirmation_request.entry.slug)
    return StillTruePage(confirmation_request=confirmation_request, title=title, url=url, ticket=ticket).render()
