"""Demand: what people searched for and did not find."""

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.column_types import Name
from kb.core.db import Model


class FailedSearchCount(Model):
    """How often a question found nothing on a day. No address, no person, no time of day; nothing that names one."""

    __tablename__ = "search_demand"
    __table_args__ = (UniqueConstraint("day", "query"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    query: Mapped[Name]
    count: Mapped[int] = mapped_column(default=0)
