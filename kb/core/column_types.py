"""Column types that the tables of several packages share."""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, TypeVar

from sqlalchemy import CheckConstraint, DateTime, Dialect, String, Text, TypeDecorator, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from kb.core.text import SORT_KEY_LENGTH, sort_key

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


Member = TypeVar("Member", bound=StrEnum)


class Enumerated(TypeDecorator[Member]):
    """A member of an enumeration, kept as its text."""

    impl = String(60)
    cache_ok = True

    def __init__(self, members: type[Member]) -> None:
        super().__init__()
        self.members = members

    def process_bind_param(self, value: Member | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - the interface is SQLAlchemy's
        """Give the database plain text."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Member | None:  # noqa: ARG002 - the interface is SQLAlchemy's
        """Give the member of that text."""
        return None if value is None else self.members(value)


# PostgreSQL compares code points as SQLite does only under this collation.
_SORT_KEY = String(SORT_KEY_LENGTH).with_variant(String(SORT_KEY_LENGTH, collation="C"), "postgresql")


class Sorted:
    """A row that lists show in the order of its `name` or `title`: order them by `sort_key`, then by a unique column.

    The key follows every change of the name; what is inserted by the table brings its own.
    """

    sort_key: Mapped[str] = mapped_column(_SORT_KEY, server_default=text("''"), index=True)

    @validates("name", "title")
    def _follow_name(self, _attribute: str, value: str) -> str:
        self.sort_key = sort_key(value)
        return value


def one_of(column: str, terms: Iterable[str], name: str) -> CheckConstraint:
    """A named constraint that a column holds one of the codes of a closed list, or nothing."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(str(code)) for code in terms)})", name=name)


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)
