"""Validates what readers report; messages are marked, and interfaces translate them."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields
from marshmallow.validate import Length, OneOf

from kb.accounts.schemas import REQUIRED, Address, FormSchema
from kb.core.i18n import gettext_noop
from kb.core.text import clean_text

from .choices import REPORTS

LONGEST_REPORT = 10_000
LONGEST_SOURCE = 1_000
LONGEST_NOTE = 4_000

_TOO_LONG = gettext_noop("This is too long.")
_NOT_CHOSEN = gettext_noop("Please choose one of these.")


class _Lines(fields.String):
    """Text of several lines, without what cannot be seen."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **settings: Any) -> str:
        return clean_text(super()._deserialize(value, attr, data, **settings) or "")


class ReportSchema(FormSchema):
    """`about`: a code of REPORTS; `message`: what the reader says; `source`: a link, or how the reader knows.

    `email` is where whoever wrote it may be answered, if anywhere.
    """

    about = fields.String(
        required=True,
        error_messages={"required": _NOT_CHOSEN},
        validate=OneOf(list(REPORTS), error=_NOT_CHOSEN),
    )
    message = _Lines(
        required=True,
        error_messages={"required": REQUIRED},
        validate=Length(max=LONGEST_REPORT, error=_TOO_LONG),
    )
    source = _Lines(
        required=True,
        error_messages={"required": REQUIRED},
        validate=Length(max=LONGEST_SOURCE, error=_TOO_LONG),
    )
    email = Address(load_default=None)


class CloseReportSchema(FormSchema):
    """`note`: what the editor did about a report, for other editors."""

    note = _Lines(load_default=None, validate=Length(max=LONGEST_NOTE, error=_TOO_LONG))
