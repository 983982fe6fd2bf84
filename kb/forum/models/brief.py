"""What a chair has written into the brief, beside what the record says."""

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.catalogue.models import Versioned
from kb.core.column_types import Code, Prose
from kb.core.db import Model

from .event import ForumSession


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
