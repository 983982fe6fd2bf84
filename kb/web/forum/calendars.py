"""Sessions as a calendar keeps them: iCalendar (RFC 5545), with the definition of each zone."""

from collections.abc import Iterable
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from kb.forum.models import ForumSession

from ..core.links import absolute, link_to

# One calendar keeps an event that was moved, another learns of one that was called off: by these (RFC 5545, 3.8.1.11).
_STATUSES = {"announced": "CONFIRMED", "live": "CONFIRMED", "ended": "CONFIRMED", "cancelled": "CANCELLED"}


def calendar(sessions: Iterable[ForumSession], name: str) -> bytes:
    """The sessions as one calendar of that name."""
    made = Calendar()
    made.add("prodid", "-//CityPeers//Forum//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    for forum_session in sessions:
        made.add_component(_event(forum_session))
    made.add_missing_timezones()
    text: bytes = made.to_ical()
    return text


def _event(forum_session: ForumSession) -> Event:
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
