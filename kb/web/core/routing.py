"""Routing: environments cleaned of what no URL can hold, converters of URLs, and redirects of trailing slashes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, current_app, redirect, request, url_for
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import AnyConverter, IntegerConverter, Map
from werkzeug.wrappers import Response

from kb.catalogue.entries import TERMS, EntryKind, TermKind
from kb.core.column_types import LARGEST_ID

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ADDRESSES = ("HTTP_ORIGIN", "HTTP_REFERER")
_OF_THE_MACHINE = ("/healthz", "/readyz", "/metrics")


class CleanEnviron:
    """WSGI middleware; stands inside ProxyFix, whose forwarded host it cleans as well.

    - The site stands at the path of KB_SITE_URL, or at the root of its host: a `SCRIPT_NAME`, which some servers take
      from a header, moves no links. A request for another path gets 404, except for the checks of the machine's state.
    - Names of hosts are the same in small and capital letters.
    - An `Origin` or `Referer` that is no address counts as none.
    """

    def __init__(self, app: "WSGIApplication", site_path: str) -> None:
        self._app = app
        self._site_path = site_path

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Clean the environ, and pass it on."""
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        if self._site_path and f"{path}/".startswith(f"{self._site_path}/"):
            path = path.removeprefix(self._site_path) or "/"
        elif self._site_path and path not in _OF_THE_MACHINE:
            return _elsewhere(self._site_path)(environ, start_response)
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = self._site_path, path
        if "HTTP_HOST" in environ:
            environ["HTTP_HOST"] = environ["HTTP_HOST"].lower()
        for name in _ADDRESSES:
            if name in environ and not _is_address(environ[name]):
                del environ[name]
        return self._app(environ, start_response)


def _elsewhere(site_path: str) -> Response:
    text = f"This site is at {site_path}/. A proxy in front must pass addresses on as they are, with {site_path}.\n"
    return Response(text, 404, mimetype="text/plain", headers={"X-Content-Type-Options": "nosniff"})


def _is_address(text: str) -> bool:
    """Whether it can be read as an address; Origin is `null` where a browser tells nothing."""
    try:
        parts = urlsplit(text)
        _port = parts.port
    except ValueError:
        return False
    return bool(parts.scheme and parts.hostname)


class Number(IntegerConverter):
    """`<int:key>` in the address of a view, from 0 to the largest id."""

    def __init__(self, url_map: Map, **settings: Any) -> None:
        super().__init__(url_map, **{"max": LARGEST_ID, **settings})


class EntryKindConverter(AnyConverter):
    """`<entry_kind:kind>` in the address of a view."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, *EntryKind)

    def to_python(self, value: str) -> EntryKind:
        """The kind of that name."""
        return EntryKind(value)


class TermKindConverter(AnyConverter):
    """`<term_kind:kind>`, a list of terms that editors may change."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, *(kind for kind, definition in TERMS.items() if definition.schema))

    def to_python(self, value: str) -> TermKind:
        """The list of that name."""
        return TermKind(value)


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
    """Let every `int` of a URL be a `Number` and URLs name kinds; look at every URL that no page has."""
    app.url_map.converters |= {"int": Number, "entry_kind": EntryKindConverter, "term_kind": TermKindConverter}
    app.before_request(_without_slash)
