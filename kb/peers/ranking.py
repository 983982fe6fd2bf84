"""The best of many by score, where scores that differ by rounding alone are equal."""

import numpy as np
import numpy.typing as npt

from .geodesy import Floats, Rows

DIGITS = 9
"""Digits of a score that count; beyond them lies what the order of adding does."""

MARGIN = 2 * 10.0**-DIGITS
"""More than any two scores differ that are equal."""


def best(scores: Floats, limit: int, *then: npt.NDArray[np.integer]) -> Rows:
    """Positions of the highest scores, at most `limit`; of equal ones by each of `then`, the lowest first.

    What is equal in all of them stays in its order. A score of NaN or minus infinity never counts.
    """
    if limit <= 0:
        return np.zeros(0, dtype=np.intp)
    candidates = np.flatnonzero(scores > -np.inf)
    known = scores[candidates]
    if len(known) > limit:
        bound = np.partition(known, len(known) - limit)[len(known) - limit]
        near = known >= bound - MARGIN
        candidates, known = candidates[near], known[near]
    keys = (candidates, *(values[candidates] for values in reversed(then)), -np.round(known, DIGITS))
    order: Rows = candidates[np.lexsort(keys)][:limit]
    return order
