"""Types and operations of a search engine: what goes in and what comes out.

An engine knows nothing of the catalogue. It is given documents (an id, words, facet values, sort keys), and gives back
ids, totals and counts. Loading rows, highlighting and explaining happen outside. Any engine passes the same tests
(`tests/unit/search/engine_contract.py`).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from .parsing import EVERYTHING, ParsedQuery

Mode = Literal["auto", "all", "any"]
Sort = Literal["relevance", "newest", "evidence", "title"]


@dataclass(frozen=True, slots=True)
class Document:
    """One entry as the engine sees it. `id` is a non-negative 63-bit integer, unique over all kinds.

    `facets` maps a facet's field to the document's values in it (codes, not labels; an empty tuple where unknown).
    `names` are found as a whole only, and count for no length: other names of its places.
    `suggested` is its weight among what is suggested by the words of its title, None for what never is.
    `newest` and `evidence` sort descending (None sorts last), `title` ascending as readers look for it.
    `cities` are ids of the cities that it belongs to, which filters take as values of `city`.
    `slug` is what the address of its page ends with; empty for what has no page of its own.
    """

    id: int
    title: str
    text: str
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    newest: int | None = None
    evidence: int | None = None
    names: tuple[str, ...] = ()
    cities: tuple[int, ...] = ()
    suggested: float | None = None
    slug: str = ""

    @property
    def digest(self) -> int:
        """A 63-bit fingerprint of the content, by which a check sees whether an index holds it as it is."""
        facets = sorted((field, values) for field, values in self.facets.items() if values)
        ranks = (self.newest, self.evidence, self.names, self.cities, self.suggested)
        content = repr((self.title, self.text, facets, *ranks, self.slug))
        return int.from_bytes(hashlib.blake2b(content.encode("utf-8", "replace"), digest_size=8).digest()) >> 1


@dataclass(frozen=True, slots=True)
class StoredText:
    """What an index itself can show of a document, where the database cannot be asked: `passage` is cut off."""

    title: str
    slug: str
    passage: str


ONCE_MORE = "+"
"""After the name of a field in the filters of a query."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question to an engine.

    `parsed` is what a person typed, parsed. An empty query matches every document that passes the filters, and stop
    words alone those whose title they are. `mode` says what plain words mean: "all" must match, "any" may match, "auto"
    is all of up to three words and any of more, and any where all would find nothing. Where any of more than three may
    match, so may phrases, and what is rare and what titles say counts more.
    `filters` are or-ed within a field and and-ed between fields; a field mapped to no values, or to ones nobody has,
    finds nothing. With ONCE_MORE after its name a field is asked once more: what has a value of both passes. What has
    one of the values of each field of a `leading` matches too, and comes before all others, the first of them first,
    but after what has the text typed as its title. `facets` names the fields to count; a field's counts ignore its own
    filter, never the others. Without a `limit` there is one page of all hits. Where `among` is given, only those of its
    ids are found; what words mean still depends on all documents.
    """

    parsed: ParsedQuery = EVERYTHING
    mode: Mode = "auto"
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    facets: Sequence[str] = ()
    sort: Sort = "relevance"
    offset: int = 0
    limit: int | None = 20
    leading: Sequence[Mapping[str, Sequence[str]]] = ()
    among: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """An engine's answer. `hits` are (id, score), best first, ties by id; `total` does not depend on the limit.

    `facets[field][value]` counts documents, values nobody has are left out. `mode` tells which mode answered.
    """

    total: int
    hits: list[tuple[int, float]]
    facets: dict[str, dict[str, int]]
    generation: str
    mode: Literal["all", "any"] = "all"


@dataclass(frozen=True, slots=True)
class Stats:
    """What an index holds: live documents, segments, bytes on disk, and the last change of the log it has seen."""

    documents: int
    segments: int
    bytes: int
    last_change: int
    generation: str


class Engine(Protocol):
    """The verbs. Writes become visible to `search` after `commit` and then `refresh`, never before."""

    def index(self, documents: Iterable[Document]) -> None:
        """Add documents, each replacing the one with its id."""

    def delete(self, ids: Iterable[int]) -> None:
        """Take documents out; an unknown id is no error."""

    def commit(self, last_change: int) -> str:
        """Make the writes durable together with the number of the last change they hold; return the generation."""

    def rollback(self) -> None:
        """Forget what was written since the last commit."""

    def refresh(self) -> bool:
        """Let `search` see the newest commit; True if there was a newer one."""

    def search(self, query: Query) -> Result:
        """Answer a query against the commit last refreshed to. Safe to call from several threads."""

    def stored_texts(self, ids: Sequence[int]) -> Mapping[int, StoredText]:
        """What can be shown of live documents by their ids; unknown ids are left out."""

    def ids(self) -> Iterable[int]:
        """Every live id, ascending, as of the last refresh."""

    def digests(self) -> Iterable[tuple[int, int]]:
        """Id and digest of every live document, as of the last refresh."""

    def stats(self) -> Stats:
        """What the index holds."""

    def close(self) -> None:
        """Let go of files and locks."""
