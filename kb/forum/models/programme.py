"""The programme of a session: who speaks, and the run of show."""

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.catalogue.models import City, Country, Initiative, Leader, Versioned, Vision
from kb.core.column_types import Code, Name, Prose, one_of
from kb.core.db import Model

from ..choices import ATTENDANCES, LEADING_ROLES, SLOT_KINDS, SPEAKER_ROLES, SPEAKER_STATUSES
from .event import ForumSession


class Speaker(Versioned, Model):
    """A person who leads or speaks, as announced for that day: `title` stays as it was, whatever comes after.

    `leader` and `city` point to pages here; who has none stands with name and `city_name` alone. `is_former` says that
    the office had ended by then. `attendance` is None where it is not known.
    """

    __tablename__ = "forum_speakers"
    __table_args__ = (
        one_of("role", SPEAKER_ROLES, "role_known"),
        one_of("status", SPEAKER_STATUSES, "status_known"),
        one_of("attendance", ATTENDANCES, "attendance_known"),
    )

    session_id: Mapped[int] = mapped_column(ForeignKey("forum_sessions.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("leaders.id", ondelete="SET NULL"), index=True)
    name: Mapped[Name]
    title: Mapped[Name | None]
    is_former: Mapped[bool] = mapped_column(default=False)
    organisation: Mapped[Name | None]
    city_id: Mapped[int | None] = mapped_column(ForeignKey("cities.id", ondelete="SET NULL"), index=True)
    city_name: Mapped[Name | None]
    country_code: Mapped[str | None] = mapped_column(String(2), ForeignKey("countries.code"))
    role: Mapped[Code] = mapped_column(default="speaker")
    status: Mapped[Code] = mapped_column(default="announced")
    attendance: Mapped[Code | None]
    note: Mapped[Name | None]

    session: Mapped[ForumSession] = relationship(back_populates="speakers")
    leader: Mapped[Leader | None] = relationship()
    city: Mapped[City | None] = relationship()
    country: Mapped[Country | None] = relationship()
    slots: Mapped[list["Slot"]] = relationship(back_populates="speaker", order_by="(Slot.position, Slot.id)")


class Slot(Versioned, Model):
    """A stretch of the run of show. `minutes` is None where no length was given, `speaker` where it is everybody's.

    `abstract` is for everybody, `notes` for the chair alone. A talk may present initiatives and a vision.
    """

    __tablename__ = "forum_slots"
    __table_args__ = (
        one_of("kind", SLOT_KINDS, "kind_known"),
        CheckConstraint("minutes >= 0", name="minutes_not_negative"),
    )

    session_id: Mapped[int] = mapped_column(ForeignKey("forum_sessions.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[Code]
    title: Mapped[Name | None]
    minutes: Mapped[int | None]
    speaker_id: Mapped[int | None] = mapped_column(ForeignKey("forum_speakers.id", ondelete="SET NULL"), index=True)
    vision_id: Mapped[int | None] = mapped_column(ForeignKey("visions.id", ondelete="SET NULL"), index=True)
    abstract: Mapped[Prose | None]
    notes: Mapped[Prose | None]

    session: Mapped[ForumSession] = relationship(back_populates="slots")
    speaker: Mapped[Speaker | None] = relationship(back_populates="slots")
    vision: Mapped[Vision | None] = relationship()
    presented: Mapped[list["SlotInitiative"]] = relationship(
        back_populates="slot",
        cascade="all, delete-orphan",
        order_by="(SlotInitiative.position, SlotInitiative.initiative_id)",
    )

    @property
    def is_about_speaker(self) -> bool:
        """Whether whoever chairs makes a remark here, on the speaker who has just spoken."""
        return self.kind == "remark" and self.speaker is not None and self.speaker.role not in LEADING_ROLES

    @property
    def initiatives(self) -> list[Initiative]:
        """The initiatives it presents, in their order."""
        return [link.initiative for link in self.presented]


class SlotInitiative(Model):
    """An initiative that a talk presents."""

    __tablename__ = "forum_slot_initiatives"

    slot_id: Mapped[int] = mapped_column(ForeignKey("forum_slots.id", ondelete="CASCADE"), primary_key=True)
    initiative_id: Mapped[int] = mapped_column(
        ForeignKey("initiatives.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int] = mapped_column(default=0)

    slot: Mapped[Slot] = relationship(back_populates="presented")
    initiative: Mapped[Initiative] = relationship()
