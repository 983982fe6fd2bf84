"""Work on many rows in transactions short enough that nobody else has to wait long to write."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

BATCH = 50
"""Rows of one transaction at most."""

BATCH_SECONDS = 0.15
"""Seconds after which a transaction takes no further row."""


def within_seconds(items: Iterable[Item], seconds: float = BATCH_SECONDS) -> Iterator[Item]:
    """Give the items until the seconds are over; the first one always."""
    end = time.monotonic() + seconds
    for item in items:
        yield item
        if time.monotonic() >= end:
            return
