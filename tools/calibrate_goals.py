"""Fit the weights of `kb/goals/suggestions.py` to our labelled texts, and cross-validate them.

Texts: the initiatives of the seed (in full, and their summaries alone) and `seed_data/goal_examples.json`, made-up
project descriptions from other fields. All are ours. Prints the weights to copy, and for each set of texts micro-F1,
macro-F1, top-1 and any-hit, where each text is judged by weights fitted without it; then how often suggestions of each
confidence were right. Needs nothing but this repository: `python -m tools.calibrate_goals`.
"""

import json
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from config import ROOT
from kb.goals.scoring import TextScores, score_text
from kb.goals.suggestions import SUGGESTED, TARGET_SUGGESTED, goal_measures, target_measures

from .goals_evaluation import MultiLabelResult, multi_label

SEED = ROOT / "seed_data"
FOLDS = 10
RIDGE = 0.5

Text = tuple[TextScores, frozenset[Hashable]]
Measures = Callable[[TextScores, Any], Sequence[float]]


def texts() -> tuple[dict[str, list[Text]], dict[str, list[Text]]]:
    """Our texts by set, weighed, with their goals and with their targets."""
    initiatives = json.loads((SEED / "initiatives.json").read_text())
    examples = json.loads((SEED / "goal_examples.json").read_text())
    short = [score_text(f"{initiative['title']}. {initiative['summary']}") for initiative in initiatives]
    parts = ("summary", "problem", "action", "results")
    full = [
        score_text(" ".join([f"{initiative['title']}.", *(initiative[part] or "" for part in parts)]))
        for initiative in initiatives
    ]
    goals = [frozenset(initiative["goals"]) for initiative in initiatives]
    targets = [frozenset(initiative["targets"]) for initiative in initiatives]
    made = [(score_text(example["text"]), frozenset(example["goals"])) for example in examples]
    by_goals = {"initiatives": _zip(full, goals), "summaries": _zip(short, goals), "examples": made}
    return by_goals, {"initiatives": _zip(full, targets), "summaries": _zip(short, targets)}


def _zip(weighed: Sequence[TextScores], labels: Sequence[frozenset[Hashable]]) -> list[Text]:
    return list(zip(weighed, labels, strict=True))


def fitted(rows: Sequence[tuple[Sequence[float], bool]]) -> np.ndarray:
    """Logistic regression by Newton's method, with a small ridge on all but the intercept."""
    measures = np.array([(1.0, *values) for values, _ in rows])
    labels = np.array([label for _, label in rows], float)
    ridge = np.diag([0.0] + [RIDGE] * (measures.shape[1] - 1))
    weights = np.zeros(measures.shape[1])
    for _ in range(30):
        chances = 1 / (1 + np.exp(-measures @ weights))
        curvature = (measures * (chances * (1 - chances))[:, None]).T @ measures + ridge
        weights += np.linalg.solve(curvature, measures.T @ (labels - chances) - ridge @ weights)
    return weights


def report(name: str, sets: dict[str, list[Text]], measured: Measures, items: str, threshold: float) -> None:
    """Print the weights fitted to all texts, and the cross-validated figures."""

    def rows(texts: Sequence[Text]) -> list[tuple[Sequence[float], bool]]:
        return [
            (measured(weighed, item), item in labels) for weighed, labels in texts for item in getattr(weighed, items)
        ]

    everything = [text for of_set in sets.values() for text in of_set]
    print(f"{name}: weights", np.round(fitted(rows(everything)), 2).tolist())
    chances: list[tuple[float, bool]] = []
    judged: dict[str, list[MultiLabelResult]] = {name: [] for name in sets}
    for fold in range(FOLDS):
        # An initiative's full text and its summary share a fold, since both lists are in the same order.
        others = [text for of_set in sets.values() for n, text in enumerate(of_set) if n % FOLDS != fold]
        weights = fitted(rows(others))
        for name_of_set, of_set in sets.items():
            for weighed, labels in of_set[fold::FOLDS]:
                ranked = sorted(
                    (-1 / (1 + np.exp(-weights @ (1.0, *measured(weighed, item)))), item)
                    for item in getattr(weighed, items)
                )
                chances += [(-float(chance), item in labels) for chance, item in ranked]
                suggested = frozenset(item for chance, item in ranked if -chance >= threshold)
                judged[name_of_set].append(MultiLabelResult(labels, suggested, ranked[0][1] if ranked else None))
    for name_of_set, results in judged.items():
        figures = ", ".join(f"{measure} {value:.3f}" for measure, value in multi_label(results).items())
        print(f"  {name_of_set} ({len(results)}): {figures}")
    for low in np.arange(0, 1, 0.05):
        if within := [right for chance, right in chances if low <= chance < low + 0.05]:
            print(f"  confidence {low:.2f} to {low + 0.05:.2f}: {np.mean(within):.2f} right of {len(within)}")


def main() -> None:
    """Fit and report, goals first."""
    by_goals, by_targets = texts()
    report("goals", by_goals, goal_measures, "goals", SUGGESTED)
    report("targets", by_targets, target_measures, "targets", TARGET_SUGGESTED)


if __name__ == "__main__":
    main()
