"""What a peer is called in a word, by both scores in one; below a floor a place is nobody's peer."""

from typing import Literal

import numpy as np

from kb.core.i18n import gettext_noop

from .geodesy import Floats
from .ranking import DIGITS
from .term_sets import Mask
from .weights import CONTEXT, Weights

Strength = Literal["strong", "fair", "weak"]

STRENGTHS: dict[Strength, float] = {"strong": 0.5, "fair": 0.4, "weak": 0.32}
"""The least score of each word, the strongest first.

Of all pairs of places one in fifty has a context score of 0.5 or more, one in twenty of 0.4, one in five of 0.32.
"""

FLOOR = STRENGTHS["weak"]
"""Below it nobody is shown as a peer."""

LEAST_CONTEXT = 0.25
"""The context score of two places chosen at random; below it nobody is a peer, whatever challenges they share."""

LABELS: dict[str, str] = {
    "strong": gettext_noop("Strong peer"),
    "fair": gettext_noop("Fair peer"),
    "weak": gettext_noop("Weak peer"),
}


def strength(combined: float) -> Strength | None:
    """The word for a score; None below the floor."""
    return next((word for word, least in STRENGTHS.items() if round(combined, DIGITS) >= least), None)


def close_enough(combined: Floats, context: Floats, weights: Weights) -> Mask:
    """Which candidates are peers. Whoever gives the context score no weight wants no least of it either."""
    least_context = LEAST_CONTEXT if weights.of[CONTEXT] else 0.0
    is_close: Mask = (np.round(combined, DIGITS) >= FLOOR) & (np.round(context, DIGITS) >= least_context)
    return is_close
