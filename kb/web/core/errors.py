"""Pages for what went wrong: each says what happened, whose fault it was, and where to go on."""

from collections.abc import Mapping
from typing import Any

import structlog
from flask import Flask, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import BadHost, HTTPException, SecurityError
from werkzeug.exceptions import NotFound as NotFoundPage

from kb.accounts.signed_links import InvalidLink
from kb.alerts.signed_links import InvalidAlertLink
from kb.core import metrics
from kb.core.commits import has_committed
from kb.core.database_errors import CommitUnknown, DatabaseBusy, DatabaseUnavailable, ValueRefused, points_to_nothing
from kb.core.errors import Busy, Conflict, NotAllowed, NotFound, Problem, Refused, UnknownAddress
from kb.core.logs import current_request_id
from kb.forum.live.chairs import LinkEnded
from kb.privacy.signed_links import InvalidDataLink
from kb.questions.signed_links import InvalidQuestionLink

from . import context, form_resubmission, reading_again, redirects
from .form_resubmission import PendingForm
from .formatting import message_text
from .headers import open_to_other_sites
from .pages import ErrorPage, PlainErrorPage, ProblemPage, TooManyRequestsPage, WaitPage
from .pdf import PdfNotYet
from .problem_details import is_for_programs, problem_answer, problem_of
from .templating import Templates

log = structlog.get_logger(__name__)

_RETRY_BUSY_SECONDS = 2
_RETRY_SECONDS = 30


class Application(Flask):
    """Flask, which answers an error of an error handler like one of a view: a page of 404 may need the database."""

    jinja_environment = Templates

    def log_exception(self, exc_info: Any) -> None:
        """Log a fault of ours by its route, without what stands in the address."""
        log.error("unexpected error", **_route(), exc_info=exc_info)

    def handle_user_exception(self, e: Exception) -> HTTPException | ResponseReturnValue:
        """Find the handler for an error and, where that raises another error, the handler for that one.

        A page that can be read from another server, or on another connection, is no error.
        """
        if reading_again.begin(e):
            try:
                before = self.preprocess_request()
                return self.dispatch_request() if before is None else before
            except Exception as problem:  # noqa: BLE001 - as Flask itself catches them
                return self.handle_user_exception(problem)
        try:
            return super().handle_user_exception(e)
        except Exception as problem:
            if problem is e:
                raise
            return super().handle_user_exception(problem)


def _words(code: int) -> tuple[str, str]:
    """Title and explanation for a status code."""
    if code == 404:
        return gettext("There is no such page"), gettext(
            "The address may be wrong, or the entry may have a new name. The search below finds all entries."
        )
    if code == 413:
        return gettext("This is too large"), gettext(
            "What you sent is too large. Please go back, make it shorter and send it again."
        )
    if code == 414:
        return gettext("This address is too long"), gettext(
            "If you searched for a long text, please shorten it. A search can have up to 1,000 characters. To find the "
            "goals of a whole text, use the page “Suggest goals for a text”."
        )
    if code == 500:
        return gettext("Something went wrong on our side"), gettext(
            "This is not your fault. The problem was recorded. Please try again in a moment."
        )
    return gettext("This did not work"), gettext("The request could not be answered.")


def answer_to(problem: HTTPException) -> ResponseReturnValue:
    """The answer to an error of HTTP: a page, or JSON for a script."""
    if problem.response is not None:
        return problem.response
    code = problem.code or 500
    headers = [(name, value) for name, value in problem.get_headers() if name not in {"Content-Type", "Content-Length"}]
    no_host = (SecurityError, BadHost)
    if isinstance(problem, no_host) or isinstance(request.routing_exception, no_host):
        # A host that is not ours, or none that can be, has no addresses, so no page with links can be written for it.
        return Response("There is no site by this name here.\n", code, headers, mimetype="text/plain")
    if wants_json():
        return _error_for_a_script(problem, code, headers)
    if code == 429:
        # Plain, since whoever asks too often is refused often.
        seconds = getattr(problem, "retry_after", None)
        minutes = -(-seconds // 60) if isinstance(seconds, int) else 1
        return TooManyRequestsPage(minutes=minutes).render(), code, headers
    title, explanation = _words(code)
    if code >= 500:
        return _plain_page(code, title, explanation), code
    return ErrorPage(code=code, title=title, explanation=explanation).render(), code, headers


def plain_refusal(words: str, status: int = 400) -> Response:
    """What is wrong with an address that programs read, such as a file's or a feed's, and what would be right."""
    return open_to_other_sites(Response(f"{words}\n", status=status, mimetype="text/plain"))


def _error_for_a_script(problem: HTTPException, code: int, headers: list[tuple[str, str]]) -> ResponseReturnValue:
    if is_for_programs():
        return problem_of(problem, headers)
    return jsonify(error=gettext("Too many requests") if code == 429 else problem.name), code, headers


def page(code: int, explanation: str | None = None) -> ResponseReturnValue:
    """The page for a status code, with an explanation of its own where there is one."""
    title, usual = _words(code)
    return ErrorPage(code=code, title=title, explanation=explanation or usual).render(), code


def _not_found(error: NotFound) -> ResponseReturnValue:
    if is_for_programs():
        return problem_answer(404, message_text(error.message))
    explanation = message_text(error.message) if isinstance(error, UnknownAddress) else None
    return redirects.answer() or page(404, explanation)


def _refused(problem: Problem) -> ResponseReturnValue:
    """A rule, or somebody who saved first, stood in the way: say so in the error's own words; nothing was written."""
    return not_done(message_text(problem.message), 409)


def _not_allowed(problem: NotAllowed) -> ResponseReturnValue:
    return not_done(message_text(problem.message), 403)


def not_done(words: str, code: int) -> ResponseReturnValue:
    """Say why nothing was changed, and show what somebody had written."""
    if wants_json():
        return _for_a_script(words, code)
    return ProblemPage(words=words, typed=_prose_sent()).render(), code


def unavailable(problem: DatabaseUnavailable | PoolTimeout) -> ResponseReturnValue:
    """The database cannot be reached or written, or was taken by others for too long: it says what was saved.

    The page asks the database nothing, not even who is signed in; what was typed can be sent again from it.
    """
    is_busy = isinstance(problem, DatabaseBusy | PoolTimeout)
    if isinstance(problem, PoolTimeout):
        metrics.POOL_TIMEOUTS.add()
    reason = "no connection was free in time" if isinstance(problem, PoolTimeout) else str(problem)
    log.warning("the database was busy" if is_busy else "the database is unavailable", **_route(), problem=reason)
    headers = {"Retry-After": str(_RETRY_BUSY_SECONDS if is_busy else _RETRY_SECONDS)}
    if wants_json():
        return _for_a_script(_words_of_outage(problem), 503, headers)
    kept = None if request.method in {"GET", "HEAD"} else _form_to_send_again()
    page = PlainErrorPage(
        code=503,
        title=gettext("Please try again"),
        explanation=_words_of_outage(problem),
        typed=() if kept else _prose_sent(),
        kept=kept,
        request_id=current_request_id(),
    )
    return page.render(), 503, headers


def _overtaken(problem: IntegrityError) -> ResponseReturnValue:
    """What a request was to point to was deleted since it was read: sent again, it is answered with what is there."""
    if not points_to_nothing(problem):
        raise problem
    return unavailable(DatabaseBusy(None, None, problem.orig or problem))


def _words_of_outage(problem: DatabaseUnavailable | PoolTimeout) -> str:
    """What was saved of this request, and what to do."""
    if isinstance(problem, CommitUnknown) or has_committed.get():
        is_saved_once = form_resubmission.KEY in request.form or "Idempotency-Key" in request.headers
        words = (
            gettext(
                "The connection to the database broke while your changes were being saved, so we do not know if they "
                "were saved. Please send them again: they will be saved only once."
            )
            if is_saved_once
            else gettext(
                "The connection to the database broke while your changes were being saved, so we do not know if they "
                "were saved. Please check this before you send them again."
            )
        )
    elif isinstance(problem, DatabaseBusy | PoolTimeout):
        words = (
            gettext("The site is very busy at the moment. Please try again in a minute.")
            if request.method in {"GET", "HEAD"}
            else gettext(
                "Other people were using the site at the same time, so your changes were not saved. "
                "Please send them again."
            )
        )
    elif request.method in {"GET", "HEAD"}:
        words = gettext("The database is not available at the moment. Please try again in a minute.")
    else:
        words = gettext(
            "The database is not available at the moment. Nothing was saved. Please send your changes again in a "
            "minute."
        )
    return str(words)


def _form_to_send_again() -> PendingForm | None:
    """What this request sent, where it may be offered to be sent again."""
    try:
        has_password = any("password" in name for name in request.form)
        may_be_offered = not has_password and form_resubmission.may_be_sent_again(context.permission())
        return form_resubmission.this_form() if may_be_offered else None
    except HTTPException:
        # A form that cannot be read.
        return None


def _value_refused(problem: ValueRefused) -> ResponseReturnValue:
    """A value that no column can hold: whoever asked for it finds nothing, whoever sent it gets their words back."""
    log.warning("a value was refused by the database", **_route(), problem=str(problem))
    if request.method in {"GET", "HEAD"}:
        return problem_of(NotFoundPage()) if is_for_programs() else page(404)
    words = gettext("Something in the form cannot be saved: a number is too large, or a text is too long.")
    return not_done(words, 400)


def _route() -> dict[str, str]:
    """The method and the route, without what stands in the address: a link that lets somebody in is a secret."""
    return {"method": request.method, "route": request.url_rule.rule if request.url_rule else "none"}


def wants_json() -> bool:
    """Whether a script asked, which can do nothing with a page."""
    return (
        is_for_programs()
        or form_resubmission.is_for_a_script()
        or request.path == "/suggest"
        or request.path.endswith(".json")
    )


def _for_a_script(words: str, code: int, headers: Mapping[str, str] | None = None) -> ResponseReturnValue:
    if is_for_programs():
        return problem_answer(code, words, headers=(headers or {}).items())
    return jsonify(error=words), code, headers or {}


def _plain_page(code: int, title: str, explanation: str) -> str:
    return PlainErrorPage(code=code, title=title, explanation=explanation, request_id=current_request_id()).render()


def _busy(problem: Busy) -> ResponseReturnValue:
    """There is too much to do: a page that asks again by itself, where asking again does no harm."""
    words = message_text(problem.message)
    headers = {"Retry-After": str(problem.retry_seconds)}
    if wants_json():
        return _for_a_script(words, 503, headers)
    if request.method in {"GET", "HEAD"}:
        headers["Refresh"] = headers["Retry-After"]
    instead = problem.instead if isinstance(problem, PdfNotYet) else None
    return WaitPage(explanation=words, instead=instead).render(), 503, headers


def _prose_sent() -> list[str]:
    """What somebody had written in sentences, so that it is not lost with the page."""
    try:
        fields = form_resubmission.this_form().fields
    except HTTPException:
        # A form that cannot be read has already been answered for, or will be by whoever needs it.
        return []
    return [value for name, value in fields if name not in {"kept", "held"} and " " in value.strip()]


def invalid_link(_problem: InvalidLink) -> ResponseReturnValue:
    """The page for a link that lets nobody in."""
    return _over(
        gettext(
            "It was used, has expired, or was replaced by a newer one. For a new password, ask for another link on the "
            "sign-in page. For another invitation, ask the person who invited you."
        )
    )


def _link_over(problem: LinkEnded | InvalidAlertLink | InvalidDataLink | InvalidQuestionLink) -> ResponseReturnValue:
    return _over(message_text(problem.message))


def _over(explanation: str) -> ResponseReturnValue:
    title = gettext("This link no longer works")
    return ErrorPage(code=410, title=title, explanation=explanation).render(), 410


def _refuse_early() -> None:
    """Refuse a host without addresses before anything makes one; and a path with a NUL, which no page has."""
    if isinstance(request.routing_exception, SecurityError | BadHost):
        raise request.routing_exception
    try:
        _ = request.url_root
    except ValueError as problem:
        # Such as xn--, which looks like a name in another script and is none.
        raise BadHost from problem
    if "\0" in request.path:
        abort(404)


def register(app: Flask) -> None:
    """Answer every error with a page; Flask logs what was unforeseen and then asks for the page of 500."""
    app.before_request(_refuse_early)
    app.register_error_handler(HTTPException, answer_to)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(InvalidLink, invalid_link)
    app.register_error_handler(LinkEnded, _link_over)
    app.register_error_handler(InvalidAlertLink, _link_over)
    app.register_error_handler(InvalidDataLink, _link_over)
    app.register_error_handler(InvalidQuestionLink, _link_over)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(NotAllowed, _not_allowed)
    app.register_error_handler(Conflict, _refused)
    app.register_error_handler(DatabaseUnavailable, unavailable)
    app.register_error_handler(PoolTimeout, unavailable)
    app.register_error_handler(IntegrityError, _overtaken)
    app.register_error_handler(ValueRefused, _value_refused)
    app.register_error_handler(Busy, _busy)
