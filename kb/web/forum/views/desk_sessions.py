"""The desk's forum: sessions are prepared here by organisers, and questions answered that were left open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.entries import EntryKind
from kb.catalogue.queries import InitiativeCard
from kb.core.column_types import now
from kb.core.errors import NotFound
from kb.core.text import clean_line
from kb.forum import actions, queries
from kb.forum.live import moderation
from kb.forum.live.queries import steps_of
from kb.forum.models import ForumSession, Question
from kb.forum.rules import Length, Timed, allowed_transitions, length, programme, time_zones
from kb.forum.schemas import AnswerSchema, SessionSchema
from kb.search.results import SearchQuery

from ...core import context, forms
from ...core.access import actor, requires
from ...core.context import session
from ...core.forms import Form
from ...core.links import link_to
from ...core.pages import Page
from .. import session_forms


@dataclass(frozen=True, kw_only=True)
class DeskSessionsPage(Page):
    """Sessions to prepare, and those that are over."""

    template = "forum/desk/sessions.html"
    coming: Sequence[ForumSession]
    past: Sequence[ForumSession]


@dataclass(frozen=True, kw_only=True)
class DeskSessionPage(Page):
    """A session with everything that is planned for it, its length, and the states that it may change to.

    `wrong` are lengths of slots that were refused, by the ids of the slots.
    """

    template = "forum/desk/session.html"
    forum_session: ForumSession
    programme: Sequence[Timed]
    length: Length
    allowed_transitions: Sequence[str]
    wrong: Mapping[int, Form]


@dataclass(frozen=True, kw_only=True)
class DetailsPage(Page):
    """The details of a session as a form; None for a new one. `differing` is what is stored where it differs."""

    template = "forum/desk/details.html"
    form: Form
    forum_session: ForumSession | None
    differing: Mapping[str, Any]
    forums: Sequence[tuple[str, str]]
    zones: Sequence[str]
    languages: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class UnansweredPage(Page):
    """Questions that wait for an answer; `wrong` are answers that were refused, by question."""

    template = "forum/desk/questions.html"
    waiting: Sequence[Question]
    wrong: Mapping[int, Form]
    person: User


def page_to_prepare(slug: str, wrong: Mapping[int, Form] | None = None) -> str:
    """The page of a session at the desk; `wrong` are lengths that were refused, by slot."""
    forum_session = queries.any_session(session(), slug)
    page = DeskSessionPage(
        forum_session=forum_session,
        programme=programme(forum_session),
        length=length([slot.minutes for slot in forum_session.slots], forum_session.planned_minutes),
        allowed_transitions=allowed_transitions(forum_session, now(), bool(steps_of(session(), forum_session.id))),
        wrong=wrong or {},
    )
    return page.render()


_OFFERED = 8

sessions_blueprint = Blueprint("preparing", __name__, url_prefix="/desk/forum")


@sessions_blueprint.get("")
@requires("prepare-sessions")
def sessions() -> str:
    """All sessions, drafts too: those that come, and those that were."""
    every = queries.sessions()
    page = DeskSessionsPage(
        coming=queries.session_cards(session(), queries.coming(every, now())),
        past=queries.session_cards(session(), queries.past(every, now()).limit(queries.PAST_SHOWN)),
    )
    return page.render()


@sessions_blueprint.get("/new")
@requires("prepare-sessions")
def new() -> ResponseReturnValue:
    """The form of a new session."""
    return _details(Form({"timezone": "Europe/Zurich"}))


@sessions_blueprint.post("/new")
@requires("prepare-sessions")
def new_submit() -> ResponseReturnValue:
    """Make a draft of what the form says."""
    data, form = forms.read(SessionSchema(), session_forms.details_sent())
    slugs: list[str] = []
    if data is not None:
        form = forms.submit(form, lambda session: slugs.append(actions.create_session(session, actor(), data).slug))
    if form.is_wrong:
        return _details(form), 422
    return redirect(url_for("preparing.prepare", slug=slugs[0]), 303)


@sessions_blueprint.get("/initiatives.json")
@requires("prepare-sessions")
def initiatives() -> Response:
    """Up to eight initiatives that the search finds by the words that are being typed, as JSON."""
    typed = clean_line(request.args.get("q", ""))
    asked = SearchQuery(text=f"{typed}*", chosen={"kind": (EntryKind.INITIATIVE,)})
    hits = context.search().answer(session(), asked).hits if typed else ()
    found = [hit.entry for hit in hits if isinstance(hit.entry, InitiativeCard)][:_OFFERED]
    return jsonify(
        suggestions=[
            {
                "label": initiative.title,
                "kind_label": ", ".join(city.name for city in initiative.cities),
                "url": link_to(initiative),
            }
            for initiative in found
        ]
    )


@sessions_blueprint.get("/<slug>")
@requires("prepare-sessions")
def prepare(slug: str) -> str:
    """All that is planned for a session: its run of show with the clock, who speaks, and what was said."""
    return page_to_prepare(slug)


@sessions_blueprint.get("/<slug>/details")
@requires("prepare-sessions")
def details(slug: str) -> ResponseReturnValue:
    """The form of a session: its event, theme, time, place and sources."""
    forum_session = queries.any_session(session(), slug)
    return _details(Form(session_forms.of_session(forum_session)), forum_session)


@sessions_blueprint.post("/<slug>/details")
@requires("prepare-sessions")
def details_submit(slug: str) -> ResponseReturnValue:
    """Change what is told of a session."""
    data, form = forms.read(SessionSchema(), session_forms.details_sent())
    if data is not None:
        form = session_forms.submit(
            form, slug, lambda session, forum_session: actions.update_session(session, actor(), forum_session, data)
        )
    if not form.is_wrong:
        return redirect(url_for("preparing.prepare", slug=slug), 303)
    return _details(form, queries.any_session(session(), slug)), 422


@sessions_blueprint.post("/<slug>/state")
@requires("prepare-sessions")
def state(slug: str) -> ResponseReturnValue:
    """Announce a session, take it back, call it off, or say that it is over."""
    new_state = request.form.get("state", "")
    return session_forms.run_action(
        slug,
        lambda session, forum_session: actions.change_state(session, actor(), forum_session, new_state, _version()),
    )


@sessions_blueprint.post("/<slug>/take-out")
@requires("prepare-sessions")
def take_out(slug: str) -> ResponseReturnValue:
    """Take a draft out."""
    version = _version()
    is_deleted = forms.run_action(
        lambda session: actions.delete_session(session, actor(), queries.any_session(session, slug), version)
    )
    return redirect(url_for("preparing.sessions") if is_deleted else url_for("preparing.prepare", slug=slug), 303)


@sessions_blueprint.post("/<slug>/usual")
@requires("prepare-sessions")
def usual(slug: str) -> ResponseReturnValue:
    """Write the usual run of show."""
    version = _version()
    return session_forms.run_action(
        slug, lambda session, forum_session: actions.create_run_of_show(session, actor(), forum_session, version)
    )


def _details(form: Form, forum_session: ForumSession | None = None) -> str:
    form, differing = (
        session_forms.overtaken(form, session_forms.of_session(forum_session)) if forum_session else (form, {})
    )
    page = DetailsPage(
        form=form,
        forum_session=forum_session,
        differing=differing,
        forums=[(forum.slug, forum.title) for forum in queries.forums(session())],
        zones=time_zones(),
        languages=session_forms.languages(),
    )
    return page.render()


def _version() -> int | None:
    """The version that a button was written for; None where it is not a number, which fits no row."""
    return request.form.get("version", type=int)


questions_blueprint = Blueprint("answering", __name__, url_prefix="/desk/questions")


@questions_blueprint.get("")
@requires("propose")
def unanswered() -> str:
    """Questions of sessions that are over, to my city or about its initiatives; for editors, to all."""
    return _questions_page()


@questions_blueprint.post("/<int:key>")
@requires("propose")
def answer(key: int) -> ResponseReturnValue:
    """Answer a question; the answer joins the record, and the pages of the city and the initiative."""
    data, form = forms.read(AnswerSchema(), request.form)
    question = session().get(Question, key)
    if question is None:
        raise NotFound
    if data is not None:
        form = session_forms.submit(
            form,
            question.session.slug,
            lambda session, forum_session: moderation.answer_later(
                session, actor(), forum_session, session.get_one(Question, key), now(), data["answer"]
            ),
        )
    if form.is_wrong:
        return _questions_page({key: form}), 422
    return redirect(url_for("answering.unanswered"), 303)


def _questions_page(wrong: dict[int, Form] | None = None) -> str:
    person = actor()
    if may(person, "publish"):
        waiting = queries.unanswered(session())
    else:
        waiting = queries.unanswered(session(), person.city_id) if person.city_id else []
    return UnansweredPage(waiting=waiting, wrong=wrong or {}, person=person).render()
