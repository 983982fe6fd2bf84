"""Stores counts of requests in memory that all processes of a site share: never more than so many, whoever asks."""

import fcntl
import hashlib
import mmap
import secrets
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, NamedTuple
from weakref import finalize

from limits.storage import Storage

SCHEME = "bounded-memory"

BUCKETS = 8_192
"""Groups of counts; the hash of a key says to which it belongs."""

COUNTS_A_BUCKET = 8
"""So there are at most 65,536 counts, in two megabytes."""

_COUNT = struct.Struct("=16sQd")


class _Count(NamedTuple):
    key: bytes
    number: int
    ends: float


class BoundedMemoryStorage(Storage):
    """A storage for fixed windows. The one that comes with `limits` is of one process, and grows with its addresses.

    Memory of its own is shared with every process that is forked afterwards. When a bucket is full, the count that is
    over, or would end soonest, goes: short windows of pages, not the longer ones of sign-ins. Nobody can fill a bucket
    on purpose, since the hash has a secret key.
    """

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 - declared as a list by `Storage`

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: float | str | bool) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._memory = mmap.mmap(-1, BUCKETS * COUNTS_A_BUCKET * _COUNT.size)
        self._secret = secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._shared_lock: IO[bytes] | None = None

    def share(self) -> None:
        """Lock among processes too; to be called before they are forked."""
        # A lock of this kind ends with the process that holds it, however it ends.
        self._shared_lock = TemporaryFile()  # noqa: SIM115 - open for as long as the storage is used
        finalize(self, self._shared_lock.close)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What a failing storage raises; this one has no way to fail."""
        return ValueError

    def __len__(self) -> int:
        return sum(1 for _key, _count, ends in _COUNT.iter_unpack(self._memory) if ends)

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Add to the count of a key, which begins anew `expiry` seconds after its first."""
        digest = self._digest(key)
        start = self._start(digest)
        now = time.time()
        with self._locked(start):
            counts = self._bucket(start)
            slot = next((slot for slot, kept in enumerate(counts) if kept.key == digest), None)
            if slot is None:
                slot = min(range(COUNTS_A_BUCKET), key=lambda each: counts[each].ends)
                count, ends = 0, 0.0
            else:
                _, count, ends = counts[slot]
            if ends <= now:
                count, ends = 0, now + expiry
            _COUNT.pack_into(self._memory, start + slot * _COUNT.size, digest, count + amount, ends)
            return count + amount

    def get(self, key: str) -> int:
        """The count of a key; 0 when its window is over."""
        kept = self._find(key)
        return kept.number if kept is not None and kept.ends > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """When the window of a key ends, in seconds since 1970; now, where it has none."""
        kept = self._find(key)
        return time.time() if kept is None else kept.ends

    def check(self) -> bool:
        """Always True: memory works."""
        return True

    def clear(self, key: str) -> None:
        """Forget one count."""
        digest = self._digest(key)
        start = self._start(digest)
        with self._locked(start):
            for slot, kept in enumerate(self._bucket(start)):
                if kept.key == digest:
                    _COUNT.pack_into(self._memory, start + slot * _COUNT.size, bytes(16), 0, 0.0)

    def reset(self) -> int | None:
        """Forget every count, and tell how many there were."""
        forgotten = len(self)
        for start in range(0, len(self._memory), COUNTS_A_BUCKET * _COUNT.size):
            with self._locked(start):
                self._memory[start : start + COUNTS_A_BUCKET * _COUNT.size] = bytes(COUNTS_A_BUCKET * _COUNT.size)
        return forgotten

    def _digest(self, key: str) -> bytes:
        return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16, key=self._secret).digest()

    def _start(self, digest: bytes) -> int:
        return int.from_bytes(digest[:4]) % BUCKETS * COUNTS_A_BUCKET * _COUNT.size

    def _bucket(self, start: int) -> list[_Count]:
        content = self._memory[start : start + COUNTS_A_BUCKET * _COUNT.size]
        return [_Count(*kept) for kept in _COUNT.iter_unpack(content)]

    def _find(self, key: str) -> _Count | None:
        digest = self._digest(key)
        start = self._start(digest)
        with self._locked(start):
            return next((kept for kept in self._bucket(start) if kept.key == digest), None)

    @contextmanager
    def _locked(self, start: int) -> Iterator[None]:
        """Hold the bucket that begins here, among threads and processes."""
        with self._lock:
            if self._shared_lock is None:
                yield
                return
            fcntl.lockf(self._shared_lock, fcntl.LOCK_EX, 1, start)
            try:
                yield
            finally:
                fcntl.lockf(self._shared_lock, fcntl.LOCK_UN, 1, start)
