"""The parts of a brief, worded: texts, items of a list, the table that compares, sections and entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from kb.peers.answers import PlaceSummary


@dataclass(frozen=True, slots=True)
class Question:
    """Whose brief it is, and for what question; each of these may be missing.

    `place_name` is what the reader typed where no place was found. `challenges` are labels by code. `text` is the
    question in the reader's own words.
    """

    place: PlaceSummary | None = None
    place_name: str = ""
    challenges: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.place or self.place_name or self.challenges or self.text)


@dataclass(frozen=True, slots=True)
class Text:
    """Words in the language of the brief, or in the one that an entry has them in; perhaps a link.

    `is_unknown` marks what stands where the catalogue says nothing.
    """

    words: str
    language: str | None = None
    url: str | None = None
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A label and the lines that belong to it; without a label, lines alone."""

    label: Text | None
    lines: Sequence[Text]


@dataclass(frozen=True, slots=True)
class ComparedPeer:
    """A row of the table: the peer, and a cell of lines for each of the brief's columns but the first."""

    heading: Sequence[Text]
    cells: Sequence[Sequence[Text]]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the brief between the table and the entries; `key` names it, `lead` stands before its items."""

    key: str
    heading: str
    items: Sequence[Item]
    lead: str | None = None


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source: how it is called, its address, and when it was seen."""

    title: str | None
    url: str
    seen: str


@dataclass(frozen=True, slots=True)
class EntryPart:
    """An entry: its facts, what is not published of it in one line and by codes, and its sources."""

    kind: str
    title: Text
    url: str
    place: str
    lead: Text | None
    facts: Sequence[Item]
    missing: str | None
    unpublished: Sequence[str]
    sources: Sequence[SourceLine]


@dataclass(frozen=True, slots=True)
class Brief:
    """A paper for a meeting, worded in one language.

    `columns` and `compared` are the table, `facts` what is known of the reader's own city. Without a question, a single
    entry is the whole brief: then there are neither rows nor sections.
    """

    language: str
    is_right_to_left: bool
    title: Text
    asker: Sequence[Item]
    made_on: date
    statement: str
    licence: str
    notes: Sequence[str]
    columns: Sequence[str]
    compared: Sequence[ComparedPeer]
    sections: Sequence[Section]
    notes_heading: str
    entries_heading: str
    entries: Sequence[EntryPart]
    sources_heading: str
    no_source: str
    empty: str
