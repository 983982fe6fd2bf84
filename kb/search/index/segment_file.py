"""Arrays of one segment in one file: written once, then read whole or in parts.

The file is a tag, the length of the header, the header in JSON (for each array its type, its length, its place and a
checksum), and the arrays one after the other, each at a multiple of 64 bytes. Numbers are little-endian.

Parts are read with `pread` and not mapped into memory: a file that is cut off while it is open is then an error that
can be caught, and no signal that ends the process.
"""

import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from weakref import finalize

import numpy as np
import numpy.typing as npt

from .schema import IndexUnreadable

Array = npt.NDArray[Any]

_TAG = b"KBSEGM1\n"
_ALIGNED = 64


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write a file of arrays, and wait until it is on disk."""
    entries, at = {}, 0
    for name, array in arrays.items():
        entries[name] = (array.dtype.newbyteorder("<").str, len(array), at, zlib.crc32(_little_endian(array)))
        at = _aligned(at + array.nbytes)
    header = json.dumps({"arrays": entries, "bytes": at}).encode()
    with path.open("wb") as file:
        file.write(_TAG + len(header).to_bytes(8, "little") + header)
        begin = _aligned(file.tell())
        for name, array in arrays.items():
            file.seek(begin + entries[name][2])
            file.write(_little_endian(array))
        file.truncate(begin + at)
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
            head = os.pread(self._descriptor, len(_TAG) + 8, 0)
            length = int.from_bytes(head[len(_TAG) :], "little")
            self.bytes = os.fstat(self._descriptor).st_size
            if not head.startswith(_TAG) or length > self.bytes:
                raise IndexUnreadable(f"{path.name} does not begin with its tag")
            header = json.loads(os.pread(self._descriptor, length, len(head)))
            self._begin = _aligned(len(head) + length)
            self._arrays: dict[str, tuple[str, int, int, int]] = header["arrays"]
            if self._begin + header["bytes"] != self.bytes:
                raise IndexUnreadable(f"{path.name} is cut off")
        except (ValueError, KeyError, TypeError) as error:
            self.close()
            raise IndexUnreadable(f"the header of {path.name} cannot be read: {error}") from error
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
        read = os.pread(self._descriptor, size, self._begin + at + first * dtype.itemsize) if size else b""
        if len(read) != size:
            raise IndexUnreadable(f"the array {name} of a segment is cut off")
        return np.frombuffer(read, dtype=dtype)
