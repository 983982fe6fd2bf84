"""Reads of the editorial package: functions named for what they return.

Those that give a `Select` chain on; those that take a session load, in a number of queries that does not grow with
the number of rows.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, defer, joinedload

from kb.catalogue.entries import ENTRIES, EntryKind, loading
from kb.catalogue.models import Place, PlaceName
from kb.core.column_types import LARGEST_ID, now
from kb.core.errors import NotFound
from kb.core.i18n import gettext_noop
from kb.core.sql_functions import folded
from kb.core.text import fold

from .choices import OPEN_STATES
from .models import Proposal, Redirect, Report, Revision, Withdrawal


def moved_to(kind: EntryKind, slug: str) -> Select[int]:
    """The id of the entry that an address leads to since the one that stood there was merged."""
    return select(Redirect.entry_id).where(Redirect.kind == kind, Redirect.slug == slug)


def merged_into(session: Session, kind: EntryKind, slug: str) -> str | None:
    """The slug of the entry that the one which stood at an address was merged into; None where none was."""
    model: Any = ENTRIES[kind].model
    return session.scalar(select(model.slug).where(model.id == moved_to(kind, slug).scalar_subquery()))


def redirects_to(kind: EntryKind, entry_id: int) -> Select[Redirect]:
    """The former addresses that lead to an entry."""
    return select(Redirect).where(Redirect.kind == kind, Redirect.entry_id == entry_id)


def entry_merged_from(session: Session, kind: EntryKind, former_id: int) -> Any:
    """The entry that one of this id was merged into; None where it was not, or where that is gone too."""
    query = select(Redirect.entry_id).where(Redirect.kind == kind, Redirect.former_id == former_id).limit(1)
    entry_id = session.scalar(query)
    return session.get(ENTRIES[kind].model, entry_id) if entry_id is not None else None


def withdrawal_of(session: Session, kind: EntryKind, entry_id: int) -> Withdrawal | None:
    """The withdrawal of an entry, by the id that it had."""
    return session.scalars(
        select(Withdrawal).where(Withdrawal.kind == kind, Withdrawal.entry_id == entry_id)
    ).one_or_none()


def withdrawal_at(session: Session, kind: EntryKind, slug: str) -> Withdrawal | None:
    """What is left of the withdrawn entry of an address; also of a former one, which was merged before that."""
    query = select(Withdrawal).where(Withdrawal.kind == kind, Withdrawal.slug == slug)
    withdrawal = session.scalars(query).one_or_none()
    if withdrawal is None and (entry_id := session.scalar(moved_to(kind, slug))) is not None:
        withdrawal = withdrawal_of(session, kind, entry_id)
    return withdrawal


def revisions_of(kind: EntryKind, entry_id: int) -> Select[Revision]:
    """The revisions of an entry, the newest first; of one that is gone, too."""
    return select(Revision).where(Revision.kind == kind, Revision.entry_id == entry_id).order_by(Revision.id.desc())


def newest_revision(session: Session, kind: EntryKind, entry_id: int) -> Revision | None:
    """The newest revision of an entry; None where it was never edited here."""
    return session.scalars(revisions_of(kind, entry_id).limit(1)).one_or_none()


def newest_revisions(session: Session, kind: EntryKind, entry_ids: Collection[int]) -> dict[int, Revision]:
    """The newest revision of each entry that has one, by the ids of the entries, in one query."""
    newest = select(func.max(Revision.id)).where(Revision.kind == kind, Revision.entry_id.in_(entry_ids))
    rows = session.scalars(select(Revision).where(Revision.id.in_(newest.group_by(Revision.entry_id))))
    return {revision.entry_id: revision for revision in rows}


def entries_with_parts(session: Session, kind: EntryKind, entry_ids: Collection[int]) -> dict[int, Any]:
    """Entries by their ids, with all that `snapshot` reads of them, in a few queries."""
    model: Any = ENTRIES[kind].model
    query = select(model).where(model.id.in_(entry_ids)).options(*loading(kind))
    return {entry.id: entry for entry in session.scalars(query)}


def revision_before(session: Session, revision: Revision) -> Revision | None:
    """The revision that came before another one of its entry; None for the first."""
    older = revisions_of(revision.kind, revision.entry_id).where(Revision.id < revision.id)
    return session.scalars(older.limit(1)).one_or_none()


def revision_of(session: Session, kind: EntryKind, entry_id: int, key: int) -> Revision:
    """A revision of an entry. NotFound where it is of another, or there is none."""
    revision = session.scalars(revisions_of(kind, entry_id).where(Revision.id == key)).one_or_none()
    if revision is None:
        raise NotFound(gettext_noop("There is no such version of this entry."))
    return revision


def revision_by_id(session: Session, key: int) -> Revision:
    """A revision of any entry. NotFound where there is none."""
    revision = session.get(Revision, key)
    if revision is None:
        raise NotFound(gettext_noop("There is no such version."))
    return revision


def without_data(query: Select[Revision]) -> Select[Revision]:
    """Revisions without the entries themselves, as lists show them."""
    return query.options(defer(Revision.data))


@dataclass(frozen=True, slots=True)
class HistoryOwner:
    """The entry that a page of history is about; `withdrawal` is set where it was withdrawn."""

    entry_id: int
    title: str
    is_there: bool
    withdrawal: Withdrawal | None = None


def history_owner(session: Session, kind: EntryKind, slug: str) -> HistoryOwner:
    """Whose history is at an address, also after a withdrawal or a merge. NotFound for what never was."""
    model: Any = ENTRIES[kind].model
    title = ENTRIES[kind].title
    entry = session.scalars(select(model).where(model.slug == slug)).one_or_none()
    if entry is not None:
        return HistoryOwner(entry.id, getattr(entry, title), is_there=True)
    withdrawal = withdrawal_at(session, kind, slug)
    if withdrawal is not None and withdrawal.slug == slug:
        return HistoryOwner(withdrawal.entry_id, withdrawal.title, is_there=False, withdrawal=withdrawal)
    former_id = session.scalar(select(Redirect.former_id).where(Redirect.kind == kind, Redirect.slug == slug))
    if former_id is None:
        raise NotFound(gettext_noop("There is no such entry in the catalogue."))
    newest = newest_revision(session, kind, former_id)
    return HistoryOwner(former_id, str(newest.data[title]) if newest else slug, is_there=False, withdrawal=withdrawal)


def open_proposals_on(kind: EntryKind, entry_id: int) -> Select[Proposal]:
    """Proposals on an entry that may yet be published, the oldest first."""
    query = select(Proposal).where(
        Proposal.kind == kind, Proposal.entry_id == entry_id, Proposal.state.in_(OPEN_STATES)
    )
    return query.order_by(Proposal.id)


def proposals_by(author_id: int) -> Select[Proposal]:
    """Proposals of a person, those touched last first."""
    return select(Proposal).where(Proposal.author_id == author_id).order_by(Proposal.updated_at.desc(), Proposal.id)


def own_proposals(
    author_id: int, *, state: str | None = None, kind: EntryKind | None = None, before: int | None = None
) -> Select[Proposal]:
    """Proposals of a person without their entries, the newest first; those before an id, where one is given."""
    query = select(Proposal).where(Proposal.author_id == author_id).order_by(Proposal.id.desc())
    if state is not None:
        query = query.where(Proposal.state == state)
    if kind is not None:
        query = query.where(Proposal.kind == kind)
    if before is not None:
        query = query.where(Proposal.id < before)
    return query.options(defer(Proposal.data), defer(Proposal.base))


def entry_of(session: Session, proposal: Proposal) -> Any:
    """The entry that a proposal would change; None for a new one, and where it is gone."""
    return None if proposal.entry_id is None else session.get(ENTRIES[proposal.kind].model, proposal.entry_id)


def slugs_of_entries(session: Session, proposals: Collection[Proposal]) -> dict[tuple[EntryKind, int | None], str]:
    """The slugs of the entries that proposals are about, by kind and id; in a query for each kind."""
    slugs: dict[tuple[EntryKind, int | None], str] = {}
    for kind in {proposal.kind for proposal in proposals if proposal.entry_id is not None}:
        model: Any = ENTRIES[kind].model
        ids = {proposal.entry_id for proposal in proposals if proposal.kind == kind}
        rows = session.execute(select(model.id, model.slug).where(model.id.in_(ids)))
        slugs |= {(kind, key): slug for key, slug in rows}
    return slugs


def authors_of(kind: EntryKind, entry_id: int) -> Select[int | None]:
    """The ids of those who wrote proposals on an entry."""
    return select(Proposal.author_id).where(Proposal.kind == kind, Proposal.entry_id == entry_id)


def waiting_for(session: Session, actor_id: int) -> tuple[int, datetime | None]:
    """How many proposals of others wait for a reviewer, and since when the oldest of them does."""
    query = select(func.count(), func.min(Proposal.submitted_at)).where(
        Proposal.state == "submitted", Proposal.author_id.is_distinct_from(actor_id)
    )
    count, oldest = session.execute(query).one()
    return count, oldest


def decided_with_authors(session: Session, ids: Collection[int]) -> list[Proposal]:
    """Proposals by their ids, with their authors and remarks, for the mails about them."""
    query = select(Proposal).where(Proposal.id.in_(ids)).order_by(Proposal.id)
    return list(session.scalars(query.options(joinedload(Proposal.author), joinedload(Proposal.remarks))).unique())


@dataclass(frozen=True, slots=True)
class QueueItem:
    """The position of a proposal in the queue: since when it waits, and its id among those that wait as long."""

    since: datetime
    key: int

    def __str__(self) -> str:
        """As a page's address writes it: microseconds of the epoch, and the id."""
        return f"{(self.since - _EPOCH) // timedelta(microseconds=1)}-{self.key}"

    @classmethod
    def read(cls, text: str) -> "QueueItem | None":
        """Parse a position from an address; None for anything else."""
        written = _WRITTEN.fullmatch(text)
        if written is None or int(written[2]) > LARGEST_ID:
            return None
        return cls(_EPOCH + timedelta(microseconds=int(written[1])), int(written[2]))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN = re.compile(r"([0-9]{1,16})-([0-9]{1,10})")
"""Sixteen digits of microseconds last until the year 2286."""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the queue is narrowed to, None and "" for all; `older` in days, `after` the last one that was seen."""

    state: str = "submitted"
    kind: EntryKind | None = None
    origin: str | None = None
    city: str = ""
    author: str = ""
    older: int = 0
    after: QueueItem | None = None


_waits_since = func.coalesce(Proposal.submitted_at, Proposal.updated_at)


def place_in_queue(proposal: Proposal) -> QueueItem:
    """The position of a proposal, which does not change when others are decided."""
    return QueueItem(proposal.submitted_at or proposal.updated_at, proposal.id)


def queue(queue_filter: QueueFilter) -> Select[Proposal]:
    """The proposals asked for with their places, those first that have waited longest."""
    query = select(Proposal).where(Proposal.state == queue_filter.state)
    wanted = {Proposal.kind: queue_filter.kind, Proposal.origin: queue_filter.origin}
    query = query.where(*(column == value for column, value in wanted.items() if value))
    query = query.where(*(_is_near(word) for word in fold(queue_filter.city).split()))
    name = folded(Proposal.author_name)
    query = query.where(*(name.contains(word, autoescape=True) for word in fold(queue_filter.author).split()))
    if queue_filter.older:
        query = query.where(_waits_since <= now() - timedelta(days=queue_filter.older))
    if queue_filter.after is not None:
        since, key = queue_filter.after.since, queue_filter.after.key
        query = query.where(or_(_waits_since > since, and_(_waits_since == since, Proposal.id > key)))
    return query.order_by(_waits_since, Proposal.id).options(joinedload(Proposal.place).joinedload(Place.country))


def _is_near(word: str) -> ColumnElement[bool]:
    """Whether the leading city of a proposal has a word in one of its names."""
    names = PlaceName.folded.contains(word, autoescape=True)
    other = select(PlaceName.place_id).where(PlaceName.place_id == Proposal.place_id, names).exists()
    return or_(Proposal.place.has(Place.folded.contains(word, autoescape=True)), other)


def open_reports() -> Select[Report]:
    """Reports of readers that no editor has closed, the oldest first."""
    return select(Report).where(Report.closed_at.is_(None)).order_by(Report.id)


def closed_reports() -> Select[Report]:
    """Reports of readers that an editor has closed, the last closed first."""
    return select(Report).where(Report.closed_at.is_not(None)).order_by(Report.closed_at.desc(), Report.id.desc())


def reports_of_entry(session: Session, kind: EntryKind, slug: str, limit: int) -> Sequence[Report]:
    """What readers reported of an entry, the open ones first, then the last closed."""
    is_closed = Report.closed_at.is_not(None)
    of_entry = select(Report).where(Report.kind == kind, Report.slug == slug)
    return session.scalars(of_entry.order_by(is_closed, Report.closed_at.desc(), Report.id).limit(limit)).all()


def count_open_reports(session: Session) -> int:
    """How many reports of readers are open."""
    return session.scalar(select(func.count()).where(Report.closed_at.is_(None))) or 0


def count_proposals(session: Session, query: Select[Proposal]) -> int:
    """How many proposals are chosen."""
    return (
        session.scalar(select(func.count()).select_from(query.order_by(None).with_only_columns(Proposal.id).subquery()))
        or 0
    )
