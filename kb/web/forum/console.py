"""Who may lead a session, and what the chair's console and the moderators' queue show."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response, make_response, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.core.column_types import now
from kb.core.errors import Conflict, Refused
from kb.forum.live import chairs, queries, removal
from kb.forum.live.chairs import Chair
from kb.forum.live.live_state import LiveState, live_state_of
from kb.forum.models import ForumSession, Question

from ..core import access, context, login_session, submissions
from ..core.formatting import message_text
from ..core.labels import label
from ..core.pages import Page
from . import live

_MOST_LINKS = 20
BY_CHAIR = "600 per minute"
"""Requests that one person who leads may make, by account or link, from whatever address."""

_REMOVALS_SHOWN = 20
_HELD_BACK_SHOWN = 100
SORTS = ("votes", "time", "speaker")

View = Callable[..., ResponseReturnValue]


def lend(link_id: int) -> None:
    """Let this browser lead by a link, for as long as it stays open and the link is in force."""
    links = [key for key in session.get(login_session.CHAIRS, []) if key != link_id]
    session[login_session.CHAIRS] = [*links, link_id][-_MOST_LINKS:]


def cookie_key() -> str | None:
    """By what to count requests of whoever may lead, as the signed cookie has it; None where it names nobody."""
    person = login_session.person_id()
    if person is not None:
        return f"user {person}"
    links = session.get(login_session.CHAIRS)
    return f"link {links[-1]}" if links else None


def leader_of(forum_session: ForumSession) -> Chair | None:
    """Whoever may lead here by account or link; None for everybody else. Raises LinkEnded."""
    person = context.user()
    if person is not None and access.allows("lead-sessions"):
        return Chair(person.name, user=person)
    link = chairs.valid_link(context.session(), forum_session.id, session.get(login_session.CHAIRS, []), now())
    return Chair(link.name, link_id=link.id) if link else None


def leads(view: View) -> View:
    """Let in whoever may lead the session of the address; the view gets the session and who leads."""

    @wraps(view)
    def guarded(slug: str) -> ResponseReturnValue:
        forum_session = queries.session_to_show(context.session(), slug=slug)
        chair = leader_of(forum_session)
        if chair is None:
            return access.refusal("lead-sessions") or view(forum_session, Chair(""))
        response = make_response(view(forum_session, chair))
        # A link to another site must not tell where it came from; forms of ours need to be told from forged ones.
        response.headers["Referrer-Policy"] = "same-origin"
        return live.stamped(response)

    guarded.requires = "lead-sessions"  # type: ignore[attr-defined] # read by `context.permission_of`
    return guarded


def do(forum_session: ForumSession, act: Callable[[Session, ForumSession], object]) -> tuple[str, int] | None:
    """Change the session, one change at a time; what a person is to be told instead, and the status, or None."""
    try:
        with submissions.writing() as session:
            act(session, queries.session_to_change(session, id=forum_session.id))
    except (Refused, Conflict) as problem:
        return message_text(problem.message), 409 if isinstance(problem, Conflict) else 422
    return None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the chair may read out for a slot, and notes that are for the chair alone."""

    title: str
    text: str | None
    notes: str | None


def readings(live_state: LiveState, to_read: Mapping[int, str]) -> list[Reading]:
    """What there is to read for the slot that is on, and for the one that follows: the brief's words for it."""
    texts = []
    for slot, words in ((live_state.now, gettext("Now")), (live_state.next, gettext("Next"))):
        if slot is not None:
            kind = label("slot_kinds", slot.kind)
            what = slot.title or kind
            if slot.speaker and slot.is_about_speaker:
                what = gettext("Chair's remark after %(name)s", name=slot.speaker.name)
            elif slot.speaker:
                # One person is introduced, and then talks.
                what = f"{kind}, {slot.speaker.name}"
            texts.append(Reading(f"{words}: {what}", to_read.get(slot.id) or slot.abstract, slot.notes))
    return texts


@dataclass(frozen=True, kw_only=True)
class ModerationPage(Page):
    """The moderators' queue: questions by what is to be done with them, sorted as asked, the pinned one first."""

    template = "forum/questions.html"
    live_state: LiveState
    name: str
    sort: str
    problem: str | None
    waiting: Sequence[Question]
    held_back: Sequence[Question]
    held_back_count: int
    approved: Sequence[Question]
    done: Sequence[Question]
    blocked: frozenset[str]
    removals: Sequence[removal.Removal]
    sorts: Sequence[str] = SORTS


@dataclass(frozen=True, kw_only=True)
class ConsolePage(ModerationPage):
    """The chair's console: what to read now and next, the clock, and the queue."""

    template = "forum/console.html"
    readings: Sequence[Reading]


def _page(
    page_class: type[ModerationPage],
    session: Session,
    live_state: LiveState,
    chair: Chair,
    sort: str,
    problem: str | None,
) -> ModerationPage:
    held_back, held_back_count = queries.held_back_in(session, live_state.session.id, _HELD_BACK_SHOWN)
    questions = _sorted(queries.queue_of(session, live_state.session.id), live_state, sort)
    more: dict[str, Any] = {}
    if page_class is ConsolePage:
        more["readings"] = readings(live_state, live.words_to_read(session, live_state.session))
    return page_class(
        live_state=live_state,
        name=chair.name,
        sort=sort,
        problem=problem,
        waiting=[question for question in questions if question.state == "waiting"],
        held_back=held_back,
        held_back_count=held_back_count,
        approved=[question for question in questions if question.state == "approved"],
        done=[question for question in questions if question.state in {"answered", "declined", "merged"}],
        blocked=queries.blocked_in(session, live_state.session.id),
        removals=removal.removals_of(session, live_state.session.id, _REMOVALS_SHOWN),
        **more,
    )


def _sorted(questions: Sequence[Question], live_state: LiveState, sort: str) -> list[Question]:
    by_speaker = {speaker.id: place for place, speaker in enumerate(live_state.session.speakers, 1)}

    def order(question: Question) -> tuple[Any, ...]:
        votes = -live_state.votes.get(question.id, 0)
        pinned = live_state.pinned is None or question.id != live_state.pinned.id
        keys = {"votes": (votes,), "time": (), "speaker": (by_speaker.get(question.speaker_id or 0, 0), votes)}
        return (pinned, *keys[sort], question.id)

    return sorted(questions, key=order)


def page(
    page_class: type[ModerationPage], forum_session: ForumSession, chair: Chair, problem: tuple[str, int] | None = None
) -> Response:
    """The console or the queue as it now stands; word that it has not changed, to a script that has it already."""
    session = context.session()
    live_state = live_state_of(session, forum_session, now())
    sort = request.values.get("sort", "")
    sort = sort if sort in SORTS else SORTS[0]
    minute = int(live_state.clock.now.timestamp() // 60)
    etag = f"{'.'.join(map(str, live_state.version_key))}-{minute}-{sort}"
    if problem is None and etag in request.if_none_match:
        response = Response(status=304)
    else:
        text, code = problem or (None, 200)
        response = make_response(_page(page_class, session, live_state, chair, sort, text).render(), code)
    response.set_etag(etag)
    return response
