"""The desk's forum: sessions are prepared here, by organisers; what is planned for one stands on one page."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kb.core.column_types import now
from kb.forum import actions, queries
from kb.forum.live.queries import steps_of
from kb.forum.models import ForumSession
from kb.forum.rules import allowed_transitions, length, programme, time_zones
from kb.forum.schemas import SessionSchema, VersionedSchema

from ...core import forms
from ...core.access import actor, requires
from ...core.context import session
from ...core.forms import Form
from .. import session_forms

blueprint = Blueprint("preparing", __name__, url_prefix="/desk/forum")


@blueprint.get("")
@requires("prepare-sessions")
def sessions() -> str:
    """All sessions, drafts too: those that come, and those that were."""
    every = queries.sessions()
    return render_template(
        "forum/desk/sessions.html",
        coming=queries.session_cards(session(), queries.coming(every, now())),
        past=queries.session_cards(session(), queries.past(every, now()).limit(queries.PAST_SHOWN)),
    )


@blueprint.get("/new")
@requires("prepare-sessions")
def new() -> ResponseReturnValue:
    """The form of a new session."""
    return _details(Form({"timezone": "Europe/Zurich"}))


@blueprint.post("/new")
@requires("prepare-sessions")
def new_submit() -> ResponseReturnValue:
    """Make a draft of what the form says."""
    data, form = forms.read(SessionSchema(), request.form)
    made: list[str] = []
    if data is not None:
        form = forms.tried(form, lambda session: made.append(actions.create_session(session, actor(), data).slug))
    if form.is_wrong:
        return _details(form), 422
    return redirect(url_for("preparing.prepare", slug=made[0]), 303)


@blueprint.get("/<slug>")
@requires("prepare-sessions")
def prepare(slug: str) -> str:
    """All that is planned for a session: its run of show with the clock, who speaks, and what was said."""
    forum_session = queries.any_session(session(), slug)
    return render_template(
        "forum/desk/session.html",
        held=forum_session,
        programme=programme(forum_session),
        length=length([slot.minutes for slot in forum_session.slots], forum_session.planned_minutes),
        allowed_transitions=allowed_transitions(forum_session, now(), bool(steps_of(session(), forum_session.id))),
    )


@blueprint.get("/<slug>/details")
@requires("prepare-sessions")
def details(slug: str) -> ResponseReturnValue:
    """The form of a session: its event, theme, time, place and sources."""
    forum_session = queries.any_session(session(), slug)
    return _details(Form(session_forms.of_session(forum_session)), forum_session)


@blueprint.post("/<slug>/details")
@requires("prepare-sessions")
def details_submit(slug: str) -> ResponseReturnValue:
    """Change what is told of a session."""
    data, form = forms.read(SessionSchema(), request.form)
    if data is not None:
        form = session_forms.tried(
            form, slug, lambda session, forum_session: actions.update_session(session, actor(), forum_session, data)
        )
    if not form.is_wrong:
        return redirect(url_for("preparing.prepare", slug=slug), 303)
    return _details(form, queries.any_session(session(), slug)), 422


@blueprint.post("/<slug>/state")
@requires("prepare-sessions")
def state(slug: str) -> ResponseReturnValue:
    """Announce a session, take it back, call it off, or say that it is over."""
    wanted = request.form.get("state", "")
    return session_forms.pressed(
        slug,
        lambda session, forum_session: actions.change_state(
            session, actor(), forum_session, wanted, _version(VersionedSchema())
        ),
    )


@blueprint.post("/<slug>/take-out")
@requires("prepare-sessions")
def take_out(slug: str) -> ResponseReturnValue:
    """Take a draft out."""
    version = _version(VersionedSchema())
    gone = forms.pressed(
        lambda session: actions.delete_session(session, actor(), queries.any_session(session, slug), version)
    )
    return redirect(url_for("preparing.sessions") if gone else url_for("preparing.prepare", slug=slug), 303)


@blueprint.post("/<slug>/usual")
@requires("prepare-sessions")
def usual(slug: str) -> ResponseReturnValue:
    """Write the usual run of show."""
    version = _version(VersionedSchema())
    return session_forms.pressed(
        slug, lambda session, forum_session: actions.create_run_of_show(session, actor(), forum_session, version)
    )


def _details(form: Form, forum_session: ForumSession | None = None) -> str:
    form, differing = (
        session_forms.overtaken(form, session_forms.of_session(forum_session)) if forum_session else (form, {})
    )
    return render_template(
        "forum/desk/details.html",
        form=form,
        held=forum_session,
        differing=differing,
        forums=[(forum.slug, forum.title) for forum in queries.forums(session())],
        zones=time_zones(),
    )


def _version(schema: VersionedSchema) -> int | None:
    """The version that a button was written for; None where it is not a number, which fits no row."""
    data, _form = forms.read(schema, request.form)
    return data["version"] if data else None
