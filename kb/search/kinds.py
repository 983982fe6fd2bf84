"""Registers the kinds of entry that are searched, and numbers their entries for the engine."""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from kb.catalogue.models import City, Leader, Vision
from kb.catalogue.queries import InitiativeCard
from kb.questions.models import CityAnswer

from . import entry_documents, forum_documents, question_documents
from .forum_documents import ForumEntry
from .kind_definition import KindDefinition, SearchedKind

KINDS: Mapping[SearchedKind, KindDefinition] = {
    **entry_documents.DEFINITIONS,
    **forum_documents.DEFINITIONS,
    **question_documents.DEFINITIONS,
}

Entry = InitiativeCard | City | Leader | Vision | ForumEntry | CityAnswer
Key = tuple[SearchedKind, int]
"""An entry by its kind and the id of its row."""

# The engine's ids rest on the order, so that new kinds come last, eight at most.
_ORDER = tuple(KINDS)


def kind_called(code: str) -> SearchedKind:
    """The kind that the change log and the database call so. Raises ValueError for one that is not searched."""
    # A member of an enumeration of strings equals its code.
    return _ORDER[_ORDER.index(code)]


def document_id(kind: SearchedKind, entry_id: int) -> int:
    """The engine's id of an entry: the kinds, eight at the most, share one space of integers."""
    return entry_id << 3 | _ORDER.index(kind)


def key_of(document: int) -> Key:
    """The kind and the id of the entry that a document stands for; the reverse of `document_id`."""
    return _ORDER[document & 7], document >> 3


def ids_of_documents(documents: npt.NDArray[np.int64]) -> dict[SearchedKind, npt.NDArray[np.int64]]:
    """The ids of the entries that documents stand for, by their kind; kinds without any are left out."""
    kinds = documents & 7
    found = {kind: documents[kinds == place] >> 3 for place, kind in enumerate(_ORDER)}
    return {kind: ids for kind, ids in found.items() if len(ids)}


def ids_by_kind(keys: Iterable[Key]) -> dict[SearchedKind, list[int]]:
    """The ids of entries, by their kind."""
    ids: dict[SearchedKind, list[int]] = {}
    for kind, entry_id in keys:
        ids.setdefault(kind, []).append(entry_id)
    return ids


def entries_by_key(session: Session, keys: Iterable[Key]) -> dict[Key, Entry]:
    """Load those entries that may be found, with all that a line of results shows; a few queries for each kind."""
    return {
        (kind, entry.id): entry
        for kind, ids in ids_by_kind(keys).items()
        for entry in KINDS[kind].results(session, ids)
    }
