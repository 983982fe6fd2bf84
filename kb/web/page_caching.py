"""Lets proxies keep public pages for a minute, and answers 304 where a page is as it was, without writing it anew.

What a page says follows from the database's name, the catalogue's change number, the one up to which the index of this
process goes, the program with its templates and files, the day, the reader's language and the address. An ETag is a
keyed hash of these, so that it is known before anything else is read, and every node gives the same page the same one.
The nonce of such a page follows from its ETag: it is the same wherever a cache keeps the page, and nobody can tell it
who cannot read the page.

Only pages in PAGES are cached, and only for readers without a session cookie. A page that holds a form's token, sets
a cookie, or was answered without the index or while arrays are behind is not, nor is anything but a page of 200.
"""

import hashlib
import hmac
import re
import time
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

from flask import Flask, Response, current_app, g, request, session
from werkzeug.http import parse_etags

from kb.catalogue.arrays import CatalogueArrays
from kb.catalogue.change_log import log_position
from kb.core.cache import DerivedCache

from .core import context
from .core.assets import STATIC
from .core.formatting import today
from .core.language import language

PAGES = {
    "home.home",
    "about.about",
    "about.api",
    "search.search",
    "initiatives.initiative",
    "cities.cities",
    "cities.city",
    "leaders.leader",
    "visions.vision",
    "challenges.challenges",
    "challenges.challenge",
    "technologies.technologies",
    "technologies.technology",
    "maps.map",
    "goals.goals",
    "goals.counts",
    "goals.together",
    "goals.missing",
    "goals.goal",
    "peers.peers",
    "peers.city_peers",
    "peers.challenges",
    "peers.method",
    "compare.compare",
    "feeds.search_feed",
    "feeds.city_feed",
    "feeds.challenge_feed",
    "feeds.technology_feed",
    "feeds.goal_feed",
    "llms.llms",
    "files.entry_file",
    "files.list_file",
    "embedding.initiative",
    "embedding.search",
    "embedding.city_peers",
    "guide.guide",
}
"""Pages that are the same for everybody who has not signed in, and say nothing that is not in the change log."""

PROXY_SECONDS = 60
"""For so long a proxy may answer with a page before it asks again."""

_SECONDS = re.compile("[0-9]{1,12}")
"""A moment as ETags of ours name it; Python reads no number of any length."""

_LOOK_SECONDS = 1.0
"""How often, at most, static files are looked at on a developer's machine."""

_PROGRAM = Path(__file__).parent.parent
_PACKAGES = ("flask", "jinja2", "babel", "flask-babel", "numpy", "whoosh3")
"""Packages whose new version may write or sort the same page differently."""


def keep_out_of_caches() -> None:
    """Let no cache keep the page of this request."""
    g.pop("page_etag", None)


def limit_validity(until: datetime) -> None:
    """Tell that the page of this request will say something else from a moment on, though nothing is saved."""
    g.page_valid_until = min(until, g.get("page_valid_until", until))


def _answer_unchanged() -> Response | None:
    """Answer 304 to a reader who has the page as it is; otherwise note its ETag before it is written."""
    if not _may_be_cached():
        return None
    index = context.search().version(context.session())
    if index is None:
        return None
    changes, identity = log_position(context.session())
    arrays: CatalogueArrays = current_app.extensions["kb_arrays"]
    if context.peers().is_behind(changes) or arrays.is_behind(changes):
        return None
    # A page may be asked for as a file, by its Accept.
    of_index = context.search().last_change(context.session())
    state = (identity, of_index, changes, _program_version(), today(), language(), g.get("file_format"))
    made = hmac.new(_key(), repr((*state, context.config().site_url, request.url)).encode(), hashlib.sha256).hexdigest()
    g.page_etag, g.nonce, g.page_index = made[:32], made[32:], index
    known = parse_etags(request.headers.get("If-None-Match")).as_set(include_weak=True)
    etag = next((etag for etag in known if _is_valid(etag, made[:32])), None)
    if etag is None:
        return None
    g.page_etag = etag
    return Response(status=304)


def _may_be_cached() -> bool:
    return (
        request.endpoint in PAGES
        and request.method in {"GET", "HEAD"}
        and current_app.config["SESSION_COOKIE_NAME"] not in request.cookies
    )


def _is_valid(etag: str, wanted: str) -> bool:
    """Whether an ETag is the one of this page as it is, and its moment has not come: `hash` or `hash-seconds`."""
    made, _, until = etag.partition("-")
    return made == wanted and (not until or (_SECONDS.fullmatch(until) is not None and time.time() < int(until)))


def _label(response: Response) -> Response:
    """Give a page its ETag, and tell caches for how long they may keep it."""
    etag: str | None = g.get("page_etag")
    if etag is None or not _is_for_everybody(response):
        return response
    until: datetime | None = g.get("page_valid_until")
    if until is not None:
        etag = f"{etag}-{int(until.timestamp())}"
    _, _, moment = etag.partition("-")
    seconds = max(0, min(PROXY_SECONDS, int(moment) - int(time.time()))) if moment else PROXY_SECONDS
    # Weak: the page is the same, packed or not.
    response.set_etag(etag, weak=True)
    response.headers["Cache-Control"] = f"public, max-age=0, s-maxage={seconds}"
    response.vary.update(["Cookie", "Accept-Language"])
    return unchanged_for_any(response)


def unchanged_for_any(response: Response) -> Response:
    """Answer 304 to `If-None-Match: *`, by which a reader says that anything will do which it has (RFC 9110)."""
    is_asked = parse_etags(request.headers.get("If-None-Match")).star_tag
    if is_asked and response.status_code == 200:
        response.make_conditional(request)
    return response


def _is_for_everybody(response: Response) -> bool:
    return (
        response.status_code in {200, 304}
        and not response.headers.get("Cache-Control")
        and not response.headers.get("Set-Cookie")
        and g.get("user") is None
        and "csrf_token" not in g
        and not session.modified
        # Without the index, or with another by now, the page says something else.
        and context.search().version(context.session()) == g.page_index
    )


def _key() -> bytes:
    return f"page {context.config().secret_key}".encode()


def _program_version() -> str:
    """A digest of everything here that is no data; on a developer's machine static files change while it runs."""
    if not context.config().development:
        return program_version()
    made: str = current_app.extensions["kb_static_version"].get(None, _static_version)
    return f"{program_version()} {made}"


@cache
def program_version() -> str:
    """A digest of code, templates, files and translations: the same on every machine that runs the same version."""
    digest = hashlib.sha256(repr([(package, version(package)) for package in _PACKAGES]).encode())
    for path in _files(_PROGRAM):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(_PROGRAM)} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()


def _static_version() -> str:
    return repr([(path.name, path.stat().st_mtime_ns) for path in _files(STATIC)])


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".pyc"]


def register(app: Flask) -> None:
    """Look at a request after everything that may refuse it, and at a page before anything else is made of it."""
    program_version()
    app.extensions["kb_static_version"] = DerivedCache(fresh_seconds=_LOOK_SECONDS, max_age=_LOOK_SECONDS)
    app.before_request(_answer_unchanged)
    app.after_request(_label)
