"""Keeps the memory of worker processes small: little is kept for reuse, and what the parent made is shared."""

import ctypes
import gc
from contextlib import suppress

_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
_ARENAS = 2
_MMAP_BYTES = 1 << 20


def keep_little() -> None:
    """Let glibc keep two pools of memory instead of eight for each core, and give large arrays back at once.

    Threads of pages each get a pool, which grows to the most that it ever held. Elsewhere than with glibc, nothing is
    changed.
    """
    with suppress(OSError, AttributeError):
        glibc = ctypes.CDLL(None)
        glibc.mallopt(_M_ARENA_MAX, _ARENAS)
        glibc.mallopt(_M_MMAP_THRESHOLD, _MMAP_BYTES)


def freeze() -> None:
    """Give back what is free, and leave what there is alone from now on, so that processes forked now share it.

    The garbage collector writes into every object that it looks at, and what is written to is shared no longer.
    """
    gc.collect()
    gc.freeze()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
