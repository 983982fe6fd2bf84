"""“Tell me what is new”: a feed or mails for a search; the pages that links in these mails open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, Flask, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFProtect
from marshmallow import fields
from marshmallow.validate import OneOf
from werkzeug.exceptions import TooManyRequests

from kb.accounts.schemas import Address, FormSchema, required
from kb.alerts import actions
from kb.alerts.choices import FREQUENCIES
from kb.alerts.models import Alert
from kb.catalogue.entries import ENTRIES
from kb.core.i18n import gettext_noop

from ..core import context, forms, limits, submissions
from ..core.context import session
from ..core.forms import Form
from ..core.headers import of_one_person
from ..core.language import language
from ..core.links import with_query
from ..core.pages import Page
from ..core.search_schema import search_schema
from ..core.search_words import search_words
from ..search.results import named
from . import emails

_NO_FREQUENCY = gettext_noop("Please choose how often.")


class AlertSchema(FormSchema):
    """`email`, and how often: `frequency`."""

    email = required(Address)
    frequency = fields.String(
        required=True,
        validate=OneOf(FREQUENCIES, error=_NO_FREQUENCY),
        error_messages={"required": _NO_FREQUENCY},
    )


@dataclass(frozen=True, kw_only=True)
class AlertPage(Page):
    """A search's feed, and the form for mails, where mail can be sent; `unknown` was left out of the search.

    Without `finds_entries` the search finds sessions of the forum alone, of which no mail tells.
    """

    template = "alerts/ask.html"
    form: Form
    words: str
    search_url: str
    feed_url: str
    can_send: bool
    finds_entries: bool
    unknown: Sequence[tuple[str, str]] = ()

    @property
    def frequencies(self) -> Mapping[str, str]:
        """How often a mail may be sent, by code."""
        return FREQUENCIES


@dataclass(frozen=True, kw_only=True)
class ConfirmAlertPage(Page):
    """What a link would begin, with the button that begins it; or that it has begun."""

    template = "alerts/confirm.html"
    alert: Alert
    search_url: str
    end_url: str


@dataclass(frozen=True, kw_only=True)
class EndAlertPage(Page):
    """What a link would end, with the button that ends it; or, without an alert, that it has ended."""

    template = "alerts/end.html"
    alert: Alert | None


ASKED_BY_ADDRESS = "20 per hour"
"""How many alerts one network address may ask for: an office has one for all."""

ASKED_IN_ALL = "600 per hour"
"""How many everybody may ask for: each is a mail to somebody who may not have asked."""

MAILS_TO_RECIPIENT = "5 per day"
"""How many mails to confirm an alert one e-mail address gets, whoever asks; beyond that nothing is sent nor said."""

blueprint = Blueprint("alerts", __name__)
blueprint.after_request(of_one_person)


@blueprint.get("/alerts")
def ask() -> ResponseReturnValue:
    """The feed of a search, whose parameters this address has, and the form for mails."""
    return _page(_asked(), Form({"frequency": "weekly"}))


@blueprint.post("/alerts")
def ask_submit() -> ResponseReturnValue:
    """Send a link that confirms the alert; the answer is the same, whether the address is known already or not."""
    asked = _asked()
    data, form = forms.read(AlertSchema(), request.form)
    if not (context.mail().can_send and asked.finds_entries):
        return _page(asked, form), 409
    if data is None:
        return _page(asked, form), 422
    try:
        limits.spend(ASKED_BY_ADDRESS, "alert", limits.client_address())
        limits.spend(ASKED_IN_ALL, "alert")
    except TooManyRequests as problem:
        text, seconds = limits.seconds_to_wait(problem)
        return _page(asked, form.with_problem(text)), 429, {"Retry-After": str(seconds)}
    if limits.is_within(MAILS_TO_RECIPIENT, "mails about alerts", data["email"]):
        with submissions.writing() as writing:
            alert = actions.ask(writing, data["email"], asked.parameters, asked.words, data["frequency"], language())
        context.mail().send_later(emails.confirmation(alert))
    flash(gettext("We have sent a link to this address. Open it within 3 days to confirm."))
    return redirect(with_query(url_for("alerts.ask"), asked.parameters), 303)


@blueprint.get("/alerts/confirm/<ticket>")
def confirm(ticket: str) -> ResponseReturnValue:
    """What the link would begin; opening it changes nothing, since programs open links in mails too."""
    alert = emails.links().read_to_confirm(session(), ticket)
    end_url = url_for("alerts.end", ticket=emails.links().to_end(alert))
    return ConfirmAlertPage(alert=alert, search_url=_search_url(alert.question), end_url=end_url).render()


@blueprint.post("/alerts/confirm/<ticket>")
def confirm_submit(ticket: str) -> ResponseReturnValue:
    """Begin the alert."""
    with context.database().writing() as writing:
        actions.confirm(writing, emails.links().read_to_confirm(writing, ticket, is_locked=True))
    return redirect(url_for("alerts.confirm", ticket=ticket), 303)


@blueprint.get("/alerts/end/<ticket>")
def end(ticket: str) -> ResponseReturnValue:
    """What the link would end; opening it changes nothing."""
    return EndAlertPage(alert=emails.links().read_to_end(session(), ticket)).render()


@blueprint.post("/alerts/end/<ticket>")
def end_submit(ticket: str) -> ResponseReturnValue:
    """End the alert and delete its address: by the button, or by a mail program (RFC 8058), which has no token."""
    with context.database().writing() as writing:
        alert = emails.links().read_to_end(writing, ticket, is_locked=True)
        if alert is not None:
            actions.end(writing, alert)
    return EndAlertPage(alert=None).render()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The search of this request's address: its parameters, what it is called, and what of it no list knows."""

    parameters: str
    words: str
    unknown: Sequence[tuple[str, str]]
    finds_entries: bool


def _asked() -> _Asked:
    question, refused = search_schema().read(request.args)
    question = replace(question, page=1)
    answer = context.search().answer(session(), question)
    known = question.without(answer.unknown)
    parameters = emails.parameters_of(known)
    kinds = known.chosen.get("kind", ())
    finds_entries = not kinds or any(kind in ENTRIES for kind in kinds)
    return _Asked(parameters, search_words(answer), named((*answer.unknown, *refused)), finds_entries)


def _page(asked: _Asked, form: Form) -> str:
    page = AlertPage(
        form=form,
        words=asked.words,
        search_url=_search_url(asked.parameters),
        feed_url=with_query(url_for("feeds.search_feed"), asked.parameters),
        can_send=context.mail().can_send,
        finds_entries=asked.finds_entries,
        unknown=asked.unknown,
    )
    return page.render()


def _search_url(parameters: str) -> str:
    return with_query(url_for("search.search"), parameters)


def register(app: Flask) -> None:
    """Let mail programs end an alert by a POST without a token: its address cannot be guessed."""
    protection: CSRFProtect = app.extensions["csrf"]
    protection.exempt(end_submit)


BLUEPRINTS = [blueprint]
