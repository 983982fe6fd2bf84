"""Reads behind the pages of the goals: how many initiatives work for each, where, when, with what, and where none does.

What is counted comes from `kb.catalogue.counts`, labels and names from the database, in a number of rows that does not
grow with the catalogue. An initiative counts once wherever it stands: once per region, though two of its cities lie
there; once in each of two regions, so that the columns of a matrix may add up to more than the catalogue holds.
"""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue import queries as catalogue
from kb.catalogue.choices import CITY_SIZES, EVIDENCE_LEVELS, INCOME_GROUPS, UNKNOWN
from kb.catalogue.counts import CodeCounts, Counts
from kb.catalogue.entries import EntryKind, TermKind
from kb.catalogue.models import Target

from .statistics import (
    Axis,
    CityCount,
    Column,
    Gap,
    GoalCount,
    GoalProfile,
    Matrix,
    Pair,
    TargetCount,
    TermCount,
    WorkingCities,
    lift,
)

ENOUGH = 5
"""Initiatives a region has at least before a goal that none of them works for is worth telling."""

MOST_CITIES = 24
"""Cities that the page of a goal names; its file has all."""


def goal_counts(session: Session, counts: Counts) -> tuple[GoalCount, ...]:
    """Every goal in order with its initiatives, 0 included."""
    found = initiatives_per_goal(counts)
    return tuple(
        GoalCount(goal.number, goal.label, goal.colour, found.get(goal.number, 0)) for goal in catalogue.goals(session)
    )


def initiatives_per_goal(counts: Counts) -> dict[int, int]:
    """How many initiatives work for each goal, by its number; goals without any are left out."""
    return {int(goal): found for goal, found in counts.by(EntryKind.INITIATIVE, "goal").items()}


def matrix(session: Session, counts: Counts, axis: Axis) -> Matrix:
    """Goals by region (M49), income group (World Bank), size of the city or decade of the start.

    Regions come by label, income groups and sizes from low to high, also where nothing is on record, since that is what
    is missing; decades in order from the first to the last; what is unknown comes last, and only where it occurs.
    """
    totals = counts.by(EntryKind.INITIATIVE, axis)
    found = counts.table(EntryKind.INITIATIVE, "goal", axis)
    columns = [Column(code, label, totals.get(code, 0)) for code, label in _labels(session, axis, totals).items()]
    if UNKNOWN in totals:
        columns.append(Column(None, None, totals[UNKNOWN]))
    goals = goal_counts(session, counts)
    cells = {
        (goal.number, column.code): found.get((str(goal.number), column.code or UNKNOWN), 0)
        for goal in goals
        for column in columns
    }
    return Matrix(axis, goals, tuple(columns), cells)


def _labels(session: Session, axis: Axis, totals: CodeCounts) -> dict[str, str]:
    """Label by code, in the order of the columns, without what is unknown."""
    match axis:
        case "region":
            # Nobody runs a city in Antarctica.
            inhabited = [region for region in catalogue.regions(session) if region.continent != "Antarctica"]
            return {region.code: region.label for region in sorted(inhabited, key=lambda region: region.label)}
        case "income":
            return INCOME_GROUPS
        case "size":
            return CITY_SIZES
        case "decade":
            decades = [int(code.removesuffix("s")) for code in totals if code != UNKNOWN]
            between = range(min(decades), max(decades) + 1, 10) if decades else ()
            return {f"{decade}s": f"{decade}s" for decade in between}


def pairs(counts: Counts) -> tuple[Pair, ...]:
    """Goals that initiatives work for together, the most frequent first, then by lift.

    The lift is among initiatives that have any goal at all.
    """
    of = initiatives_with_goals(counts)
    each = counts.by(EntryKind.INITIATIVE, "goal")
    pairs = [
        Pair(int(first), int(second), both, lift(both, each[first], each[second], of))
        for (first, second), both in counts.table(EntryKind.INITIATIVE, "goal", "goal").items()
        if int(first) < int(second)
    ]
    return tuple(sorted(pairs, key=lambda pair: (-pair.initiatives, -pair.lift, pair.first, pair.second)))


def initiatives_with_goals(counts: Counts) -> int:
    """How many initiatives work for any goal at all: what a lift is measured among."""
    return counts.having_any(EntryKind.INITIATIVE, "goal")


def gaps(session: Session, counts: Counts, enough: int = ENOUGH) -> tuple[Gap, ...]:
    """Goals that nobody works for in a region, as `gaps_in` tells them."""
    return gaps_in(matrix(session, counts, "region"), enough)


def gaps_in(by_region: Matrix, enough: int = ENOUGH) -> tuple[Gap, ...]:
    """Goals that nobody works for in a region with at least so many initiatives, the most telling first.

    The most telling are those in the regions with the most entries; then the goals most worked for elsewhere. A gap is
    one of this collection, not of the region.
    """
    gaps = [
        Gap(goal.number, column.code, column.label, column.initiatives, goal.initiatives)
        for goal in by_region.goals
        for column in by_region.columns
        if column.code is not None
        and column.label is not None
        and column.initiatives >= enough
        and by_region.cells[goal.number, column.code] == 0
    ]
    return tuple(sorted(gaps, key=lambda gap: (-gap.of, -gap.elsewhere, gap.label, gap.goal)))


def goal_profile(session: Session, counts: Counts, number: int) -> GoalProfile:
    """What the page of a goal tells but for its cities. A number that no goal has gives a profile of nothing."""
    goal = str(number)
    total = counts.by(EntryKind.INITIATIVE, "goal").get(goal, 0)
    evidence = counts.by(EntryKind.INITIATIVE, "evidence", goal=goal)
    years = counts.by(EntryKind.INITIATIVE, "year", goal=goal)
    of = counts.total(EntryKind.INITIATIVE)
    return GoalProfile(
        initiatives=total,
        targets=target_counts(session, counts, number),
        by_evidence={
            **{level: evidence.get(level, 0) for level in EVIDENCE_LEVELS},
            None: total - sum(evidence.values()),
        },
        by_year={int(year): years[year] for year in sorted(years, key=int)},
        without_year=total - sum(years.values()),
        challenges=_going_with(session, counts, TermKind.CHALLENGE, goal, total=total, of=of),
        technologies=_going_with(session, counts, TermKind.TECHNOLOGY, goal, total=total, of=of),
    )


def target_counts(session: Session, counts: Counts, number: int) -> tuple[TargetCount, ...]:
    """The targets of a goal in their order with their initiatives, 0 included."""
    found = counts.by(EntryKind.INITIATIVE, "target")
    targets = select(Target.code, Target.label, Target.gist).where(Target.goal_number == number)
    rows = session.execute(targets.order_by(Target.position))
    return tuple(TargetCount(code, label, gist, found.get(code, 0)) for code, label, gist in rows)


def targets_by_code(session: Session, codes: Collection[str]) -> dict[str, Target]:
    """Targets by code; one query, none where nothing is asked for."""
    if not codes:
        return {}
    return {target.code: target for target in session.scalars(select(Target).where(Target.code.in_(codes)))}


def cities_working_on(session: Session, counts: Counts, number: int, limit: int | None = MOST_CITIES) -> WorkingCities:
    """Cities with an initiative for a goal, those with the most first, then by name: so many of them, or all."""
    cities = counts.cities(limit, goal=str(number))
    initiatives = dict(cities.first)
    names = catalogue.city_names(session, None if limit is None else initiatives)
    # They come by name, and sorting is stable.
    shown = [CityCount(*names[city], initiatives[city]) for city in names if city in initiatives]
    return WorkingCities(cities.total, tuple(sorted(shown, key=lambda city: -city.initiatives)))


def _going_with(
    session: Session, counts: Counts, kind: TermKind, goal: str, *, total: int, of: int
) -> tuple[TermCount, ...]:
    """Terms that a goal's initiatives have, the most frequent first, then by lift and the list's order."""
    everywhere = counts.by(EntryKind.INITIATIVE, kind)
    together = counts.by(EntryKind.INITIATIVE, kind, goal=goal)
    term_counts = [
        TermCount(code, label, together[code], everywhere[code], lift(together[code], total, everywhere[code], of))
        for code, label in catalogue.labels(session, kind).items()
        if code in together
    ]
    # Sorting is stable, so that what ties keeps the order of the list.
    return tuple(sorted(term_counts, key=lambda term_count: (-term_count.initiatives, -term_count.lift)))
