"""The few figures of an initiative that stand at its head, and its outcomes that have a value before and after."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kb.catalogue.models import Outcome

_PEOPLE = frozenset(
    {
        "citizens", "commuters", "customers", "families", "households", "inhabitants", "participants", "passengers",
        "passengers per year", "patients", "people", "persons", "pupils", "residents", "riders", "students", "users",
        "visitors",
    }
)  # fmt: skip
"""Units that count those whom an initiative reached."""


def key_outcomes(results: Sequence[Outcome]) -> list[Outcome]:
    """The outcome that tells most, and how many people were reached, where figures for them are on record.

    Most is told by a change from a value before, then by one whose direction is known, then by what stands first.
    """
    measured = [outcome for outcome in results if outcome.value is not None]
    if not measured:
        return []
    main = min(measured, key=lambda outcome: (outcome.baseline_value is None, outcome.direction is None))
    counted = [outcome for outcome in measured if _counts_people(outcome) and outcome is not main]
    if _counts_people(main) or not counted:
        return [main]
    return [main, max(counted, key=lambda outcome: (outcome.year or 0, outcome.value or 0))]


def _counts_people(outcome: Outcome) -> bool:
    return (outcome.unit or "").strip().lower() in _PEOPLE


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """An outcome with its value before and after, each as a share of the larger, for bars of the same scale."""

    outcome: Outcome
    before: float
    after: float


def outcome_changes(results: Iterable[Outcome]) -> list[OutcomeChange]:
    """Outcomes of which both values are known and none is below nought, which a bar cannot show."""
    changes = []
    for outcome in results:
        before, after = outcome.baseline_value, outcome.value
        if before is not None and after is not None and min(before, after) >= 0 and max(before, after) > 0:
            largest = max(before, after)
            changes.append(OutcomeChange(outcome, before / largest, after / largest))
    return changes
