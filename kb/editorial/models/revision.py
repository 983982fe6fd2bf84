"""Revisions: every entry as it was published, at each of its versions; they are never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from kb.catalogue.entries import EntryKind
from kb.core.column_types import Code, Enumerated, Name, Prose, UTCDateTime, now, one_of
from kb.core.db import Model

from ..choices import MADE_FROM
from .complete import completes


@completes("data")
class Revision(Model):
    """A whole entry as it then was. `actor_name` stays when the account goes; None where nobody in particular did it.

    `entry_id` keeps naming the entry after it was withdrawn or merged. `proposal_id` and `import_id` say what it came
    from; `restored_id` is the revision that was brought back.
    """

    __tablename__ = "revisions"
    __table_args__ = (
        one_of("kind", EntryKind, "kind_known"),
        one_of("made_from", MADE_FROM, "made_from_known"),
        Index("ix_revisions_kind_entry_id_id", "kind", "entry_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EntryKind] = mapped_column(Enumerated(EntryKind))
    entry_id: Mapped[int]
    version: Mapped[int]
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    actor_name: Mapped[Name | None]
    why: Mapped[Prose | None]
    made_from: Mapped[Code]
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("proposals.id", ondelete="SET NULL"), index=True)
    import_id: Mapped[int | None] = mapped_column(index=True)
    restored_id: Mapped[int | None] = mapped_column(ForeignKey("revisions.id", ondelete="SET NULL"))
