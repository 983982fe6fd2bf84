"""Reads the queries of the addresses for writing."""

from marshmallow import fields
from marshmallow.validate import Length, OneOf

from kb.catalogue.entries import EntryKind
from kb.core.i18n import gettext_noop
from kb.editorial.choices import STATES

from ..query_schemas import PagedSchema, StrictSchema

LONGEST_NOTE = 1_000
_LONG_NOTE = gettext_noop("A note can have up to 1,000 characters.")


class _YesNo(fields.Boolean):
    """Yes or no, as programs write it."""

    default_error_messages = {"invalid": gettext_noop("This should be “true” or “false”.")}  # noqa: RUF012 - so marshmallow has it


class ProposingSchema(StrictSchema):
    """`submit`: send it for review at once; `note`: a message to the reviewer."""

    submit = _YesNo(
        load_default=False, metadata={"description": "Send it for review at once. The key needs the scope “submit”."}
    )
    note = fields.String(
        load_default="",
        validate=Length(max=LONGEST_NOTE, error=_LONG_NOTE),
        metadata={"description": "A message to the reviewer: what changed, and why."},
    )


class SavingSchema(StrictSchema):
    """`rebase`: the proposal is of the entry as it now is, and what others changed since was looked at."""

    rebase = _YesNo(
        load_default=False,
        metadata={"description": "After 409: you compared both versions, and now send a change to the newest one."},
    )


class ProposalsSchema(PagedSchema):
    """A page of one's own proposals, of a `state` and a `kind`, the newest first."""

    state = fields.String(load_default=None, validate=OneOf(list(STATES)))
    kind = fields.String(load_default=None, validate=OneOf([str(kind) for kind in EntryKind]))
