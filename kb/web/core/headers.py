"""Security headers: a strict content security policy with a new nonce for every response, and what goes with it."""

import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request

_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


_FRAME_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors *"
)
_STATUSES_OF_FRAMES = {200, 304, 404}
"""What a view that may be framed answers itself; any other answer is a page of the site."""

View = TypeVar("View", bound=Callable[..., Any])


def may_be_framed(view: View) -> View:
    """Let pages of any site show what a view answers in a frame; it must hold neither form nor script."""
    view.may_be_framed = True  # type: ignore[attr-defined] # read by `_is_frame`
    return view


def _is_frame(response: Response) -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "may_be_framed", False) and response.status_code in _STATUSES_OF_FRAMES


def nonce() -> str:
    """The nonce of this response: only scripts that carry it may run."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    made: str = g.nonce
    return made


def _guard(response: Response) -> Response:
    if _is_frame(response):
        response.headers["Content-Security-Policy"] = _FRAME_POLICY
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    else:
        response.headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce())
        response.headers["X-Frame-Options"] = "DENY"
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if not response.headers.get("Cache-Control"):
        response.headers["Cache-Control"] = "no-cache"
    return response


def of_one_person(response: Response) -> Response:
    """What the pages of one person carry: no cache keeps them, no other site learns an address that lets somebody in.

    Not `no-referrer`: over https, forms are told from forged ones also by the page of ours that sent them.
    """
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return keep_out_of_search_engines(response)


def keep_out_of_search_engines(response: Response) -> Response:
    """No search engine lists the page, nor follows its links."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def as_attachment(response: Response, name: str) -> Response:
    """Let browsers save an answer as a file with a name."""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def open_to_other_sites(response: Response) -> Response:
    """Let scripts of other sites read an answer, and search engines list the page instead of it."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def register(app: Flask) -> None:
    """Guard every response, and let templates ask for the nonce."""
    app.after_request(_guard)
    app.jinja_env.globals["nonce"] = nonce
