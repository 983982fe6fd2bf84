"""Validates the form for an alert."""

from marshmallow import fields
from marshmallow.validate import OneOf

from kb.accounts.schemas import Address, FormSchema, required
from kb.core.i18n import gettext_noop

from .choices import FREQUENCIES

_NO_FREQUENCY = gettext_noop("Please choose how often.")


class AlertSchema(FormSchema):
    """`email`, and how often: `frequency`."""

    email = required(Address)
    frequency = fields.String(
        required=True,
        validate=OneOf(FREQUENCIES, error=_NO_FREQUENCY),
        error_messages={"required": _NO_FREQUENCY},
    )
