"""Reads stored images."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from .models import StoredImage

SIZES = {"large": StoredImage.large, "small": StoredImage.small}


def image_bytes(session: Session, key: str, size: str) -> bytes | None:
    """The bytes of an image in one of SIZES; None where there is no such image."""
    return session.scalar(select(SIZES[size]).where(StoredImage.key == key))
