"""The lists of terms."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session, selectinload

from kb.core.db import read_columns

from ..models import Aim, Challenge, Goal, Region, Technology
from .lookups import one_row


def goals(session: Session) -> Sequence[Goal]:
    """Load the 17 goals in their order."""
    return session.scalars(select(Goal).order_by(Goal.number)).all()


def goals_by_numbers(session: Session, numbers: Collection[int]) -> Sequence[Goal]:
    """Load some goals in their order."""
    return session.scalars(_goals_by_numbers(), {"numbers": list(numbers)}).all()


@cache
def _goals_by_numbers() -> Select[Goal]:
    """Made once, as are those below: to make such a statement takes a quarter of the time of asking it."""
    return select(Goal).where(Goal.number.in_(bindparam("numbers", expanding=True))).order_by(Goal.number)


def goal_by_number(session: Session, number: int) -> Goal:
    """Load a goal with its targets; NotFound where there is none."""
    return one_row(session, select(Goal).options(selectinload(Goal.targets)).where(Goal.number == number))


def challenges(session: Session) -> Sequence[Challenge]:
    """Load the challenges with their aims, in the order of the list."""
    return session.scalars(select(Challenge).options(selectinload(Challenge.aims)).order_by(Challenge.position)).all()


def challenge_names(session: Session) -> Sequence[Row[str, str, str]]:
    """Load code, label and dimension of each challenge, in the order of the list."""
    return read_columns(session, _challenge_names())


@cache
def _challenge_names() -> Select[str, str, str]:
    return select(Challenge.code, Challenge.label, Challenge.dimension).order_by(Challenge.position)


def most_frequent_challenges(session: Session, counts: Mapping[str, int]) -> list[tuple[Challenge, int]]:
    """Load the challenges that are counted, each with its count, the most frequent first."""
    challenges = session.scalars(_challenges_by_codes(), {"codes": list(counts)})
    return sorted(((challenge, counts[challenge.code]) for challenge in challenges), key=lambda pair: -pair[1])


@cache
def _challenges_by_codes() -> Select[Challenge]:
    of_codes = Challenge.code.in_(bindparam("codes", expanding=True))
    return select(Challenge).where(of_codes).order_by(Challenge.position, Challenge.code)


def challenge_by_code(session: Session, code: str) -> Challenge:
    """Load a challenge with its aims and categories; NotFound where there is none."""
    query = select(Challenge).options(selectinload(Challenge.aims), selectinload(Challenge.categories))
    return one_row(session, query.where(Challenge.code == code))


def aims(session: Session) -> Sequence[Aim]:
    """Load the four aims of goal 11 in their order."""
    return session.scalars(select(Aim).order_by(Aim.position)).all()


def technologies(session: Session) -> Sequence[Technology]:
    """Load the technologies in the order of the list."""
    return session.scalars(select(Technology).order_by(Technology.position)).all()


def technology_by_code(session: Session, code: str) -> Technology:
    """Load a technology; NotFound where there is none."""
    return one_row(session, select(Technology).where(Technology.code == code))


def regions(session: Session) -> Sequence[Row[str, str, str]]:
    """Load code, label and continent of each region, by continent and label."""
    return read_columns(session, _regions())


@cache
def _regions() -> Select[str, str, str]:
    return select(Region.code, Region.label, Region.continent).order_by(Region.continent, Region.label)
