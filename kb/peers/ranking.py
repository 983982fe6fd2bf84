"""The best of many by score, where scores that differ by rounding alone are equal, and who is good enough to be a peer.

Both scores in one give the word for a peer; below a floor a place is nobody's peer.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

from kb.core.i18n import gettext_noop

from .geodesy import Floats, Rows
from .term_sets import Mask
from .weights import CONTEXT, Weights

DIGITS = 9
"""Digits of a score that count; beyond them lies what the order of adding does."""

MARGIN = 2 * 10.0**-DIGITS
"""More than any two scores differ that are equal."""

Strength = Literal["strong", "fair", "weak"]

STRENGTHS: dict[Strength, float] = {"strong": 0.5, "fair": 0.4, "weak": 0.32}
"""The least score of each word, the strongest first.

Of all pairs of places one in fifty has a context score of 0.5 or more, one in twenty of 0.4, one in six of 0.32.
"""

FLOOR = STRENGTHS["weak"]
"""Below it nobody is shown as a peer."""

LEAST_CONTEXT = 0.25
"""The context score of two places chosen at random; below it nobody is a peer, whatever challenges they share."""

STRENGTH_LABELS: dict[str, str] = {
    "strong": gettext_noop("Strong peer"),
    "fair": gettext_noop("Fair peer"),
    "weak": gettext_noop("Weak peer"),
}


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


def strength(combined: float) -> Strength | None:
    """The word for a score; None below the floor."""
    return next((word for word, least in STRENGTHS.items() if round(combined, DIGITS) >= least), None)


def close_enough(combined: Floats, context: Floats, weights: Weights) -> Mask:
    """Which candidates are peers. Whoever gives the context score no weight wants no least of it either."""
    least_context = LEAST_CONTEXT if weights.of[CONTEXT] else 0.0
    is_close: Mask = (np.round(combined, DIGITS) >= FLOOR) & (np.round(context, DIGITS) >= least_context)
    return is_close
