"""Writes and reads postings on disk: Whoosh's W3 codec, with the inside of a block as plain arrays.

W3 pickles a block's document numbers and weights one Python number at a time, and unpickling them was nine tenths of a
query that finds its postings not in memory. Here a block's data is a pickled tuple of three byte strings: document
numbers (32-bit unsigned), weights (32-bit floats, or None if all are 1), and values, one after the other with their
lengths before them (or None). All else is W3's: the tag "W3Bl" begins a list, then come the blocks, each with a signed
big-endian 32-bit length, negative for the last one, and a pickled tuple of facts that only Whoosh's own searcher needs.

Numbers are in the machine's own byte order; Whoosh refuses an index of another architecture.
"""

# mypy: allow-untyped-calls
# ruff: noqa: S301
# Whoosh's codec is not annotated. The pickles come from our own disk only.

import io
import pickle
from array import array
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from whoosh.codec.whoosh3 import WHOOSH3_HEADER_MAGIC, W3Codec, W3LeafMatcher, W3PostingsWriter, W3TermInfo

from .schema import IndexUnreadable

BLOCK = 8192
"""Postings of a block at most: a block costs about 5 microseconds to open, whatever its length."""


class Block(NamedTuple):
    """A stretch of a list of postings. `weights` is None if all are 1; the values are `sizes[i]` bytes each."""

    documents: npt.NDArray[np.uint32]
    weights: npt.NDArray[np.float32] | None
    sizes: npt.NDArray[np.uint32]
    values: bytes


def blocks_of(blob: bytes) -> list[Block]:
    """Decode a list of postings. Raises IndexUnreadable."""
    if blob[:4] != WHOOSH3_HEADER_MAGIC:
        raise IndexUnreadable("a list of postings does not begin with its tag")
    blocks: list[Block] = []
    view = memoryview(blob)
    at, more = 4, True
    try:
        while more:
            length = int.from_bytes(view[at : at + 4], "big", signed=True)
            more = length > 0
            block = io.BytesIO(view[at + 4 : at + 4 + abs(length)])
            pickle.load(block)
            blocks.append(_decoded(pickle.load(block)))
            at += 4 + abs(length)
    except (pickle.UnpicklingError, EOFError, ValueError, IndexError, TypeError) as error:
        raise IndexUnreadable(f"a block of postings is damaged: {error}") from error
    return blocks


def extent_of(info: W3TermInfo) -> tuple[int, int]:
    """Where a list of postings begins, and its length in bytes. Whoosh leaves the length in the tuple it unpacked."""
    offset, length = info.extent()
    return int(offset), int(length[0] if isinstance(length, tuple) else length)


def _decoded(data: Any) -> Block:
    documents, weights, valued = data
    sizes, values = valued or (b"", b"")
    return Block(
        np.frombuffer(documents, dtype=np.uint32),
        None if weights is None else np.frombuffer(weights, dtype=np.float32),
        np.frombuffer(sizes, dtype=np.uint32),
        values,
    )


class ArrayCodec(W3Codec):
    """The codec to write and open indexes with."""

    def __init__(self) -> None:
        super().__init__(blocklimit=BLOCK, compression=0)

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> "ArrayPostingsWriter":
        """Whoosh asks for a writer for each field."""
        return ArrayPostingsWriter(dbfile, blocklimit=BLOCK, byteids=byteids, compression=0)

    def postings_reader(self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None) -> Any:
        """Whoosh asks for a reader when it merges, and for its own searcher. It never inlines postings as we set it."""
        # Whoosh declares `copy` abstract and leaves it undefined in its own matcher of this kind.
        matcher: Any = ArrayMatcher
        return matcher(dbfile, *extent_of(terminfo), format_, term=term, scorer=scorer)


class ArrayPostingsWriter(W3PostingsWriter):
    """Writes blocks; all but their inside is W3's."""

    _ids: "array[int]"
    _weights: "array[float]"
    _values: list[bytes]

    def _mini_ids(self) -> bytes:
        return self._ids.tobytes()

    def _mini_weights(self) -> bytes | None:
        return None if all(weight == 1.0 for weight in self._weights) else self._weights.tobytes()

    def _mini_values(self) -> tuple[bytes, bytes] | None:
        if not self._values:
            return None
        return array("I", map(len, self._values)).tobytes(), b"".join(self._values)


class ArrayMatcher(W3LeafMatcher):
    """Walks blocks one posting at a time, as Whoosh does when it merges segments."""

    def _read_block(self) -> Block:
        if self._data is None:
            self._read_data()
        return _decoded(self._data)

    def _read_ids(self) -> None:
        self._ids = self._read_block().documents.tolist()

    def _read_weights(self) -> None:
        block = self._read_block()
        self._weights = [1.0] * len(block.documents) if block.weights is None else block.weights.tolist()

    def _read_values(self) -> None:
        block = self._read_block()
        ends = np.cumsum(block.sizes, dtype=np.int64)
        bounds = zip((ends - block.sizes).tolist(), ends.tolist(), strict=True)
        self._values = [block.values[start:end] for start, end in bounds] or [b""] * len(block.documents)
