"""Addresses of new entries."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, String, bindparam, select, union_all
from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.rules import free_slug
from kb.core.text import slug as slug_of

from .models import Redirect, Withdrawal


def unused_slug(session: Session, kind: EntryKind, name: str) -> str:
    """A slug of the name that no entry has, and none had: old addresses stay what they were."""
    slug = slug_of(name)
    # Nearly always it is free, which the indexes tell at once; only then those that begin alike are looked through.
    if not session.scalar(_taken(kind, is_whole=True), {"slug": slug}):
        return free_slug(name, ())
    return free_slug(name, set(session.scalars(_taken(kind, is_whole=False), {"slug": slug})))


@cache
def _taken(kind: EntryKind, *, is_whole: bool) -> CompoundSelect[str]:
    """The slugs that are or begin with the parameter `slug`, of entries of a kind, of redirects and withdrawals.

    Made once for each kind, since making it takes longer than the query. Slugs hold no wildcards of LIKE.
    """

    def chosen(column: Any) -> ColumnElement[bool]:
        wanted = bindparam("slug", type_=String)
        return column == wanted if is_whole else column.startswith(wanted)

    model = ENTRIES[kind].model
    former = [select(was.slug).where(was.kind == kind, chosen(was.slug)) for was in (Redirect, Withdrawal)]
    return union_all(select(model.slug).where(chosen(model.slug)), *former)
