"""The change log that indexes follow, and the identity by which an index knows its database."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.column_types import Code, UTCDateTime, now
from kb.core.db import Model


class Change(Model):
    """An entry of the catalogue was saved or deleted, or something its search document mentions was.

    Ids grow in the order of commits (see `changes`), so a reader that has seen id n misses nothing below it.
    """

    __tablename__ = "changes"
    __table_args__ = (
        CheckConstraint("action IN ('saved', 'deleted')", name="action_known"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Code]
    entry_id: Mapped[int]
    version: Mapped[int | None]
    action: Mapped[Code]
    at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)


class CatalogueIdentity(Model):
    """One row: a random name of this database, so that an index of another one is never taken for ours."""

    __tablename__ = "catalogue_identity"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(40))
