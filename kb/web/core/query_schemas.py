"""Reading the query of an address: schemas with real fields, and what they refuse is said instead of being an error."""

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load
from marshmallow.validate import Range
from werkzeug.datastructures import MultiDict

LAST_PAGE = 1_000_000_000
VALUES_OF_A_NAME = 50
LONGEST_VALUE = 100

RefusedValues = tuple[tuple[str, str], ...]
"""Names and values of an address that could not be read."""


def parameters_named(address: MultiDict[str, str], names: Collection[str]) -> str:
    """The parameters of an address that have some names, as they stand there, without empty ones."""
    return urlencode([(name, value) for name, value in address.items(multi=True) if name in names and value.strip()])


class Text(fields.String):
    """Text without NUL, which PostgreSQL refuses, without white space around it, cut at `longest` signs."""

    def __init__(self, *, longest: int = LONGEST_VALUE, **settings: Any) -> None:
        super().__init__(**settings)
        self.longest = longest

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **settings: Any) -> str:
        read: str = super()._deserialize(value, attr, data, **settings) or ""
        return read.replace("\0", " ").strip()[: self.longest]


class Several(fields.List[str]):
    """A name that may be repeated: each value once, in the order given, without empty ones."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(Text(), **settings)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **settings: Any) -> list[Any]:
        read = super()._deserialize(value, attr, data, **settings)
        return list(dict.fromkeys(text for text in read if text))[:VALUES_OF_A_NAME]


class PageNumber(fields.Integer):
    """The number of a page of a list: 1 or more, 1 unless it is given; a number that is too large becomes LAST_PAGE."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(load_default=1, validate=Range(min=1), **settings)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **settings: Any) -> int:
        # Longer numbers are cut before they are read: Python refuses to read thousands of digits.
        read = super()._deserialize(str(value)[: len(str(LAST_PAGE)) + 1], attr, data, **settings)
        return min(int(read or 0), LAST_PAGE)


class QuerySchema(Schema):
    """A schema of an address. Names that nobody knows, and empty values, are left out."""

    class Meta:
        """An address may carry names for others, such as those of a newsletter's links."""

        unknown = EXCLUDE

    @pre_load
    def _gather(self, address: MultiDict[str, str], **_settings: Any) -> dict[str, Any]:
        """Take every value of a name that may be repeated, the first of any other."""
        given = {self._key(name): field for name, field in self.fields.items()}
        return {
            key: address.getlist(key) if isinstance(field, fields.List) else address[key]
            for key, field in given.items()
            if address.get(key, "").strip() or (isinstance(field, fields.List) and key in address)
        }

    def _key(self, name: str) -> str:
        return self.fields[name].data_key or name

    def read(self, address: MultiDict[str, str]) -> tuple[Any, RefusedValues]:
        """Load an address, with defaults for what is refused; return what it asks, and what was refused."""
        try:
            return self.load(address), ()
        except ValidationError as problem:
            wrong = set(problem.messages_dict)
        refused = tuple((name, address[name][:LONGEST_VALUE]) for name in address if name in wrong)
        kept = MultiDict((name, value) for name, value in address.items(multi=True) if name not in wrong)
        return self.load(kept), refused
