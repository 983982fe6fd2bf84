"""The accuracy of suggestions when last measured, for pages that ask people to judge them.

Our own texts: `python -m tools.calibrate_goals`, tenfold cross-validation, so that no text was judged by weights it
had helped to fit. The public ones: `kb evaluate goals` on `benchmark.csv` of the package sdgclassification-benchmark
1.0.0, which no weight was fitted to. Measured on 29 November 2026.
"""

from typing import NamedTuple


class OwnTexts(NamedTuple):
    """How many texts; the share whose first goal, and whose any suggested goal, an editor had given too; micro-F1."""

    texts: int
    first: float
    any_hit: float
    micro_f1: float


OWN = OwnTexts(texts=341, first=0.877, any_hit=0.965, micro_f1=0.681)
"""Title and summary of each of our initiatives: about as long as what people paste."""

PUBLIC_JUDGEMENTS = 1251
PUBLIC_ACCURACY = 0.877
"""Judgements of one text and one goal in the public file, and the share of them in which we agree."""

RIGHT = ((0.8, 0.9), (0.6, 0.71), (0.35, 0.46), (0.0, 0.27))
"""From which confidence on, which share of goals was right, over all our texts; the last is for targets alone."""
