"""The addresses of entries, in pages by their ids, for the sitemap."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop

from ..entries import ENTRIES, EntryKind

ADDRESSES_A_PAGE = 1_000
"""Ids of a page of the sitemap, which is made in a moment; the protocol allows 50,000 addresses (sitemaps.org)."""


def entry_addresses(session: Session, kind: EntryKind, first: int) -> Sequence[tuple[str, datetime]]:
    """Slug and time of the last edit of the entries of a page of the sitemap; NotFound where there are none."""
    entry = ENTRIES[kind].model
    query = select(entry.slug, entry.updated_at).where(entry.id >= first, entry.id < first + ADDRESSES_A_PAGE)
    addresses = [(slug, updated_at) for slug, updated_at in session.execute(query.order_by(entry.id))]
    if not addresses or first % ADDRESSES_A_PAGE:
        raise NotFound(gettext_noop("There is no such page of the sitemap."))
    return addresses
