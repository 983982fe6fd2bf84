"""Pictures of published entries."""

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from ..models import CityPicture, InitiativePicture, LeaderPicture, VisionPicture

PICTURES = (InitiativePicture, CityPicture, LeaderPicture, VisionPicture)
"""The tables of pictures, one for each kind of entry."""


def shows(image_key: object) -> ColumnElement[bool]:
    """Whether a published entry shows an image, given by its key or the column of it."""
    return or_(*(select(model.id).where(model.image_key == image_key).exists() for model in PICTURES))


def is_image_shown(session: Session, image_key: str) -> bool:
    """Whether a published entry shows the image."""
    return bool(session.scalar(select(shows(image_key))))
