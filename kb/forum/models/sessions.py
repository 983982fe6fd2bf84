"""The tables of events, their sessions, and what a session consists of: speakers, slots, statements, the brief."""

import secrets
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.catalogue.models import NEVER_REUSE_IDS, City, Country, Initiative, Leader, Source, Versioned, Vision
from kb.core.column_types import Code, Name, Prose, UTCDateTime, one_of
from kb.core.db import Model

from ..choices import (
    ATTENDANCES,
    LEADING_ROLES,
    PUBLIC_STATES,
    SESSION_STATES,
    SLOT_KINDS,
    SPEAKER_ROLES,
    SPEAKER_STATUSES,
    STATEMENT_KINDS,
)

# No letters or digits that are mistaken for one another when read from a screen across a room.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_CODE_LENGTH = 6


def new_short_code() -> str:
    """Six signs that are easily read and typed: some 900 million codes, so that one is not guessed."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))


def _sources(table: str, column: str, references: str) -> Table:
    return Table(
        table,
        Model.metadata,
        Column(column, ForeignKey(references, ondelete="CASCADE"), primary_key=True),
        Column("source_id", ForeignKey("sources.id"), primary_key=True, index=True),
    )


forum_sources = _sources("forum_sources", "forum_id", "forums.id")
forum_session_sources = _sources("forum_session_sources", "session_id", "forum_sessions.id")


class Forum(Versioned, Model):
    """An event, such as a conference, at which sessions are held; `starts_on` is its first day where known."""

    __tablename__ = "forums"

    slug: Mapped[str] = mapped_column(String(120), unique=True)
    title: Mapped[Name]
    organisers: Mapped[list[str]] = mapped_column(JSON, default=list)
    starts_on: Mapped[date | None]
    place: Mapped[Name | None]

    sessions: Mapped[list["ForumSession"]] = relationship(
        back_populates="forum", order_by="(ForumSession.starts_at, ForumSession.id)"
    )
    sources: Mapped[list[Source]] = relationship(secondary=forum_sources, order_by=Source.id)


class ForumSession(Versioned, Model):
    """A session of an event. `starts_at` is a moment, `timezone` the IANA name of the zone in which it is told.

    `planned_minutes` is None where the end is not known. `languages` are codes of ISO 639-1, `short_code` the end of
    the audience's short link. Changing a speaker, a slot or a statement raises the version of the session too.
    """

    __tablename__ = "forum_sessions"
    __table_args__ = (
        one_of("state", SESSION_STATES, "state_known"),
        CheckConstraint("planned_minutes > 0", name="planned_minutes_positive"),
        NEVER_REUSE_IDS,
    )

    forum_id: Mapped[int] = mapped_column(ForeignKey("forums.id"), index=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    title: Mapped[Name]
    theme: Mapped[Prose | None]
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    timezone: Mapped[str] = mapped_column(String(60))
    planned_minutes: Mapped[int | None]
    place: Mapped[Name | None]
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    organisers: Mapped[list[str]] = mapped_column(JSON, default=list)
    state: Mapped[Code] = mapped_column(default="draft", index=True)
    note: Mapped[Prose | None]
    guiding_questions: Mapped[list[str]] = mapped_column(JSON, default=list)
    short_code: Mapped[str] = mapped_column(String(12), unique=True, default=new_short_code)

    forum: Mapped[Forum] = relationship(back_populates="sessions")
    speakers: Mapped[list["Speaker"]] = relationship(
        back_populates="session", cascade="all, delete-orphan", order_by="(Speaker.position, Speaker.id)"
    )
    slots: Mapped[list["Slot"]] = relationship(
        back_populates="session", cascade="all, delete-orphan", order_by="(Slot.position, Slot.id)"
    )
    statements: Mapped[list["Statement"]] = relationship(
        back_populates="session", cascade="all, delete-orphan", order_by="(Statement.position, Statement.id)"
    )
    sources: Mapped[list[Source]] = relationship(secondary=forum_session_sources, order_by=Source.id)

    @property
    def is_public(self) -> bool:
        """Whether everybody may see it."""
        return self.state in PUBLIC_STATES

    @property
    def local_start(self) -> datetime:
        """When it begins, on the clocks of its own zone."""
        return self.starts_at.astimezone(ZoneInfo(self.timezone))

    @property
    def ends_at(self) -> datetime | None:
        """When it is planned to end; None where that is not known."""
        return None if self.planned_minutes is None else self.starts_at + timedelta(minutes=self.planned_minutes)


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

    `abstract` is for everybody, `notes` for the chair alone. A talk may present initiatives and a vision. `was_held`
    follows from the live record, and is None while nothing is known (see `rules.slot_state`).
    """

    __tablename__ = "forum_slots"
    __table_args__ = (
        one_of("kind", SLOT_KINDS, "kind_known"),
        CheckConstraint("minutes >= 0", name="minutes_not_negative"),
        NEVER_REUSE_IDS,
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
    was_held: Mapped[bool | None]

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


class Statement(Versioned, Model):
    """Something that was said, in public: by a speaker where one is named, in a slot where it is known which."""

    __tablename__ = "forum_statements"
    __table_args__ = (one_of("kind", STATEMENT_KINDS, "kind_known"),)

    session_id: Mapped[int] = mapped_column(ForeignKey("forum_sessions.id", ondelete="CASCADE"), index=True)
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("forum_slots.id", ondelete="SET NULL"), index=True)
    speaker_id: Mapped[int | None] = mapped_column(ForeignKey("forum_speakers.id", ondelete="SET NULL"), index=True)
    kind: Mapped[Code]
    text: Mapped[Prose]
    position: Mapped[int] = mapped_column(default=0)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("sources.id"), index=True)

    session: Mapped[ForumSession] = relationship(back_populates="statements")
    slot: Mapped[Slot | None] = relationship()
    speaker: Mapped[Speaker | None] = relationship()
    source: Mapped[Source | None] = relationship()


class BriefEdit(Versioned, Model):
    """The chair's own words for one section of the brief; `drawn` is what the record said when they were written.

    So drawing the brief again loses no words, and the page can tell where the record has moved on since.
    """

    __tablename__ = "forum_brief_edits"
    __table_args__ = (UniqueConstraint("session_id", "section"),)

    session_id: Mapped[int] = mapped_column(ForeignKey("forum_sessions.id", ondelete="CASCADE"), index=True)
    section: Mapped[Code]
    text: Mapped[Prose]
    drawn: Mapped[Prose]

    session: Mapped[ForumSession] = relationship()
