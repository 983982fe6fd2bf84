"""The feed that goes with a page: what is new or changed among what the page lists."""

from collections.abc import Mapping

from flask import Flask, request, url_for

from ..core.links import with_query
from ..core.query_schemas import parameters_named
from ..core.search_schema import search_schema

_FEEDS: Mapping[str, str] = {
    "cities.city": "feeds.city_feed",
    "challenges.challenge": "feeds.challenge_feed",
    "technologies.technology": "feeds.technology_feed",
    "goals.goal": "feeds.goal_feed",
}
"""The feed of each page that is found by one value, which is that of the feed too."""

_OF_THE_PAGE_ALONE = {"sort", "page"}


def feed_address() -> str | None:
    """The path of the feed of the page of this request; None where there is none."""
    endpoint = request.endpoint or ""
    if endpoint == "search.search":
        asked = search_schema().fields.keys() - _OF_THE_PAGE_ALONE
        return with_query(url_for("feeds.search_feed"), parameters_named(request.args, asked))
    if endpoint in _FEEDS:
        return url_for(_FEEDS[endpoint], **(request.view_args or {}))
    return None


def register(app: Flask) -> None:
    """Let templates ask for the feed of their page."""
    app.jinja_env.globals["feed_address"] = feed_address
