"""Sources: the pages and documents that facts rest on."""

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.column_types import Name
from kb.core.db import Model


class Source(Model):
    """A page or document with the date it was seen; `title` is None where nobody noted one."""

    __tablename__ = "sources"

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(1000), unique=True)
    title: Mapped[Name | None]
    seen_on: Mapped[date | None]
