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
    for held in sessions:
        made.add_component(_event(held))
    made.add_missing_timezones()
    text: bytes = made.to_ical()
    return text


def _event(held: ForumSession) -> Event:
    zone = ZoneInfo(held.timezone)
    address = absolute(link_to(held))
    event = Event()
    # The id stays when title, time and address change, so that calendars move the event instead of doubling it.
    event.add("uid", f"forum-session-{held.id}@{urlsplit(address).hostname}")
    event.add("sequence", held.version)
    event.add("dtstamp", held.updated_at)
    event.add("dtstart", held.starts_at.astimezone(zone))
    if held.ends_at is not None:
        event.add("dtend", held.ends_at.astimezone(zone))
    event.add("summary", held.title)
    event.add("status", _STATUSES[held.state])
    event.add("url", address)
    if held.place:
        event.add("location", held.place)
    if held.theme:
        event.add("description", held.theme)
    return event
