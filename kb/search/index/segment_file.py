"""Arrays of one segment in one file: written once, then read whole or in parts.

The file is a tag, the place and the length of its directory, the arrays one after the other, each at a multiple of 64
bytes, and the directory in JSON: for each array its type, its length, its place and a checksum. Numbers are
little-endian.

Parts are read with `pread` and not mapped into memory: a file that is cut off while it is open is then an error that
can be caught, and no signal that ends the process.
"""

import json
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from weakref import finalize

import numpy as np
import numpy.typing as npt

from .schema import IndexUnreadable

Array = npt.NDArray[Any]

_TAG = b"KBSEGM1\n"
_ALIGNED = 64


def write_arrays(path: Path, arrays: Iterable[tuple[str, Array]]) -> None:
    """Write a file of arrays as they come, and wait until it is on disk."""
    entries = {}
    with path.open("wb") as file:
        file.seek(_ALIGNED)
        for name, array in arrays:
            written = _little_endian(array)
            entries[name] = (array.dtype.newbyteorder("<").str, len(array), file.tell(), zlib.crc32(written))
            file.write(written)
            file.seek(_aligned(file.tell()))
        begin = file.tell()
        file.write(json.dumps(entries).encode())
        length = file.tell() - begin
        file.seek(0)
        file.write(_TAG + begin.to_bytes(8, "little") + length.to_bytes(8, "little"))
        file.flush()
        os.fsync(file.fileno())


def _little_endian(array: Array) -> memoryview:
    return (
        np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).data.cast("B")
        if len(array)
        else memoryview(b"")
    )


def _aligned(at: int) -> int:
    return -(-at // _ALIGNED) * _ALIGNED


class SegmentFile:
    """One open file of arrays. Threads may share it; it closes when nothing refers to it any more.

    A snapshot in use thus keeps its segments readable though a newer commit has deleted their files. Raises
    FileNotFoundError, and IndexUnreadable for what is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)
        self.close = finalize(self, os.close, self._descriptor)
        try:
            head = os.pread(self._descriptor, len(_TAG) + 16, 0)
            begin, length = (int.from_bytes(head[at : at + 8], "little") for at in (len(_TAG), len(_TAG) + 8))
            if not head.startswith(_TAG) or begin + length != os.fstat(self._descriptor).st_size:
                raise IndexUnreadable(f"{path.name} does not begin with its tag, or is cut off")
            self._arrays: dict[str, tuple[str, int, int, int]] = json.loads(os.pread(self._descriptor, length, begin))
        except (ValueError, KeyError, TypeError) as error:
            self.close()
            raise IndexUnreadable(f"the directory of {path.name} cannot be read: {error}") from error
        except IndexUnreadable:
            self.close()
            raise

    def whole(self, name: str) -> Array:
        """An array, checked."""
        _, length, _, checksum = self._arrays[name]
        array = self.part(name, 0, length)
        if zlib.crc32(array.data) != checksum:
            raise IndexUnreadable(f"the array {name} of a segment is damaged")
        return array

    def part(self, name: str, first: int, last: int) -> Array:
        """The elements of an array from a place to another; not checked but for their number."""
        type_, length, at, _ = self._arrays[name]
        dtype = np.dtype(type_)
        if not 0 <= first <= last <= length:
            raise IndexUnreadable(f"the array {name} of a segment has no elements {first} to {last}")
        size = (last - first) * dtype.itemsize
        read = os.pread(self._descriptor, size, at + first * dtype.itemsize) if size else b""
        if len(read) != size:
            raise IndexUnreadable(f"the array {name} of a segment is cut off")
        return np.frombuffer(read, dtype=dtype)
