"""Reads the query of an address strictly: what nobody knows or can read is refused, and said by parameter."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from flask_babel import gettext
from marshmallow import ValidationError, fields, post_load, pre_load
from marshmallow.validate import OneOf
from werkzeug.exceptions import UnprocessableEntity

from kb.core.column_types import LARGEST_ID
from kb.search.facets import FIELDS, FILTERS
from kb.web.core.query_schemas import VALUES_OF_A_NAME, QuerySchema, Several, Text
from kb.web.core.search_schema import LONGEST_QUESTION, SORTS, SearchSchema

DEFAULT_LIMIT = 50
MOST = 200
MOST_GROUPS = 2
LARGEST_SEED = 2**32 - 1
LONGEST_CURSOR = 500


class InvalidParameters(UnprocessableEntity):
    """Parameters that cannot be answered; `errors` says why and what would be right, by parameter."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__()
        self.data = {"messages": errors}


def invalid_parameter(name: str, sentence: str) -> InvalidParameters:
    """One parameter that cannot be answered, and a sentence that says why and what would be right."""
    return InvalidParameters({name: [sentence]})


class StrictSchema(QuerySchema):
    """A schema of an address that refuses names that it does not know, and values that would have to be cut.

    A field of one value may be given once, one of Several values several times.
    """

    @pre_load
    def _gather(self, address: Any, **_settings: Any) -> dict[str, Any]:
        # Webargs hands over a proxy, which gives no usual values for names that are missing.
        address = getattr(address, "data", address)
        known = {self._key(name): field for name, field in self.fields.items()}
        wrong: dict[str, list[str]] = {}
        for name in address:
            if name not in known:
                wrong[name] = [self._unknown(known)]
                continue
            # Pages send what was left empty in a form of filters.
            may_be_empty = isinstance(known[name], Names) or name in {"q", *FILTERS}
            sentence = _too_much(known[name], address.getlist(name), may_be_empty=may_be_empty)
            if sentence:
                wrong[name] = [sentence]
        for name, field in known.items():
            if field.required and not address.get(name, "").strip():
                wrong[name] = [gettext("This is required.")]
        if wrong:
            raise ValidationError(wrong)
        gathered: dict[str, Any] = super()._gather(address)
        return gathered

    @staticmethod
    def _unknown(known: Collection[str]) -> str:
        if not known:
            return str(gettext("There is no such parameter. This address has none."))
        return str(gettext("There is no such parameter. Use one of: %(listed)s.", listed=", ".join(sorted(known))))


def _too_much(field: fields.Field[Any], values: list[str], *, may_be_empty: bool) -> str | None:
    """What is wrong with so many values, or values so long or so short; None where nothing is."""
    if isinstance(field, Several):
        if len(values) > VALUES_OF_A_NAME:
            return str(gettext("At most %(most)s values are allowed.", most=VALUES_OF_A_NAME))
        field = field.inner
    elif len(values) > 1:
        return str(gettext("This is given more than once. Give it once."))
    elif not values[0].replace("\0", " ").strip() and not may_be_empty:
        return str(gettext("This is empty. Leave it out, or give it a value."))
    longest = field.longest if isinstance(field, Text) else None
    if longest is not None and max(map(len, values)) > longest:
        return str(gettext("At most %(most)s characters are allowed.", most=longest))
    return None


class Whole(fields.Integer):
    """A whole number from `least` to `most`, whatever is sent."""

    def __init__(self, least: int, most: int, **settings: Any) -> None:
        bounds = {"minimum": least, "maximum": most}
        super().__init__(**{**settings, "metadata": {**settings.get("metadata", {}), **bounds}})
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


class Weight(fields.Field[float]):
    """A number from 0 to `most`."""

    def __init__(self, most: float, **settings: Any) -> None:
        bounds = {"type": "number", "minimum": 0, "maximum": most}
        super().__init__(**{**settings, "metadata": {**settings.get("metadata", {}), **bounds}})
        self.most = most

    def _deserialize(self, value: Any, *_given: Any, **_settings: Any) -> float:
        try:
            number = float(value)
        except ValueError:
            number = -1
        # What is no number is not within any bounds either.
        if not 0 <= number <= self.most:
            raise ValidationError(gettext("This should be a number from 0 to %(most)s.", most=f"{self.most:g}"))
        return number


class Names(fields.Field[tuple[str, ...]]):
    """Names of a list, apart by commas, each once."""

    def __init__(self, known: Collection[str], most: int | None = None, **settings: Any) -> None:
        super().__init__(load_default=(), **settings)
        self.known, self.most = tuple(known), most

    def _deserialize(self, value: Any, *_given: Any, **_settings: Any) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(name.strip() for name in str(value).split(",") if name.strip()))
        listed = ", ".join(self.known)
        for name in names:
            if name not in self.known:
                raise ValidationError(
                    gettext("“%(name)s” is not known. Use one of: %(listed)s.", name=name[:40], listed=listed)
                )
        if self.most is not None and len(names) > self.most:
            raise ValidationError(gettext("At most %(most)s are allowed at once.", most=self.most))
        return names


class Since(fields.Field[int | datetime]):
    """A change number, or a moment as ISO 8601 has it; a day begins at midnight, and without a zone it is UTC."""

    def _deserialize(self, value: Any, *_given: Any, **_settings: Any) -> int | datetime:
        text = str(value).strip()
        if text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_ID)):
            return min(int(text), LARGEST_ID)
        try:
            # A plus sign that nobody escaped arrives as a space.
            moment = datetime.fromisoformat((text.replace(" ", "+") if text.count(":") > 1 else text).upper())
        except ValueError:
            raise ValidationError(
                gettext("This should be a change number, or a day or time such as 2026-11-23 or 2026-11-23T09:30:00Z.")
            ) from None
        try:
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except OverflowError:
            # The first and the last hours that can be written, elsewhere.
            return moment.replace(tzinfo=UTC)


class PagedSchema(StrictSchema):
    """A page of a list: how many at most, and where it goes on."""

    limit = Whole(
        1, MOST, load_default=DEFAULT_LIMIT, metadata={"description": "The largest number of items on a page."}
    )
    cursor = Text(
        longest=LONGEST_CURSOR,
        load_default="",
        metadata={
            "description": "Where the next page begins. Take it from `next` of the page before.",
            "pattern": "^[A-Za-z0-9_.-]+$",
        },
    )


CHANGED_SINCE = Since(
    load_default=None,
    metadata={
        "description": "Only entries that changed after a change number (`change` of an answer) or since a time, in "
        "the order of the changes. Entries that were removed are in `deleted`.",
    },
)


class ChangedSchema(PagedSchema):
    """A list that can be followed."""

    changed_since = CHANGED_SINCE


class SearchedSchema(SearchSchema, PagedSchema):
    """A list with the filters of the page of a search, by the same names; `question` is what they ask."""

    class Meta(PagedSchema.Meta):
        """Lists go on by cursors, not by numbers of pages."""

        exclude: ClassVar[tuple[str, ...]] = ("page",)

    q = Text(
        longest=LONGEST_QUESTION,
        load_default="",
        metadata={"description": 'Words to search for, as on the page: "phrases", OR, -without, prefix*.'},
    )
    sort = fields.String(
        load_default="",
        validate=OneOf(("id", *SORTS)),
        metadata={
            "description": "The order. With `id` you can read a list to its end while others save entries. With any "
            "other order the answer is 409 if a change moves entries that you have already read. The default is "
            "`relevance` if you search for words, otherwise `id`."
        },
    )
    group_by = Names(
        FIELDS,
        MOST_GROUPS,
        metadata={"description": "Count the matching entries by one or two of these, instead of listing them."},
    )
    sample = Whole(
        1,
        MOST,
        load_default=None,
        metadata={"description": "This many of the matching entries, chosen at random, on one page."},
    )
    seed = Whole(
        0,
        LARGEST_SEED,
        load_default=0,
        metadata={"description": "With `sample`: the same number gives the same sample."},
    )

    @post_load
    def _make_query(self, loaded: Mapping[str, Any], **_settings: Any) -> dict[str, Any]:
        asked = {**loaded, "page": 1, "sort": loaded["sort"] if loaded["sort"] in SORTS else "relevance"}
        question = super()._make_query(asked)
        by_id = loaded["sort"] == "id" or (not loaded["sort"] and not question.text)
        ways = [
            name for name in ("group_by", "sample", "cursor", "changed_since") if loaded.get(name) not in {None, "", ()}
        ]
        if len(ways) > 1 and {*ways} != {"cursor", "changed_since"}:
            raise invalid_parameter(ways[1], gettext("This cannot be used together with %(other)s.", other=ways[0]))
        return {**loaded, "question": question, "by_id": by_id}
