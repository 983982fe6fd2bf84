"""The forum for everybody: its sessions, the page of each, and each as a calendar and on paper."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from kb.catalogue.models import Initiative
from kb.core.column_types import now
from kb.forum import queries
from kb.forum.live.queries import Times, slot_on, times_held
from kb.forum.models import ForumSession, Question, Speaker
from kb.forum.rules import Timed, programme, slot_state

from ...catalogue.map_page import DrawnMap
from ...core import jsonld, pdf
from ...core.context import session
from ...core.headers import as_attachment
from ...core.jsonld import JSONLD
from ...core.limits import client_address, spend
from ...core.links import absolute, link_to
from ...core.pages import Page
from .. import programme_page, records

if TYPE_CHECKING:
    from icalendar import Event

# One calendar keeps an event that was moved, another learns of one that was called off: by these (RFC 5545, 3.8.1.11).
_STATUSES = {"announced": "CONFIRMED", "live": "CONFIRMED", "ended": "CONFIRMED", "cancelled": "CANCELLED"}


def calendar(sessions: Iterable[ForumSession], name: str) -> bytes:
    """The sessions as one calendar of that name."""
    # What writes calendars takes long to import, and is seldom needed.
    from icalendar import Calendar  # noqa: PLC0415

    ical = Calendar()
    ical.add("prodid", "-//CityPeers//Forum//EN")
    ical.add("version", "2.0")
    ical.add("method", "PUBLISH")
    ical.add("x-wr-calname", name)
    for forum_session in sessions:
        ical.add_component(_event(forum_session))
    ical.add_missing_timezones()
    text: bytes = ical.to_ical()
    return text


def _event(forum_session: ForumSession) -> "Event":
    from icalendar import Event  # noqa: PLC0415 - see above

    zone = ZoneInfo(forum_session.timezone)
    address = absolute(link_to(forum_session))
    event = Event()
    # The id stays when title, time and address change, so that calendars move the event instead of doubling it.
    event.add("uid", f"forum-session-{forum_session.id}@{urlsplit(address).hostname}")
    event.add("sequence", forum_session.version)
    event.add("dtstamp", forum_session.updated_at)
    event.add("dtstart", forum_session.starts_at.astimezone(zone))
    if forum_session.ends_at is not None:
        event.add("dtend", forum_session.ends_at.astimezone(zone))
    event.add("summary", forum_session.title)
    event.add("status", _STATUSES[forum_session.state])
    event.add("url", address)
    if forum_session.place:
        event.add("location", forum_session.place)
    if forum_session.theme:
        event.add("description", forum_session.theme)
    return event


@dataclass(frozen=True, kw_only=True)
class SessionsPage(Page):
    """Sessions to come, and those that are over."""

    template = "forum/sessions.html"
    coming: Sequence[ForumSession]
    past: Sequence[ForumSession]


@dataclass(frozen=True, kw_only=True)
class SessionPage(Page):
    """A session: who speaks, the programme with the times that were kept, what was asked, and the record as files.

    `presented` are the initiatives of talks that were held, `announced` those of talks to come or not known to be held.
    `on` is the id of the slot that is on.
    """

    template = "forum/session.html"
    forum_session: ForumSession
    programme: Sequence[Timed]
    times: Times
    on: int | None
    leading: Sequence[Speaker]
    speaking: Sequence[Speaker]
    drawn: DrawnMap | None
    questions: Sequence[Question]
    presented: Sequence[Initiative]
    announced: Sequence[Initiative]
    files: Mapping[str, str]
    jsonld: JSONLD


blueprint = Blueprint("forum", __name__)


@blueprint.get("/forum")
def forum() -> str:
    """The sessions that come, and those that were."""
    public = queries.public_sessions()
    page = SessionsPage(
        coming=queries.session_cards(session(), queries.coming(public, now())),
        past=queries.session_cards(session(), queries.past(public, now()).limit(queries.PAST_SHOWN)),
    )
    return page.render()


@blueprint.get("/forum.ics")
def feed() -> Response:
    """All public sessions as a calendar to subscribe to."""
    forum_sessions = session().scalars(queries.public_sessions()).all()
    return Response(calendar(forum_sessions, gettext("CityPeers Forum")), mimetype="text/calendar")


@blueprint.get("/forum/<slug>")
def session_page(slug: str) -> str:
    """A session: when and where, the programme, who speaks, what is presented, and afterwards what was said."""
    forum_session = queries.public_session(session(), slug)
    page = SessionPage(
        forum_session=forum_session,
        programme=programme(forum_session),
        times=times_held(session(), forum_session),
        on=slot_on(session(), forum_session) if forum_session.state == "live" else None,
        leading=programme_page.leading(forum_session),
        speaking=programme_page.speaking(forum_session),
        drawn=programme_page.drawn(programme_page.cities_of(forum_session)),
        questions=queries.published_questions(session(), forum_session.id),
        presented=_initiatives(forum_session, "held"),
        announced=_initiatives(forum_session, "to-come", "unknown"),
        files=records.addresses(forum_session),
        jsonld=jsonld.forum_session(forum_session),
    )
    return page.render()


def _initiatives(forum_session: ForumSession, *states: str) -> list[Initiative]:
    """The initiatives of the slots in these states, each once."""
    slots = [slot for slot in forum_session.slots if slot_state(slot) in states]
    return list({initiative.id: initiative for slot in slots for initiative in slot.initiatives}.values())


@blueprint.get("/forum/<slug>.ics")
def session_calendar(slug: str) -> Response:
    """A session as a calendar takes it in."""
    forum_session = queries.public_session(session(), slug)
    response = Response(calendar([forum_session], forum_session.title), mimetype="text/calendar")
    return as_attachment(response, f"{forum_session.slug}.ics")


@blueprint.get("/forum/<slug>/programme.pdf")
def programme_pdf(slug: str) -> ResponseReturnValue:
    """The programme on paper; where it cannot be made now, the page itself, which prints as well."""
    forum_session = queries.public_session(session(), slug)
    try:
        spend(pdf.PDF_RATE, "programme pdf", client_address())
        on_the_site = link_to(forum_session), gettext("Read the programme on the website")
        content = pdf.pdf(programme_page.document(forum_session), on_the_site)
    except pdf.PdfUnavailable:
        return redirect(link_to(forum_session), 303)
    response = Response(content, mimetype="application/pdf", headers={"X-Robots-Tag": "noindex"})
    return as_attachment(response, f"{forum_session.slug}-programme.pdf")


@blueprint.get("/forum/<slug>/record.csv")
def record_csv(slug: str) -> Response:
    """The record of a session as a table."""
    forum_session = queries.public_session(session(), slug)
    return records.as_csv(
        forum_session,
        times_held(session(), forum_session),
        list(queries.published_questions(session(), forum_session.id)),
    )


@blueprint.get("/forum/<slug>/record.json")
def record_json(slug: str) -> Response:
    """The record of a session for machines."""
    forum_session = queries.public_session(session(), slug)
    return records.as_json(
        forum_session,
        times_held(session(), forum_session),
        list(queries.published_questions(session(), forum_session.id)),
    )
