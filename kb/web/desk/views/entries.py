"""An entry as the desk sees it: who is at it, how fresh it is, and what can be done with it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kb.catalogue.entries import EntryKind
from kb.catalogue.queries import entry_by_slug
from kb.core.errors import NotFound
from kb.editorial import actions
from kb.editorial.queries import withdrawal_at

from ...core import context, forms
from ...core.access import actor, requires
from ...core.context import session
from ...core.links import link_to_entry
from .. import entry_status, notifications
from ..form_steps import STEPS
from .blueprint import blueprint

_ENTRY = "/desk/entries/<entry_kind:kind>/<slug>"


@blueprint.get(_ENTRY)
@requires("propose")
def entry(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """What is open on an entry, its freshness, and the ways to change, confirm, merge or withdraw it."""
    return render_template("desk/entry.html", **entry_status.page_of_entry(session(), actor(), kind, slug))


@blueprint.post(f"{_ENTRY}/change")
@requires("propose")
def change(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """Begin a proposal that changes the entry, as it now is; or go on with the one that is begun."""
    found = entry_by_slug(session(), kind, slug)
    mine = entry_status.my_draft(session(), actor(), kind, found.id)
    if mine is None:
        with context.database().writing() as writing:
            mine = actions.start(writing, actor(), kind, entry_id=found.id).id
    return redirect(url_for("desk.step", key=mine, code=STEPS[kind][0].code), 303)


@blueprint.post(f"{_ENTRY}/still-true")
@requires("propose")
def confirm(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """Say that the entry is still true today: an editor of any, a contributor of the own city's."""
    found = entry_by_slug(session(), kind, slug)
    entry_status.require_responsible(actor(), found)
    with context.database().writing() as writing:
        actions.confirm(writing, actor(), kind, found.id, by="desk")
    flash(gettext("Thank you. The page says from now on that it was confirmed today."))
    return redirect(url_for("desk.entry", kind=kind, slug=slug), 303)


@blueprint.post(f"{_ENTRY}/ask")
@requires("review")
def ask_whether_true(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """Ask those responsible, by a letter with a link, whether the entry is still true."""
    found = entry_by_slug(session(), kind, slug)
    if notifications.request_confirmation(session(), kind, found):
        flash(gettext("The letter is on its way to those responsible."))
    else:
        flash(
            gettext("Nobody here is responsible for it: no account belongs to its city, and none wrote it up."),
            "trouble",
        )
    return redirect(url_for("desk.entry", kind=kind, slug=slug), 303)


@blueprint.post(f"{_ENTRY}/withdraw")
@requires("withdraw")
def withdraw(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """Take the entry out; its page says why from now on."""
    found, reason = entry_by_slug(session(), kind, slug), request.form.get("reason", "")
    form = forms.tried(forms.sent(), lambda writing: actions.withdraw(writing, actor(), kind, found.id, reason))
    return _again(kind, slug, form) if form.is_wrong else redirect(link_to_entry(kind, slug), 303)


@blueprint.post(f"{_ENTRY}/bring-back")
@requires("withdraw")
def bring_back(kind: EntryKind, slug: str) -> ResponseReturnValue:
    """Publish a withdrawn entry again, as it last was."""
    left = withdrawal_at(session(), kind, slug)
    if left is None:
        raise NotFound
    why = request.form.get("why")
    form = forms.tried(forms.sent(), lambda writing: actions.reinstate(writing, actor(), kind, left.entry_id, why=why))
    return _again(kind, slug, form) if form.is_wrong else redirect(link_to_entry(kind, slug), 303)


def _again(kind: EntryKind, slug: str, form: forms.Form) -> ResponseReturnValue:
    """The page as the entry now is, with what was typed and what is wrong with it."""
    page = entry_status.page_of_entry(context.refresh_session(), actor(), kind, slug, form)
    return render_template("desk/entry.html", **page), forms.code_of(form)
