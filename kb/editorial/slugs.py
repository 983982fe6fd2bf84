"""Addresses of new entries."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, select, union_all
from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.rules import free_slug
from kb.core.text import slug as slug_of

from .models import Redirect, Withdrawal


def unused_slug(session: Session, kind: EntryKind, name: str) -> str:
    """A slug of the name that no entry has, and none had: old addresses stay what they were."""
    plain = slug_of(name)
    # Nearly always it is free, which the indexes tell at once; only then those that begin alike are looked through.
    if not session.scalar(_addresses(kind, lambda slug: slug == plain).limit(1)):
        return free_slug(name, ())
    return free_slug(name, set(session.scalars(_addresses(kind, lambda slug: slug.startswith(plain, autoescape=True)))))


def _addresses(kind: EntryKind, chosen: Callable[[Any], ColumnElement[bool]]) -> CompoundSelect[str]:
    """Addresses of entries of a kind that are there, led on, or are withdrawn."""
    model = ENTRIES[kind].model
    had = [select(former.slug).where(former.kind == kind, chosen(former.slug)) for former in (Redirect, Withdrawal)]
    return union_all(select(model.slug).where(chosen(model.slug)), *had)
