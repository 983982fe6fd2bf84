"""The tables of the editorial package: proposals, revisions, redirects, withdrawals, reports and failed searches."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value

from kb.accounts.models import User
from kb.catalogue.entries import EntryKind, schema_of
from kb.catalogue.models import Place, Versioned
from kb.core.column_types import Code, Enumerated, Name, Prose, UTCDateTime, now, one_of
from kb.core.db import Model

from .choices import MADE_FROM, ORIGINS, REPORTS, STATES


def completes(*names: str) -> Any:
    """A class decorator: entries in these columns get fields declared since they were stored, blank, when read."""

    def decorate(model: type[Any]) -> type[Any]:
        def read(row: Any, *_context: Any) -> None:
            for name in names:
                data = row.__dict__.get(name)
                if data and "kind" in row.__dict__ and not schema_of(row.kind).declared.keys() <= data.keys():
                    set_committed_value(row, name, {**schema_of(row.kind).load({}), **data})

        event.listen(model, "load", read)
        event.listen(model, "refresh", read)
        return model

    return decorate


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
    """A comment on a field of a proposal, or on the whole where `field` is None."""

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


def _images_of(owner: str) -> Table:
    """The table of the images that rows of another table show, which have them in JSON, by key; images may be gone."""
    return Table(
        f"{owner}_images",
        Model.metadata,
        Column(f"{owner}_id", ForeignKey(f"{owner}s.id", ondelete="CASCADE"), primary_key=True),
        Column("image_key", String(64), primary_key=True, index=True),
    )


proposal_images, withdrawal_images = _images_of("proposal"), _images_of("withdrawal")


@completes("data")
class Revision(Model):
    """A whole entry as it then was. `actor_name` stays when the account goes; None where nobody in particular did it.

    `entry_id` keeps naming the entry after it was withdrawn or merged. `proposal_id` and `import_id` are what it came
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


class Redirect(Model):
    """The address of an entry that was merged into another of its kind; `former_id` keeps the way to its history."""

    __tablename__ = "redirects"
    __table_args__ = (
        one_of("kind", EntryKind, "kind_known"),
        UniqueConstraint("kind", "slug"),
        Index("ix_redirects_kind_entry_id", "kind", "entry_id"),
        Index("ix_redirects_kind_former_id", "kind", "former_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EntryKind] = mapped_column(Enumerated(EntryKind))
    slug: Mapped[str] = mapped_column(String(120))
    entry_id: Mapped[int]
    former_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class Withdrawal(Model):
    """An entry that was withdrawn: since when, why and by whom. Its revisions stay.

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


class Report(Model):
    """What a reader says has changed, is wrong or is missing on an entry's page: for the editors, shown to nobody else.

    `title` is the entry's as it then was. `source` is a link, or how the reader knows. `email` is where the reader may
    be answered, and goes once the report is closed; `note` is what the editor did. What says the same of the same page
    is one report. `about` and `source` are None in reports from before the form asked for them.
    """

    __tablename__ = "reports"
    __table_args__ = (
        one_of("kind", EntryKind, "kind_known"),
        one_of("about", REPORTS, "about_known"),
        Index("ix_reports_kind_slug", "kind", "slug"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EntryKind] = mapped_column(Enumerated(EntryKind))
    slug: Mapped[str] = mapped_column(String(120))
    title: Mapped[Name]
    about: Mapped[Code | None]
    message: Mapped[Prose]
    source: Mapped[Prose | None]
    email: Mapped[Name | None]
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    note: Mapped[Prose | None]


class FailedSearchCount(Model):
    """How often a question found nothing on a day. No address, no person, no time of day; nothing that names one."""

    __tablename__ = "search_demand"
    __table_args__ = (UniqueConstraint("day", "query"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    query: Mapped[Name]
    count: Mapped[int] = mapped_column(default=0)
