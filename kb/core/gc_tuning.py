"""Tunes the garbage collector and the allocator: rounds are rare while much is made, workers stay small."""

import ctypes
import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_RARE = (200_000, 20, 100)

# Parameters of mallopt, as glibc's malloc.h numbers them.
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_ARENAS = 2
_MMAP_BYTES = 1 << 20

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


def keep_little_memory() -> None:
    """Let glibc keep two pools of memory instead of eight for each core, and give large arrays back at once.

    Threads of pages each get a pool, which grows to the most that it ever held. Elsewhere than with glibc, nothing is
    changed.
    """
    with suppress(OSError, AttributeError):
        glibc = ctypes.CDLL(None)
        glibc.mallopt(_M_ARENA_MAX, _ARENAS)
        glibc.mallopt(_M_MMAP_THRESHOLD, _MMAP_BYTES)


def freeze_memory() -> None:
    """Give back what is free, and leave what there is alone from now on, so that processes forked now share it.

    The garbage collector writes into every object that it looks at, and what is written to is shared no longer.
    """
    gc.collect()
    gc.freeze()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
