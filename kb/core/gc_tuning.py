"""Makes the garbage collector run less often while many objects are made that are not garbage."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_RARE = (200_000, 20, 100)

_lock = threading.Lock()
_usual: list[tuple[int, int, int]] = []
"""The thresholds to go back to, once for each block that lasts: blocks of several threads may overlap."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the garbage collector look less often while the block lasts: a quarter of the work was spent on its rounds.

    Rows and their collections refer to one another in circles, so it must still look; 200,000 new objects are some
    tens of megabytes.
    """
    with _lock:
        _usual.append(_usual[0] if _usual else gc.get_threshold())
        gc.set_threshold(*_RARE)
    try:
        yield
    finally:
        with _lock:
            usual = _usual.pop()
            if not _usual:
                gc.set_threshold(*usual)
