"""How much is tried where there is no end of it: samples, another one in each run, and made-up examples.

With KB_TEST_LONG set, as `make test-long` does, everything there is, and twenty times as many made-up examples.
"""

import logging
import os
import random
from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")

IS_LONG = "KB_TEST_LONG" in os.environ

SEED = os.environ.get("KB_TEST_SAMPLE_SEED") or str(random.randrange(10**9))  # noqa: S311 - no secret
"""A test that fails shows it; set in the environment, it gives the same sample again."""


def examples(number: int) -> int:
    """So many made-up examples, or twenty times as many."""
    return 20 * number if IS_LONG else number


def sampled(items: Iterable[Item], most: int) -> list[Item]:
    """At most so many of the items, in their order."""
    listed = list(items)
    if IS_LONG or len(listed) <= most:
        return listed
    logging.getLogger(__name__).warning("%s of %s are tried: KB_TEST_SAMPLE_SEED=%s", most, len(listed), SEED)
    chosen = random.Random(SEED).sample(range(len(listed)), most)  # noqa: S311 - no secret
    return [listed[number] for number in sorted(chosen)]
