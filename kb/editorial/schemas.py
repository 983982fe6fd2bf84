"""Validates what readers report; messages are marked, and interfaces translate them."""

from marshmallow import fields
from marshmallow.validate import OneOf

from kb.accounts.schemas import REQUIRED, Address, FormSchema, Lines
from kb.core.i18n import gettext_noop

from .choices import REPORTS

LONGEST_REPORT = 10_000
LONGEST_SOURCE = 1_000
LONGEST_NOTE = 4_000

_NOT_CHOSEN = gettext_noop("Please choose one of these.")


class ReportSchema(FormSchema):
    """`about`: a code of REPORTS; `message`: what the reader says; `source`: a link, or how the reader knows.

    `email` is where whoever wrote it may be answered, if anywhere.
    """

    about = fields.String(
        required=True,
        error_messages={"required": _NOT_CHOSEN},
        validate=OneOf(list(REPORTS), error=_NOT_CHOSEN),
    )
    message = Lines(LONGEST_REPORT, required=True, error_messages={"required": REQUIRED})
    source = Lines(LONGEST_SOURCE, required=True, error_messages={"required": REQUIRED})
    email = Address(load_default=None)


class CloseReportSchema(FormSchema):
    """`note`: what the editor did about a report, for other editors."""

    note = Lines(LONGEST_NOTE, load_default=None)
