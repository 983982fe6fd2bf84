"""Reads behind the pages of the goals: how many initiatives work for each, where, when, with what, and where none does.

Every function that takes a session loads in a number of queries that does not grow with the rows. An initiative counts
once wherever it stands: once per region, though two of its cities lie there; once in each of two regions, so that the
columns of a matrix may add up to more than the catalogue holds.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, and_, func, literal, select
from sqlalchemy.orm import Session, aliased

from kb.catalogue.choices import EVIDENCE_LEVELS, INCOME_GROUPS
from kb.catalogue.models import (
    Challenge,
    City,
    Country,
    Goal,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    InitiativeTarget,
    Region,
    Target,
    Technology,
    initiative_challenges,
    initiative_technologies,
)

from .statistics import Axis, CityCount, Column, Gap, GoalCount, GoalProfile, Matrix, Pair, TargetCount, TermCount, lift

ENOUGH = 5
"""Initiatives a region has at least before a goal that none of them works for is worth telling."""


def goal_counts(session: Session) -> tuple[GoalCount, ...]:
    """Every goal in order with its initiatives, 0 included; one query."""
    counted = (
        select(Goal.number, Goal.label, Goal.colour, func.count(InitiativeGoal.initiative_id))
        .outerjoin(InitiativeGoal, InitiativeGoal.goal_number == Goal.number)
        .group_by(Goal.number, Goal.label, Goal.colour)
        .order_by(Goal.number)
    )
    return tuple(GoalCount(*row) for row in session.execute(counted))


def matrix(session: Session, axis: Axis) -> Matrix:
    """Goals by region (M49), income group (World Bank) or decade of the start; three or four queries.

    Regions come by label, income groups from low to high, both also where nothing is on record, since that is what is
    missing; decades in order from the first to the last; what is unknown comes last, and only where it occurs.
    """
    placed = _placed(axis).subquery()
    counted = (
        select(InitiativeGoal.goal_number, placed.c.code, func.count())
        .join(placed, placed.c.id == InitiativeGoal.initiative_id)
        .group_by(InitiativeGoal.goal_number, placed.c.code)
    )
    counts = {(number, _code(axis, code)): count for number, code, count in session.execute(counted)}
    all_of = session.execute(select(placed.c.code, func.count()).group_by(placed.c.code))
    totals = {_code(axis, code): count for code, count in all_of}
    labels = _labels(session, axis, totals)
    columns = tuple(
        Column(code, label, totals.get(code, 0)) for code, label in labels.items() if code is not None or code in totals
    )
    goals = goal_counts(session)
    cells = {
        (goal.number, column.code): counts.get((goal.number, column.code), 0) for goal in goals for column in columns
    }
    return Matrix(axis, goals, columns, cells)


def _placed(axis: Axis) -> Select[*tuple[Any, ...]]:
    """Each initiative with the codes it counts under, once for each: `id` and `code`."""
    if axis == "decade":
        start = Initiative.start_year - Initiative.start_year % 10
        return select(Initiative.id.label("id"), start.label("code"))
    code = Country.region_code if axis == "region" else Country.income_group
    return (
        select(InitiativeCity.initiative_id.label("id"), code.label("code"))
        .join(City, City.id == InitiativeCity.city_id)
        .join(Country, Country.code == City.country_code)
        .distinct()
    )


def _code(axis: Axis, code: str | int | None) -> str | None:
    return None if code is None else f"{code}s" if axis == "decade" else str(code)


def _labels(session: Session, axis: Axis, totals: dict[str | None, int]) -> dict[str | None, str | None]:
    """Label by code, in the order of the columns; None, for unknown, has none."""
    labels: dict[str | None, str | None] = {}
    if axis == "region":
        # Nobody runs a city in Antarctica.
        inhabited = select(Region).where(Region.continent != "Antarctica").order_by(Region.label)
        labels |= {region.code: region.label for region in session.scalars(inhabited)}
    elif axis == "income":
        labels |= {code: label for code, label in INCOME_GROUPS.items()}  # noqa: C416 - widens the type of the keys
    else:
        decades = sorted(int(code.removesuffix("s")) for code in totals if code is not None)
        between = range(decades[0], decades[-1] + 1, 10) if decades else ()
        labels |= {f"{decade}s": f"{decade}s" for decade in between}
    labels[None] = None
    return labels


def pairs(session: Session) -> tuple[Pair, ...]:
    """Goals that initiatives work for together, the most frequent first, then by lift; three queries.

    The lift is among initiatives that have any goal at all.
    """
    one, other = aliased(InitiativeGoal), aliased(InitiativeGoal)
    counted = (
        select(one.goal_number, other.goal_number, func.count())
        .join(other, and_(other.initiative_id == one.initiative_id, other.goal_number > one.goal_number))
        .group_by(one.goal_number, other.goal_number)
    )
    of = initiatives_with_goals(session)
    each = {goal.number: goal.initiatives for goal in goal_counts(session)}
    pairs = [
        Pair(first, second, both, lift(both, each[first], each[second], of))
        for first, second, both in session.execute(counted)
    ]
    return tuple(sorted(pairs, key=lambda pair: (-pair.initiatives, -pair.lift, pair.first, pair.second)))


def initiatives_with_goals(session: Session) -> int:
    """How many initiatives work for any goal at all: what a lift is measured among; one query."""
    return session.scalar(select(func.count(InitiativeGoal.initiative_id.distinct()))) or 0


def gaps(session: Session, enough: int = ENOUGH) -> tuple[Gap, ...]:
    """Goals that nobody works for in a region, as `gaps_in` tells them; four queries."""
    return gaps_in(matrix(session, "region"), enough)


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


def goal_profile(session: Session, number: int) -> GoalProfile:
    """What the page of a goal tells; eight queries. A number that no goal has gives a profile of nothing."""
    mine = select(InitiativeGoal.initiative_id).where(InitiativeGoal.goal_number == number)
    years = _grouped(session, Initiative.start_year, mine)
    evidence = _grouped(session, Initiative.evidence_level, mine)
    total = sum(evidence.values())
    of = session.scalar(select(func.count(Initiative.id))) or 0
    levels: list[int | None] = [*(int(level) for level in EVIDENCE_LEVELS), None]
    return GoalProfile(
        initiatives=total,
        targets=target_counts(session, number),
        cities=cities_working_on(session, number),
        by_evidence={None if level is None else str(level): evidence.get(level, 0) for level in levels},
        by_year={year: years[year] for year in sorted(year for year in years if year is not None)},
        without_year=years.get(None, 0),
        challenges=_going_with(session, Challenge, initiative_challenges.c.challenge_code, number, total=total, of=of),
        technologies=_going_with(
            session, Technology, initiative_technologies.c.technology_code, number, total=total, of=of
        ),
    )


def target_counts(session: Session, number: int) -> tuple[TargetCount, ...]:
    """The targets of a goal in their order with their initiatives, 0 included; one query."""
    counted = (
        select(Target.code, Target.label, Target.gist, func.count(InitiativeTarget.initiative_id))
        .outerjoin(InitiativeTarget, InitiativeTarget.target_code == Target.code)
        .where(Target.goal_number == number)
        .group_by(Target.code, Target.label, Target.gist, Target.position)
        .order_by(Target.position)
    )
    return tuple(TargetCount(*row) for row in session.execute(counted))


def targets_by_code(session: Session, codes: Collection[str]) -> dict[str, Target]:
    """Targets by code; one query, none where nothing is asked for."""
    if not codes:
        return {}
    return {target.code: target for target in session.scalars(select(Target).where(Target.code.in_(codes)))}


def cities_working_on(session: Session, number: int) -> tuple[CityCount, ...]:
    """Cities with an initiative for a goal, those with the most first, then by name; one query."""
    count = func.count(InitiativeCity.initiative_id)
    counted = (
        select(City.slug, City.name, Country.name, count)
        .join(Country, Country.code == City.country_code)
        .join(InitiativeCity, InitiativeCity.city_id == City.id)
        .join(InitiativeGoal, InitiativeGoal.initiative_id == InitiativeCity.initiative_id)
        .where(InitiativeGoal.goal_number == number)
        .group_by(City.id, City.slug, City.name, Country.name)
        .order_by(count.desc(), City.sort_key, City.id)
    )
    return tuple(CityCount(*row) for row in session.execute(counted))


def _grouped(session: Session, column: Any, mine: Select[int]) -> dict[Any, int]:
    counted = select(column, func.count()).where(Initiative.id.in_(mine)).group_by(column)
    return {value: int(count) for value, count in session.execute(counted)}


def _going_with(
    session: Session, term: type[Challenge | Technology], code: Any, number: int, *, total: int, of: int
) -> tuple[TermCount, ...]:
    """Terms that a goal's initiatives have, the most frequent first, then by lift and the list's order; one query."""
    linked = code.table
    with_goal = func.count(InitiativeGoal.goal_number)
    counted = (
        select(term.code, term.label, with_goal, func.count(literal(1)))
        .join(linked, code == term.code)
        .outerjoin(
            InitiativeGoal,
            and_(InitiativeGoal.initiative_id == linked.c.initiative_id, InitiativeGoal.goal_number == number),
        )
        .group_by(term.code, term.label, term.position)
        .having(with_goal > 0)
        .order_by(term.position)
    )
    term_counts: Sequence[TermCount] = [
        TermCount(found_code, label, both, everywhere, lift(both, total, everywhere, of))
        for found_code, label, both, everywhere in session.execute(counted)
    ]
    # Sorting is stable, so that what ties keeps the order of the list.
    return tuple(sorted(term_counts, key=lambda term_count: (-term_count.initiatives, -term_count.lift)))
