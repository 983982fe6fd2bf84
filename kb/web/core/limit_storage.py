"""Stores counts of requests in memory: never more than so many, however many addresses ask."""

import threading
import time
from heapq import nsmallest
from operator import itemgetter

from limits.storage import Storage

SCHEME = "bounded-memory"

MOST_COUNTS = 50_000
"""Counts that are kept at once; each takes about 300 bytes."""


class BoundedMemoryStorage(Storage):
    """A storage for fixed windows. The one that comes with `limits` grows with the number of addresses.

    When it is full, counts that are over go first, then the tenth that would end soonest: short windows of pages, not
    the longer ones of sign-ins.
    """

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 - declared as a list by `Storage`

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: float | str | bool) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions, **options)
        self._counts: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What a failing storage raises; this one has no way to fail."""
        return ValueError

    def __len__(self) -> int:
        return len(self._counts)

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Add to the count of a key, which begins anew `expiry` seconds after its first."""
        now = time.time()
        with self._lock:
            count, ends = self._counts.get(key, (0, 0.0))
            if ends <= now:
                count, ends = 0, now + expiry
                if key not in self._counts and len(self._counts) >= MOST_COUNTS:
                    self._make_room(now)
            self._counts[key] = count + amount, ends
            return count + amount

    def _make_room(self, now: float) -> None:
        self._counts = {key: kept for key, kept in self._counts.items() if kept[1] > now}
        surplus = len(self._counts) - MOST_COUNTS * 9 // 10
        for key, _ends in nsmallest(surplus, ((key, ends) for key, (_, ends) in self._counts.items()), itemgetter(1)):
            del self._counts[key]

    def get(self, key: str) -> int:
        """The count of a key; 0 when its window is over."""
        count, ends = self._counts.get(key, (0, 0.0))
        return count if ends > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """When the window of a key ends, in seconds since 1970; now, where it has none."""
        return self._counts.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        """It works."""
        return True

    def clear(self, key: str) -> None:
        """Forget one count."""
        with self._lock:
            self._counts.pop(key, None)

    def reset(self) -> int | None:
        """Forget every count, and tell how many there were."""
        with self._lock:
            forgotten = len(self._counts)
            self._counts = {}
        return forgotten
