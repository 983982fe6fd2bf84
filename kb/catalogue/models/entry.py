"""What every entry of the catalogue has."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from kb.columns import UTCDateTime, now


class Entry:
    """What a page of the catalogue has: an id, a slug in its address, a version that every edit raises, and dates.

    `version` is optimistic: a write that started from an older version fails instead of overwriting.
    `confirmed_on` is when someone last said that the entry is still true.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    confirmed_on: Mapped[date | None]

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}
