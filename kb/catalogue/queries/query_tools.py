"""What the queries share: the one row of an address, and counts by group."""

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop

Row = TypeVar("Row")


def one_row(session: Session, query: Select[Row]) -> Row:
    """The one row that is chosen; NotFound where there is none."""
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound(gettext_noop("There is no such entry in the catalogue."))
    return row


def counts_by(session: Session, column: InstrumentedAttribute[Any] | ColumnElement[Any]) -> dict[Any, int]:
    """How many rows there are for each value of a column."""
    return grouped(session, select(column, func.count()).group_by(column))


def grouped(session: Session, query: Select[*tuple[Any, ...]]) -> dict[Any, int]:
    """A select of (key, count) as a dictionary."""
    return {key: int(count) for key, count in session.execute(query)}


def count_rows(session: Session, column: Any, *conditions: ColumnElement[bool]) -> int:
    """How many values a column has, of the rows that fit the conditions."""
    return session.scalar(select(func.count(column)).where(*conditions)) or 0
