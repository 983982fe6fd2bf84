"""Reads what is new in the catalogue, and which alerts are due."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind
from kb.catalogue.models import Change
from kb.search.kinds import Key

from .models import Alert

FIRST_VERSION = 1
"""The version that an entry has when it comes into the catalogue; it is raised by each change."""


def new_entries(session: Session, after: int, until: int) -> Sequence[tuple[int, Key]]:
    """The entries published after one change of the log up to another, the oldest first, each with its change.

    One that was withdrawn and brought back, or only changed, is not new.
    """
    published = select(Change.id, Change.kind, Change.entry_id).where(
        Change.id > after,
        Change.id <= until,
        Change.kind.in_([str(kind) for kind in EntryKind]),
        Change.version == FIRST_VERSION,
        Change.action == "saved",
    )
    return [(number, (EntryKind(kind), key)) for number, kind, key in session.execute(published.order_by(Change.id))]


def is_due(moment: datetime) -> ColumnElement[bool]:
    """Whether a mail of an alert may be made: its time has come, or whoever had claimed it has come to an end."""
    return or_(
        and_(Alert.state == "waiting", Alert.due_at <= moment),
        and_(Alert.state == "claimed", Alert.claimed_until < moment),
    )


def is_interrupted(moment: datetime) -> ColumnElement[bool]:
    """Whether whoever was sending the mail of an alert has come to an end in the middle of it."""
    return and_(Alert.state == "sending", Alert.claimed_until < moment)


def due_alerts(moment: datetime, most: int) -> Select[Alert]:
    """Alerts of which a mail may be made, the one that is due for longest first."""
    return select(Alert).where(is_due(moment)).order_by(Alert.due_at, Alert.id).limit(most)
