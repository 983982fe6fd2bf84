"""The table of images."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from kb.core.column_types import UTCDateTime, now
from kb.core.db import Model


class StoredImage(Model):
    """An image in two sizes, both WebP in sRGB without metadata; `key` is the SHA-256 hash of both.

    Sizes are in pixels. The bytes are loaded only where they are asked for. What a row shows never changes;
    `created_at` is when it was last uploaded.
    """

    __tablename__ = "images"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    width: Mapped[int]
    height: Mapped[int]
    small_width: Mapped[int]
    small_height: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now, index=True)
    large: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    small: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
