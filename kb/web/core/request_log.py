"""Gives each request an id, counts it by its route and status, and notes it in the log if the settings say so.

What balancers ask is neither counted nor noted.

Stands outside of everything else, also of what reads the headers of proxies, so that no answer escapes.
"""

import re
import secrets
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, request, request_started
from werkzeug.wsgi import ClosingIterator

from kb.core import metrics
from kb.core.logs import begin_request, end_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER = "X-Request-ID"

_WELL_FORMED = re.compile(r"[A-Za-z0-9._:/+=-]{8,128}")
_ENDPOINT = "kb.endpoint"
_OF_BALANCERS = {"health.healthz", "health.readyz"}
"""What balancers ask each second: counted, it would be most of what a quiet site does, and its 503 is no error."""

log = structlog.get_logger(__name__)


class RequestLog:
    """WSGI middleware. Where there are trusted proxies, the id is the one that they give in X-Request-ID."""

    def __init__(self, app: "WSGIApplication", *, is_proxied: bool, is_noted: bool) -> None:
        self._app = app
        self._is_proxied = is_proxied
        self._is_noted = is_noted

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        began = time.perf_counter()
        request_id = self._id_of(environ)
        status = "500"

        def start(line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            nonlocal status
            status = line[:3]
            headers.append((HEADER, request_id))
            return start_response(line, headers, exc_info)

        begin_request(request_id)
        try:
            response = self._app(environ, start)
        except BaseException:
            self._end(environ, "500", began)
            raise
        file_class: type | tuple[()] = environ.get("wsgi.file_wrapper", ())
        if isinstance(response, file_class):
            # The server must see that it is a file, to send it as such.
            self._end(environ, status, began)
            return response
        return ClosingIterator(response, lambda: self._end(environ, status, began))

    def _id_of(self, environ: "WSGIEnvironment") -> str:
        given = environ.get("HTTP_X_REQUEST_ID", "") if self._is_proxied else ""
        return given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(8)

    def _end(self, environ: "WSGIEnvironment", status: str, began: float) -> None:
        seconds = time.perf_counter() - began
        endpoint = environ.get(_ENDPOINT) or metrics.NO_ROUTE
        if endpoint not in _OF_BALANCERS:
            metrics.REQUESTS.add(endpoint, status)
            metrics.DURATIONS.observe(seconds, endpoint)
            if self._is_noted:
                log.info(
                    "request",
                    method=environ["REQUEST_METHOD"],
                    route=endpoint,
                    status=int(status),
                    ms=round(seconds * 1000, 1),
                )
        end_request()


def _note_endpoint(_app: Flask) -> None:
    request.environ[_ENDPOINT] = request.endpoint


def register(app: Flask) -> None:
    """Count requests, once all routes are there."""
    config = app.config["KB"]
    metrics.ROUTES.allow(sorted({rule.endpoint for rule in app.url_map.iter_rules()} - _OF_BALANCERS))
    request_started.connect(_note_endpoint, app)
    app.wsgi_app = RequestLog(  # type: ignore[method-assign] # Flask documents wrapping wsgi_app this way
        app.wsgi_app, is_proxied=config.proxies > 0, is_noted=config.log_requests
    )
