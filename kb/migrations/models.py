"""The tables that tell one version of the program about others: which may run on the database, and which do run."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.column_types import Name, UTCDateTime
from kb.core.db import Model


class SchemaCompatibility(Model):
    """The oldest migration that a program must know to run on this database: the last `contract` one applied, if any.

    One row, written with each migration, so that a program can tell whether it may run on a database that is newer.
    """

    __tablename__ = "schema_compatibility"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    oldest_revision: Mapped[str] = mapped_column(String(32))


class Node(Model):
    """A running `kb serve`: `revision` is the newest migration that it knows, `seen_at` is by the database's clock."""

    __tablename__ = "nodes"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[Name]
    version: Mapped[str] = mapped_column(String(60))
    revision: Mapped[str] = mapped_column(String(32))
    seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
