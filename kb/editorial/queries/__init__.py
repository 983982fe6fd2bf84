"""Reads of the editorial package: functions named for what they return.

Those that give a `Select` chain on; those that take a session load, in a number of queries that does not grow with
the number of rows.
"""

from .histories import (
    HistoryOwner,
    history_owner,
    newest_revision,
    revision_before,
    revision_by_id,
    revision_of,
    revisions_of,
    without_data,
)
from .proposals import (
    QueueFilter,
    QueueItem,
    authors_of,
    count_proposals,
    decided_with_authors,
    open_proposals_on,
    place_in_queue,
    proposals_by,
    queue,
    waiting_for,
)
from .redirects import moved_to, redirects_to, withdrawal_at, withdrawal_of

__all__ = [
    "HistoryOwner",
    "QueueFilter",
    "QueueItem",
    "authors_of",
    "count_proposals",
    "decided_with_authors",
    "history_owner",
    "moved_to",
    "newest_revision",
    "open_proposals_on",
    "place_in_queue",
    "proposals_by",
    "queue",
    "redirects_to",
    "revision_before",
    "revision_by_id",
    "revision_of",
    "revisions_of",
    "waiting_for",
    "withdrawal_at",
    "withdrawal_of",
    "without_data",
]
