"""Makes the garbage collector run less often while many objects are made that are not garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the garbage collector look less often while the block lasts: a quarter of the work was spent on its rounds.

    Rows and their collections refer to one another in circles, so it must still look; 200,000 new objects are some
    tens of megabytes.
    """
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
