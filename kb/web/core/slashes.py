"""Addresses with a slash too many, as people type and link them, lead to the page without it."""

from flask import Flask, current_app, redirect, request, url_for
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response


def _without_slash() -> Response | None:
    """The way to the page without slashes at its end, the query kept; None where there is no such page."""
    mistyped = isinstance(request.routing_exception, NotFound) and request.path.endswith("/")
    if not mistyped or request.method not in {"GET", "HEAD"}:
        return None
    adapter = current_app.create_url_adapter(request)
    try:
        page = adapter and adapter.match("/" + request.path.strip("/"), method="GET")
    except HTTPException:
        return None
    if not page:
        return None
    # The address is written anew from the page that was found, so that no path can lead to another site.
    endpoint, values = page
    query = request.query_string.decode("latin-1")
    return redirect(url_for(endpoint, **values) + (f"?{query}" if query else ""), code=308)


def register(app: Flask) -> None:
    """Look at every address that no page has."""
    app.before_request(_without_slash)
