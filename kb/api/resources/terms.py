"""The lists of terms: challenges, technologies, goals and their targets."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from kb.catalogue.entries import TERMS, EntryKind, TermKind
from kb.core.errors import NotFound
from kb.web.core import context

from ..answers import answer, paged
from ..blueprint import gives
from ..caching import change_number
from ..json_schemas import list_schema, name_of, named
from ..reading import Data, terms_by_key

_LISTS: Mapping[TermKind, str] = {
    TermKind.CHALLENGE: "challenges",
    TermKind.TECHNOLOGY: "technologies",
    TermKind.GOAL: "goals",
    TermKind.TARGET: "targets",
}


def _counted(kind: TermKind, terms: Mapping[Any, Data]) -> list[Data]:
    """Terms with how many initiatives have each."""
    counts = context.counts().by(EntryKind.INITIATIVE, str(kind))
    return [{**term, "initiatives": counts.get(str(key), 0)} for key, term in terms.items()]


def _add(kind: TermKind, folder: str) -> None:
    """Add a list of terms, and the address of one."""
    name = TERMS[kind].key
    key = f"<int:{name}>" if name == "number" else f"<{name}>"

    @gives(
        f"/{folder}",
        list_schema(named(name_of(kind))),
        endpoint=folder,
        tag="Lists of terms",
        summary=f"All {folder}, in their order",
    )
    def list_terms(_query: Data) -> Response:
        """List the terms."""
        items = _counted(kind, terms_by_key(kind))
        return paged({"total": len(items), "change": change_number(), "items": items}, None)

    @gives(
        f"/{folder}/{key}",
        named(name_of(kind)),
        endpoint=str(kind),
        tag="Lists of terms",
        summary=f"One of the {folder}, by its {TERMS[kind].key}",
    )
    def one_term(_query: Data, **path: Any) -> Response:
        """Give one term."""
        terms = terms_by_key(kind, [path[name]])
        if not terms:
            raise NotFound(TERMS[kind].absent, given=str(path[name]))
        return answer(_counted(kind, terms)[0])


for _kind, _folder in _LISTS.items():
    _add(_kind, _folder)
