"""Leaders and their terms of office; a leader outlives a term."""

from sqlalchemy import ForeignKey, String, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.core.column_types import Name
from kb.core.db import Model

from .city import City
from .entry import NEVER_REUSE_IDS, Entry
from .source import Source


class Leader(Entry, Model):
    """A person who led a city: mayor, governor, executive director and the like."""

    __tablename__ = "leaders"
    __table_args__ = NEVER_REUSE_IDS

    name: Mapped[Name]

    terms: Mapped[list["LeaderTerm"]] = relationship(
        back_populates="leader",
        cascade="all, delete-orphan",
        order_by=lambda: (func.coalesce(LeaderTerm.start_year, 0).desc(), LeaderTerm.id),
    )


class LeaderTerm(Model):
    """A leader's time in one city. A year is None where unknown; `end_year` None may also mean still in office."""

    __tablename__ = "leader_terms"

    id: Mapped[int] = mapped_column(primary_key=True)
    leader_id: Mapped[int] = mapped_column(ForeignKey("leaders.id", ondelete="CASCADE"), index=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("cities.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    start_year: Mapped[int | None]
    end_year: Mapped[int | None]
    source_id: Mapped[int | None] = mapped_column(ForeignKey("sources.id"))

    leader: Mapped[Leader] = relationship(back_populates="terms")
    city: Mapped[City] = relationship()
    source: Mapped[Source | None] = relationship()
