"""Hours and days of sessions as people read them: in the zone of the session, with its distance from UTC."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from flask import Flask
from flask_babel import get_locale, gettext
from markupsafe import Markup

from kb.forum.models import ForumSession

from .formatting import not_known


def _locale() -> Locale:
    return get_locale() or Locale("en")


def clock(at: datetime | None, zone: str) -> str | Markup:
    """What the clocks of a zone show at a moment, as in 14:30; "Not known" for None."""
    return not_known() if at is None else format_time(at.astimezone(ZoneInfo(zone)), "HH:mm", locale=_locale())


def day_in(at: datetime, zone: str) -> str:
    """The day in a zone with its name, as in "Monday, 30 May 2022"."""
    return format_date(at.astimezone(ZoneInfo(zone)), "EEEE, d MMMM y", locale=_locale())


def month_in(at: datetime, zone: str) -> str:
    """The month and year in a zone, in short, as in "May 2022"."""
    return format_date(at.astimezone(ZoneInfo(zone)), "MMM y", locale=_locale())


def offset(at: datetime, zone: str) -> str:
    """How far the clocks of a zone are from UTC at a moment, as in UTC+2 or UTC−3:30."""
    away = at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    hours, minutes = divmod(abs(int(away.total_seconds())) // 60, 60)
    sign = "+" if away >= timedelta() else "\N{MINUS SIGN}"
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")


def clock_since(at: datetime, zone: str, since: datetime) -> str | Markup:
    """What the clocks show, with the distance from UTC where they have been changed since, as in "02:30 UTC+1"."""
    if offset(at, zone) == offset(since, zone):
        return clock(at, zone)
    return Markup('{} <span class="clock-offset">{}</span>').format(clock(at, zone), offset(at, zone))


def _with_offset(at: datetime, zone: str) -> str:
    return str(gettext("%(time)s (%(offset)s)", time=clock(at, zone), offset=offset(at, zone)))


def are_clocks_changed(forum_session: ForumSession) -> bool:
    """Whether the clocks of its zone are changed while a session is planned to be held."""
    return forum_session.ends_at is not None and offset(forum_session.starts_at, forum_session.timezone) != offset(
        forum_session.ends_at, forum_session.timezone
    )


def hours(forum_session: ForumSession) -> str:
    """From when to when a session is planned, as in "14:30 to 15:30", or "from 14:30" where the end is not known.

    Where the clocks are changed meanwhile, each with its distance from UTC: "02:30 (UTC+2) to 02:30 (UTC+1)".
    """
    if forum_session.ends_at is None:
        return str(gettext("from %(time)s, end not known", time=clock(forum_session.starts_at, forum_session.timezone)))
    clock_text = _with_offset if are_clocks_changed(forum_session) else clock
    start, end = (clock_text(at, forum_session.timezone) for at in (forum_session.starts_at, forum_session.ends_at))
    return str(gettext("%(start)s to %(end)s", start=start, end=end))


def zone_name(zone: str) -> str:
    """A zone's name as people write it, as in "Europe/Zurich" or "America/New York"."""
    return zone.replace("_", " ")


def language_name(code: str) -> str:
    """What a language is called in the reader's own; its code where nobody named it."""
    return str(_locale().languages.get(code, code))


def register(app: Flask) -> None:
    """Give templates these as filters."""
    for filter_ in (clock, clock_since, day_in, month_in, offset, hours, zone_name, language_name):
        app.jinja_env.filters[filter_.__name__] = filter_
    app.jinja_env.tests["over_a_change_of_clocks"] = are_clocks_changed
