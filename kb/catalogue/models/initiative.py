"""Initiatives: what was done, for whom, with what result, at what cost, and what went wrong."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ColumnElement, ForeignKey, Table, and_, case, false
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.core.column_types import Code, Name, Prose, Sorted, one_of
from kb.core.db import Model

from ..choices import (
    EVIDENCE_DIRECTIONS,
    FUNDING,
    ORIGINS,
    PARTNER_ROLES,
    PROCUREMENT,
    REACHED_BY_SCALING,
    SCALES,
    STAGES,
)
from .city import City, Leader, Vision
from .entry import NEVER_REUSE_IDS, Entry, Picture, Source
from .terms import Challenge, Goal, Target, Technology


def _linked(table: str, column: str, references: str) -> Table:
    return Table(
        table,
        Model.metadata,
        Column("initiative_id", ForeignKey("initiatives.id", ondelete="CASCADE"), primary_key=True),
        Column(column, ForeignKey(references), primary_key=True, index=True),
    )


initiative_challenges = _linked("initiative_challenges", "challenge_code", "challenges.code")
initiative_technologies = _linked("initiative_technologies", "technology_code", "technologies.code")


class Initiative(Sorted, Entry, Model):
    """What one or more cities did. Everything but title, summary and stage may be unknown (None or empty).

    Years are calendar years, in no demanded order: a leader or vision may be later than the start. `cost_amount` is
    in whole units of `cost_currency` (ISO 4217); `cost_is_citys_own` False keeps it out of totals. `evidence_level`
    runs from 0 to 5 (`terms.EVIDENCE_LEVELS`). `needs_verification` asks the city to confirm what its authors are
    least sure of; once it is confirmed, that counts.
    """

    __tablename__ = "initiatives"
    __table_args__ = (
        one_of("stage", STAGES, "stage_known"),
        one_of("scale", SCALES, "scale_known"),
        one_of("procurement", PROCUREMENT, "procurement_known"),
        one_of("evidence_direction", EVIDENCE_DIRECTIONS, "evidence_direction_known"),
        CheckConstraint("evidence_level BETWEEN 0 AND 5", name="evidence_level_range"),
        CheckConstraint("cost_amount >= 0", name="cost_not_negative"),
        CheckConstraint("cost_amount IS NULL OR cost_currency IS NOT NULL", name="cost_has_currency"),
        NEVER_REUSE_IDS,
    )

    title: Mapped[Name]
    summary: Mapped[Prose]
    problem: Mapped[Prose | None]
    action: Mapped[Prose | None]
    results: Mapped[Prose | None]
    beneficiaries: Mapped[Prose | None]
    stage: Mapped[Code] = mapped_column(index=True)
    scale: Mapped[Code | None]
    start_year: Mapped[int | None] = mapped_column(index=True)
    end_year: Mapped[int | None]
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("leaders.id"), index=True)
    vision_id: Mapped[int | None] = mapped_column(ForeignKey("visions.id"), index=True)
    evidence_level: Mapped[int | None]
    evidence_direction: Mapped[Code | None]
    evidence_note: Mapped[Prose | None]
    needs_verification: Mapped[bool] = mapped_column(default=False, server_default=false())
    cost_amount: Mapped[int | None] = mapped_column(BigInteger)
    cost_currency: Mapped[str | None]
    cost_year: Mapped[int | None]
    cost_is_citys_own: Mapped[bool | None]
    cost_note: Mapped[Prose | None]
    procurement: Mapped[Code | None]
    lessons: Mapped[Prose | None]
    needs_mandate: Mapped[Prose | None]
    needs_staff: Mapped[Prose | None]
    needs_months: Mapped[int | None]
    needs_prerequisites: Mapped[Prose | None]
    adapted_from_id: Mapped[int | None] = mapped_column(ForeignKey("initiatives.id"), index=True)
    adapted_from_note: Mapped[Prose | None]
    contact: Mapped[Prose | None]

    leader: Mapped[Leader | None] = relationship()
    vision: Mapped[Vision | None] = relationship()
    adapted_from: Mapped["Initiative | None"] = relationship(remote_side="Initiative.id", back_populates="adaptations")
    adaptations: Mapped[list["Initiative"]] = relationship(back_populates="adapted_from")
    places: Mapped[list["InitiativeCity"]] = relationship(
        back_populates="initiative",
        cascade="all, delete-orphan",
        order_by="(InitiativeCity.position, InitiativeCity.city_id)",
    )
    goals: Mapped[list["InitiativeGoal"]] = relationship(
        back_populates="initiative", cascade="all, delete-orphan", order_by="InitiativeGoal.goal_number"
    )
    targets: Mapped[list["InitiativeTarget"]] = relationship(
        back_populates="initiative",
        cascade="all, delete-orphan",
        order_by="(InitiativeTarget.position, InitiativeTarget.target_code)",
    )
    challenges: Mapped[list[Challenge]] = relationship(secondary=initiative_challenges, order_by=Challenge.position)
    technologies: Mapped[list[Technology]] = relationship(
        secondary=initiative_technologies, order_by=Technology.position
    )
    partners: Mapped[list["Partner"]] = relationship(
        cascade="all, delete-orphan", order_by="(Partner.position, Partner.id)"
    )
    funding: Mapped[list["InitiativeFunding"]] = relationship(
        cascade="all, delete-orphan", order_by="InitiativeFunding.kind"
    )
    outcomes: Mapped[list["Outcome"]] = relationship(
        cascade="all, delete-orphan", order_by="(Outcome.position, Outcome.id)"
    )
    citations: Mapped[list["InitiativeSource"]] = relationship(
        cascade="all, delete-orphan", order_by="(InitiativeSource.position, InitiativeSource.source_id)"
    )

    @hybrid_property
    def shown_stage(self) -> str:
        """The stage that pages name: "scaled" only where the scale says that it reached the whole city or several."""
        return "operational" if self.stage == "scaled" and self.scale not in REACHED_BY_SCALING else self.stage

    @shown_stage.inplace.expression
    @classmethod
    def _shown_stage(cls) -> ColumnElement[str]:
        is_less = cls.scale.is_(None) | cls.scale.not_in(REACHED_BY_SCALING)
        return case((and_(cls.stage == "scaled", is_less), "operational"), else_=cls.stage)

    @property
    def cities(self) -> list[City]:
        """The cities it belongs to, the leading one first."""
        return [place.city for place in self.places]


class InitiativeCity(Model):
    """A city that an initiative belongs to; position 0 leads."""

    __tablename__ = "initiative_cities"

    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiatives.id", ondelete="CASCADE"), primary_key=True)
    city_id: Mapped[int] = mapped_column(ForeignKey("cities.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0)

    initiative: Mapped[Initiative] = relationship(back_populates="places")
    city: Mapped[City] = relationship()


class InitiativeGoal(Model):
    """A goal an initiative works for; `origin` is who linked it: an editor, or a suggestion a person accepted."""

    __tablename__ = "initiative_goals"
    __table_args__ = (one_of("origin", ORIGINS, "origin_known"),)

    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiatives.id", ondelete="CASCADE"), primary_key=True)
    goal_number: Mapped[int] = mapped_column(ForeignKey("goals.number"), primary_key=True, index=True)
    origin: Mapped[Code] = mapped_column(default="editor")

    initiative: Mapped[Initiative] = relationship(back_populates="goals")
    goal: Mapped[Goal] = relationship()


class InitiativeTarget(Model):
    """A target an initiative works for, with the origin of the link as for goals."""

    __tablename__ = "initiative_targets"
    __table_args__ = (one_of("origin", ORIGINS, "origin_known"),)

    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiatives.id", ondelete="CASCADE"), primary_key=True)
    target_code: Mapped[str] = mapped_column(ForeignKey("targets.code"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0)
    origin: Mapped[Code] = mapped_column(default="editor")

    initiative: Mapped[Initiative] = relationship(back_populates="targets")
    target: Mapped[Target] = relationship()


class Partner(Model):
    """An organisation that took part; `role` is None where no source has it."""

    __tablename__ = "partners"
    __table_args__ = (one_of("role", PARTNER_ROLES, "role_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiatives.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[Name]
    role: Mapped[Code | None]


class InitiativeFunding(Model):
    """Where an initiative's money came from."""

    __tablename__ = "initiative_funding"
    __table_args__ = (one_of("kind", FUNDING, "kind_known"),)

    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiatives.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)


class Outcome(Model):
    """A figure: what was measured, its value and unit. `is_target` marks a promise, which is not a result."""

    __tablename__ = "outcomes"
    __table_args__ = (one_of("direction", EVIDENCE_DIRECTIONS, "direction_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiatives.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    measure: Mapped[Name]
    value: Mapped[float | None]
    unit: Mapped[Name | None]
    qualifier: Mapped[Code | None]
    year: Mapped[int | None]
    baseline_value: Mapped[float | None]
    baseline_year: Mapped[int | None]
    is_target: Mapped[bool] = mapped_column(default=False)
    direction: Mapped[Code | None]
    source_id: Mapped[int | None] = mapped_column(ForeignKey("sources.id"), index=True)

    source: Mapped[Source | None] = relationship()


class InitiativeSource(Model):
    """A source of an initiative, in the order given; `title` is how this entry cites it."""

    __tablename__ = "initiative_sources"

    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiatives.id", ondelete="CASCADE"), primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0)
    title: Mapped[Name | None]

    source: Mapped[Source] = relationship()


class InitiativePicture(Picture, Model):
    """A picture of an initiative."""

    __tablename__ = "initiative_pictures"

    initiative_id: Mapped[int] = mapped_column(ForeignKey("initiatives.id", ondelete="CASCADE"), index=True)
