"""What is kept of a session in words."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.catalogue.models import Source, Versioned
from kb.core.column_types import Code, Prose, one_of
from kb.core.db import Model

from ..choices import STATEMENT_KINDS
from .event import ForumSession
from .programme import Slot, Speaker


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
    source_id: Mapped[int | None] = mapped_column(ForeignKey("sources.id"))

    session: Mapped[ForumSession] = relationship(back_populates="statements")
    slot: Mapped[Slot | None] = relationship()
    speaker: Mapped[Speaker | None] = relationship()
    source: Mapped[Source | None] = relationship()
