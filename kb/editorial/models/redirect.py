"""Where entries were: addresses that lead elsewhere now, and what is left of those taken out."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kb.catalogue.entries import EntryKind
from kb.core.column_types import Enumerated, Name, Prose, UTCDateTime, now, one_of
from kb.core.db import Model


class Redirect(Model):
    """The address of an entry that was merged into another of its kind; `former_id` keeps the way to its history."""

    __tablename__ = "redirects"
    __table_args__ = (one_of("kind", EntryKind, "kind_known"), UniqueConstraint("kind", "slug"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EntryKind] = mapped_column(Enumerated(EntryKind))
    slug: Mapped[str] = mapped_column(String(120))
    entry_id: Mapped[int]
    former_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class Withdrawal(Model):
    """What is left of an entry that was taken out: that it was here, since when not, and why. Its revisions stay.

    `version`, `created_at` and `confirmed_on` are the entry's own, for when it is brought back.
    """

    __tablename__ = "withdrawals"
    __table_args__ = (
        one_of("kind", EntryKind, "kind_known"),
        UniqueConstraint("kind", "slug"),
        UniqueConstraint("kind", "entry_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EntryKind] = mapped_column(Enumerated(EntryKind))
    slug: Mapped[str] = mapped_column(String(120))
    entry_id: Mapped[int]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_on: Mapped[date | None]
    title: Mapped[Name]
    reason: Mapped[Prose]
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    actor_name: Mapped[Name | None]
