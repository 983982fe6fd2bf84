"""For the audience of a session, without an account: what is on, questions and votes; and for the wall of the hall."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kb.core.column_types import now
from kb.core.errors import NotFound, Refused, UnknownAddress
from kb.core.i18n import gettext_noop
from kb.forum.live import participation, queries
from kb.forum.live.live_state import LiveState
from kb.forum.models import ForumSession, Question, Speaker

from ...core import context, form_resubmission, forms, submissions
from ...core.formatting import message_text
from ...core.forms import Form
from ...core.pages import Page
from .. import live, participants
from ..schemas import QuestionSchema, VoteSchema


@dataclass(frozen=True, kw_only=True)
class AudienceMinePart(Page):
    """The questions that a participant asked."""

    template = "parts/audience_mine.html"
    live_state: LiveState
    own: Sequence[Question]


@dataclass(frozen=True, kw_only=True)
class AudiencePage(Page):
    """What is on, for a phone, with what its participant asked and voted for."""

    template = "forum/audience.html"
    live_state: LiveState
    mine: frozenset[int]
    own: Sequence[Question]
    problem: str | None


@dataclass(frozen=True, kw_only=True)
class AskPage(Page):
    """The form for a question; `days` after the session names are forgotten."""

    template = "forum/ask.html"
    live_state: LiveState
    form: Form
    days: int
    speakers: Sequence[tuple[int, str]]
    initiatives: Sequence[tuple[int, str]]


@dataclass(frozen=True, kw_only=True)
class ScreenPage(Page):
    """What is on, for the wall of the hall."""

    template = "forum/screen.html"
    live_state: LiveState


@dataclass(frozen=True, kw_only=True)
class PosterPage(Page):
    """The address of the audience's page, to be printed."""

    template = "forum/poster.html"
    forum_session: ForumSession


_NO_SUCH_CODE = gettext_noop(
    "No session has this code. Please compare it with the code on the screen: it is the last part of the address. You "
    "can also open the session from the page “Forum”."
)

blueprint = Blueprint("audience", __name__)


@blueprint.get("/f/<code>")
def audience(code: str) -> ResponseReturnValue:
    """What is on, and the questions to vote for; it keeps itself up to date. Capitals in a code do not matter."""
    if code != code.lower():
        return redirect(url_for("audience.audience", code=code.lower()))
    try:
        live_state = _live_state(code)
    except NotFound:
        raise UnknownAddress(_NO_SUCH_CODE) from None
    return participants.give(make_response(_page(live_state)))


@blueprint.get("/f/<code>/now")
def now_part(code: str) -> Response:
    """What everybody sees alike, for the page to renew itself with."""
    part = live.part_of(live.AudienceNowPart, _live_state(code))
    participants.note_listener()
    return live.send(part)


@blueprint.get("/f/<code>/mine")
def mine_part(code: str) -> Response:
    """What became of one's own questions."""
    live_state = _live_state(code)
    return live.stamped(make_response(AudienceMinePart(live_state=live_state, own=_own(live_state)).render()))


@blueprint.get("/f/<code>/ask")
def ask(code: str) -> Response:
    """The form for a question, which says what is kept and for how long."""
    return participants.give(make_response(_form(_live_state(code), Form())))


@blueprint.post("/f/<code>/ask")
def ask_submit(code: str) -> ResponseReturnValue:
    """Send a question to the moderators."""
    live_state = _live_state(code)
    data, form = forms.read(QuestionSchema(), request.form)
    participant = participants.participant(live_state.session.id)
    if data is None or participant is None:
        return participants.give(make_response(_form(live_state, form if data is None else _cookieless(form)), 422))
    try:
        with submissions.writing() as session:
            forum_session = queries.session_to_show(session, short_code=code)
            participation.ask(
                session,
                forum_session,
                participant,
                text=data["text"],
                now=now(),
                name=data["name"],
                speaker_id=data["speaker"],
                initiative_id=data["initiative"],
                is_held_back=participants.is_beyond_share(forum_session.short_code),
            )
    except Refused as problem:
        return _form(live_state, form.with_problem(message_text(problem.message))), 422
    flash(gettext("Your question was sent. When the moderator has approved it, others can vote for it."))
    return redirect(url_for("audience.audience", code=code), 303)


@blueprint.post("/f/<code>/vote")
def vote(code: str) -> ResponseReturnValue:
    """Vote for a question, or take the vote back."""
    data, form = forms.read(VoteSchema(), request.form)
    forum_session = _live_state(code).session
    participant = participants.participant(forum_session.id)
    if data is None or participant is None:
        return _told(code, str(_cookieless(form).problem))
    try:
        with context.database().writing() as session:
            stored = session.get_one(ForumSession, forum_session.id)
            (participation.withdraw_vote if data["back"] else participation.vote)(
                session, stored, data["question"], participant
            )
    except Refused as problem:
        return _told(code, message_text(problem.message))
    if form_resubmission.is_for_a_script():
        return jsonify(voted=not data["back"])
    return redirect(url_for("audience.audience", code=code), 303)


@blueprint.post("/f/<code>/name-off")
def name_off(code: str) -> ResponseReturnValue:
    """Take the own name off a question."""
    data, _ = forms.read(VoteSchema(), request.form)
    forum_session = _live_state(code).session
    participant = participants.participant(forum_session.id)
    if data is None or participant is None:
        raise NotFound
    with context.database().writing() as session:
        stored = queries.session_to_change(session, id=forum_session.id)
        participation.remove_own_name(session, stored, data["question"], participant)
    flash(gettext("Your name was removed. Nobody can see it any more."))
    return redirect(url_for("audience.audience", code=code), 303)


@blueprint.get("/f/<code>/qr.svg")
def qr(code: str) -> Response:
    """The QR code of the audience's page, as a drawing to put on paper or slides."""
    return Response(live.qr(_live_state(code).session, standalone=True), mimetype="image/svg+xml")


@blueprint.get("/forum/<slug>/screen")
def screen(slug: str) -> Response:
    """For the wall of the hall: what is on, the pinned question large, and how to take part."""
    return participants.give(make_response(ScreenPage(live_state=_live_state_of(slug)).render()))


@blueprint.get("/forum/<slug>/screen/now")
def screen_part(slug: str) -> Response:
    """What the wall shows, for it to renew itself with."""
    return live.send(live.part_of(live.ScreenNowPart, _live_state_of(slug)))


@blueprint.get("/forum/<slug>/poster")
def poster(slug: str) -> str:
    """The QR code and short link of a session, to be printed."""
    return PosterPage(forum_session=_live_state_of(slug).session).render()


def _live_state(code: str) -> LiveState:
    live_state = live.live_cache().state(code)
    if not live_state.session.is_public:
        raise NotFound
    return live_state


def _live_state_of(slug: str) -> LiveState:
    return _live_state(queries.code_of(context.session(), slug))


def _page(live_state: LiveState, problem: str | None = None) -> str:
    session, key = context.session(), live_state.session.id
    participant = participants.participant(key)
    voted = queries.voted_by(session, key, participant.voter_hash) if participant else frozenset()
    return AudiencePage(live_state=live_state, mine=voted, own=_own(live_state), problem=problem).render()


def _own(live_state: LiveState) -> Sequence[Question]:
    """What this browser asked."""
    participant = participants.participant(live_state.session.id)
    return queries.asked_by(context.session(), live_state.session.id, participant.asker_hash) if participant else ()


def _form(live_state: LiveState, form: Form) -> str:
    speakers = [speaker for speaker in live_state.session.speakers if speaker.status != "did-not-come"]
    page = AskPage(
        live_state=live_state,
        form=form,
        days=context.config().forum_name_days,
        speakers=[
            (speaker.id, f"{speaker.name}, {city}" if (city := _city_name(speaker)) else speaker.name)
            for speaker in speakers
        ],
        initiatives=[(initiative.id, initiative.title) for initiative in live_state.initiatives],
    )
    return page.render()


def _city_name(speaker: Speaker) -> str | None:
    return speaker.city.name if speaker.city else speaker.city_name


def _cookieless(form: Form) -> Form:
    text = gettext("Your browser sent no cookie. Please load the page again.")
    return form.with_problem(text)


def _told(code: str, text: str) -> ResponseReturnValue:
    """Say what was wrong with a vote, to a script or on the page."""
    if form_resubmission.is_for_a_script():
        return jsonify(error=text), 422
    return participants.give(make_response(_page(_live_state(code), text), 422))
