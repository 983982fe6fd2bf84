"""Reads the query of an address strictly: what nobody knows or can read is refused, and said by parameter."""

from typing import Any

from flask_babel import gettext
from marshmallow import ValidationError, fields, pre_load

from kb.web.core.query_schemas import QuerySchema, Text

DEFAULT_LIMIT = 50
MOST = 200


class StrictSchema(QuerySchema):
    """A schema of an address that refuses names that it does not know, and values of one name that are given twice."""

    @pre_load
    def _gather(self, address: Any, **_settings: Any) -> dict[str, Any]:
        # Webargs hands over a proxy, which gives no usual values for names that are missing.
        address = getattr(address, "data", address)
        known = {self._key(name): field for name, field in self.fields.items()}
        wrong: dict[str, list[str]] = {}
        for name in address:
            field = known.get(name)
            if field is None:
                listed = ", ".join(sorted(known)) or gettext("none")
                wrong[name] = [gettext("There is no such parameter here. Those there are: %(listed)s.", listed=listed)]
            elif not isinstance(field, fields.List) and len(address.getlist(name)) > 1:
                wrong[name] = [gettext("This is given more than once. Give it once.")]
        if wrong:
            raise ValidationError(wrong)
        gathered: dict[str, Any] = super()._gather(address)
        return gathered


class Whole(fields.Integer):
    """A whole number from `least` to `most`, whatever is sent."""

    def __init__(self, least: int, most: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, *_given: Any, **_settings: Any) -> int:
        text = str(value).strip()
        # Python reads digits of every script, and refuses thousands of them.
        is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(self.most))
        number = int(text) if is_number else -1
        if not self.least <= number <= self.most:
            raise ValidationError(
                gettext(
                    "This should be a whole number from %(least)s to %(most)s.",
                    least=str(self.least),
                    most=str(self.most),
                )
            )
        return number


class PagedSchema(StrictSchema):
    """A page of a list: how many at most, and where it goes on."""

    limit = Whole(1, MOST, load_default=DEFAULT_LIMIT, metadata={"description": "How many at most."})
    cursor = Text(
        longest=2_000,
        load_default="",
        metadata={"description": "Where the list goes on, as `next` of the page before says it."},
    )
