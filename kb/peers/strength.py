"""What a peer is called in a word, by both scores in one; below a floor a place is nobody's peer."""

from typing import Literal

import numpy as np

from kb.core.i18n import gettext_noop

from .geodesy import Floats
from .ranking import DIGITS
from .term_sets import Mask

Strength = Literal["strong", "fair", "weak"]

STRENGTHS: dict[Strength, float] = {"strong": 0.5, "fair": 0.4, "weak": 0.3}
"""The least score of each word, the strongest first."""

FLOOR = STRENGTHS["weak"]
"""Below it nobody is shown as a peer."""

LABELS: dict[str, str] = {
    "strong": gettext_noop("Strong peer"),
    "fair": gettext_noop("Fair peer"),
    "weak": gettext_noop("Weak peer"),
}


def strength(combined: float) -> Strength | None:
    """The word for a score; None below the floor."""
    return next((word for word, least in STRENGTHS.items() if round(combined, DIGITS) >= least), None)


def close_enough(combined: Floats) -> Mask:
    """Which scores are those of peers."""
    is_close: Mask = np.round(combined, DIGITS) >= FLOOR
    return is_close
