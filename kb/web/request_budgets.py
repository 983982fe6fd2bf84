"""Counts every request before anything else is done with it, also one that no page answers.

An address has three budgets, by what a request costs: "page", for pages and whatever fails, as unknown addresses,
refused methods and forms without a token; "forum", for pages of forum sessions, which a hall of hundreds opens at once
behind one address; and "light", for files and the looks for news that every phone in that hall takes each second. One
that is used up leaves the others. Suggestions while one types are counted apart, at the rate of "forum". Phones with a
token, and whoever leads, are counted by their own keys as well; a program with a key that works by that alone.

"page" counts over minutes, so that a hall may open the same pages at once and yet ask for no more in the long run; what
is computed anew for each question, as searches and comparisons, counts as several pages.

The larger budgets are only for paths that have been answered before, so that nobody spends them on made-up ones.
"""

import threading

from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from .core import context, errors, limits, program_keys
from .forum import console, participants

_UNCOUNTED = {"health.healthz", "health.readyz"}
_LIGHT = {
    "assets.static",
    "assets.stylesheet",
    "assets.favicon",
    "audience.now_part",
    "audience.mine_part",
    "audience.screen_part",
    "images.image",
}
_TYPED = {"search.suggest", "peers.places", "compare.cities"}
_FORUM = {
    "forum.forum",
    "forum.feed",
    "forum.session_page",
    "forum.session_calendar",
    "audience.audience",
    "audience.ask",
    "audience.screen",
    "audience.poster",
    "audience.qr",
}
_EXPENSIVE = {
    "api.search",
    "api.peers",
    "api.city_peers",
    "search.search",
    "peers.peers",
    "peers.city_peers",
    "compare.compare",
    "shortlist.shortlist",
    "shortlist.brief_html",
    "shortlist.brief_docx",
    "shortlist.brief_pdf",
    "data.archive",
    "downloads.new_download",
    "downloads.download_submit",
    "downloads.data",
    "downloads.sources",
    "embedding.search",
    "embedding.city_peers",
    "oembed.oembed",
    "forum.record_csv",
    "forum.record_json",
    "feeds.search_feed",
    "files.list_file",
    "dcat.catalog",
    "oai.answer",
    "oai.answer_submit",
}
_EXPENSIVE_COST = 3
"""As many pages a request for one of these counts."""

_MOST_PATHS = 1024


class AnsweredPaths:
    """Paths of cheap pages that this process has answered lately; bounded, the oldest go first."""

    def __init__(self) -> None:
        self._paths: dict[str, None] = {}
        self._lock = threading.Lock()

    def __contains__(self, path: str) -> bool:
        return path in self._paths

    def note(self, path: str, is_good: bool) -> None:
        """Remember a path that was answered, forget one that was refused."""
        if is_good == (path in self._paths):
            return
        with self._lock:
            if not is_good:
                self._paths.pop(path, None)
                return
            self._paths[path] = None
            while len(self._paths) > _MOST_PATHS:
                del self._paths[next(iter(self._paths))]


def _refuse_beyond() -> ResponseReturnValue | None:
    """Count this request; beyond a budget it is refused with 429, and nothing of its body is read."""
    if request.endpoint in _UNCOUNTED or limits.is_exempt() or context.all_tries().is_counted:
        return None
    context.all_tries().is_counted = True
    try:
        _count()
    except TooManyRequests as problem:
        # Not raised: pages of forms answer that with what was typed.
        return errors.answer_to(problem)
    return None


def _count() -> None:
    """Count this request. Raises TooManyRequests."""
    chair = console.cookie_key() if request.blueprint == "leading" else None
    if chair is not None:
        limits.spend(console.BY_CHAIR, "leading", chair)
        return
    participants.count()
    config = context.config()
    rate = {
        "light": config.rate_limit_light,
        "forum": config.rate_limit_forum,
        "typed": config.rate_limit_forum,
        "page": config.rate_limit,
    }
    budget = _budget()
    cost = _EXPENSIVE_COST if budget == "page" and _is_expensive() else 1
    spent = program_keys.budget() or (rate[budget], budget, limits.client_address())
    context.all_tries().budget = spent
    limits.spend(*spent, cost=cost)


def _is_expensive() -> bool:
    """Whether this request is for what is computed anew: one of _EXPENSIVE, or a list for programs that is searched."""
    return request.endpoint in _EXPENSIVE or (request.blueprint == "api" and bool(request.args.get("q")))


def _budget() -> str:
    """The budget of this request: "light", "forum", "typed" or "page"."""
    is_read = request.method in {"GET", "HEAD"} and (not request.view_args or request.path in _answered())
    if request.endpoint in _LIGHT and is_read:
        return "light"
    if request.endpoint in _TYPED and is_read:
        return "typed"
    return "forum" if (request.endpoint in _FORUM and is_read) or participants.is_by_token() else "page"


def _note(response: Response) -> Response:
    if request.endpoint in _LIGHT | _FORUM and request.method == "GET" and response.status_code != 429:
        _answered().note(request.path, response.status_code < 400)
    return response


def _answered() -> AnsweredPaths:
    paths: AnsweredPaths = current_app.extensions["kb_answered_paths"]
    return paths


def register(app: Flask) -> None:
    """Count before whatever else is asked before a request; so this is told first."""
    app.extensions["kb_answered_paths"] = AnsweredPaths()
    app.before_request(_refuse_beyond)
    app.after_request(_note)
