"""Column types that the tables of several rooms share."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

from sqlalchemy import CheckConstraint, DateTime, Dialect, String, Text, TypeDecorator
from sqlalchemy.orm import mapped_column

Code = Annotated[str, mapped_column(String(60))]
Name = Annotated[str, mapped_column(String(300))]
Prose = Annotated[str, mapped_column(Text)]

LARGEST_ID = 2**31 - 1
"""The largest number that the id of a row can be; PostgreSQL fails on a larger one, and SQLite on a much larger."""


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite forgets the zone, so it is taken off going in and put back coming out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments; convert to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the interface is SQLAlchemy's
        """Give moments with their zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def one_of(column: str, terms: Iterable[str], name: str) -> CheckConstraint:
    """A named constraint that a column holds one of the codes of a closed list, or nothing."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(code) for code in terms)})", name=name)


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)
