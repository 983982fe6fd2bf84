"""What changed since a number or a time: entries that are there, and what is told of those that are gone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy import Row, select

from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.queries import change_before, ever_public
from kb.core.db import in_batches
from kb.editorial.models import Redirect, Withdrawal
from kb.web.core import context
from kb.web.core.links import absolute, link_to_entry

from .caching import last_change
from .query_schemas import invalid_parameter
from .reading import Data

Changed = Row[int, str, int, datetime]
"""Number, kind, entry and moment of the last change of an entry."""


def number_since(name: str, since: int | datetime) -> int:
    """The change number that a parameter means. Raises InvalidParameters for one that there is not yet."""
    if isinstance(since, datetime):
        return change_before(context.session(), since)
    last = last_change()
    if since > last:
        raise invalid_parameter(name, gettext("There is no such change yet; the last one is %(last)s.", last=str(last)))
    return since


def deleted(kind: str, changes: Sequence[Changed]) -> list[Data]:
    """What is told of entries that were public and are not any more, each at its last change.

    Of what never was, as drafts, questions without an answer and private answers, nothing is told.
    """
    ids = [change.entry_id for change in changes]
    if kind not in ENTRIES:
        seen = ever_public(context.session(), kind, ids)
        return [_gone(kind, change, None, None, {}) for change in changes if change.entry_id in seen]
    withdrawals = _by_id(select(Withdrawal).where(Withdrawal.kind == kind), Withdrawal.entry_id, ids)
    redirects = _by_id(select(Redirect).where(Redirect.kind == kind), Redirect.former_id, ids)
    pages = _pages(EntryKind(kind), {redirect.entry_id for redirect in redirects.values()})
    return [
        _gone(kind, change, withdrawals.get(change.entry_id), redirects.get(change.entry_id), pages)
        for change in changes
    ]


def _by_id(query: Any, column: Any, ids: Sequence[int]) -> dict[int, Any]:
    rows = (row for batch in in_batches(ids) for row in context.session().scalars(query.where(column.in_(batch))))
    return {getattr(row, column.key): row for row in rows}


def _pages(kind: EntryKind, ids: set[int]) -> dict[int, str]:
    model: Any = ENTRIES[kind].model
    rows = context.session().execute(select(model.id, model.slug).where(model.id.in_(ids)))
    return {row.id: absolute(link_to_entry(kind, row.slug)) for row in rows}


def _gone(
    kind: str, change: Changed, withdrawal: Withdrawal | None, redirect: Redirect | None, pages: dict[int, str]
) -> Data:
    known = withdrawal or redirect
    return {
        "id": change.entry_id,
        "kind": str(kind),
        "slug": known.slug if known else None,
        "change": change.id,
        "at": change.at.isoformat(),
        "reason": "withdrawn" if withdrawal else "merged" if redirect else "deleted",
        "merged_into": pages.get(redirect.entry_id) if redirect and not withdrawal else None,
    }
