"""The lists of terms: goals and targets, aims, challenges with their categories, technologies."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.core.column_types import Code, Name, Prose, one_of
from kb.core.db import Model

from ..choices import DIMENSIONS


class Goal(Model):
    """One of the 17 Sustainable Development Goals; `colour` is its official one, as #rrggbb."""

    __tablename__ = "goals"
    __table_args__ = (CheckConstraint("number BETWEEN 1 AND 17", name="number_range"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    label: Mapped[Name]
    gist: Mapped[Prose]
    colour: Mapped[str] = mapped_column(String(7))

    targets: Mapped[list["Target"]] = relationship(back_populates="goal", order_by="Target.position")


class Target(Model):
    """One of the 169 targets; `code` as the United Nations write it, such as 11.2 or 1.a."""

    __tablename__ = "targets"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    goal_number: Mapped[int] = mapped_column(ForeignKey("goals.number"), index=True)
    position: Mapped[int]
    label: Mapped[Name]
    gist: Mapped[Prose]

    goal: Mapped[Goal] = relationship(back_populates="targets")


class Aim(Model):
    """One of the four words of goal 11: inclusive, safe, resilient, sustainable; reached through challenges."""

    __tablename__ = "aims"

    code: Mapped[Code] = mapped_column(primary_key=True)
    position: Mapped[int]
    label: Mapped[Name]
    gist: Mapped[Prose]

    challenges: Mapped[list["Challenge"]] = relationship(secondary="challenge_aims", back_populates="aims")


class Challenge(Model):
    """What a city suffers; `dimension` is one of the three of the U4SSC indicators (ITU-T Y.4903).

    `synonyms` are other words for it, with commas between them.
    """

    __tablename__ = "challenges"
    __table_args__ = (one_of("dimension", DIMENSIONS, "dimension_known"),)

    code: Mapped[Code] = mapped_column(primary_key=True)
    position: Mapped[int]
    label: Mapped[Name]
    gist: Mapped[Prose]
    synonyms: Mapped[Prose | None]
    dimension: Mapped[Code]

    aims: Mapped[list[Aim]] = relationship(
        secondary="challenge_aims", back_populates="challenges", order_by=Aim.position
    )
    categories: Mapped[list["ChallengeCategory"]] = relationship(
        order_by="ChallengeCategory.label", cascade="all, delete-orphan"
    )


class ChallengeCategory(Model):
    """A U4SSC category that a challenge belongs to, by its English label."""

    __tablename__ = "challenge_categories"

    challenge_code: Mapped[str] = mapped_column(ForeignKey("challenges.code", ondelete="CASCADE"), primary_key=True)
    label: Mapped[str] = mapped_column(String(100), primary_key=True)


challenge_aims = Table(
    "challenge_aims",
    Model.metadata,
    Column("challenge_code", ForeignKey("challenges.code", ondelete="CASCADE"), primary_key=True),
    Column("aim_code", ForeignKey("aims.code", ondelete="CASCADE"), primary_key=True, index=True),
)


class Technology(Model):
    """A kind of technology, in one of six groups (`terms.TECHNOLOGY_GROUPS`); `synonyms` as of a challenge."""

    __tablename__ = "technologies"

    code: Mapped[Code] = mapped_column(primary_key=True)
    position: Mapped[int]
    label: Mapped[Name]
    gist: Mapped[Prose]
    synonyms: Mapped[Prose | None]
    group: Mapped[Code]
