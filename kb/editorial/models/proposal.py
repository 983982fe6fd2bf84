"""Proposals: whole entries that are not public, or not yet, and what is said about them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.accounts.models import User
from kb.catalogue.entries import EntryKind
from kb.catalogue.models import Place, Versioned
from kb.core.column_types import Code, Enumerated, Name, Prose, UTCDateTime, now, one_of
from kb.core.db import Model

from ..choices import ORIGINS, STATES
from .complete import completes


@completes("base", "data")
class Proposal(Versioned, Model):
    """A whole entry as its author would have it; `entry_id` is None for one that is not in the catalogue yet.

    `base` is the entry as it was when the proposal began, at `base_version`: what the author has changed is the
    difference. `title` and `place_id` (of the leading city) are drawn from `data`, for lists and filters.
    `import_id` names the import that made it. `merged` is what was published, where others' changes were joined in.
    """

    __tablename__ = "proposals"
    __table_args__ = (
        one_of("kind", EntryKind, "kind_known"),
        one_of("state", STATES, "state_known"),
        one_of("origin", ORIGINS, "origin_known"),
        Index("ix_proposals_kind_entry_id", "kind", "entry_id"),
        Index("ix_proposals_state_submitted_at", "state", "submitted_at"),
    )

    kind: Mapped[EntryKind] = mapped_column(Enumerated(EntryKind))
    entry_id: Mapped[int | None]
    base_version: Mapped[int | None]
    base: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    title: Mapped[Name | None]
    place_id: Mapped[int | None] = mapped_column(ForeignKey("places.id", ondelete="SET NULL"), index=True)
    state: Mapped[Code] = mapped_column(default="draft")
    note: Mapped[Prose | None]
    origin: Mapped[Code] = mapped_column(default="form")
    import_id: Mapped[int | None] = mapped_column(index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    author_name: Mapped[Name]
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    reviewer_name: Mapped[Name | None]
    reason: Mapped[Prose | None]
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    author: Mapped[User | None] = relationship(foreign_keys=author_id)
    place: Mapped[Place | None] = relationship()
    remarks: Mapped[list["Remark"]] = relationship(
        back_populates="proposal", cascade="all, delete-orphan", order_by="Remark.id"
    )


class Remark(Model):
    """Something said on a field of a proposal, or on the whole where `field` is None."""

    __tablename__ = "remarks"

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposals.id", ondelete="CASCADE"), index=True)
    field: Mapped[str | None] = mapped_column(String(200))
    text: Mapped[Prose]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    author_name: Mapped[Name]
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    resolved_by: Mapped[Name | None]

    proposal: Mapped[Proposal] = relationship(back_populates="remarks")
