"""The challenge score: how far two cities face the same challenges, and work for the same goals, from 0 to 1.

    overlap = both / (both + mine alone + besides * theirs alone), sums of rarity * severity over what both or one face

`besides` is 1 where two cities are compared, and BESIDES where the peers of one are looked for: what a peer faces
beyond the question says little against it (Tversky, Psychological Review 84, 1977).

A city faces what its page names, and what its initiatives address: that is DERIVED, and weighs DERIVED_SHARE of a
statement whose severity is not known. For a challenge that both face, severity is the mean of the two; so cities that
share a challenge are never driven apart by it. Rarity is ln((cities + 1) / cities that face it), the inverse document
frequency of text search (Spärck Jones, Journal of Documentation 28, 1972): what every city faces says next to nothing.
Goals count the same way, without severity, for a fifth, where the goals of both cities are known.
"""

import math
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from .geodesy import Floats

KeyT = TypeVar("KeyT", bound=Hashable)

GOALS_SHARE = 0.2
"""Part of the score that goals make: a goal is broad, and 17 of them tell cities apart less than challenges do."""

SEVERITY_WEIGHTS: Mapping[str, float] = {
    "under-a-third": 1.0,
    "under-two-thirds": 0.75,
    "under-95-percent": 0.5,
    "met": 0.25,
}
"""What a challenge weighs by the share of its target that is met; evenly spaced, since the bands are only ordered."""

UNSTATED_SEVERITY = 0.75
"""What a challenge weighs where nobody has said how severe it is: as much as one in the middle of those still open."""

BESIDES = 0.25
"""What a challenge weighs that only the peer faces: else cities of which much is known would be the worst peers."""

DERIVED = "from-initiatives"
"""In the place of a severity: the city does not name the challenge, and its initiatives address it."""

DERIVED_SHARE = 0.5
"""What a derived challenge weighs beside one that the city names: to work on it says less than to say so."""

SEVERITY_NUMBERS: Mapping[str | None, int] = {
    severity: number for number, severity in enumerate((None, *SEVERITY_WEIGHTS, DERIVED), 1)
}
"""Severities as small numbers for arrays, where 0 means that a city does not face the challenge."""


# Without slots: a frozen, slotted generic cannot be called with its type written out.
@dataclass(frozen=True)
class Rarity(Generic[KeyT]):
    """How many cities have each thing, of how many that have any."""

    cities: int
    counts: Mapping[KeyT, int]

    @classmethod
    def of(cls, named: Iterable[Collection[KeyT]]) -> "Rarity[KeyT]":
        """Count over cities; those that have nothing do not count."""
        sets = [set(names) for names in named if names]
        return cls(len(sets), Counter(name for names in sets for name in names))

    def weight(self, name: KeyT) -> float:
        """Above 0; larger for what fewer cities have. What no city has weighs as if one had."""
        known = self._weights.get(name)
        return self._of_count(1) if known is None else known

    @cached_property
    def _weights(self) -> Mapping[KeyT, float]:
        """Worked out once: one question asks some five hundred times."""
        return {name: self._of_count(count) for name, count in self.counts.items()}

    def _of_count(self, count: int) -> float:
        cities = max(self.cities, 1)
        return math.log((cities + 1) / min(max(count, 1), cities))

    def share(self, name: KeyT) -> float:
        """The share of cities that have it, from 0 to 1."""
        return self.counts.get(name, 0) / self.cities if self.cities else 0.0


Severities = Mapping[str, str | None]
"""Challenges by code, each with its severity, None where that is unknown, or DERIVED."""


def challenge_score(
    mine: Severities,
    theirs: Severities,
    rarity: Rarity[str],
    *,
    my_goals: Collection[int] = (),
    their_goals: Collection[int] = (),
    goal_rarity: Rarity[int] | None = None,
    besides: float = 1.0,
) -> float | None:
    """The score of two cities; None where either faces no challenge. Severities are codes of SEVERITY_WEIGHTS."""
    if not mine or not theirs:
        return None
    # fsum is exact, so that the order of the two cities changes no bit.
    shared = math.fsum(rarity.weight(code) * _both_severe(mine[code], theirs[code]) for code in mine.keys() & theirs)
    single = math.fsum(
        share * rarity.weight(code) * _severe(severity)
        for severities, other, share in ((mine, theirs, 1.0), (theirs, mine, besides))
        for code, severity in severities.items()
        if code not in other
    )
    score = shared / (shared + single)
    if my_goals and their_goals and goal_rarity is not None:
        score = (1 - GOALS_SHARE) * score + GOALS_SHARE * overlap(my_goals, their_goals, goal_rarity)
    return score


def challenge_scores(
    mine: Severities,
    terms: Sequence[str],
    severity: npt.NDArray[np.uint8],
    totals: Floats,
    rarity: Rarity[str],
    besides: float = 1.0,
) -> Floats:
    """`challenge_score` without goals of one city with each of others; NaN for one that faces no challenge.

    `severity` has a row for each of the terms, and a column of SEVERITY_NUMBERS for each city; `totals` are its
    `severity_totals`, so that only the rows of challenges that the one city faces are looked at.
    """
    shared, mine_alone, theirs_alone = np.zeros(len(totals)), np.zeros(len(totals)), totals.copy()
    rows = {code: row for row, code in enumerate(terms)}
    for code, of_mine in mine.items():
        weight, named = rarity.weight(code), severity[rows[code]] if code in rows else None
        if named is None:
            mine_alone += weight * _severe(of_mine)
        else:
            shared += weight * np.array([0.0, *(_both_severe(of_mine, theirs) for theirs in SEVERITY_NUMBERS)])[named]
            mine_alone += weight * _severe(of_mine) * (named == 0)
            theirs_alone -= weight * np.array([0.0, *map(_severe, SEVERITY_NUMBERS)])[named]
    single = mine_alone + besides * np.maximum(theirs_alone, 0.0)
    scores: Floats = np.full(len(totals), np.nan)
    np.divide(shared, shared + single, out=scores, where=(totals > 0) & bool(mine))
    return scores


def severity_totals(terms: Sequence[str], severity: npt.NDArray[np.uint8], rarity: Rarity[str]) -> Floats:
    """The sum of rarity * severity over all that each city faces, shape (cities,)."""
    totals = np.zeros(severity.shape[1])
    for code, named in zip(terms, severity, strict=True):
        totals += rarity.weight(code) * np.array([0.0, *map(_severe, SEVERITY_NUMBERS)])[named]
    return totals


def overlap(mine: Collection[KeyT], theirs: Collection[KeyT], rarity: Rarity[KeyT]) -> float:
    """Weighted overlap of two sets, from 0 to 1; 0 where both are empty."""
    either = math.fsum(rarity.weight(name) for name in set(mine) | set(theirs))
    both = math.fsum(rarity.weight(name) for name in set(mine) & set(theirs))
    return both / either if either else 0.0


def statement_share(severity: str | None) -> float:
    """What a challenge with such a severity weighs beside one that the city names itself."""
    return DERIVED_SHARE if severity == DERIVED else 1.0


def _severe(severity: str | None) -> float:
    if severity is None or severity == DERIVED:
        return UNSTATED_SEVERITY * statement_share(severity)
    return SEVERITY_WEIGHTS[severity]


def _both_severe(mine: str | None, theirs: str | None) -> float:
    """The mean of two severities, of one where only that is known; less where either is derived."""
    known = [weight for severity in (mine, theirs) if (weight := SEVERITY_WEIGHTS.get(severity or ""))]
    mean = sum(known) / len(known) if known else UNSTATED_SEVERITY
    return mean * (statement_share(mine) + statement_share(theirs)) / 2
