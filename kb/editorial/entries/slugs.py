"""Addresses of new entries."""

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from kb.catalogue.changes import ENTRIES
from kb.catalogue.rules import free_slug
from kb.folding import slug as slug_of

from ..models import Redirect, Withdrawal


def unused_slug(session: Session, kind: str, name: str) -> str:
    """A slug of the name that no entry has, and none had: old addresses stay what they were."""
    plain = slug_of(name)
    had = [select(former.slug, former.kind) for former in (Redirect, Withdrawal)]
    addresses = union_all(select(ENTRIES[kind].slug, literal(kind).label("kind")), *had).subquery()
    begun = addresses.c.slug.startswith(plain, autoescape=True)
    return free_slug(name, set(session.scalars(select(addresses.c.slug).where(begun, addresses.c.kind == kind))))
