"""Reads of the editorial room: functions named for what they return.

Those that give a `Select` chain on; those that take a session load, in a number of queries that does not grow with
the number of rows.
"""

from .former import moved_to, redirects_to, withdrawal_at, withdrawal_of
from .histories import (
    Whose,
    newest_revision,
    revision_before,
    revision_by_id,
    revision_of,
    revisions_of,
    whose_history,
    without_data,
)
from .proposals import (
    InQueue,
    QueueAsked,
    authors_of,
    decided_with_authors,
    how_many,
    open_proposals_on,
    place_in_queue,
    proposals_by,
    queue,
    waiting_for,
)

__all__ = [
    "InQueue",
    "QueueAsked",
    "Whose",
    "authors_of",
    "decided_with_authors",
    "how_many",
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
    "whose_history",
    "withdrawal_at",
    "withdrawal_of",
    "without_data",
]
