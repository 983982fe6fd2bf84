"""What the forms of a session that is being held say: a question, a vote, a step of the clock, what a moderator did."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, pre_load, validate, validates_schema

from kb.accounts.schemas import FormSchema, at_most
from kb.core.column_types import LARGEST_ID
from kb.core.i18n import gettext_noop
from kb.core.text import clean_text
from kb.forum.choices import STATEMENT_KINDS
from kb.forum.clock import STEPS
from kb.forum.live import participation, session_control
from kb.forum.live.moderation import MODERATION_ACTIONS

_WRITE_IT = gettext_noop("Please write it first.")


class _Sent(FormSchema):
    """Text without blanks around it, sent only where there is anything to see; line ends are plain."""

    @pre_load
    def _clean(self, sent: Mapping[str, str], **_settings: Any) -> dict[str, str]:
        return {name: cleaned for name, text in sent.items() if (cleaned := clean_text(text))}


def _text(longest: int) -> fields.String:
    return fields.String(required=True, validate=at_most(longest), error_messages={"required": _WRITE_IT})


def _id(**settings: Any) -> fields.Integer:
    return fields.Integer(validate=validate.Range(1, LARGEST_ID), **settings)


class QuestionSchema(_Sent):
    """A question: its text, perhaps a name, to whom it is if not to all, and which initiative it is about."""

    text = _text(participation.LONGEST_QUESTION)
    name = fields.String(load_default=None, validate=at_most(participation.LONGEST_NAME))
    speaker = _id(load_default=None)
    initiative = _id(load_default=None)


class VoteSchema(_Sent):
    """A vote for a question, or that it is taken back."""

    question = _id(required=True)
    back = fields.Boolean(load_default=False)


class StepSchema(_Sent):
    """A step of the clock, and the number of the last one that the page showed."""

    step = fields.String(required=True, validate=validate.OneOf(list(STEPS)))
    seen = fields.Integer(required=True)
    slot = _id(load_default=None)
    minutes = fields.Integer(load_default=None, validate=validate.Range(1, session_control.MOST_MINUTES))


class ModerationSchema(_Sent):
    """What is done with a question that was seen in a state."""

    question = _id(required=True)
    moderation_action = fields.String(required=True, validate=validate.OneOf(list(MODERATION_ACTIONS)))
    seen = fields.String(required=True)
    into = _id(load_default=None)
    answer = fields.String(load_default=None, validate=at_most(participation.LONGEST_NOTE))
    by = _id(load_default=None)


class RemovalSchema(_Sent):
    """Which questions to remove at once: of whoever asked one, or sent since a time, or all that are held back."""

    question = _id(load_default=None)
    since = fields.Time("%H:%M", load_default=None)
    held_back = fields.Boolean(load_default=False)
    up_to = _id(load_default=None)

    @validates_schema
    def _names_one(self, given: Mapping[str, Any], **_settings: Any) -> None:
        selections = (given["question"], given["since"], given["held_back"] or None)
        if sum(selection is not None for selection in selections) != 1:
            raise ValidationError("name one selection")


class SaidSchema(_Sent):
    """Words that were said, of what kind, and by whom, where that is not whoever has the floor."""

    text = _text(participation.LONGEST_NOTE)
    kind = fields.String(load_default="point", validate=validate.OneOf(list(STATEMENT_KINDS)))
    speaker = _id(load_default=None)


class ChairSchema(_Sent):
    """For whom a link is."""

    name = _text(participation.LONGEST_NAME)
