"""Forms that are sent by POST: each carries a token, and the cookie that holds its other half gives nothing away.

The token lasts as long as the browser stays open: one that ends after an hour loses an hour's work. A form whose token
is missing or old comes back on a page that sends it again.
"""

from flask import Flask, Response, g, jsonify, request, session
from flask.sessions import SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError, CSRFProtect

from . import access, context, errors, form_resubmission

LARGEST = 1_000_000
"""Bytes that a request may send: five times the longest text as a form encodes it; uploads raise it for their view."""


class SessionCookie(SecureCookieSessionInterface):
    """Flask's signed cookie, sent over https alone wherever the page itself came by https."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the cookie is marked Secure; at home, by http, a browser would drop one that is."""
        return request.is_secure or super().get_cookie_secure(app)


def _keep_private(response: Response) -> Response:
    """A page with somebody's token must not lie in a cache that others read.

    What is shown to somebody who is signed in lies in no cache at all, nor behind the Back button after signing out.
    """
    is_for_people = context.permission()
    if is_for_people or g.get("user") is not None:
        response.headers["Cache-Control"] = "private, no-store"
    # Not `session.accessed`: Flask hands the session to every template, which counts as access.
    if (session.modified or "csrf_token" in g) and not response.headers.get("Cache-Control"):
        response.headers["Cache-Control"] = "private, no-cache"
    return response


def _expired(_problem: CSRFError) -> ResponseReturnValue:
    """A form whose token is missing or old: kept, and sent again from a page of ours after one more look at it."""
    if form_resubmission.is_for_a_script():
        return jsonify(error=gettext("The page is too old; please load it again.")), 400
    if not form_resubmission.came_from_here():
        return errors.page(400)
    permission = context.permission()
    if permission and (refused := access.refusal(permission)):
        return refused
    if not form_resubmission.may_be_sent_again(permission):
        words = gettext("The page was open for too long, so nothing was changed. Please load it again and try again.")
        return errors.not_done(words, 400)
    return form_resubmission.send_again(form_resubmission.this_form()), 400


def register(app: Flask) -> None:
    """Ask every POST for its token; templates get `csrf_token()`."""
    app.config.update(WTF_CSRF_TIME_LIMIT=None, MAX_CONTENT_LENGTH=LARGEST)
    app.session_interface = SessionCookie()
    CSRFProtect(app)
    app.register_error_handler(CSRFError, _expired)
    app.after_request(_keep_private)
