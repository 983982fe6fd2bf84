"""Leading a session: the chair's console, the moderators' queue, and links that lend them."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.core.column_types import now
from kb.core.errors import NotFound
from kb.forum.live import chairs, moderation, queries, removal, session_control
from kb.forum.live.chairs import Chair
from kb.forum.models import ChairLink, ForumSession

from ...core import context, forms, limits, submissions
from ...core.access import actor, requires
from ...core.forms import Form
from ...core.links import absolute
from ...core.pages import Page
from .. import console
from ..schemas import ChairSchema, ModerationSchema, RemovalSchema, SaidSchema, StepSchema


@dataclass(frozen=True, kw_only=True)
class RemoveQuestionsPage(Page):
    """The questions that would be removed at once."""

    template = "forum/remove_questions.html"
    forum_session: ForumSession
    name: str
    preview: removal.Preview
    chosen: Mapping[str, Any]
    back: str


@dataclass(frozen=True, kw_only=True)
class ChairLinksPage(Page):
    """The links to the console, until when they let in; and the one that was `made` just now, for some minutes."""

    template = "forum/chairs.html"
    forum_session: ForumSession
    links: Sequence[ChairLink]
    form: Form
    made: str | None
    made_for: str | None
    until: datetime
    are_over: bool
    hours: int = chairs.LINK_LIFETIME // timedelta(hours=1)
    minutes: int = chairs.SHOWN_FOR // timedelta(minutes=1)


blueprint = Blueprint("leading", __name__)

_LINKS_TRIED = "20 per minute"
_TEXTS_SHOWN = 200


@blueprint.get("/forum/<slug>/console")
@console.leads
def chair(forum_session: ForumSession, chair: Chair) -> ResponseReturnValue:
    """The chair's console: now, next, the clock, the introduction to read, notes and questions."""
    return console.page(console.ConsolePage, forum_session, chair)


@blueprint.post("/forum/<slug>/console")
@console.leads
def step(forum_session: ForumSession, chair: Chair) -> ResponseReturnValue:
    """Take a step of the clock: start, pause, resume, go on, skip, extend, end, or take the last step back."""
    data, _form = forms.read(StepSchema(), request.form)
    if data is None:
        return console.page(console.ConsolePage, forum_session, chair, (gettext("That step is not known."), 422))
    problem = console.do(
        forum_session,
        lambda session, forum_session: session_control.take_step(
            session,
            forum_session,
            kind=data["step"],
            seen=data["seen"],
            now=now(),
            by=chair.name,
            slot_id=data["slot"],
            minutes=data["minutes"],
        ),
    )
    return _answer(console.ConsolePage, "leading.chair", forum_session, chair, problem)


@blueprint.post("/forum/<slug>/console/said")
@console.leads
def said(forum_session: ForumSession, chair: Chair) -> ResponseReturnValue:
    """Take down what was said, for the public record of the session."""
    data, form = forms.read(SaidSchema(), request.form)
    if data is None:
        words = " ".join(message for messages in form.errors.values() for message in messages)
        return console.page(console.ConsolePage, forum_session, chair, (words, 422))
    problem = console.do(
        forum_session,
        lambda session, forum_session: session_control.record_statement(
            session, forum_session, data["text"], now(), data["kind"], data["speaker"]
        ),
    )
    return _answer(console.ConsolePage, "leading.chair", forum_session, chair, problem)


@blueprint.get("/forum/<slug>/questions")
@console.leads
def moderate(forum_session: ForumSession, chair: Chair) -> ResponseReturnValue:
    """The moderators' queue: what waits, what is approved, what is done with."""
    return console.page(console.ModerationPage, forum_session, chair)


@blueprint.post("/forum/<slug>/questions")
@console.leads
def moderate_submit(forum_session: ForumSession, chair: Chair) -> ResponseReturnValue:
    """Approve, merge, pin, answer, decline or undo; from the console, the answer is the console."""
    data, _form = forms.read(ModerationSchema(), request.form)
    page_class, endpoint = _from_where()
    if data is None:
        return console.page(page_class, forum_session, chair, (gettext("That is not possible with a question."), 422))
    problem = console.do(forum_session, lambda session, forum_session: _do(session, forum_session, chair, data))
    return _answer(page_class, endpoint, forum_session, chair, problem)


@blueprint.post("/forum/<slug>/questions/open")
@console.leads
def open_questions(forum_session: ForumSession, chair: Chair) -> ResponseReturnValue:
    """Open the questions, or close them, with one click."""
    page_class, endpoint = _from_where()
    is_open = request.form.get("open") == "1"
    problem = console.do(
        forum_session, lambda session, forum_session: moderation.open_questions(session, forum_session, chair, is_open)
    )
    return _answer(page_class, endpoint, forum_session, chair, problem)


@blueprint.get("/forum/<slug>/questions/remove")
@console.leads
def remove_questions(forum_session: ForumSession, chair: Chair) -> ResponseReturnValue:
    """What would be removed at once, to be looked at before it is."""
    chosen, _form = forms.read(RemovalSchema(), request.args)
    if chosen is None:
        return console.page(_from_where()[0], forum_session, chair, (_no_selection(), 422))
    preview = removal.preview(context.session(), forum_session, _selection(forum_session, chosen), _TEXTS_SHOWN)
    page = RemoveQuestionsPage(
        forum_session=forum_session,
        name=chair.name,
        preview=preview,
        chosen=chosen,
        back=url_for(_from_where()[1], slug=forum_session.slug),
    )
    return page.render()


@blueprint.post("/forum/<slug>/questions/remove")
@console.leads
def remove_questions_submit(forum_session: ForumSession, chair: Chair) -> ResponseReturnValue:
    """Remove what was looked at, and nothing that has come since."""
    page_class, endpoint = _from_where()
    chosen, _form = forms.read(RemovalSchema(), request.form)
    if chosen is None or chosen["up_to"] is None:
        return console.page(page_class, forum_session, chair, (_no_selection(), 422))
    selection = _selection(forum_session, chosen)
    problem = console.do(
        forum_session,
        lambda session, forum_session: removal.remove(session, forum_session, chair, selection, chosen["up_to"]),
    )
    if problem is None:
        flash(gettext("The questions were removed. You can restore them below."))
    return _answer(page_class, endpoint, forum_session, chair, problem)


@blueprint.post("/forum/<slug>/questions/restore")
@console.leads
def restore_questions(forum_session: ForumSession, chair: Chair) -> ResponseReturnValue:
    """Bring questions back that were removed at once."""
    page_class, endpoint = _from_where()
    number = request.form.get("removal", 0, int)
    problem = console.do(forum_session, lambda session, stored: removal.restore(session, stored, chair, number))
    return _answer(page_class, endpoint, forum_session, chair, problem)


@blueprint.post("/forum/<slug>/questions/unblock")
@console.leads
def unblock(forum_session: ForumSession, chair: Chair) -> ResponseReturnValue:
    """Let somebody who was blocked ask again."""
    page_class, endpoint = _from_where()
    blocked = request.form.get("blocked", "")
    problem = console.do(
        forum_session, lambda session, forum_session: moderation.unblock(session, forum_session, chair, blocked)
    )
    return _answer(page_class, endpoint, forum_session, chair, problem)


@blueprint.get("/chair/<token>")
def come_in(token: str) -> ResponseReturnValue:
    """Where a chair's link leads: whoever holds it may lead, and goes on to an address without the token."""
    limits.spend(_LINKS_TRIED, "chair link", limits.client_address())
    link = chairs.link_by_token(context.session(), token, now())
    if link is None:
        raise NotFound
    console.lend(link.id)
    response = redirect(url_for("leading.chair", slug=link.session.slug), 303)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/forum/<slug>/chairs")
@requires("prepare-sessions")
def chair_links(slug: str) -> ResponseReturnValue:
    """The links to the console, for the organiser to make more and take them back; `made` is the key of a new one."""
    forum_session = queries.session_to_show(context.session(), slug=slug)
    token = chairs.token_by_key(context.config().secret_key, request.args.get("made", ""))
    link = chairs.new_link(context.session(), forum_session, token, now())
    if link is None:
        return _links(forum_session, Form())
    response = make_response(
        _links(forum_session, Form(), absolute(url_for("leading.come_in", token=token)), link.name)
    )
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@blueprint.post("/forum/<slug>/chairs")
@requires("prepare-sessions")
def make_chair_link(slug: str) -> ResponseReturnValue:
    """Make a link for somebody; the next page shows it."""
    data, form = forms.read(ChairSchema(), request.form)
    if data is None:
        return _links(queries.session_to_show(context.session(), slug=slug), form), 422
    return _made(
        slug,
        lambda session, forum_session, token: chairs.create_link(session, actor(), forum_session, data["name"], token),
    )


@blueprint.post("/forum/<slug>/chairs/renew")
@requires("prepare-sessions")
def renew_chair_link(slug: str) -> ResponseReturnValue:
    """Take a link back and give its holder another, which the next page shows."""
    link = request.form.get("link", 0, int)
    return _made(
        slug,
        lambda session, forum_session, token: chairs.replace_link(session, actor(), forum_session, link, now(), token),
    )


@blueprint.post("/forum/<slug>/chairs/revoke")
@requires("prepare-sessions")
def revoke_chair_link(slug: str) -> ResponseReturnValue:
    """Take a link back: whoever leads by it is let in no more."""
    with context.database().writing() as session:
        forum_session = queries.session_to_change(session, slug=slug)
        chairs.revoke_link(session, actor(), forum_session, request.form.get("link", 0, int), now())
    flash(gettext("The link was cancelled."))
    return redirect(url_for("leading.chair_links", slug=slug), 303)


def _made(slug: str, make: Callable[[Session, ForumSession, str], object]) -> ResponseReturnValue:
    """Make a link, and lead to the page that shows it; the same page where the form was sent twice."""
    key = secrets.token_urlsafe(16)
    with submissions.writing() as session:
        token = chairs.token_by_key(context.config().secret_key, key)
        make(session, queries.session_to_change(session, slug=slug), token)
    return redirect(url_for("leading.chair_links", slug=slug, made=key), 303)


def _do(session: Session, forum_session: ForumSession, chair: Chair, data: dict[str, Any]) -> None:
    """What a moderator did with a question."""
    question = moderation.question_to_change(session, forum_session, data["question"], data["seen"])
    moderation.moderate(
        session,
        forum_session,
        chair,
        question,
        action=data["moderation_action"],
        now=now(),
        into=data["into"],
        answer=data["answer"],
        by=data["by"],
    )


def _selection(forum_session: ForumSession, chosen: dict[str, Any]) -> removal.Selection:
    since = chosen["since"] and removal.last_moment(chosen["since"], forum_session.timezone, now())
    return removal.Selection(chosen["question"], since, chosen["held_back"])


def _no_selection() -> str:
    return str(
        gettext(
            "Please choose which questions to remove: those sent since a time such as 14:05, or those from one person."
        )
    )


def _from_where() -> tuple[type[console.ModerationPage], str]:
    """The class and the endpoint of the page on which a moderator clicked."""
    on_console = request.values.get("on") == "console"
    return (console.ConsolePage, "leading.chair") if on_console else (console.ModerationPage, "leading.moderate")


def _answer(
    page_class: type[console.ModerationPage],
    endpoint: str,
    forum_session: ForumSession,
    chair: Chair,
    problem: tuple[str, int] | None,
) -> ResponseReturnValue:
    """The page anew after a change; with the reason, and as it now stands, where there was none."""
    if problem is None:
        return redirect(url_for(endpoint, slug=forum_session.slug, sort=request.form.get("sort") or None), 303)
    return console.page(
        page_class, queries.session_to_show(context.refresh_session(), slug=forum_session.slug), chair, problem
    )


def _links(forum_session: ForumSession, form: Form, made: str | None = None, made_for: str | None = None) -> str:
    session = context.session()
    until = chairs.links_expire_at(session, forum_session)
    page = ChairLinksPage(
        forum_session=forum_session,
        links=queries.chair_links_of(session, forum_session.id),
        form=form,
        made=made,
        made_for=made_for,
        until=until,
        are_over=now() >= until,
    )
    return page.render()
