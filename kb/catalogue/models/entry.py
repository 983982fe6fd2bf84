"""The columns that every entry has, and the tables of sources and of the change log."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, true
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from kb.core.column_types import Code, Name, UTCDateTime, now, one_of
from kb.core.db import Model
from kb.images.models import StoredImage

from ..choices import LICENCES

NEVER_REUSE_IDS = {"sqlite_autoincrement": True}
"""Table arguments of what the change log names by id: SQLite gives the id of an entry that is gone to no other."""


class Versioned:
    """What people edit: an id, a version that every edit raises, and when it was made and last changed.

    `version` is optimistic: a write that started from an older version fails instead of overwriting.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class Picture:
    """A picture that an entry shows: the image, what it shows, who made it, and the right to show it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    image_key: Mapped[str] = mapped_column(ForeignKey("images.key"), index=True)
    alt: Mapped[Name]
    author: Mapped[Name]
    licence: Mapped[Code]
    source_url: Mapped[str] = mapped_column(String(1000))

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[CheckConstraint, ...]:
        return (one_of("licence", LICENCES, "licence_known"),)

    @declared_attr
    @classmethod
    def image(cls) -> Mapped[StoredImage]:
        """The image."""
        return relationship()


class Entry(Versioned):
    """What a page of the catalogue has besides: a slug in its address, a language, a day, and pictures.

    `language` is that of its texts (BCP 47); `confirmed_on` is when someone last confirmed the entry as true.
    """

    slug: Mapped[str] = mapped_column(String(120), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    language: Mapped[str] = mapped_column(String(35), default="en", server_default="en")
    confirmed_on: Mapped[date | None]

    @declared_attr
    @classmethod
    def pictures(cls) -> Mapped[list[Picture]]:
        """Its pictures in their order; those of a City are rows of CityPicture, and so on."""
        model = f"{cls.__name__}Picture"
        return relationship(model, cascade="all, delete-orphan", order_by=f"({model}.position, {model}.id)")


class Source(Model):
    """A page or document with the date it was seen; `title` is None where nobody noted one."""

    __tablename__ = "sources"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(1000), unique=True)
    title: Mapped[Name | None]
    seen_on: Mapped[date | None]


class Change(Model):
    """An entry of the catalogue was saved or deleted, or something its search document mentions was.

    Ids grow in the order of commits (see `change_log`), so a reader that has seen id n misses nothing below it.
    `is_public` is whether everybody could see the entry after that: of those of which no change is, nobody is told.
    """

    __tablename__ = "changes"
    __table_args__ = (
        CheckConstraint("action IN ('saved', 'deleted')", name="action_known"),
        Index("ix_changes_kind_entry_id_id", "kind", "entry_id", "id"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Code]
    entry_id: Mapped[int]
    version: Mapped[int | None]
    action: Mapped[Code]
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    is_public: Mapped[bool] = mapped_column(default=True, server_default=true())


class CatalogueIdentity(Model):
    """One row: a random name of this database, so that an index of another one is never taken for ours.

    If the database was restored from a backup: when that backup was made, and when it was restored.
    """

    __tablename__ = "catalogue_identity"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(40))
    backup_made_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    restored_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
