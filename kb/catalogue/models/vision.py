"""Visions: the strategies that cities have published."""

from sqlalchemy import Column, ForeignKey, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.core.column_types import Code, Name, Prose, one_of
from kb.core.db import Model

from ..choices import ORIGINS
from .city import City
from .entry import NEVER_REUSE_IDS, Entry
from .source import Source
from .terms import Goal

vision_sources = Table(
    "vision_sources",
    Model.metadata,
    Column("vision_id", ForeignKey("visions.id", ondelete="CASCADE"), primary_key=True),
    Column("source_id", ForeignKey("sources.id"), primary_key=True, index=True),
)


class Vision(Entry, Model):
    """A city's strategy: the year it was adopted, the year it looks to, and its gist."""

    __tablename__ = "visions"
    __table_args__ = NEVER_REUSE_IDS

    title: Mapped[Name]
    city_id: Mapped[int] = mapped_column(ForeignKey("cities.id"), index=True)
    adopted_year: Mapped[int | None]
    horizon_year: Mapped[int | None]
    gist: Mapped[Prose]

    city: Mapped[City] = relationship()
    goals: Mapped[list["VisionGoal"]] = relationship(
        back_populates="vision", cascade="all, delete-orphan", order_by="VisionGoal.goal_number"
    )
    sources: Mapped[list[Source]] = relationship(secondary=vision_sources, order_by=Source.id)


class VisionGoal(Model):
    """A goal that a vision works for; `origin` says who linked it: an editor, or a suggestion a person accepted."""

    __tablename__ = "vision_goals"
    __table_args__ = (one_of("origin", ORIGINS, "origin_known"),)

    vision_id: Mapped[int] = mapped_column(ForeignKey("visions.id", ondelete="CASCADE"), primary_key=True)
    goal_number: Mapped[int] = mapped_column(ForeignKey("goals.number"), primary_key=True, index=True)
    origin: Mapped[Code] = mapped_column(default="editor")

    vision: Mapped[Vision] = relationship(back_populates="goals")
    goal: Mapped[Goal] = relationship()
