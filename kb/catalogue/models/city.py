"""Cities that have a page with the challenges they have named, their leaders and the strategies they have published."""

from datetime import date

from sqlalchemy import Column, ForeignKey, String, Table, false, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.core.column_types import Code, Name, Prose, Sorted, one_of
from kb.core.db import Model

from ..choices import CHALLENGE_STATUSES, ORIGINS, SEVERITIES
from .entry import NEVER_REUSE_IDS, Entry, Picture, Source
from .geography import Country, Place
from .terms import Challenge, Goal

city_sources = Table(
    "city_sources",
    Model.metadata,
    Column("city_id", ForeignKey("cities.id", ondelete="CASCADE"), primary_key=True),
    Column("source_id", ForeignKey("sources.id"), primary_key=True, index=True),
)


class City(Sorted, Entry, Model):
    """A city; coordinates, population and time zone come from its place. `sources` support its named challenges."""

    __tablename__ = "cities"
    __table_args__ = NEVER_REUSE_IDS

    name: Mapped[Name]
    country_code: Mapped[str] = mapped_column(ForeignKey("countries.code"), index=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("places.id"), unique=True)
    leader_title: Mapped[str | None] = mapped_column(String(200))
    website: Mapped[str | None] = mapped_column(String(1000))

    country: Mapped[Country] = relationship()
    place: Mapped[Place] = relationship()
    challenges: Mapped[list["CityChallenge"]] = relationship(
        back_populates="city",
        cascade="all, delete-orphan",
        order_by="(CityChallenge.position, CityChallenge.challenge_code)",
    )
    sources: Mapped[list[Source]] = relationship(secondary=city_sources, order_by=Source.id)


class CityPicture(Picture, Model):
    """A picture of a city."""

    __tablename__ = "city_pictures"

    city_id: Mapped[int] = mapped_column(ForeignKey("cities.id", ondelete="CASCADE"), index=True)


class CityChallenge(Model):
    """A challenge that a city has named; `severity` and `status` are None where no source has them."""

    __tablename__ = "city_challenges"
    __table_args__ = (
        one_of("severity", SEVERITIES, "severity_known"),
        one_of("status", CHALLENGE_STATUSES, "status_known"),
    )

    city_id: Mapped[int] = mapped_column(ForeignKey("cities.id", ondelete="CASCADE"), primary_key=True)
    challenge_code: Mapped[str] = mapped_column(ForeignKey("challenges.code"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0)
    severity: Mapped[Code | None]
    status: Mapped[Code | None]
    source_id: Mapped[int | None] = mapped_column(ForeignKey("sources.id"), index=True)

    city: Mapped[City] = relationship(back_populates="challenges")
    challenge: Mapped[Challenge] = relationship()
    source: Mapped[Source | None] = relationship()


class Leader(Sorted, Entry, Model):
    """A person who led a city, or stood for what it did in another office: a minister, a ruler, a company's head."""

    __tablename__ = "leaders"
    __table_args__ = NEVER_REUSE_IDS

    name: Mapped[Name]

    terms: Mapped[list["LeaderTerm"]] = relationship(
        back_populates="leader",
        cascade="all, delete-orphan",
        order_by=lambda: (func.coalesce(LeaderTerm.start_year, 0).desc(), LeaderTerm.id),
    )


class LeaderPicture(Picture, Model):
    """A picture of a leader."""

    __tablename__ = "leader_pictures"

    leader_id: Mapped[int] = mapped_column(ForeignKey("leaders.id", ondelete="CASCADE"), index=True)


class LeaderTerm(Model):
    """A leader's time in one city. A year is None where unknown; `end_year` None may also mean still in office.

    `in_office_on` is the last day on which a source shows the person in office. `end_source` supports what is said of
    the end: that day, the last year, or `note`. `leads_no_city` is of an office that does not lead the city.
    """

    __tablename__ = "leader_terms"

    id: Mapped[int] = mapped_column(primary_key=True)
    leader_id: Mapped[int] = mapped_column(ForeignKey("leaders.id", ondelete="CASCADE"), index=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("cities.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    start_year: Mapped[int | None]
    end_year: Mapped[int | None]
    in_office_on: Mapped[date | None]
    leads_no_city: Mapped[bool] = mapped_column(default=False, server_default=false())
    note: Mapped[Name | None]
    source_id: Mapped[int | None] = mapped_column(ForeignKey("sources.id"), index=True)
    end_source_id: Mapped[int | None] = mapped_column(ForeignKey("sources.id"), index=True)

    leader: Mapped[Leader] = relationship(back_populates="terms")
    city: Mapped[City] = relationship()
    source: Mapped[Source | None] = relationship(foreign_keys=source_id)
    end_source: Mapped[Source | None] = relationship(foreign_keys=end_source_id)


vision_sources = Table(
    "vision_sources",
    Model.metadata,
    Column("vision_id", ForeignKey("visions.id", ondelete="CASCADE"), primary_key=True),
    Column("source_id", ForeignKey("sources.id"), primary_key=True, index=True),
)


class Vision(Sorted, Entry, Model):
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


class VisionPicture(Picture, Model):
    """A picture of a city's strategy."""

    __tablename__ = "vision_pictures"

    vision_id: Mapped[int] = mapped_column(ForeignKey("visions.id", ondelete="CASCADE"), index=True)


class VisionGoal(Model):
    """A goal that a vision works for; `origin` is who linked it: an editor, or a suggestion a person accepted."""

    __tablename__ = "vision_goals"
    __table_args__ = (one_of("origin", ORIGINS, "origin_known"),)

    vision_id: Mapped[int] = mapped_column(ForeignKey("visions.id", ondelete="CASCADE"), primary_key=True)
    goal_number: Mapped[int] = mapped_column(ForeignKey("goals.number"), primary_key=True, index=True)
    origin: Mapped[Code] = mapped_column(default="editor")

    vision: Mapped[Vision] = relationship(back_populates="goals")
    goal: Mapped[Goal] = relationship()
