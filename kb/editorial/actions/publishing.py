"""Publishes entries: rows, revision and change log in one transaction. Nothing else writes entries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from kb.accounts.actions import record_audit_event
from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.entries import EntryKind
from kb.core.i18n import gettext_noop

from .. import entries, rules
from ..errors import EditConflict, Invalid
from ..lookup import lookup
from ..merging import three_way_merge
from ..models import Proposal, Revision
from ..queries import newest_revision, newest_revisions
from ..validation import Entry, ValidationResult, validate
from .row_locks import entry_to_change

Data = dict[str, Any]

SAME_FIELDS = gettext_noop("Someone else saved first. Please compare both versions.")


@dataclass(slots=True)
class Publication:
    """An entry that is published. `unchanged` is its newest revision where nothing was to be changed.

    `revision` is set once it is written: a new one, or `unchanged`.
    """

    entry: Any
    details: Mapping[str, Any]
    unchanged: Revision | None = None
    revision: Revision = field(init=False)


class Publishing:
    """Publishes entries of a kind without proposals, as imports do that may; many in one flush.

    It takes the write lock, and the entries that it changes are loaded after that. Nothing that reads the database may
    flush between `add` and `finish`.
    """

    def __init__(
        self, session: Session, actor: User, kind: EntryKind, *, why: str | None = None, import_id: int | None = None
    ) -> None:
        rules.require(may(actor, "import-published"))
        acquire_write_lock(session)
        self._session, self._actor, self._kind = session, actor, kind
        self._details = {"why": why, "made_from": "import", "import_id": import_id}
        self._newest: dict[int, Revision | None] = {}
        self._added: list[Publication] = []

    def read_ahead(self, entry_ids: Collection[int]) -> None:
        """Read in one query the newest revisions of entries that are to be changed."""
        if entry_ids:
            self._newest = {**dict.fromkeys(entry_ids), **newest_revisions(self._session, self._kind, entry_ids)}

    def add(self, raw: Entry, entry: Any = None, base: Mapping[str, Any] | None = None) -> Publication:
        """Write an entry, a new one unless `entry` is given; its revision comes with `finish`.

        With `base`, the entry as the sender last saw it, others' changes since are kept; where both changed the same,
        EditConflict is raised. Raises Invalid for what is wrong or missing, before anything is written.
        """
        if entry is not None and any(publication.entry is entry for publication in self._added):
            self.finish()
        known = {"newest": self._newest.pop(entry.id)} if entry is not None and entry.id in self._newest else {}
        publication = _put(self._session, self._kind, raw, entry, base, self._details, **known)
        self._added.append(publication)
        return publication

    def finish(self) -> None:
        """Flush what was added, with its revisions and its lines of the audit trail."""
        added, self._added = self._added, []
        add_revisions(self._session, self._kind, added, self._actor)
        for publication in added:
            record_audit_event(
                self._session,
                self._actor,
                "publish",
                self._kind,
                publication.entry.id,
                import_id=self._details["import_id"],
            )


def publish_data(
    session: Session,
    actor: User | None,
    kind: EntryKind,
    raw: Entry,
    entry: Any,
    base: Mapping[str, Any] | None,
    **details: Any,
) -> Revision:
    """Write an entry and its revision; the caller holds the write lock and has loaded the entry under it."""
    publication = _put(session, kind, raw, entry, base, details)
    return add_revisions(session, kind, [publication], actor)[0]


_UNREAD: Any = object()


def _put(
    session: Session,
    kind: EntryKind,
    raw: Entry,
    entry: Any,
    base: Mapping[str, Any] | None,
    details: Mapping[str, Any],
    newest: Revision | None = _UNREAD,
) -> Publication:
    """Write an entry without flushing; `newest` is its newest revision, where that was read."""
    if entry is None:
        data = publishable(validate(session, kind, raw), None)
        return Publication(entries.put(session, kind, data), details)
    before = entries.snapshot(kind, entry)
    data = merged_with_current(session, kind, raw, before, base, entry)
    if newest is _UNREAD:
        newest = newest_revision(session, kind, entry.id)
    newest = _with_what_is_there(session, kind, entry, before, newest)
    if data == before:
        return Publication(entry, details, newest)
    return Publication(entries.put(session, kind, data, entry), details)


def merged_with_current(
    session: Session, kind: EntryKind, raw: Entry, current: Data, base: Mapping[str, Any] | None, entry: Any
) -> Data:
    """What was sent with what others changed since `base`; raises EditConflict and Invalid."""
    result = validate(session, kind, raw, entry)
    if base is not None:
        mine = result.data
        # The catalogue may have come to write the same in another way, as when a place got its page.
        three = three_way_merge(kind, validate(session, kind, base, entry).data, mine, current)
        if three.overlap:
            raise EditConflict(
                SAME_FIELDS, fields=three.overlap, mine=mine, theirs=current, base=base, version=entry.version
            )
        if three.data != mine:
            result = validate(session, kind, three.data, entry)
    return publishable(result, current)


def refuse_conflicts(session: Session, proposal: Proposal) -> None:
    """Raise EditConflict where others changed the same since a proposal began; Refused where its entry is gone."""
    if proposal.entry_id is None:
        return
    entry = entry_to_change(session, proposal.kind, proposal.entry_id)
    if entry.version != proposal.base_version:
        current = entries.snapshot(proposal.kind, entry)
        merged_with_current(session, proposal.kind, proposal.data, current, proposal.base, entry)


def publishable(result: ValidationResult, before: Data | None) -> Data:
    """The data, or Invalid; what an entry has lacked all along does not keep it from being edited."""
    missing = {
        path: messages
        for path, messages in result.missing.items()
        if before is None or "." in path or before.get(path) not in (None, [])
    }
    if missing or result.errors:
        raise Invalid({**missing, **result.errors})
    return result.data


def ensure_revision(session: Session, kind: EntryKind, entry: Any, before: Data) -> Revision:
    """The newest revision of an entry, added first where the rows differ from it, so that nothing published is lost."""
    return _with_what_is_there(session, kind, entry, before, newest_revision(session, kind, entry.id))


def _with_what_is_there(
    session: Session, kind: EntryKind, entry: Any, before: Data, newest: Revision | None
) -> Revision:
    if newest is None or newest.data != before:
        newest = Revision(
            kind=kind, entry_id=entry.id, version=entry.version, at=entry.updated_at, made_from="seed", data=before
        )
        session.add(newest)
        session.flush()
    return newest


def add_revision(session: Session, kind: EntryKind, entry: Any, actor: User | None, **details: Any) -> Revision:
    """Add a revision of the entry as it now is, and of cities created along with it."""
    return add_revisions(session, kind, [Publication(entry, details)], actor)[0]


def add_revisions(
    session: Session, kind: EntryKind, publications: Sequence[Publication], actor: User | None
) -> list[Revision]:
    """Flush what was written, and add revisions of the entries as they now are, and of cities made for them."""
    session.flush()
    pages, lookup(session).new_cities = lookup(session).new_cities, []
    import_id = publications[0].details.get("import_id") if publications else None
    for page in pages:
        if page in session:
            _add(session, EntryKind.CITY, page, actor, made_from="companion", import_id=import_id)
    for publication in publications:
        new = publication.unchanged or _add(session, kind, publication.entry, actor, **publication.details)
        publication.revision = new
    session.flush()
    return [publication.revision for publication in publications]


def _add(session: Session, kind: EntryKind, entry: Any, actor: User | None, **details: Any) -> Revision:
    revision = Revision(
        kind=kind,
        entry_id=entry.id,
        version=entry.version,
        actor_id=actor.id if actor else None,
        actor_name=actor.name if actor else None,
        data=entries.snapshot(kind, entry),
        **details,
    )
    session.add(revision)
    return revision
