"""Briefs: papers for a meeting that compare cities, made from entries of the catalogue.

A `Brief` says whose it is and for what question (`Question`), compares the peers on one page, says why they are peers,
what is not known, whom to ask and what to do next, and ends with the entries. It holds words and no markup: pages write
it as HTML, from which PDFs are made, and `docx` writes it for word processors. `Wording` is the reader's language.
Above `kb.catalogue` and `kb.peers`; knows no HTTP.
"""

from .brief import Brief, ComparedPeer, EntryPart, Item, Question, Section, SourceLine, Text
from .making import brief_of, entry_parts
from .wording import Wording

__all__ = [
    "Brief",
    "ComparedPeer",
    "EntryPart",
    "Item",
    "Question",
    "Section",
    "SourceLine",
    "Text",
    "Wording",
    "brief_of",
    "entry_parts",
]
