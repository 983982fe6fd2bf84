"""What the goals' pages are asked: how to divide a matrix, and a text to suggest goals for."""

from collections.abc import Mapping
from typing import Any, get_args

from flask_babel import format_decimal, gettext
from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, pre_load

from kb.goals.statistics import Axis

AXES: tuple[Axis, ...] = get_args(Axis)
LONGEST_TEXT = 20_000
_LONGEST_SHOWN = 40


class BySchema(Schema):
    """`by`, any of AXES, region by default; `refused` holds what was asked for instead, for the page to say so."""

    class Meta:
        """Names that nobody knows are left out."""

        unknown = EXCLUDE

    by = fields.String(load_default="region")
    refused = fields.String(load_default="")

    @pre_load
    def _read(self, address: Mapping[str, str], **_settings: Any) -> dict[str, str]:
        axis = address.get("by", "").strip()
        return {"by": axis} if axis in AXES else {"refused": axis[:_LONGEST_SHOWN]}


class TextSchema(Schema):
    """`text`, with plain line ends and without NUL; refused when it is empty or longer than LONGEST_TEXT characters."""

    class Meta:
        """The token of the form is not ours to read."""

        unknown = EXCLUDE

    text = fields.String(load_default="")

    @pre_load
    def _read(self, form: Mapping[str, str], **_settings: Any) -> dict[str, str]:
        return {"text": plain(form.get("text", ""))}

    @post_load
    def _check(self, loaded: Mapping[str, str], **_settings: Any) -> str:
        text = loaded["text"]
        if not text.strip():
            raise ValidationError(gettext("There is no text yet. Paste or type a few sentences about a project."))
        if len(text) > LONGEST_TEXT:
            raise ValidationError(
                gettext(
                    "The text has %(length)s characters; at most %(most)s are read at once. Please shorten it.",
                    length=format_decimal(len(text)),
                    most=format_decimal(LONGEST_TEXT),
                )
            )
        return text


def plain(text: str) -> str:
    """Text as it was typed: forms send line ends as CR LF, and a NUL can be shown nowhere."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ")
