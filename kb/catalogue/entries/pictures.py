"""The declaration of the pictures of an entry, which is the same for every kind that has them."""

import re
from typing import Any

from kb.core.i18n import gettext_noop as _

from ..choices import LICENCES
from .fields import Code, Field, Lookup, Text, Web, refuse, set_changed
from .kinds import Reference
from .lists import Rows
from .metadata import Input
from .schema import RowSchema

_KEY = re.compile(r"[0-9a-f]{64}")

MOST_PICTURES = 6


class ImageKey(Field):
    """An uploaded image by its key."""

    refers: Reference = "image"

    def value_of(self, row: Any) -> Any:
        """The key of the image."""
        image = getattr(row, self.stored)
        return image.key if image else None

    def assign(self, row: Any, value: Any, lookup: Lookup) -> None:
        """Link the image."""
        set_changed(row, {self.stored: lookup.image(value)})

    def _read(self, value: Any) -> Any:
        if not isinstance(value, str) or not _KEY.fullmatch(value):
            raise refuse(_("Choose the picture again."))
        return value


class PictureRow(RowSchema):
    """A picture, with what is to be seen in it, who made it, and the right to show it."""

    image = ImageKey(
        _("Picture"),
        codebook=_("The key of the image: the hash of its content."),
        input=Input(
            label=_("File"),
            hint=_("JPEG, PNG or WebP, up to 15 MB. The place where it was taken and other hidden data are removed."),
        ),
        needed=_("Choose a file, or remove this row."),
    )
    alt = Text(
        _("What the picture shows"),
        300,
        codebook=_("What the picture shows."),
        input=Input(hint=_("One sentence for people who cannot see it."), most=300),
        needed=_("Say what the picture shows."),
    )
    author = Text(
        _("Author"),
        300,
        codebook=_("Who took or drew it."),
        input=Input(hint=_("Who took or drew it."), line="rights", most=300),
        needed=_("Say who made the picture."),
    )
    licence = Code(
        _("Licence"),
        LICENCES,
        codebook=_("The right to show it."),
        input=Input(hint=_("What allows us to show it."), line="rights"),
        needed=_("Choose the licence. Without one, the picture cannot be shown."),
    )
    source = Web(
        _("Source"),
        codebook=_("The address of the page where it was found, or of the office that gave it."),
        stored="source_url",
        input=Input(hint=_("Address of the page where it was found, or of the office that gave it.")),
        needed=_("Give the address where the picture comes from."),
    )


class Pictures(Rows):
    """The pictures of an entry, in the order given; no file that is imported has any."""

    def __init__(self) -> None:
        super().__init__(
            _("Pictures"),
            PictureRow,
            MOST_PICTURES,
            key=("image",),
            input=Input(
                step="pictures",
                label=_("Picture"),
                hint=_("Up to six. Only pictures that we have the right to show. The first one is shown first."),
                add=_("Add another picture"),
            ),
            column=None,
        )
