"""Pages of a session that is being held: parts that everybody sees alike are written once for each change, and packed.

Such a part is asked for every second by everybody in the hall. Its ETag is a digest of its content, so that whoever
has it is answered in one line, and every process gives the same.
"""

import gzip
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial

from flask import Flask, Response, current_app, request, url_for
from flask_babel import gettext, ngettext
from markupsafe import Markup
from sqlalchemy.orm import Session

from kb.core.cache import DerivedCache
from kb.core.column_types import now
from kb.forum import briefing
from kb.forum.live.live_state import LiveCache, LiveState
from kb.forum.models import ForumSession
from kb.forum.rules import slot_state

from ..core import context
from ..core.formatting import message_text
from ..core.language import language
from ..core.links import absolute
from ..core.pages import Page

POLL_MS = 1000
"""Milliseconds between two looks of a page; it adds up to three tenths by chance, so that not all come at once."""

_PLAIN_REFRESH_SECONDS = 10
_WORDS_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it is sent: packed and not, with its ETag."""

    etag: str
    body: bytes
    packed: bytes


@dataclass(frozen=True, kw_only=True)
class LivePart(Page):
    """A part of a page that everybody sees alike."""

    live_state: LiveState


@dataclass(frozen=True, kw_only=True)
class ScreenNowPart(LivePart):
    """What the wall of the hall shows now."""

    template = "parts/screen_now.html"


@dataclass(frozen=True, kw_only=True)
class AudienceNowPart(LivePart):
    """What phones show now; `mine` are questions that somebody voted for, where the part is in that person's page."""

    template = "parts/audience_now.html"
    mine: frozenset[int] | None = None


def part_of(page: type[LivePart], live_state: LiveState) -> Part:
    """A part, written anew when anything in it may have changed: its times are told to the minute."""
    parts: DerivedCache[tuple[str, str, str], Part] = current_app.extensions["kb_live_parts"]
    key = page.template, live_state.session.short_code, language()
    minute = int(live_state.clock.now.timestamp() // 60)
    return parts.get(key, lambda: _write(page(live_state=live_state)), (live_state.version_key, minute))


def _write(page: LivePart) -> Part:
    body = page.render().encode()
    return Part(hashlib.sha256(body).hexdigest()[:20], body, gzip.compress(body, 6, mtime=0))


def send(part: Part) -> Response:
    """A part, or word that the reader has it already; and the moment, by which the page sets its clock."""
    if part.etag in request.if_none_match:
        response = Response(status=304)
    elif request.accept_encodings.quality("gzip") > 0:
        response = Response(part.packed, mimetype="text/html", headers={"Content-Encoding": "gzip"})
    else:
        response = Response(part.body, mimetype="text/html")
    response.set_etag(part.etag)
    response.vary.add("Accept-Encoding")
    return stamped(response)


def stamped(response: Response) -> Response:
    """Tell the page the moment in milliseconds, and caches to keep nothing."""
    response.headers["X-Now"] = str(int(now().timestamp() * 1000))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def words_to_read(session: Session, forum_session: ForumSession) -> Mapping[int, str]:
    """What the brief has for the chair to read in each slot, by its id, in the reader's language.

    It is drawn again every _WORDS_SECONDS at most: a console looks every second.
    """
    words: DerivedCache[tuple[int, str], Mapping[int, str]] = current_app.extensions["kb_words_to_read"]
    draw = partial(briefing.texts_by_slot, session, forum_session, message_text, context.peers())
    return words.get((forum_session.id, language()), draw, forum_session.version)


def live_cache() -> LiveCache:
    """The application's live states."""
    live_cache: LiveCache = current_app.extensions["kb_live_cache"]
    return live_cache


def short_link(forum_session: ForumSession) -> str:
    """The whole address of the audience's page."""
    return absolute(url_for("audience.audience", code=forum_session.short_code))


def qr(forum_session: ForumSession, standalone: bool = False) -> Markup:
    """The short link as a QR code, drawn in SVG; as a part of a page, or as a file."""
    return _drawn(short_link(forum_session), str(gettext("QR code of the page for the audience")), standalone)


@lru_cache(maxsize=64)
def _drawn(address: str, title: str, standalone: bool) -> Markup:
    import segno  # noqa: PLC0415 - takes long to import, and is seldom needed

    code = segno.make(address, error="m", micro=False)
    svg = io.BytesIO()
    code.save(
        svg,
        kind="svg",
        xmldecl=standalone,
        svgns=standalone,
        omitsize=not standalone,
        scale=8,
        border=3,
        light="#fff",
        svgclass="qr",
        lineclass=None,
        title=title,
    )
    return Markup(svg.getvalue().decode())  # noqa: S704 - segno escapes the title; the rest is its own


def stopwatch(length: timedelta) -> str:
    """A length as a stopwatch shows it, as in 7:05."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    return f"{minutes}:{seconds:02}"


def clock_words() -> str:
    """What the clock says as time goes by, for a script that knows no plurals: JSON, minutes by their number."""
    left = {n: str(ngettext("%(num)s minute left", "%(num)s minutes left", n)) for n in (1, 2, 5)}
    over = {n: str(ngettext("%(num)s minute over time", "%(num)s minutes over time", n)) for n in range(1, 61)}
    words = {"left": gettext("left"), "over": gettext("over time"), "up": gettext("The time is up")}
    return json.dumps({**words, "minutesLeft": left, "minutesOver": over}, ensure_ascii=False)


def milliseconds(moment: datetime | None) -> int | None:
    """A moment as scripts count it."""
    return None if moment is None else int(moment.timestamp() * 1000)


def register(app: Flask) -> None:
    """Keep live states and parts; let templates write lengths, moments, the QR code and what was held."""
    app.extensions["kb_live_cache"] = LiveCache(app.extensions["kb_database"])
    app.extensions["kb_live_parts"] = DerivedCache()
    app.extensions["kb_words_to_read"] = DerivedCache(max_age=_WORDS_SECONDS)
    app.jinja_env.filters.update(stopwatch=stopwatch, slot_state=slot_state)
    app.jinja_env.globals.update(
        short_link=short_link,
        qr=qr,
        milliseconds=milliseconds,
        clock_words=clock_words,
        poll_ms=POLL_MS,
        plain_refresh=_PLAIN_REFRESH_SECONDS,
    )
