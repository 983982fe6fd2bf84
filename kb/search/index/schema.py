"""What the index holds of a document, and the format that it is written in."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import NamedTuple

import numpy as np

from kb.catalogue.entries import ENTRIES, schema_of
from kb.core.errors import Problem
from kb.core.text import fold, romanised, sort_key

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


FORMAT = f"19-{_searched_fields()}"
"""An index of another format is refused, and rebuilt. The number is raised whenever fields of the index, encodings or
the analysis change; the rest follows from the declarations of entries."""

TITLE_GAP = 16
"""Positions between title and text, so that no phrase runs from one into the other."""

MAX_POSITION = (1 << 20) - 1024
"""Words of a document that are read. A row and a position share a 64-bit key, 20 bits of it for the position, and the
room left keeps a phrase at a document's start from reaching into the one before."""

NO_KEY = int(np.iinfo(np.int64).min)
"""Stands for None in the columns of sort keys; below every real key, so it sorts last when descending."""

FACET_SEPARATOR = "\x1f"
"""Stands between a facet's field and a value of it, and between the two keys of a title."""


STORED_LENGTH = 400
"""Signs of a text that are stored, to be shown where the database cannot be asked."""


class IndexUnreadable(Problem):
    """There is no index here, it is damaged, or another version of this program wrote it. The cure is a rebuild."""


@contextmanager
def reading_files() -> Iterator[None]:
    """Raise IndexUnreadable whatever a damaged file made of the reading of it."""
    try:
        yield
    except IndexUnreadable:
        raise
    except Exception as error:
        raise IndexUnreadable(f"the index cannot be read: {error!r}") from error


def title_key(title: str) -> str:
    """What a title is sorted by, and then the title itself, by which it is found where somebody types just that."""
    return _encodable(f"{sort_key(title)}{FACET_SEPARATOR}{fold(title)}")


def stored_text(document: Document) -> str:
    """Title, slug and the beginning of the text, as a segment stores them."""
    passage = " ".join(document.text[:STORED_LENGTH].split())
    title = document.title.replace(FACET_SEPARATOR, " ")
    return _encodable(FACET_SEPARATOR.join((title, document.slug, passage)))


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


class Analysed(NamedTuple):
    """What a document is found by.

    `stems` rank, each with its positions; `compounds` are the stems of joined forms ("start-up" as "startup", the name
    "New Delhi" as "newdelhi") with how often each occurs, ranked alike; `title_stems` are the title's, with how often.
    `surfaces` serve prefixes and spelling, `facets` are "field, separator, value", and `title_words` the words that
    suggestions begin with.
    """

    stems: dict[str, list[int]]
    compounds: Mapping[str, int]
    title_stems: Mapping[str, int]
    surfaces: Collection[str]
    facets: Collection[str]
    title_words: Collection[str]
    length: int


def analysed(document: Document) -> Analysed:
    """Analyse a document."""
    title, text = forms(document.title), forms(document.text)
    places = _places(title, text)
    surfaces = {form.surface for form in title}
    surfaces.update(form.surface for form in text)
    joined = [token for text in (document.title, document.text) for token in compounds(text)]
    surfaces.update(token.surface for token in joined)
    surfaces.discard("")
    as_one = Counter(token.stem for token in joined)
    as_one.update({stem for name in document.names if (stem := joined_stem(name)) and stem not in as_one})
    return Analysed(
        stems=places,
        compounds=as_one,
        title_stems=Counter(form.stem for form in title if form.stem),
        surfaces=surfaces,
        facets={
            _encodable(f"{name}{FACET_SEPARATOR}{value}")
            for name, values in document.facets.items()
            for value in values
        },
        title_words=() if document.suggested is None else title_words(document.title),
        length=sum(map(len, places.values())),
    )


def title_words(title: str) -> set[str]:
    """The words of a title, stop words too, and those of it in Latin letters where it is written in others."""
    latin = romanised(title)
    words = {form.surface for form in forms(title)}
    if latin != title:
        words.update(form.surface for form in forms(latin))
    return words - {""}


def _places(title: Sequence[Form], text: Sequence[Form]) -> dict[str, list[int]]:
    """Every stem of a document with its ascending positions; stop words take up a position and are not there."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, form in chain(enumerate(title), enumerate(text, start=len(title) + TITLE_GAP)):
        if form.stem and place <= MAX_POSITION:
            places[form.stem].append(place)
    return places
