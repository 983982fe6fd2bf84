"""Suggestions: the goals and targets that a text speaks of, each with a confidence and the very words it rests on.

Deterministic, without network, about 7 ms for 300 words. The confidence is a logistic function of three numbers
(`goal_measures`, `target_measures`), fitted to how editors labelled our own texts, so that of goals suggested with 0.7
about seven in ten are right in texts like those; in other texts it is a rank more than a chance.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .english import is_english
from .scoring import Evidence, TextScores, score_text


@dataclass(frozen=True, slots=True)
class MeasuredAccuracy:
    """How often suggestions were right when last measured, as shares from 0 to 1.

    Of `texts`, an editor had given the first suggested goal too in the share `first`, and any in the share `any_hit`.
    `agreed` is the share of `judgements` on one text and one goal in a public file in which we agree. `right` is from
    which confidence on which share of goals was right; the last pair is for targets alone.
    """

    texts: int
    first: float
    any_hit: float
    judgements: int
    agreed: float
    right: tuple[tuple[float, float], ...]


ACCURACY = MeasuredAccuracy(
    texts=341,
    first=0.877,
    any_hit=0.965,
    judgements=1251,
    agreed=0.877,
    right=((0.8, 0.9), (0.6, 0.71), (0.35, 0.46), (0.0, 0.27)),
)
"""As of 29 November 2026, for pages that ask people to judge suggestions.

The texts are title and summary of each of our initiatives, about as long as what people paste:
`python -m tools.calibrate_goals`, tenfold cross-validation, so that no text was judged by weights it had helped to fit.
The judgements are those of `benchmark.csv` of the package sdgclassification-benchmark 1.0.0, which no weight was fitted
to: `kb evaluate goals`.
"""

GOAL_WEIGHTS = (-3.41, 1.38, 2.01, 0.63)
"""Intercept, then one weight a measure of `goal_measures`."""

RELATED: dict[int, tuple[int, ...]] = {
    1: (2, 6, 8, 10),  # small farmers (2.3), basic services (6.1), decent work (8.5), the poorest (10.1)
    2: (15,),  # soil (15.3)
    3: (2, 6, 11),  # nutrition (2.2), safe water (6.1), air and traffic of cities (11.6, 11.2)
    5: (10,),  # inclusion whatever the sex (10.2)
    6: (12, 15),  # pollution by waste and chemicals (12.4), freshwater ecosystems (15.1)
    8: (1, 2, 4, 9),  # livelihoods (1.4), small farmers (2.3), skills for jobs (4.4), small enterprises (9.3)
    9: (7, 8, 12),  # clean technologies (7.a), small enterprises (8.3), efficient use of resources (12.2)
    10: (1, 5),  # the poorest (1.2), equality of women (5.1)
    11: (6, 12, 13),  # sanitation (6.2), waste (12.5), disasters (13.1)
    12: (2, 11, 14),  # food (2.1), municipal waste (11.6), marine litter (14.1)
    13: (7, 11, 12, 15),  # clean energy (7.2), plans of cities (11.b), less waste (12.5), forests (15.2)
    14: (12,),  # less waste (12.5)
    15: (2, 13),  # sustainable farming (2.4), climate (13.2)
}
"""Goals whose targets serve a goal as well, by the targets' own words. Texts that speak of one often mean the other."""

TARGET_WEIGHTS = (-3.73, 1.05, 2.17, 0.16)
"""Intercept, then one weight a measure of `target_measures`."""

SUGGESTED = 0.35
"""A goal is suggested from this confidence on, which gives the best micro-F1 over our own texts."""

TARGET_SUGGESTED = 0.3
"""A target is suggested from this confidence on, which gives the best micro-F1 over our own texts."""

NAMED = 0.9
"""The least confidence of a goal or target that the text names by its number."""

SURE = 0.99
"""No confidence is above: a text alone never proves what a project does."""


@dataclass(frozen=True, slots=True)
class Span:
    """Words of the text: `text` is what stands from `start` up to `end`, in signs of the original."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class GoalSuggestion:
    """A goal by number, with a confidence from 0 to 1 and the words it rests on, in order."""

    number: int
    confidence: float
    words: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class TargetSuggestion:
    """A target by code, with its goal's number, a confidence from 0 to 1 and the words it rests on, in order."""

    code: str
    goal: int
    confidence: float
    words: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What is suggested for a text, the most confident first; ties by number or code.

    Of a text that is not in English, nothing but the goals and targets that it names by their numbers.
    """

    goals: tuple[GoalSuggestion, ...]
    targets: tuple[TargetSuggestion, ...]
    is_english: bool = True


def suggest(
    text: str,
    goals_from: float = SUGGESTED,
    targets_from: float = TARGET_SUGGESTED,
    goal_limit: int = 17,
    target_limit: int = 10,
) -> Suggestions:
    """Suggest goals and targets for a text in English, at most so many and with at least these confidences.

    Never raises, whatever the text; of a text in another language only what it names by number is suggested. Where
    nothing is found both are empty. With `goals_from=0` every goal comes that has any evidence.
    """
    english, weighed = is_english(text), score_text(text)
    goals = [
        GoalSuggestion(
            number, _confidence(GOAL_WEIGHTS, goal_measures(weighed, number), evidence), _spans(text, evidence)
        )
        for number, evidence in weighed.goals.items()
        if english or evidence.named
    ]
    targets = [
        TargetSuggestion(
            code,
            _goal_of(code),
            _confidence(TARGET_WEIGHTS, target_measures(weighed, code), evidence),
            _spans(text, evidence),
        )
        for code, evidence in weighed.targets.items()
        if english or evidence.named
    ]
    goals.sort(key=lambda goal: (-goal.confidence, goal.number))
    targets.sort(key=lambda target: (-target.confidence, target.goal, target.code))
    return Suggestions(
        tuple(goal for goal in goals if goal.confidence >= goals_from)[:goal_limit],
        tuple(target for target in targets if target.confidence >= targets_from)[:target_limit],
        english,
    )


def goal_measures(weighed: TextScores, goal: int) -> tuple[float, float, float]:
    """How much evidence a goal has for the text's length, and which part of the strongest goal's it is (0 to 1).

    The third is which part of it that of the strongest related goal is.
    """
    amounts = {number: evidence.amount for number, evidence in weighed.goals.items()}
    strongest = max(amounts.values())
    related = max((amounts.get(number, 0.0) for number in RELATED.get(goal, ())), default=0.0)
    return _for_length(amounts[goal], weighed.words), amounts[goal] / strongest, related / strongest


def target_measures(weighed: TextScores, code: str) -> tuple[float, float, float]:
    """How much evidence a target has, as `goal_measures` says it, and the log-odds of its goal."""
    amount = weighed.targets[code].amount
    strongest = max(other.amount for other in weighed.targets.values())
    goal = _goal_of(code)
    odds = _log_odds(GOAL_WEIGHTS, goal_measures(weighed, goal)) if goal in weighed.goals else GOAL_WEIGHTS[0]
    return _for_length(amount, weighed.words), amount / strongest, odds


def _confidence(weights: Sequence[float], measures: Sequence[float], evidence: Evidence) -> float:
    chance = round(1 / (1 + math.exp(-_log_odds(weights, measures))), 3)
    return min(max(chance, NAMED if evidence.named else 0.0), SURE)


def _log_odds(weights: Sequence[float], measures: Sequence[float]) -> float:
    return weights[0] + sum(weight * measure for weight, measure in zip(weights[1:], measures, strict=True))


def _for_length(amount: float, words: int) -> float:
    # Longer texts touch on more things: evidence is measured against the square root of the length, in 60 words.
    return math.log1p(amount / math.sqrt(max(words, 30) / 60))


def _goal_of(code: str) -> int:
    return int(code.partition(".")[0])


def _spans(text: str, evidence: Evidence) -> tuple[Span, ...]:
    return tuple(Span(start, end, text[start:end]) for start, end in evidence.places)
