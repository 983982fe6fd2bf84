"""Events, and the sessions held at them."""

import secrets
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.catalogue.models import Source, Versioned
from kb.core.column_types import Code, Name, Prose, UTCDateTime, one_of
from kb.core.db import Model

from ..choices import PUBLIC_STATES, SESSION_STATES

if TYPE_CHECKING:
    from .programme import Slot, Speaker
    from .record import Statement

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
