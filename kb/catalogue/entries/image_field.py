"""The field of an entry that holds an uploaded image."""

import re
from typing import Any

from kb.core.i18n import gettext_noop

from .fields import Field, Lookup, refuse, set_changed
from .kinds import Reference

_KEY = re.compile(r"[0-9a-f]{64}")


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
            raise refuse(gettext_noop("Choose the picture again."))
        return value
