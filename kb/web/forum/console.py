"""Who may lead a session, and what the chair's console and the moderators' queue show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response, make_response, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.accounts.permissions import may
from kb.core.column_types import now
from kb.core.errors import Conflict, Refused
from kb.forum.live import chairs, queries, removal
from kb.forum.live.chairs import Chair
from kb.forum.live.live_state import LiveState, live_state_of
from kb.forum.models import ForumSession

from ..core import access, context, login_session
from ..core.formatting import label, message_text
from . import live

_CHAIRS = "chairs"
_MOST_LINKS = 20
BY_CHAIR = "600 per minute"
"""Requests that one person who leads may make, by account or link, from whatever address."""

_REMOVALS_SHOWN = 20
_HELD_BACK_SHOWN = 100
SORTS = ("votes", "time", "speaker")

View = Callable[..., ResponseReturnValue]


def lend(link_id: int) -> None:
    """Let this browser lead by a link, for as long as it stays open and the link is in force."""
    held = [key for key in session.get(_CHAIRS, []) if key != link_id]
    session[_CHAIRS] = [*held, link_id][-_MOST_LINKS:]


def cookie_key() -> str | None:
    """By what to count requests of whoever may lead, as the signed cookie has it; None where it names nobody."""
    person = login_session.person_id()
    if person is not None:
        return f"user {person}"
    links = session.get(_CHAIRS)
    return f"link {links[-1]}" if links else None


def leader_of(held: ForumSession) -> Chair | None:
    """Whoever may lead here by account or link; None for everybody else. Raises LinkOver."""
    person = context.user()
    if person is not None and may(person, "lead-sessions"):
        return Chair(person.name, user=person)
    link = chairs.link_in_force(context.session(), held.id, session.get(_CHAIRS, []), now())
    return Chair(link.name, link_id=link.id) if link else None


def leads(view: View) -> View:
    """Let in whoever may lead the session of the address; the view gets the session and who leads."""

    @wraps(view)
    def guarded(slug: str) -> ResponseReturnValue:
        held = queries.session_to_show(context.session(), slug=slug)
        chair = leader_of(held)
        if chair is None:
            return access.refusal("lead-sessions") or view(held, Chair(""))
        response = make_response(view(held, chair))
        # A link to another site must not tell where it came from; forms of ours need to be told from forged ones.
        response.headers["Referrer-Policy"] = "same-origin"
        return live.stamped(response)

    guarded.requires = "lead-sessions"  # type: ignore[attr-defined] # read by `access.verb_of`
    return guarded


def do(held: ForumSession, act: Callable[[Session, ForumSession], object]) -> tuple[str, int] | None:
    """Change the session, one change at a time; what a person is to be told instead, and the status, or None."""
    try:
        with context.database().writing() as opened:
            act(opened, queries.session_to_change(opened, id=held.id))
    except (Refused, Conflict) as problem:
        return message_text(problem.message), 409 if isinstance(problem, Conflict) else 422
    return None


def page(template: str, held: ForumSession, chair: Chair, problem: tuple[str, int] | None = None) -> Response:
    """The console or the queue as it now stands; word that it has not changed, to a script that has it already."""
    opened = context.session()
    stage = live_state_of(opened, held, now())
    sort = request.values.get("sort", "")
    sort = sort if sort in SORTS else SORTS[0]
    minute = int(stage.clock.now.timestamp() // 60)
    etag = f"{'.'.join(map(str, stage.version_key))}-{minute}-{sort}"
    if problem is None and etag in request.if_none_match:
        response = Response(status=304)
    else:
        shown = {"stage": stage, "name": chair.name, "sort": sort, "problem": problem and problem[0]}
        shown["readings"] = readings(stage, live.words_to_read(opened, stage.session))
        response = make_response(
            render_template(template, **shown, **queue(opened, stage, sort)), problem[1] if problem else 200
        )
    response.set_etag(etag)
    return response


@dataclass(frozen=True, slots=True)
class Reading:
    """What the chair may read out for a slot, and notes that are for the chair alone."""

    title: str
    text: str | None
    notes: str | None


def readings(stage: LiveState, to_read: Mapping[int, str]) -> list[Reading]:
    """What there is to read for the slot that is on, and for the one that follows: the brief's words for it."""
    found = []
    for slot, words in ((stage.now, gettext("Now")), (stage.next, gettext("Next"))):
        if slot is not None:
            who = slot.speaker.name if slot.speaker else slot.title or label("slot_kinds", slot.kind)
            if slot.is_about_speaker:
                who = gettext("Chair's remark after %(name)s", name=who)
            found.append(Reading(f"{words}: {who}", to_read.get(slot.id) or slot.abstract, slot.notes))
    return found


def queue(opened: Session, stage: LiveState, sort: str) -> Mapping[str, Any]:
    """Questions for moderators: those that wait, are approved, are done with; sorted as asked, the pinned first."""
    everything = queries.queue_of(opened, stage.session.id)
    held_back, held_back_count = queries.held_back_in(opened, stage.session.id, _HELD_BACK_SHOWN)
    by_speaker = {speaker.id: place for place, speaker in enumerate(stage.session.speakers, 1)}

    def order(one: Any) -> tuple[Any, ...]:
        votes = -stage.votes.get(one.id, 0)
        pinned = stage.pinned is None or one.id != stage.pinned.id
        keys = {"votes": (votes,), "time": (), "speaker": (by_speaker.get(one.speaker_id, 0), votes)}
        return (pinned, *keys[sort], one.id)

    ordered = sorted(everything, key=order)
    return {
        "waiting": [one for one in ordered if one.state == "waiting"],
        "held_back": held_back,
        "held_back_count": held_back_count,
        "approved": [one for one in ordered if one.state == "approved"],
        "done": [one for one in ordered if one.state in {"answered", "declined", "merged"}],
        "blocked": queries.blocked_in(opened, stage.session.id),
        "removals": removal.removals_of(opened, stage.session.id, _REMOVALS_SHOWN),
        "sorts": SORTS,
    }
