"""What every entry of the catalogue has, and whatever else people edit side by side."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from kb.core.column_types import UTCDateTime, now

NEVER_REUSE_IDS = {"sqlite_autoincrement": True}
"""Table arguments of entries: histories are kept by id, so the id of an entry that is gone is never given anew."""


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


class Entry(Versioned):
    """What a page of the catalogue has besides: a slug in its address, a language, and a day.

    `language` is that of its texts (BCP 47); `confirmed_on` is when someone last said that the entry is still true.
    """

    slug: Mapped[str] = mapped_column(String(120), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    language: Mapped[str] = mapped_column(String(35), default="en", server_default="en")
    confirmed_on: Mapped[date | None]
