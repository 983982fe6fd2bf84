"""The address of a search, read into a Question; no address is an error, what cannot be read falls back."""

from collections.abc import Mapping
from typing import Any, get_args

from marshmallow import EXCLUDE, Schema, fields, post_load, pre_load
from werkzeug.datastructures import MultiDict

from kb.search.answers import FACETS, Question
from kb.search.contract import Sort

LAST_PAGE = 1_000_000_000
VALUES_OF_A_FACET = 50
LONGEST_VALUE = 100
SORTS: tuple[Sort, ...] = get_args(Sort)


class SearchSchema(Schema):
    """`q`, each of FACETS (repeated for several values), `sort` and `page`, as a Question."""

    class Meta:
        """Names that nobody knows are left out."""

        unknown = EXCLUDE

    q = fields.String(load_default="")
    chosen = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), load_default=dict)
    sort = fields.String(load_default="relevance")
    page = fields.Integer(load_default=1)

    @pre_load
    def _read(self, address: MultiDict[str, str], **_settings: Any) -> dict[str, Any]:
        """Gather repeated names, take out what no database can store, and put defaults where a value makes no sense."""
        chosen = {field: _values(address.getlist(field)) for field in FACETS}
        sort = address.get("sort", "")
        return {
            "q": _clean(address.get("q", "")),
            "chosen": {field: values for field, values in chosen.items() if values},
            "sort": sort if sort in SORTS else "relevance",
            "page": _page(address.get("page", "")),
        }

    @post_load
    def _question(self, loaded: Mapping[str, Any], **_settings: Any) -> Question:
        chosen = {field: tuple(values) for field, values in loaded["chosen"].items()}
        return Question(text=loaded["q"], chosen=chosen, sort=loaded["sort"], page=loaded["page"])


def _clean(text: str) -> str:
    """Text without NUL, which PostgreSQL refuses, and without white space around it."""
    return text.replace("\0", " ").strip()


def _values(given: list[str]) -> list[str]:
    """Each value once, in the order given, without empty ones."""
    return list(dict.fromkeys(value for value in (_clean(one)[:LONGEST_VALUE] for one in given) if value))[
        :VALUES_OF_A_FACET
    ]


def _page(text: str) -> int:
    """A page from 1; what is not a plain number is the first, what is too large is the last we count to."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()):
        return 1
    return LAST_PAGE if len(digits) > len(str(LAST_PAGE)) else min(max(int(digits), 1), LAST_PAGE)
