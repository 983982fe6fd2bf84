"""What supports an entry's page: key outcomes, values before and after, and numbered sources with their claims."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kb.catalogue.models import Outcome, Source

_PEOPLE = frozenset(
    {
        "citizens", "commuters", "customers", "families", "households", "inhabitants", "participants", "passengers",
        "passengers per year", "patients", "people", "persons", "pupils", "residents", "riders", "students", "users",
        "visitors",
    }
)  # fmt: skip
"""Units that count those whom an initiative reached."""


def key_outcomes(results: Sequence[Outcome]) -> list[Outcome]:
    """The main outcome, and how many people were reached, where figures for them are on record.

    The main outcome is one with a value before, else one whose direction is known, else the first.
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


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that a page says with a source of its own: a name for its anchor, and its words for who goes back."""

    key: str
    words: str
    source: Source | None


@dataclass(frozen=True, slots=True)
class NumberedSource:
    """A source with its number on the page, how the entry cites it, and the claims that rest on it."""

    number: int
    source: Source
    title: str | None
    claims: tuple[Claim, ...]


def numbered_sources(
    cited: Iterable[tuple[Source, str | None]], claims: Sequence[Claim] = ()
) -> tuple[NumberedSource, ...]:
    """The sources an entry cites, in their order, and after them those that only a claim has; each once."""
    titles: dict[str, tuple[Source, str | None]] = {source.url: (source, title) for source, title in cited}
    for claim in claims:
        if claim.source is not None:
            titles.setdefault(claim.source.url, (claim.source, None))
    return tuple(
        NumberedSource(
            number,
            source,
            title or source.title,
            tuple(claim for claim in claims if claim.source is not None and claim.source.url == source.url),
        )
        for number, (source, title) in enumerate(titles.values(), 1)
    )
