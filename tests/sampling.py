"""Samples of what is too much to be tried in full each time: another one in each run."""

import logging
import os
import random
from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")

SEED = os.environ.get("KB_TEST_SAMPLE_SEED") or str(random.randrange(10**9))  # noqa: S311 - no secret
"""A test that fails shows it; set in the environment, it gives the same sample again, and "all" gives everything."""


def sampled(items: Iterable[Item], most: int) -> list[Item]:
    """At most so many of the items, in their order."""
    listed = list(items)
    if SEED == "all" or len(listed) <= most:
        return listed
    logging.getLogger(__name__).warning("%s of %s are tried: KB_TEST_SAMPLE_SEED=%s", most, len(listed), SEED)
    chosen = random.Random(SEED).sample(range(len(listed)), most)  # noqa: S311 - no secret
    return [listed[number] for number in sorted(chosen)]
