"""The fields of the index, and a document as those fields."""

# mypy: allow-untyped-calls
# Whoosh is annotated in part only; its constructors of columns are not.

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from whoosh import columns, fields, formats

from kb.catalogue.entries import ENTRIES, schema_of
from kb.core.errors import Problem
from kb.core.text import fold, sort_key

from ..analysis import Form, compounds, forms, joined_stem
from ..engine_types import Document


def _searched_fields() -> str:
    """A digest of the declared fields whose words are searched."""
    searched = [
        f"{kind} {path} {field.search:d}"
        for kind in ENTRIES
        for path, field in schema_of(kind).paths.items()
        if field.search is not None
    ]
    return hashlib.sha256("\n".join(searched).encode()).hexdigest()[:12]


FORMAT = f"15-{_searched_fields()}"
"""An index of another format is refused, and rebuilt. The number is raised whenever fields of the index, encodings or
the analysis change; the rest follows from the declarations of entries."""

TITLE_GAP = 16
"""Positions between title and text, so that no phrase runs from one into the other."""

MAX_POSITION = (1 << 20) - 1024
"""Words of a document that are read. A row and a position share a 64-bit key, 20 bits of it for the position, and the
room left keeps a phrase at a document's start from reaching into the one before."""

NO_KEY = int(np.iinfo(np.int64).min)
"""Stands for None in the columns of sort keys; below every real key, so it sorts last when descending."""

STEMS, COMPOUNDS, PLACES, SURFACES, FACETS = "stems", "compounds", "places", "surfaces", "facets"
CITIES, ANY_CITY = "cities", "any"
ID, NEWEST, EVIDENCE, LENGTH, TITLE, DIGEST = "id", "newest", "evidence", "length", "title", "digest"

PLACE, PLACE_BYTES = "<u4", 4
"""A position, or the id of a city, on disk."""

FACET_SEPARATOR = "\x1f"


class IndexUnreadable(Problem):
    """There is no index here, it is damaged, or another version of this program wrote it. The cure is a rebuild."""


class PlacesFormat(formats.Existence):
    """Positions as 32-bit integers, one after the other, so that a block of them is one numpy array."""

    posting_size = -1

    def decode_positions(self, valuestring: bytes) -> list[int]:
        """Positions of one document, ascending; Whoosh's own phrase query asks for them."""
        places: list[int] = np.frombuffer(valuestring, dtype=PLACE).tolist()
        return places


class TermsField(fields.FieldType):
    """A field whose terms come ready from `fields_of`; Whoosh's token objects are the slow part of its analysis."""

    indexed = True
    stored = False
    unique = False
    vector = None
    column_type = None
    multitoken_query = "default"

    def __init__(self, format_: formats.Format, scorable: bool = False) -> None:
        self.format = format_
        self.analyzer = None
        self.scorable = scorable

    def index(self, value: Any, **_: Any) -> Any:
        """Pass on the items (term, frequency, weight, value) that `fields_of` made."""
        return value

    def separate_spelling(self) -> bool:
        """Spelling reads the surfaces."""
        return False


def schema() -> fields.Schema:
    """The index's schema.

    STEMS rank; their weight is the frequency. COMPOUNDS are the stems of joined forms ("start-up" as "startup", the
    name "New Delhi" as "newdelhi"), weighted alike. PLACES are the stems with positions, for phrases: apart, since
    ranking would otherwise read them along. SURFACES serve prefixes and spelling. FACETS hold "field, separator,
    value". CITIES has one term, whose postings hold the ids of each document's cities: terms of their own would be
    thousands. The rest are columns, one value a document.
    """
    return fields.Schema(
        **{
            STEMS: TermsField(formats.Existence(), scorable=True),
            COMPOUNDS: TermsField(formats.Existence(), scorable=True),
            PLACES: TermsField(PlacesFormat()),
            SURFACES: TermsField(formats.Existence()),
            FACETS: TermsField(formats.Existence()),
            CITIES: TermsField(PlacesFormat()),
            ID: fields.COLUMN(columns.NumericColumn("q", default=-1)),
            NEWEST: fields.COLUMN(columns.NumericColumn("q", default=NO_KEY)),
            EVIDENCE: fields.COLUMN(columns.NumericColumn("q", default=NO_KEY)),
            LENGTH: fields.COLUMN(columns.NumericColumn("I", default=0)),
            DIGEST: fields.COLUMN(columns.NumericColumn("q", default=-1)),
            TITLE: fields.COLUMN(columns.VarBytesColumn()),
        }
    )


def title_key(title: str) -> str:
    """What a title is sorted by, and then the title itself, by which it is found where somebody types just that."""
    return f"{sort_key(title)}{FACET_SEPARATOR}{fold(title)}"


def fields_of(document: Document) -> dict[str, object]:
    """A document as keyword arguments of Whoosh's `add_document`."""
    title, text = forms(document.title), forms(document.text)
    places = _places(title, text)
    length = sum(len(each) for each in places.values())
    surfaces = {form.surface for form in (*title, *text)}
    facet_terms = {
        f"{name}{FACET_SEPARATOR}{value}".encode("utf-8", "replace")
        for name, values in document.facets.items()
        for value in values
    }
    joined = [token for text in (document.title, document.text) for token in compounds(text)]
    surfaces.update(token.surface for token in joined)
    as_one = Counter(token.stem for token in joined)
    as_one.update({stem for name in document.names if (stem := joined_stem(name)) and stem not in as_one})
    encoded = [(stem.encode(), each) for stem, each in places.items()]
    return {
        STEMS: [(stem, len(each), float(len(each)), b"") for stem, each in encoded],
        COMPOUNDS: [(stem.encode(), count, float(count), b"") for stem, count in as_one.items()],
        PLACES: [(stem, 1, 1.0, np.array(each, dtype=PLACE).tobytes()) for stem, each in encoded],
        SURFACES: [(surface.encode(), 1, 1.0, b"") for surface in surfaces if surface],
        FACETS: [(term, 1, 1.0, b"") for term in facet_terms],
        CITIES: [(ANY_CITY.encode(), 1, 1.0, np.array(document.cities, dtype=PLACE).tobytes())]
        if document.cities
        else [],
        ID: document.id,
        NEWEST: document.newest,
        EVIDENCE: document.evidence,
        LENGTH: length,
        DIGEST: document.digest,
        TITLE: title_key(document.title).encode("utf-8", "replace"),
    }


def _places(title: Sequence[Form], text: Sequence[Form]) -> dict[str, list[int]]:
    """Every stem of a document with its ascending positions; stop words take up a position and are not there."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, form in chain(enumerate(title), enumerate(text, start=len(title) + TITLE_GAP)):
        if form.stem and place <= MAX_POSITION:
            places[form.stem].append(place)
    return places
