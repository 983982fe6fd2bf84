"""A form as it was filled in: what was typed, and what is wrong with it, in the reader's language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Flask, flash, request
from flask_babel import gettext
from markupsafe import Markup
from marshmallow import Schema, ValidationError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from kb.core.errors import Conflict, NotAllowed, Refused
from kb.core.i18n import Message
from kb.editorial.errors import Invalid

from . import submissions
from .form_resubmission import KEY
from .formatting import message_text


@dataclass(frozen=True, slots=True)
class Form:
    """Values by the names of fields, and errors of each; `problem` is what is wrong with no field in particular."""

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problem: str | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether there is anything to be told."""
        return bool(self.errors or self.problem)

    @property
    def status(self) -> int:
        """The status of a page that it comes back on: what was typed is wrong, or it does not fit what is there."""
        return 422 if self.errors else 409

    def with_errors(self, **errors: str) -> "Form":
        """The form with more errors, by field; messages are marked strings."""
        return replace(self, errors={**self.errors, **{name: _in_words([text]) for name, text in errors.items()}})

    def with_problem(self, text: str) -> "Form":
        """The form with something wrong that is no field's; the text is in the reader's language already."""
        return replace(self, problem=text)

    def with_refusal(self, refused: Invalid) -> "Form":
        """The form with what was refused of it, beside the fields; what is wrong with none of them is its problem."""
        words = {path: [message_text(message) for message in messages] for path, messages in refused.errors.items()}
        own = {path: texts for path, texts in words.items() if path in self.values}
        rest = " ".join(text for path, texts in words.items() if path not in own for text in texts)
        return replace(self, errors={**self.errors, **own}, problem=rest or self.problem)


def read(schema: Schema, sent: MultiDict[str, str]) -> tuple[Any, Form]:
    """What a form says, loaded, or None; and the form as it was filled in, with what the schema refuses."""
    values = _typed(sent)
    try:
        return schema.load(sent), Form(values)
    except ValidationError as problem:
        return None, Form(values, {name: _in_words(messages) for name, messages in problem.messages_dict.items()})


_HIDDEN = frozenset({"csrf_token", KEY})


def _typed(sent: MultiDict[str, str]) -> dict[str, str]:
    """What was typed, to be shown again; never a password."""
    return {name: value for name, value in sent.items() if "password" not in name and name not in _HIDDEN}


def sent() -> Form:
    """The form of this request, as it was filled in."""
    return Form(_typed(request.form))


def submit(form: Form, act: Callable[[Session], Any]) -> Form:
    """Do it in one transaction; where it is refused, the form with what is wrong, beside its field or as a whole.

    Raises NotAllowed: no other words in the form would help.
    """
    try:
        with submissions.writing() as writing:
            act(writing)
    except (Conflict, StaleDataError):
        return form.with_problem(gettext("Someone else saved first."))
    except Invalid as refused:
        return form.with_refusal(refused)
    except NotAllowed:
        raise
    except Refused as refused:
        return form.with_problem(message_text(refused.message))
    return form


def run_action(act: Callable[[Session], Any]) -> bool:
    """Do what a button stands for; whether it was done, and if not, the next page tells why."""
    form = submit(Form(), act)
    if form.problem:
        flash(form.problem, "trouble")
    return not form.is_wrong


def expired_message() -> str:
    """What is said of a form with a password whose token is missing or old; passwords are typed again, never kept."""
    return str(
        gettext("The page was open for too long, or your browser blocks cookies. Please type the password again.")
    )


def ties(name: str, errors: Sequence[str] = (), hint: str = "") -> Markup:
    """The attributes that tie a control to its hint and its error, for those who hear the page."""
    ids = [f"{name}-{part}" for part, is_there in (("hint", hint), ("error", errors)) if is_there]
    described = Markup('aria-describedby="{}" ').format(" ".join(ids)) if ids else Markup("")
    return described + (Markup('aria-invalid="true"') if errors else Markup(""))


def register(app: Flask) -> None:
    """Let parts of forms tie what belongs together."""
    app.jinja_env.globals["ties"] = ties


def _in_words(messages: Any) -> list[str]:
    if isinstance(messages, Mapping):
        return [text for inner in messages.values() for text in _in_words(inner)]
    return [message_text(text) if isinstance(text, Message) else str(gettext(text)) for text in messages]
