"""What the schemas of entries share: blanks are unknown, other names are refused, and what each lists for others."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, pre_load

from kb.words import marked

from .fields import Code, Day, Text, Web


class Rows(Schema):
    """A row of a list inside an entry."""

    error_messages = {  # noqa: RUF012 - so marshmallow has it
        "unknown": marked("There is no field of this name."),
        "type": marked("This should be a group of fields."),
    }

    class Meta:
        """A name that nobody knows is a mistake, and what it holds would be lost."""

        unknown = RAISE

    @pre_load
    def _blank_is_unknown(self, raw: Any, **_settings: Any) -> Any:
        if not isinstance(raw, Mapping):
            return raw
        return {name: value for name, value in raw.items() if name not in self.fields or not _is_blank(value)}


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


class EntrySchema(Rows):
    """A whole entry. `labels` names each field for people; `needed` is what publishing needs, with the words for it."""

    labels: ClassVar[Mapping[str, str]] = {}
    needed: ClassVar[Mapping[str, str]] = {}
    references: ClassVar[Mapping[str, str]] = {}
    """Fields that hold what only the database knows, and of which kind it is; "challenges.challenge" is in rows."""

    together: ClassVar[tuple[frozenset[str], ...]] = ()
    """Fields that say one thing together: two people who change different ones of them have changed the same."""


class SourceRow(Rows):
    """A source: its address, how the entry cites it, and the day on which it was seen."""

    url = Web()
    title = Text(300)
    seen_on = Day()


SOURCE_LABELS = {"url": marked("Address"), "title": marked("Title"), "seen_on": marked("Seen on")}

__all__ = ["SOURCE_LABELS", "Code", "EntrySchema", "Rows", "SourceRow"]
