"""Addresses of new entries."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.changes import ENTRIES
from kb.catalogue.rules import free_slug
from kb.folding import slug as slug_of

from ..models import Redirect, Withdrawal


def unused_slug(session: Session, kind: str, name: str) -> str:
    """A slug of the name that no entry has, and none had: old addresses stay what they were."""
    plain = slug_of(name)
    models: tuple[Any, ...] = (ENTRIES[kind], Redirect, Withdrawal)
    taken: set[str] = set()
    for model in models:
        chosen = select(model.slug).where(model.slug.startswith(plain, autoescape=True))
        taken |= set(session.scalars(chosen if model is ENTRIES[kind] else chosen.where(model.kind == kind)))
    return free_slug(name, taken)
