"""Validates what readers report; messages are marked, and interfaces translate them."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields
from marshmallow.validate import Length

from kb.accounts.schemas import REQUIRED, Address, FormSchema
from kb.core.i18n import gettext_noop
from kb.core.text import clean_text

LONGEST_REPORT = 4_000

_TOO_LONG = gettext_noop("This is too long.")


class _Lines(fields.String):
    """Text of several lines, without what cannot be seen."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **settings: Any) -> str:
        return clean_text(super()._deserialize(value, attr, data, **settings) or "")


class ReportSchema(FormSchema):
    """`message`: what is wrong or missing; `email`: where whoever wrote it may be answered, if anywhere."""

    message = _Lines(
        required=True,
        error_messages={"required": REQUIRED},
        validate=Length(max=LONGEST_REPORT, error=_TOO_LONG),
    )
    email = Address(load_default=None)
