"""Caches values in the memory of a process: those derived from the database by version, others bounded in bytes."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from math import inf
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Cached(Generic[Value]):
    value: Value
    version: object
    made_at: float


@dataclass(slots=True)
class _Slot(Generic[Value]):
    lock: Lock = field(default_factory=Lock)
    cached: _Cached[Value] | None = None
    used_at: float = 0.0


class DerivedCache(Generic[Key, Value]):
    """Values by key, each with the version of the data that it was made from; threads may share it.

    A value is made by one thread at a time for each key. Times are in seconds:

    - `fresh_seconds`: younger values are returned whatever their version;
    - `max_age`: older ones are made anew although their version is the same;
    - `stale_seconds`: up to this age an outdated value is returned while another thread makes the new one; beyond it,
      and where there is none yet, callers wait.

    With `in_background` an outdated value is returned at once and replaced by a thread of its own. Beyond
    `max_entries` keys without a value are dropped first, then those unused for longest.
    """

    def __init__(
        self,
        *,
        fresh_seconds: float = 0.0,
        max_age: float = inf,
        stale_seconds: float = 0.0,
        in_background: bool = False,
        max_entries: int = 64,
    ) -> None:
        self._fresh_seconds = fresh_seconds
        self._max_age = max_age
        self._stale_seconds = inf if in_background else stale_seconds
        self._in_background = in_background
        self._max_entries = max_entries
        self._slots: dict[Key, _Slot[Value]] = {}
        self._lock = Lock()

    def get(self, key: Key, make: Callable[[], Value], version: object = None) -> Value:
        """The value of `key`, made by `make` unless there is one of this version. What `make` raises is raised."""
        slot = self._slot(key)
        cached = slot.cached
        if cached is not None and self._is_current(cached, version):
            return cached.value
        if cached is None or time.monotonic() - cached.made_at > self._stale_seconds:
            slot.lock.acquire()
        elif not slot.lock.acquire(blocking=False):
            return cached.value
        if cached is not None and self._in_background:
            thread = threading.Thread(target=self._replace, args=(slot, make, version), name="cache", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                # The machine has no thread left; whoever asks next tries again.
                slot.lock.release()
            return cached.value
        return self._replace(slot, make, version)

    def peek(self, key: Key) -> Value | None:
        """The value of `key` of whatever version and age; None where there is none."""
        slot = self._slots.get(key)
        return slot.cached.value if slot is not None and slot.cached is not None else None

    def clear(self) -> None:
        """Drop every value."""
        with self._lock:
            self._slots.clear()

    def _is_current(self, cached: _Cached[Value], version: object) -> bool:
        age = time.monotonic() - cached.made_at
        return age < self._fresh_seconds or (cached.version == version and age < self._max_age)

    def _replace(self, slot: _Slot[Value], make: Callable[[], Value], version: object) -> Value:
        """Make the value of a slot whose lock is held, unless another thread just did; release the lock."""
        try:
            if slot.cached is None or not self._is_current(slot.cached, version):
                began = time.monotonic()
                slot.cached = _Cached(make(), version, began)
            return slot.cached.value
        finally:
            slot.lock.release()

    def _slot(self, key: Key) -> _Slot[Value]:
        with self._lock:
            slot = self._slots.get(key)
            if slot is None:
                if len(self._slots) >= self._max_entries:
                    del self._slots[min(self._slots, key=self._worth)]
                slot = self._slots[key] = _Slot()
            slot.used_at = time.monotonic()
            return slot

    def _worth(self, key: Key) -> tuple[bool, float]:
        slot = self._slots[key]
        return slot.cached is not None, slot.used_at


ENTRY_BYTES = 500
"""Counted for every entry besides its value: its key, and the objects that hold both. Empty values leave, too."""


class BoundedCache(Generic[Value]):
    """Keeps values up to `max_bytes` in all. Safe to use from several threads; a value larger than all is not kept."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.bytes = 0
        self._entries: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Value | None:
        """The value held, or None; it then counts as just used."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: Hashable, value: Value, size: int) -> None:
        """Hold a value of `size` bytes, in place of an older one."""
        size += ENTRY_BYTES
        with self._lock:
            replaced = self._entries.pop(key, None)
            if replaced is not None:
                self.bytes -= replaced[1]
            self._entries[key] = (value, size)
            self.bytes += size
            while self.bytes > self.max_bytes:
                _, (_, left) = self._entries.popitem(last=False)
                self.bytes -= left

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self.bytes = 0
