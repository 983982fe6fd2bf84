"""The form by which a download is asked for, beside the search that it repeats."""

from marshmallow import EXCLUDE, Schema, fields
from marshmallow.validate import OneOf

from kb.catalogue.entries import ENTRIES, EntryKind
from kb.core.i18n import gettext_noop
from kb.exporting.formats import FORMATS

_WHICH_KIND = gettext_noop("Choose what the file should list.")
_WHICH_FORMAT = gettext_noop("Choose a format.")


class DownloadSchema(Schema):
    """`kind` of entry and `format` of the file; the rest of the form is the search."""

    class Meta:
        """The other fields are the search's."""

        unknown = EXCLUDE

    kind = fields.Enum(
        EntryKind,
        by_value=True,
        required=True,
        error_messages=dict.fromkeys(("required", "null", "invalid", "unknown"), _WHICH_KIND),
    )
    format = fields.String(
        required=True,
        validate=OneOf(list(FORMATS), error=_WHICH_FORMAT),
        error_messages=dict.fromkeys(("required", "null", "invalid"), _WHICH_FORMAT),
    )


KINDS = tuple(ENTRIES)
"""The kinds of which there are files."""
