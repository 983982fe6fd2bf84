"""Forms that make something make it once: by a double click, by Back and again, or in two processes at one moment.

Such a form carries a random key beside its token (`once` in `parts/forms.html`). The transaction that does its work
claims the key and what the form says, so the database lets one of two do it; the other is led to the same result.
A form that says something else is another one.
"""

import hashlib
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from flask import Flask, Response, flash, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from kb.accounts.submissions import claim, record_location, submission_by_id
from kb.core.column_types import now
from kb.core.database_errors import TEMPORARY

from . import context, errors
from .form_resubmission import KEY
from .links import current_path

_WAIT = timedelta(seconds=5)
_LOOK_AGAIN_SECONDS = 0.05


class Repeated(Exception):
    """The form made something before; `location` is the page of that, or None where it was never noted."""

    def __init__(self, location: str | None) -> None:
        super().__init__(location)
        self.location = location


@contextmanager
def writing(*, ignores_content: bool = False) -> Iterator[Session]:
    """A transaction for what this request's form makes; a plain one where the form carries no key.

    With `ignores_content` a form makes one thing, also where it was changed before it was sent again.
    Raises Repeated where the form made it before.
    """
    with context.database().writing() as session:
        claim_in(session, ignores_content=ignores_content)
        yield session


def claim_in(session: Session, *, ignores_content: bool = False) -> None:
    """Claim the form in a transaction that did its work already, such as one that reads a file before any lock."""
    submission_id = _submission_id(ignores_content=ignores_content)
    if submission_id is None:
        return
    if not claim(session, submission_id):
        # The first notes its location in a transaction of its own.
        session.rollback()
        raise Repeated(_location(submission_id))
    g.submission = submission_id


def set_location(location: str) -> None:
    """Set the page of what was made, in a view that answers by something else than a redirect to it."""
    g.submission_location = location


def _check_repeated() -> None:
    """Answer a form that was sent again before its view runs, since the first has changed what that would read."""
    if request.method == "POST" and (submission_id := _submission_id(ignores_content=False)) is not None:
        with context.database().reading() as session:
            submission = submission_by_id(session, submission_id)
        if submission is not None:
            raise Repeated(submission.location or _location(submission_id))


def _submission_id(*, ignores_content: bool) -> str | None:
    """The hash of the form: who sends it where, its key, and what it says; None without a key."""
    key = request.form.get(KEY)
    if not key:
        return None
    person = context.user()
    parts = (request.path, str(person.id if person else ""), key, "" if ignores_content else _content_hash())
    return _hash(parts)


def _content_hash() -> str:
    """The hash of what the form says; made once, before a view takes its files."""
    if "submission_content" not in g:
        fields = [
            part
            for name, value in request.form.items(multi=True)
            if name != "csrf_token" and "password" not in name
            for part in (name, value)
        ]
        files = [
            part
            for name, file in request.files.items(multi=True)
            for part in (name, file.filename or "", _file_hash(file))
        ]
        g.submission_content = _hash([*fields, "", *files])
    content: str = g.submission_content
    return content


def _hash(parts: Iterable[str]) -> str:
    hashed = hashlib.sha256()
    for part in parts:
        # With its length, so that no two forms read alike.
        hashed.update(f"{len(part)}:{part}".encode("utf-8", "surrogatepass"))
    return hashed.hexdigest()


def _file_hash(file: FileStorage) -> str:
    hashed = hashlib.sha256()
    while piece := file.stream.read(1_000_000):
        hashed.update(piece)
    file.stream.seek(0)
    return hashed.hexdigest()


def _location(submission_id: str) -> str | None:
    """The page that a form led to; the first sender's answer may be on its way."""
    while True:
        with context.database().reading() as session:
            submission = submission_by_id(session, submission_id)
        # One that was answered by an error never gets one.
        if submission is None or submission.location or now() - submission.at > _WAIT:
            return submission.location if submission else None
        time.sleep(_LOOK_AGAIN_SECONDS)


def _note_location(response: Response) -> Response:
    submission_id = g.pop("submission", None)
    # Refused after all: its transaction was rolled back, and the update below finds nothing. After an error of ours
    # there is no page to lead to.
    if submission_id is not None and response.status_code < 500:
        location = g.pop("submission_location", None) or response.headers.get("Location") or current_path()
        # Where it cannot be noted, the form was done all the same.
        with suppress(*TEMPORARY), context.database().writing() as session:
            record_location(session, submission_id, location)
    return response


def repeated(repeated: Repeated) -> ResponseReturnValue:
    """Lead to what a form made that was sent again."""
    if repeated.location is None:
        return errors.not_done(gettext("This form was already sent and saved."), 409)
    flash(gettext("This form was sent twice. It was saved once."))
    return redirect(repeated.location, 303)


def register(app: Flask) -> None:
    """Lead a form that was sent again to what it made; templates get `submission_key()`."""
    app.jinja_env.globals["submission_key"] = lambda: secrets.token_urlsafe(12)
    app.register_error_handler(Repeated, repeated)
    app.before_request(_check_repeated)
    app.after_request(_note_location)
