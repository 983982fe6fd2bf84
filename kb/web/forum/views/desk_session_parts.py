"""The parts of a session at the desk: who speaks, the slots of the run of show, and what was said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from kb.catalogue.models import Initiative, Leader, Vision
from kb.catalogue.queries import leader_by_slug, load_lists
from kb.core.column_types import LARGEST_ID
from kb.forum import actions, queries
from kb.forum.models import ForumSession, Speaker
from kb.forum.queries import SpeakerRemoval
from kb.forum.rules import OfficeHeld, programme
from kb.forum.schemas import MinutesSchema, SlotSchema, SpeakerSchema, StatementSchema, VersionedSchema

from ...core import forms
from ...core.access import actor, requires
from ...core.context import refresh_session, session
from ...core.forms import Form
from ...core.pages import Page
from .. import session_forms
from .desk_sessions import page_to_prepare

blueprint = Blueprint("preparing_parts", __name__, url_prefix="/desk/forum/<slug>")


@dataclass(frozen=True, kw_only=True)
class PartPage(Page):
    """A part of a session as a form; `key` is None for a new one, `differing` is what is stored where it differs."""

    forum_session: ForumSession
    key: int | None
    form: Form
    differing: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class SpeakerPage(PartPage):
    """A speaker. For the words in `typed`, leaders are offered with the office of each, and `people` of other sessions.

    `linked` is the leader to whose page the speaker's name leads.
    """

    template = "forum/desk/speaker.html"
    linked: Leader | None
    leaders: Sequence[tuple[Leader, OfficeHeld | None]]
    people: Sequence[Speaker]
    typed: str
    countries: Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class SlotPage(PartPage):
    """A slot of the programme, with what its speaker may present."""

    template = "forum/desk/slot.html"
    chosen_speaker: Speaker | None
    initiatives: Sequence[Initiative]
    visions: Sequence[Vision]


@dataclass(frozen=True, kw_only=True)
class StatementPage(PartPage):
    """Something that was said."""

    template = "forum/desk/statement.html"


@dataclass(frozen=True, kw_only=True)
class RemoveSpeakerPage(Page):
    """What becomes of the slots of a speaker who is removed."""

    template = "forum/desk/remove_speaker.html"
    forum_session: ForumSession
    speaker: Speaker
    removal: SpeakerRemoval
    times: Mapping[int, datetime | None]
    form: Form


Part = Literal["speakers", "slots", "statements"]
_PART: Any = "<any(speakers, slots, statements):part>"


@blueprint.get("/speakers/new")
@requires("prepare-sessions")
def new_speaker(slug: str) -> str:
    """A new speaker: picked among leaders and people of other sessions, or entered by hand."""
    forum_session = queries.any_session(session(), slug)
    return _speaker(forum_session, None, Form(session_forms.NOBODY | _picked(forum_session)))


@blueprint.get("/speakers/<int:key>")
@requires("prepare-sessions")
def speaker(slug: str, key: int) -> str:
    """The form of a speaker; somebody else may be picked in their place."""
    forum_session = queries.any_session(session(), slug)
    values = session_forms.of_speaker(_row(forum_session.speakers, key))
    picked = {name: value for name, value in _picked(forum_session).items() if name not in session_forms.NOBODY}
    return _speaker(forum_session, key, Form(values | picked))


def _picked(forum_session: ForumSession) -> dict[str, Any]:
    """What is known of the leader or the person of another session whom the address names."""
    if slug := request.args.get("leader"):
        leader = leader_by_slug(session(), slug)
        load_lists(session(), leader, ["terms"])
        return session_forms.of_leader(leader, forum_session)
    if person := request.args.get("person", type=int):
        speaker = session().get(Speaker, person) if 0 < person <= LARGEST_ID else None
        return session_forms.of_person(speaker or abort(404))
    return {}


@blueprint.post("/speakers/new", defaults={"key": None})
@blueprint.post("/speakers/<int:key>")
@requires("prepare-sessions")
def speaker_submit(slug: str, key: int | None) -> ResponseReturnValue:
    """Add a speaker, or change what is announced of one."""
    data, form = forms.read(SpeakerSchema(), request.form)
    if data is not None:
        form = session_forms.submit(
            form, slug, lambda session, forum_session: actions.save_speaker(session, actor(), forum_session, key, data)
        )
    if not form.is_wrong:
        return redirect(_back(slug, "speakers"), 303)
    return _speaker(queries.any_session(session(), slug), key, form), 422


@blueprint.get("/slots/new")
@requires("prepare-sessions")
def new_slot(slug: str) -> str:
    """The form of a new slot."""
    return _slot(queries.any_session(session(), slug), None, Form({"kind": "talk"}))


@blueprint.get("/slots/<int:key>")
@requires("prepare-sessions")
def slot(slug: str, key: int) -> str:
    """The form of a slot, with what it may present."""
    forum_session = queries.any_session(session(), slug)
    return _slot(forum_session, key, Form(session_forms.of_slot(_row(forum_session.slots, key))))


@blueprint.post("/slots/new", defaults={"key": None})
@blueprint.post("/slots/<int:key>")
@requires("prepare-sessions")
def slot_submit(slug: str, key: int | None) -> ResponseReturnValue:
    """Add a slot, or change one; one whose speaker has just been named is shown again, to choose what is presented."""
    data, form = forms.read(SlotSchema(), request.form)
    ticked = request.form.getlist("presented")
    form = Form({**form.values, "presented": ticked}, form.errors)
    saved_ids: list[int] = []
    if data is not None:
        form = session_forms.submit(
            form,
            slug,
            lambda session, forum_session: saved_ids.append(
                actions.save_slot(session, actor(), forum_session, key, data, ticked).id
            ),
        )
    if form.is_wrong:
        return _slot(queries.any_session(session(), slug), key, form), 422
    if "choose" in request.form:
        return redirect(url_for("preparing_parts.slot", slug=slug, key=saved_ids[0], _anchor="presented"), 303)
    return redirect(_back(slug, "show"), 303)


@blueprint.post("/slots/<int:key>/minutes")
@requires("prepare-sessions")
def minutes_submit(slug: str, key: int) -> ResponseReturnValue:
    """Change how long a slot is, where it stands in the programme."""
    data, form = forms.read(MinutesSchema(), request.form)
    if data is not None:
        form = session_forms.submit(
            form, slug, lambda session, forum_session: actions.save_minutes(session, actor(), forum_session, key, data)
        )
    if form.is_wrong:
        refresh_session()
        return page_to_prepare(slug, {key: form}), form.status
    return redirect(url_for("preparing.prepare", slug=slug, _anchor=f"slot-{key}"), 303)


@blueprint.get("/statements/new")
@requires("prepare-sessions")
def new_statement(slug: str) -> str:
    """The form of something that was said."""
    return _statement(queries.any_session(session(), slug), None, Form({"kind": "point"}))


@blueprint.get("/statements/<int:key>")
@requires("prepare-sessions")
def statement(slug: str, key: int) -> str:
    """The form of a statement that is there, to put it right."""
    forum_session = queries.any_session(session(), slug)
    return _statement(forum_session, key, Form(session_forms.of_statement(_row(forum_session.statements, key))))


@blueprint.post("/statements/new", defaults={"key": None})
@blueprint.post("/statements/<int:key>")
@requires("prepare-sessions")
def statement_submit(slug: str, key: int | None) -> ResponseReturnValue:
    """Add what was said to the record, or put it right."""
    data, form = forms.read(StatementSchema(), request.form)
    if data is not None:
        form = session_forms.submit(
            form,
            slug,
            lambda session, forum_session: actions.save_statement(session, actor(), forum_session, key, data),
        )
    if not form.is_wrong:
        return redirect(_back(slug, "said"), 303)
    return _statement(queries.any_session(session(), slug), key, form), 422


@blueprint.post(f"/{_PART}/<int:key>/move")
@requires("prepare-sessions")
def move(slug: str, part: Part, key: int) -> ResponseReturnValue:
    """Put a part at another place: up, down, or at a number from 0."""
    to = request.form.get("to", "")
    if to not in {"up", "down"} and not (to.isascii() and to.isdigit() and len(to) < 5):
        abort(400)
    where: Any = to if to in {"up", "down"} else int(to)
    version = request.form.get("version", type=int)
    return session_forms.run_action(
        slug, lambda session, forum_session: actions.move(session, actor(), forum_session, part, key, where, version)
    )


@blueprint.post("/<any(slots, statements):part>/<int:key>/take-out")
@requires("prepare-sessions")
def take_out(slug: str, part: Literal["slots", "statements"], key: int) -> ResponseReturnValue:
    """Take a slot or a statement out."""
    return session_forms.run_action(
        slug, lambda session, forum_session: actions.delete_part(session, actor(), forum_session, part, key)
    )


@blueprint.get("/speakers/<int:key>/take-out")
@requires("prepare-sessions")
def remove_speaker(slug: str, key: int) -> str:
    """What goes with a speaker who is taken out, and what stays, before it is done."""
    return _removal_page(slug, key, Form())


@blueprint.post("/speakers/<int:key>/take-out")
@requires("prepare-sessions")
def remove_speaker_submit(slug: str, key: int) -> ResponseReturnValue:
    """Take a speaker out, with the slots that go too."""
    data, form = forms.read(VersionedSchema(), request.form)
    version = data["version"] if data else None
    form = session_forms.submit(
        form,
        slug,
        lambda session, forum_session: actions.remove_speaker(session, actor(), forum_session, key, version),
    )
    if form.is_wrong:
        refresh_session()
        return _removal_page(slug, key, form), 422
    return redirect(_back(slug, "speakers"), 303)


def _removal_page(slug: str, key: int, form: Form) -> str:
    forum_session = queries.any_session(session(), slug)
    who = _row(forum_session.speakers, key)
    removal = queries.speaker_removal(session(), forum_session, who)
    times = {timed.slot.id: timed.at for timed in programme(forum_session)}
    page = RemoveSpeakerPage(forum_session=forum_session, speaker=who, removal=removal, times=times, form=form)
    return page.render()


def _speaker(forum_session: ForumSession, key: int | None, form: Form) -> str:
    form, differing = _against(forum_session.speakers, key, form, session_forms.of_speaker)
    typed = request.args.get("q", "")
    page = SpeakerPage(
        forum_session=forum_session,
        key=key,
        form=form,
        differing=differing,
        linked=queries.leader_at(session(), form.values.get("leader")),
        leaders=session_forms.leaders_called(typed, forum_session),
        people=session_forms.people_called(typed, forum_session),
        typed=typed,
        countries=session_forms.countries(),
    )
    return page.render()


def _slot(forum_session: ForumSession, key: int | None, form: Form) -> str:
    form, differing = _against(forum_session.slots, key, form, session_forms.of_slot)
    chosen = str(form.values.get("speaker") or "")
    chosen_speaker = next((speaker for speaker in forum_session.speakers if str(speaker.id) == chosen), None)
    slot = next((row for row in forum_session.slots if row.id == key), None)
    initiatives, visions = session_forms.to_present(slot, chosen_speaker)
    page = SlotPage(
        forum_session=forum_session,
        key=key,
        form=form,
        differing=differing,
        chosen_speaker=chosen_speaker,
        initiatives=initiatives,
        visions=visions,
    )
    return page.render()


def _statement(forum_session: ForumSession, key: int | None, form: Form) -> str:
    form, differing = _against(forum_session.statements, key, form, session_forms.of_statement)
    return StatementPage(forum_session=forum_session, key=key, form=form, differing=differing).render()


def _against(rows: Any, key: int | None, form: Form, values_of: Any) -> tuple[Form, dict[str, Any]]:
    """The form beside the row as it is now, where somebody changed it since."""
    return session_forms.overtaken(form, values_of(_row(rows, key))) if key is not None else (form, {})


def _row(rows: Any, key: int) -> Any:
    return next((row for row in rows if row.id == key), None) or abort(404)


def _back(slug: str, anchor: str) -> str:
    return url_for("preparing.prepare", slug=slug, _anchor=anchor)
