"""Cities that have a page, and the challenges they have named."""

from sqlalchemy import Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.core.column_types import Code, Name, one_of
from kb.core.db import Model

from ..choices import CHALLENGE_STATUSES, SEVERITIES
from .entry import NEVER_REUSE_IDS, Entry
from .geography import Country, Place
from .source import Source
from .terms import Challenge

city_sources = Table(
    "city_sources",
    Model.metadata,
    Column("city_id", ForeignKey("cities.id", ondelete="CASCADE"), primary_key=True),
    Column("source_id", ForeignKey("sources.id"), primary_key=True, index=True),
)


class City(Entry, Model):
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


class CityChallenge(Model):
    """A challenge that a city has named; `severity` and `status` are None where the sources do not say."""

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
    source_id: Mapped[int | None] = mapped_column(ForeignKey("sources.id"))

    city: Mapped[City] = relationship(back_populates="challenges")
    challenge: Mapped[Challenge] = relationship()
    source: Mapped[Source | None] = relationship()
