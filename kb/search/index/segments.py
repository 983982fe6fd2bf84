"""Reads one segment of a Whoosh index into arrays.

How postings lie on disk is told in `codec.py`. A numeric column is its big-endian values one after the other;
documents at the end that have the default are not written.
"""

# mypy: allow-untyped-calls
# ruff: noqa: SLF001
# Whoosh's codec is not annotated, and its files are private to it.

from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from weakref import finalize

import numpy as np
import numpy.typing as npt
from whoosh.codec.whoosh3 import W3Codec, W3TermInfo, W3TermsReader
from whoosh.columns import VarBytesColumn
from whoosh.filedb.filestore import FileStorage, RamStorage
from whoosh.index import TOC

from .codec import ArrayCodec, Block, blocks_of, extent_of
from .schema import (
    ANY_CITY,
    CITIES,
    FACET_SEPARATOR,
    FACETS,
    PLACE,
    PLACE_BYTES,
    PLACES,
    SURFACES,
    IndexUnreadable,
    schema,
)

INDEX_NAME = "MAIN"


class Postings(NamedTuple):
    """Documents that hold a term, ascending numbers within the segment, with the weight of the term in each."""

    documents: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]

    @property
    def nbytes(self) -> int:
        """Bytes held."""
        return self.documents.nbytes + self.weights.nbytes


class Places(NamedTuple):
    """Every occurrence of a term, ascending: its document's number within the segment, and its position there."""

    documents: npt.NDArray[np.int32]
    positions: npt.NDArray[np.int64]


class SegmentFiles:
    """The open files of one segment. Read under a lock, since readers in threads share the files' cursors.

    The files close when nothing refers to the object any more, so a snapshot in use keeps its segments readable though
    a newer commit has deleted the files.
    """

    def __init__(self, storage: FileStorage, segment: Any) -> None:
        self.name: str = segment.segment_id()
        self.count: int = segment.doc_count_all()
        self._storage = storage
        self._segment = segment
        self._terms = _terms_reader(storage, segment)
        self._lock = Lock()
        self.close = finalize(self, self._terms.close)

    def postings(self, field: str, term: str) -> Postings | None:
        """The postings of a term, deleted documents included; None if the segment lacks it."""
        blob = self._blob(field, term)
        return None if blob is None else _merged(blocks_of(blob))

    def places(self, term: str) -> Places | None:
        """Every occurrence of a stem; None if the segment lacks it."""
        return self._numbers_of(PLACES, term)

    def cities(self) -> Places | None:
        """The ids of the cities of every document, as `positions`; None where none belongs to any."""
        return self._numbers_of(CITIES, ANY_CITY)

    def _numbers_of(self, field: str, term: str) -> Places | None:
        blob = self._blob(field, term)
        if blob is None:
            return None
        documents: list[npt.NDArray[np.int32]] = []
        positions: list[npt.NDArray[np.int64]] = []
        for block in blocks_of(blob):
            documents.append(np.repeat(block.documents.astype(np.int32), block.sizes // PLACE_BYTES))
            positions.append(np.frombuffer(block.values, dtype=PLACE).astype(np.int64))
        return Places(np.concatenate(documents), np.concatenate(positions))

    def postings_with_prefix(self, start: str) -> list[Postings]:
        """The postings of every surface that begins so. Neighbours in the dictionary are neighbours on disk."""
        with self._lock:
            extents = [extent_of(info) for _, info in self._items_from(SURFACES, start)]
            if not extents:
                return []
            first, (last, length) = extents[0][0], extents[-1]
            blob = self._terms._postfile.get(first, last + length - first)
        return [_merged(blocks_of(blob[offset - first : offset - first + size])) for offset, size in extents]

    def surfaces(self) -> list[tuple[str, int]]:
        """Every surface with the number of documents that hold it, deleted ones included, in order of its bytes."""
        with self._lock:
            return [(term, info.doc_frequency()) for term, info in self._items_from(SURFACES, "")]

    def facet_postings(self) -> dict[str, dict[str, npt.NDArray[np.int32]]]:
        """Documents by facet field and value."""
        with self._lock:
            terms = [term for term, _ in self._items_from(FACETS, "")]
        by_field: dict[str, dict[str, npt.NDArray[np.int32]]] = {}
        for term in terms:
            field, _, value = term.partition(FACET_SEPARATOR)
            postings = self.postings(FACETS, term)
            if postings is not None:
                by_field.setdefault(field, {})[value] = postings.documents
        return by_field

    def numbers(self, column: str, dtype: str, default: int | None) -> npt.NDArray[Any]:
        """A numeric column, one value a document; `dtype` is the big-endian type as written.

        `default` stands where a document has no value; without one every document has, and a column that is not there
        raises FileNotFoundError.
        """
        values = np.full(self.count, default or 0, dtype=np.dtype(dtype).newbyteorder("="))
        path = self._column_path(column)
        # A column that no document of the segment has is not written at all.
        if default is None or path.exists():
            written = np.fromfile(path, dtype=dtype)
            values[: len(written)] = written
        return values

    def texts(self, column: str) -> list[str]:
        """A column of strings, one a document."""
        if not self._column_path(column).exists():
            return [""] * self.count
        path = self._column_path(column)
        with self._storage.open_file(path.name) as file:
            reader = VarBytesColumn().reader(file, 0, path.stat().st_size, self.count)
            return [bytes(reader[number]).decode() for number in range(self.count)]

    def _column_path(self, column: str) -> Path:
        return Path(self._storage.folder, W3Codec.column_filename(self._segment, column))

    def _blob(self, field: str, term: str) -> bytes | None:
        key = (field, term.encode())
        with self._lock:
            if key not in self._terms:
                return None
            offset, length = extent_of(self._terms.term_info(*key))
            blob: bytes = self._terms._postfile.get(offset, length)
        return blob

    def _items_from(self, field: str, start: str) -> "list[tuple[str, W3TermInfo]]":
        prefix = start.encode()
        items: list[tuple[str, W3TermInfo]] = []
        if field not in self._terms.indexed_field_names():
            return items
        for (name, term), info in self._terms.items_from(field, prefix):
            if name != field or not term.startswith(prefix):
                break
            items.append((term.decode(), info))
        return items


def _merged(blocks: list[Block]) -> Postings:
    documents = [block.documents for block in blocks]
    weights = [
        np.ones(len(block.documents), dtype=np.float32) if block.weights is None else block.weights for block in blocks
    ]
    if len(blocks) == 1:
        return Postings(documents[0].astype(np.int32), weights[0])
    return Postings(np.concatenate(documents).astype(np.int32), np.concatenate(weights))


def _terms_reader(storage: FileStorage, segment: Any) -> Any:
    """The dictionary of terms, with the postings' file open beside it; neither stays open if the other is missing."""
    name = segment.make_filename(W3Codec.TERMS_EXT)
    with ExitStack() as opened:
        dictionary = opened.enter_context(storage.open_file(name))
        postings = opened.enter_context(storage.open_file(segment.make_filename(W3Codec.POSTS_EXT)))
        reader = W3TermsReader(ArrayCodec(), dictionary, storage.file_length(name), postings)
        opened.pop_all()
    return reader


def storage_of(folder: Path) -> FileStorage:
    """The folder as Whoosh opens files in it."""
    return FileStorage(str(folder))


def segments_of_commit(storage: FileStorage, commit: int) -> list[Any]:
    """Whoosh's own segment objects of a commit. Raises FileNotFoundError if it is gone, IndexUnreadable if damaged."""
    name = f"_{INDEX_NAME}_{commit}.toc"
    # Read from memory, since Whoosh leaves the file open where it is damaged.
    ram_storage = RamStorage()
    ram_storage.files[name] = Path(storage.folder, name).read_bytes()
    try:
        segments: list[Any] = TOC.read(ram_storage, INDEX_NAME, gen=commit, schema=schema()).segments
    # Whoosh raises whatever its unpickling came upon; all of it means the same to a caller.
    except Exception as error:
        raise IndexUnreadable(f"the table of contents of commit {commit} cannot be read: {error}") from error
    return segments
