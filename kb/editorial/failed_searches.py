"""Counts searches that found nothing, by words and day; nothing is kept of who searched."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Insert, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from kb.core.column_types import now
from kb.core.text import fold

from .models import FailedSearchCount

LONGEST_QUESTION = 80
_MOST_WORDS = 8
_DIGITS_OF_A_NUMBER = 6
_ADDRESS = re.compile(r"@|://|www\.|\bmailto:")


def countable_query(text: str) -> str | None:
    """What is counted for a question: its words, folded; None where it may name a person or has no words."""
    folded = fold(text.replace("\0", " "))
    if _ADDRESS.search(folded) or len(re.findall(r"\d", folded)) >= _DIGITS_OF_A_NUMBER:
        return None
    words = re.findall(r"[^\W_]+(?:[-'’][^\W_]+)*", folded)
    question = " ".join(words)
    # A long text was pasted; it may hold anything.
    if not 1 < len(question) <= LONGEST_QUESTION or len(words) > _MOST_WORDS or not re.search(r"[^\W\d]", question):
        return None
    return question


def record_failed_search(session: Session, text: str, day: date | None = None) -> bool:
    """Count a question that found nothing; return whether it was counted."""
    question = countable_query(text)
    if question is None:
        return False
    dialect = session.connection().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    row = insert(FailedSearchCount).values(day=day or now().date(), query=question, count=1)
    counted: Insert = row.on_conflict_do_update(
        index_elements=["day", "query"], set_={"count": FailedSearchCount.count + 1}
    )
    session.execute(counted)
    return True


@dataclass(frozen=True, slots=True)
class FailedSearch:
    """A question that found nothing: how often, and when last."""

    query: str
    count: int
    last: date


def failed_searches(session: Session, since: date, limit: int) -> Sequence[FailedSearch]:
    """Questions that found nothing since a day, the most frequent first."""
    times = func.sum(FailedSearchCount.count)
    most_frequent = (
        select(FailedSearchCount.query, times, func.max(FailedSearchCount.day))
        .where(FailedSearchCount.day >= since)
        .group_by(FailedSearchCount.query)
        .order_by(times.desc(), FailedSearchCount.query)
        .limit(limit)
    )
    return [FailedSearch(query, int(count), last) for query, count, last in session.execute(most_frequent)]


def count_failed_searches(session: Session, since: date) -> int:
    """How many different questions found nothing since a day."""
    query = select(func.count(FailedSearchCount.query.distinct())).where(FailedSearchCount.day >= since)
    return session.scalar(query) or 0
