"""The tables of a session while it is held: steps of the clock, questions, votes, links of chairs, and blocks.

No row here holds an address. People of the audience are known by keyed hashes of a random token in their browser, which
differ from session to session, and for asking from those for voting: so nobody can be followed from one session to the
next, and nobody who reads the tables learns who voted for what.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.catalogue.models import NEVER_REUSE_IDS, Initiative
from kb.core.column_types import Code, Name, Prose, UTCDateTime, now, one_of
from kb.core.db import Model

from ..choices import QUESTION_STATES
from ..clock import STEPS
from .sessions import ForumSession, Slot, Speaker

Hash = String(64)


class LiveStatus(Model):
    """What is so at this moment. Whatever is done here that others must see raises `version`, except a vote.

    A question is pinned for the slot that is on, `pinned_slot_id`: it is on the screen until another begins.
    """

    __tablename__ = "forum_live"

    session_id: Mapped[int] = mapped_column(ForeignKey("forum_sessions.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    questions_open: Mapped[bool] = mapped_column(default=False)
    pinned_id: Mapped[int | None] = mapped_column(ForeignKey("forum_questions.id", ondelete="SET NULL"), index=True)
    pinned_slot_id: Mapped[int | None] = mapped_column(ForeignKey("forum_slots.id", ondelete="SET NULL"), index=True)
    names_forgotten_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    session: Mapped[ForumSession] = relationship()


class ClockStep(Model):
    """One step of the session's clock (see `kb.forum.clock`). Two consoles cannot both write the step of a number."""

    __tablename__ = "forum_clock_steps"
    __table_args__ = (
        one_of("kind", STEPS, "kind_known"),
        UniqueConstraint("session_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("forum_sessions.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    kind: Mapped[Code]
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("forum_slots.id", ondelete="SET NULL"), index=True)
    minutes: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    by: Mapped[Name | None]


class Question(Model):
    """A question from the audience, to all where no speaker is named; `number` counts those of its session from 1.

    `slot` is what was on when it was asked. What was joined with another keeps its votes: `joined_with_id` is the one
    it was itself joined with, `merged_into_id` the last of that chain, merged into none, for which all votes count. The
    answer's notes are taken down as it comes, or written later by the city's people; None while there are none. It is
    held back when many came from one place before it; `removal` is shared by those that were removed together.
    """

    __tablename__ = "forum_questions"
    __table_args__ = (
        one_of("state", QUESTION_STATES, "state_known"),
        CheckConstraint("merged_into_id IS NULL OR merged_into_id != id", name="not_merged_into_itself"),
        UniqueConstraint("session_id", "number"),
        Index(None, "session_id", "asker_hash", "asked_at"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("forum_sessions.id", ondelete="CASCADE"))
    number: Mapped[int]
    text: Mapped[Prose]
    asker_name: Mapped[Name | None]
    asker_hash: Mapped[str | None] = mapped_column(Hash)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    speaker_id: Mapped[int | None] = mapped_column(ForeignKey("forum_speakers.id", ondelete="SET NULL"), index=True)
    initiative_id: Mapped[int | None] = mapped_column(ForeignKey("initiatives.id", ondelete="SET NULL"), index=True)
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("forum_slots.id", ondelete="SET NULL"), index=True)
    state: Mapped[Code] = mapped_column(default="waiting")
    state_before: Mapped[Code | None]
    is_held_back: Mapped[bool] = mapped_column(default=False, server_default=false())
    removal: Mapped[int | None]
    merged_into_id: Mapped[int | None] = mapped_column(
        ForeignKey("forum_questions.id", ondelete="SET NULL"), index=True
    )
    joined_with_id: Mapped[int | None] = mapped_column(
        ForeignKey("forum_questions.id", ondelete="SET NULL"), index=True
    )
    answer: Mapped[Prose | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("forum_speakers.id", ondelete="SET NULL"), index=True)
    answered_by_name: Mapped[Name | None]
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    session: Mapped[ForumSession] = relationship()
    speaker: Mapped[Speaker | None] = relationship(foreign_keys=[speaker_id])
    answered_by: Mapped[Speaker | None] = relationship(foreign_keys=[answered_by_id])
    initiative: Mapped[Initiative | None] = relationship()
    slot: Mapped[Slot | None] = relationship()
    merged_into: Mapped["Question | None"] = relationship(foreign_keys=[merged_into_id], remote_side="Question.id")

    @property
    def is_published(self) -> bool:
        """Whether everybody may read it."""
        return self.state in {"approved", "answered"}


class Vote(Model):
    """That somebody wants a question answered; the key makes a second vote impossible, also at the same instant."""

    __tablename__ = "forum_votes"

    question_id: Mapped[int] = mapped_column(ForeignKey("forum_questions.id", ondelete="CASCADE"), primary_key=True)
    voter_hash: Mapped[str] = mapped_column(Hash, primary_key=True)


class Block(Model):
    """Somebody who may ask and vote no more in a session, known by the hash that asks."""

    __tablename__ = "forum_blocks"

    session_id: Mapped[int] = mapped_column(ForeignKey("forum_sessions.id", ondelete="CASCADE"), primary_key=True)
    asker_hash: Mapped[str] = mapped_column(Hash, primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class ChairLink(Model):
    """An address that lets whoever holds it lead a session without an account; only its hash is kept."""

    __tablename__ = "forum_chair_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("forum_sessions.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(Hash, unique=True)
    name: Mapped[Name]
    made_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    session: Mapped[ForumSession] = relationship()
