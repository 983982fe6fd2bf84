"""Validates the forms about questions to cities, and gives public answers as plain data.

Messages are marked; interfaces translate them.
"""

from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError, fields, post_load
from marshmallow.validate import Range

from kb.accounts.schemas import REQUIRED, Address, FormSchema, Line, Lines, required
from kb.core.column_types import LARGEST_ID
from kb.core.i18n import gettext_noop

from .choices import LONGEST_QUESTION
from .models import CityAnswer

_NOT_A_PATTERN = gettext_noop("Write an address, such as name@spam.example, or a domain, such as @spam.example.")


def _needed_lines(**settings: Any) -> Lines:
    return Lines(LONGEST_QUESTION, required=True, error_messages={"required": REQUIRED}, **settings)


class QuestionSchema(FormSchema):
    """Who asks (`name`, `email`, perhaps `own_city`), the `question` (loaded as `text`), and two ticks."""

    name = required(Line)
    email = required(Address)
    own_city = Line(load_default=None)
    question = _needed_lines(attribute="text")
    may_publish = fields.Boolean(load_default=False)
    shares_email = fields.Boolean(load_default=False)


class CodeSchema(FormSchema):
    """`code`: from a mail."""

    code = required(Line)


class ChoicesSchema(FormSchema):
    """The two ticks of either side."""

    may_publish = fields.Boolean(load_default=False)
    shares_email = fields.Boolean(load_default=False)


class AnswerSchema(ChoicesSchema):
    """`text` of an answer, the `name` that it is signed with, and two ticks."""

    text = _needed_lines()
    name = required(Line)


class ReasonSchema(FormSchema):
    """`reason` why a question is declined, which the asker reads."""

    reason = _needed_lines()


class HandOnSchema(FormSchema):
    """To whom: `person`, an id, or `city`, a slug, or neither for the editors."""

    person = fields.Integer(load_default=None, validate=Range(0, LARGEST_ID))
    city = Line(load_default=None)


class NoteSchema(FormSchema):
    """`note` of an editor to both sides."""

    note = Lines(LONGEST_QUESTION, load_default=None)


class PatternSchema(FormSchema):
    """`pattern`: an address, or a domain after an @."""

    pattern = required(Line)

    @post_load
    def _check(self, loaded: dict[str, Any], **_settings: Any) -> dict[str, Any]:
        pattern = loaded["pattern"].lower()
        name, at, domain = pattern.rpartition("@")
        if not at or not domain or " " in pattern or "@" in name or len(pattern) > 254:
            raise ValidationError(_NOT_A_PATTERN, "pattern")
        return {"pattern": pattern}


def answer_data(row: CityAnswer, address: Callable[[Any], str]) -> dict[str, Any]:
    """A public answer as its page shows it, for machines, without the name of whoever asked.

    `address` gives the address of an entry.
    """
    question = row.question
    return {
        "city": row.city.slug if row.city else None,
        "text": question.text,
        "asked_from": question.asker_city,
        "to": row.city.name if row.city else None,
        "about": address(question.initiative) if question.initiative else None,
        "answer": row.text,
        "answered_by": row.answered_by_name,
        "answered_at": row.answered_at.isoformat() if row.answered_at else None,
    }
