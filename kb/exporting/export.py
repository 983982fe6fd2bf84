"""What a file holds: the entries that answer a question, in their order, with what they refer to; and addresses."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, Data, EntryKind, TermKind
from kb.catalogue.entries.bulk import read_many

from .names import CityFacts, Names, read_names, read_terms

ENTRIES_A_BATCH = 500

LICENCE_NAME = "CC BY 4.0"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
PUBLISHER = "CityPeers"

_TERM_FOLDERS = {
    TermKind.CHALLENGE: "/challenges/",
    TermKind.TECHNOLOGY: "/technologies/",
    TermKind.GOAL: "/goals/",
}


@dataclass(frozen=True, kw_only=True)
class Export:
    """Entries of one kind by id, in the order of the file; they are read in batches, so that any number may be.

    `title` is English, `address` the whole address of the page that shows the same. `change_number` is the catalogue's
    when the ids were found. `table` names the table that a file of one table holds; "" is that of the entries.
    """

    kind: EntryKind
    ids: Sequence[int]
    title: str
    address: str
    change_number: int
    made_on: date
    table: str = ""

    def named_batches(
        self, session: Session, fields: Collection[str] | None = None
    ) -> Iterator[tuple[list[Data], Names]]:
        """The entries in batches, as `read_many` gives them, each with the names of what its entries refer to."""
        terms = read_terms(session)
        cities: dict[str, CityFacts] = {}
        for first in range(0, len(self.ids), ENTRIES_A_BATCH):
            entries = read_many(session, self.kind, self.ids[first : first + ENTRIES_A_BATCH], fields)
            yield entries, read_names(session, self.kind, entries, terms, cities)


@dataclass(frozen=True)
class Links:
    """The whole addresses of things; `site` is that of the site, without a slash at its end."""

    site: str

    def entry(self, kind: EntryKind, slug: str) -> str:
        """The page of an entry."""
        return f"{self.site}/{ENTRIES[kind].folder}/{slug}"

    def entries(self, kind: EntryKind, slugs: Iterable[str]) -> list[str]:
        """The pages of entries of one kind."""
        start = self.entry(kind, "")
        return [start + slug for slug in slugs]

    def term(self, kind: TermKind, code: str | int) -> str | None:
        """The page of a term; None where its list has no pages."""
        if kind is TermKind.TARGET:
            return f"{self.site}/goals/{str(code).partition('.')[0]}#target-{code}"
        folder = _TERM_FOLDERS.get(kind)
        return f"{self.site}{folder}{code}" if folder else None

    def session(self, slug: str) -> str:
        """The page of a session of the forum."""
        return f"{self.site}/forum/{slug}"

    def image(self, key: str) -> str:
        """A picture in its larger size."""
        return f"{self.site}/images/{key}/large.webp"
