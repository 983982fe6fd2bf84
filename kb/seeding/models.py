"""The table of facts that were seeded, so that seeding again never doubles, revives or overwrites."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.column_types import Code
from kb.core.db import Model


class SeedRecord(Model):
    """Which fact made which entry: `key` names the fact, `version` is the entry's version when the seed last wrote it.

    An entry whose version has moved on was changed by people; one that is missing was deleted by them. Both are left.
    Terms have no version: theirs is 0, `digest` is of what the seed wrote, and a row that differs from it was changed.
    """

    __tablename__ = "seed_records"

    kind: Mapped[Code] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(500), primary_key=True)
    entry_id: Mapped[int]
    version: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
