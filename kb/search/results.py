"""Types of the question and the answer of a search, shared with the interfaces."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from .engine_types import Sort
from .kind_definition import SearchedKind
from .kinds import Entry, Key
from .place_names import EmptyCountry
from .snippets import Pieces

PAGE_SIZE = 20


def pages_of(total: int) -> int:
    """How many pages a number of hits takes, at least 1."""
    return max(1, -(-total // PAGE_SIZE))


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What a person asks: text as typed, chosen values by facet, the order, and the page from 1."""

    text: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: Sort = "relevance"
    page: int = 1

    def without(self, unknown: Collection[tuple[str, str]]) -> "SearchQuery":
        """The question without some of its values, given as (filter, value)."""
        kept = {
            name: tuple(code for code in codes if (name, code) not in unknown) for name, codes in self.chosen.items()
        }
        return replace(self, chosen={name: codes for name, codes in kept.items() if codes})

    def loses_a_filter(self, unknown: Collection[tuple[str, str]]) -> bool:
        """Whether all values of a filter are among the unknown, so that without it more is found than was asked."""
        return any(all((name, code) in unknown for code in codes) for name, codes in self.chosen.items() if codes)


@dataclass(frozen=True, slots=True)
class Hit:
    """One entry of a page of results, with its row, and its title and a piece of its text in highlighted pieces."""

    kind: SearchedKind
    entry: Entry
    title: Pieces
    snippet: Pieces


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet: its code, its label (English, to be translated), how many entries, whether it is chosen."""

    code: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet with its values, most frequent first or in the list's own order; chosen ones are always there."""

    field: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class BroaderSearch:
    """Filters that an empty result could drop, and how many entries it would then find.

    One chosen value (`codes` has one, `label` names it), all values of a facet (`label` is empty), or every filter
    (`field` is None).
    """

    field: str | None
    codes: tuple[str, ...]
    label: str
    total: int


@dataclass(frozen=True, slots=True)
class Results:
    """A page of results. `pages` is at least 1; a page beyond the last is answered empty, with `page` as asked.

    `uncounted` has the chosen values of filters that are no facets. `loosened` says that entries with any of the words
    are shown, since no entry had all, or, with `is_sentence`, since there are many; `has_optional_phrases` says that
    phrases in quotes are among them. `corrected` is the query with nearer words, where the index lacks one as typed.
    `unknown` lists chosen values that no list knows, as (field, value). `empty_country` is the country that was
    searched, or the only one that was chosen, where nothing is found and no entry is of it. `plain` says that the
    index could not answer and the database did, without facets' counts or ranking.
    """

    question: SearchQuery
    total: int
    page: int
    pages: int
    hits: tuple[Hit, ...]
    facets: tuple[Facet, ...]
    uncounted: tuple[Facet, ...] = ()
    loosened: bool = False
    is_sentence: bool = False
    has_optional_phrases: bool = False
    corrected: str | None = None
    near_words: tuple[str, ...] = ()
    broader_searches: tuple[BroaderSearch, ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    empty_country: EmptyCountry | None = None
    only_stop_words: bool = False
    plain: bool = False


@dataclass(frozen=True, slots=True)
class MatchingIds:
    """The ids of everything that a question finds, by kind and in no order, and `unknown` as in Results."""

    ids: Mapping[SearchedKind, npt.NDArray[np.int64]]
    unknown: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """Everything that a question finds, in the order of its pages, by kind and id, and `unknown` as in Results.

    An entry that was deleted a moment ago may be among them.
    """

    keys: Sequence[Key]
    unknown: tuple[tuple[str, str], ...]
