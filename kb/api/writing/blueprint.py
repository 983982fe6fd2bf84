"""The blueprint of all that needs a key, and how its errors are answered."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from flask import Flask, Response
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_smorest import Blueprint
from sqlalchemy.orm.exc import StaleDataError

from kb.accounts.idempotency import AnotherRequest, TooManyRequests
from kb.editorial.errors import EditConflict, Errors, Invalid
from kb.web.core.formatting import message_text
from kb.web.core.problem_details import problem_answer

from ..query_schemas import StrictSchema
from . import documentation
from .authentication import requires_key
from .preconditions import VersionChanged, etag_of

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

blueprint = Blueprint("writing", __name__, url_prefix="/api/v1", description="Proposals, made by programs with a key.")

_MOST_ERRORS = 100
_LONGEST_PATH = 200


def operation(
    method: str,
    rule: str,
    *,
    scope: str,
    summary: str,
    tag: str,
    endpoint: str | None = None,
    query: type[StrictSchema] = StrictSchema,
    headers: Sequence[Mapping[str, Any]] = (),
    **documented: Any,
) -> Callable[[View], View]:
    """A decorator: the view answers a method at an address to keys of a scope, and is given the query."""

    def decorate(view: View) -> View:
        read = blueprint.arguments(query, location="query")(view)
        # Given as `parameters` of `doc`, they would take the place of those of the query.
        vars(read)["_apidoc"]["arguments"]["parameters"] += headers
        described = blueprint.doc(summary=summary, security=[{documentation.SCHEME: [scope]}], **documented)(read)
        guarded = requires_key(scope)(described)
        blueprint.add_url_rule(rule, endpoint or view.__name__, guarded, methods=[method], tags=[tag])
        return view

    return decorate


def _of_one_program(response: Response) -> Response:
    """No cache keeps what is answered to a key."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _invalid(problem: Invalid) -> ResponseReturnValue:
    """Say what is wrong, field by field."""
    return problem_answer(
        422, gettext("The entry cannot be saved as it is: see “errors”."), errors=dict(sentences(problem.errors))
    )


def _conflict(problem: EditConflict) -> ResponseReturnValue:
    """Say which fields others changed too, and what they have there."""
    theirs = {name: problem.theirs.get(name) for name in problem.fields}
    return problem_answer(409, message_text(problem.message), fields=problem.fields, current=theirs)


def _version_changed(problem: VersionChanged) -> ResponseReturnValue:
    """Say which version there is now."""
    headers = [("ETag", etag_of(problem.version))]
    return problem_answer(412, problem.description or "", version=problem.version, headers=headers)


def _stale(_problem: StaleDataError) -> ResponseReturnValue:
    """Two wrote at one moment, and this one came second."""
    return problem_answer(409, gettext("Someone else saved first."))


def _another_request(problem: AnotherRequest) -> ResponseReturnValue:
    """An idempotency key belongs to one request."""
    return problem_answer(422, message_text(problem.message))


def _too_many(problem: TooManyRequests) -> ResponseReturnValue:
    """There are only so many proposals a day."""
    return problem_answer(429, message_text(problem.message), headers=[("Retry-After", str(problem.retry_seconds))])


blueprint.after_request(_of_one_program)
for _error, _handler in {
    Invalid: _invalid,
    EditConflict: _conflict,
    VersionChanged: _version_changed,
    StaleDataError: _stale,
    AnotherRequest: _another_request,
    TooManyRequests: _too_many,
}.items():
    blueprint.register_error_handler(_error, _handler)


def sentences(errors: Errors) -> Iterator[tuple[str, list[str]]]:
    """Errors of an entry in the reader's language, by path; so many at most, and no path longer than any of ours."""
    for path, messages in list(errors.items())[:_MOST_ERRORS]:
        yield (path or "body")[:_LONGEST_PATH], [message_text(message) for message in messages]


def register(app: Flask) -> None:
    """Ask no form's token of a program: a key comes by no browser of itself, and cookies let nobody in here."""
    app.extensions["csrf"].exempt(blueprint)
