"""Actions of authors: start a proposal, save it, submit it, remark on it and take it back."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.accounts.actions import record_audit_event as trail
from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.entries import ENTRIES, EntryKind, cities_in
from kb.core.column_types import now
from kb.core.errors import NotFound, Refused
from kb.core.i18n import gettext_noop
from kb.core.text import clean_text

from .. import entries, rules
from ..choices import EDITABLE_STATES
from ..lookup import lookup
from ..models import Proposal, Remark
from ..validation import Entry, ValidationResult, blank, validate
from .images import lock_for_removal, note_images, remove_images
from .publishing import publishable
from .row_locks import entry_to_change, proposal_to_change, refuse_stale


def start(
    session: Session,
    actor: User,
    kind: EntryKind,
    data: Entry | None = None,
    *,
    entry_id: int | None = None,
    import_id: int | None = None,
    origin: str | None = None,
    note: str | None = None,
    checked: ValidationResult | None = None,
) -> Proposal:
    """Begin a draft: of a new entry, or of changes to one, which then starts as that entry is.

    `origin` is where it comes from, unless from a form or an import; `note` is the author's message to the reviewer.
    `checked` are the data as they were validated, where they were. Raises Invalid for a contributor of a city who would
    write for others.
    """
    rules.require(may(actor, "propose"))
    entry = None if entry_id is None else entry_to_change(session, kind, entry_id)
    base = None if entry is None else entries.snapshot(kind, entry)
    proposal = Proposal(
        kind=kind,
        entry_id=entry_id,
        base=base,
        base_version=None if entry is None else entry.version,
        origin=origin or ("form" if import_id is None else "import"),
        note=_cleaned(note),
        import_id=import_id,
        author_id=actor.id,
        author_name=actor.name,
    )
    if base is not None:
        rules.refuse_other_cities(actor, kind, base, lookup(session), is_draft=True)
    _fill(session, actor, proposal, data if data is not None else base or blank(kind), checked)
    session.add(proposal)
    session.flush()
    note_images(session, proposal, proposal.data, before={})
    return proposal


def save_draft(
    session: Session,
    actor: User,
    proposal_id: int,
    data: Entry,
    *,
    seen: int,
    note: str | None = None,
    checked: ValidationResult | None = None,
) -> Proposal:
    """Keep what was typed, right or wrong; raises EditConflict where something else was saved since version `seen`.

    Raises Invalid for a contributor of a city who would write for others.

    `note` is the author's message to the reviewer; None leaves it as it was. `checked` are the data as they were
    validated, where they were.
    """
    lock_for_removal(session, proposal_id)
    proposal = proposal_to_change(session, proposal_id)
    rules.require(rules.may_edit(actor, proposal), rules.why_not(proposal))
    if proposal.version != seen:
        mine = validate(session, proposal.kind, data, _entry(session, proposal)).data
        if mine == proposal.data and note is None:
            # It was kept, and whoever sent it was never told so, since the connection or the machine failed.
            return proposal
        refuse_stale(proposal, mine=mine)
    if note is not None:
        proposal.note = _cleaned(note)
    before = proposal.data
    _fill(session, actor, proposal, data, checked)
    touched = [name for name, value in proposal.data.items() if before.get(name) != value]
    if touched and not rules.is_author(actor, proposal):
        trail(session, actor, "touch-up", "proposal", proposal.id, fields=touched)
    session.flush()
    note_images(session, proposal, proposal.data, before)
    remove_images(session, proposal.kind, before, after=proposal.data)
    return proposal


def rebase(session: Session, actor: User, proposal_id: int, data: Mapping[str, Any], *, seen: int) -> Proposal:
    """Keep what somebody chose who has looked at both: the proposal starts from the entry as it now is."""
    proposal = save_draft(session, actor, proposal_id, data, seen=seen)
    entry = _entry(session, proposal)
    if entry is None:
        raise Refused(gettext_noop("This proposal is of a new entry; there is nothing to compare it with."))
    proposal.base, proposal.base_version = entries.snapshot(proposal.kind, entry), entry.version
    session.flush()
    return proposal


def submit(
    session: Session,
    actor: User,
    proposal_id: int,
    *,
    seen: int,
    checked: ValidationResult | None = None,
    **how: str,
) -> Proposal:
    """Hand a draft in for review; raises Invalid while something is wrong or missing.

    `how` goes into the audit trail, as the name of the program that did it. `checked` is what it says, where it was
    validated in the same transaction.
    """
    proposal = proposal_to_change(session, proposal_id, seen)
    rules.require(rules.may_submit(actor, proposal), rules.why_not(proposal))
    data = publishable(
        validate(session, proposal.kind, checked or proposal.data, _entry(session, proposal)), proposal.base
    )
    rules.refuse_other_cities(actor, proposal.kind, data, lookup(session), is_draft=False)
    proposal.state, proposal.submitted_at = "submitted", now()
    trail(session, actor, "submit", "proposal", proposal.id, title=proposal.title, **how)
    session.flush()
    return proposal


def take_back(session: Session, actor: User, proposal_id: int, **how: str) -> Proposal:
    """Withdraw a proposal; its author can still read it. `how` goes into the audit trail."""
    lock_for_removal(session, proposal_id)
    proposal = proposal_to_change(session, proposal_id)
    rules.require(rules.may_take_back(actor, proposal), rules.why_not(proposal))
    proposal.state, proposal.decided_at = "withdrawn", now()
    trail(session, actor, "take-back", "proposal", proposal.id, title=proposal.title, **how)
    session.flush()
    remove_images(session, proposal.kind, proposal.data, after={})
    return proposal


def withdraw_unsent(session: Session, author: User) -> int:
    """Withdraw what a person who is erased was still writing, since nobody else can submit it; return how many.

    Drafts are emptied too: nobody else has seen them. Their rows stay, since imports name proposals by number.
    """
    unsent = select(Proposal).where(Proposal.author_id == author.id, Proposal.state.in_(EDITABLE_STATES))
    proposals = session.scalars(unsent).all()
    for proposal in proposals:
        before = proposal.data
        if proposal.state == "draft":
            proposal.data, proposal.base, proposal.title = blank(proposal.kind), None, None
            proposal.note = proposal.place_id = None
        proposal.state, proposal.decided_at = "withdrawn", now()
        session.flush()
        remove_images(session, proposal.kind, before, after={})
    return len(proposals)


def remark(session: Session, actor: User, proposal_id: int, text: str, field: str | None = None) -> Remark:
    """Comment on a field of a proposal, such as "outcomes.2.year", or on the whole."""
    proposal = proposal_to_change(session, proposal_id)
    rules.require(rules.may_remark(actor, proposal), rules.why_not(proposal))
    cleaned = rules.required_text("text", text, gettext_noop("Please write a comment."))
    new_remark = Remark(proposal_id=proposal.id, field=field, text=cleaned, author_id=actor.id, author_name=actor.name)
    session.add(new_remark)
    session.flush()
    return new_remark


def resolve(session: Session, actor: User, remark_id: int, *, open_again: bool = False) -> Remark:
    """Mark a remark as dealt with, or open it again."""
    stored_remark = session.get(Remark, remark_id)
    if stored_remark is None:
        raise NotFound(gettext_noop("There is no such comment."))
    proposal = proposal_to_change(session, stored_remark.proposal_id)
    rules.require(rules.may_remark(actor, proposal), rules.why_not(proposal))
    stored_remark.resolved_at, stored_remark.resolved_by = (None, None) if open_again else (now(), actor.name)
    session.flush()
    return stored_remark


def _cleaned(note: str | None) -> str | None:
    return clean_text(note or "")[: rules.MAX_LENGTH] or None


def _fill(session: Session, actor: User, proposal: Proposal, data: Entry, checked: ValidationResult | None) -> None:
    result = checked or validate(session, proposal.kind, data, _entry(session, proposal))
    is_draft = proposal.state != "submitted"
    rules.refuse_other_cities(actor, proposal.kind, result.data, lookup(session), is_draft=is_draft)
    proposal.data = result.data
    title = result.data[ENTRIES[proposal.kind].title]
    proposal.title = str(title)[:300] if title else None
    proposal.place_id = _place(session, proposal.kind, result.data)


def _place(session: Session, kind: EntryKind, data: Mapping[str, Any]) -> int | None:
    """The place of the leading city, for the filter of the queue."""
    _, references = cities_in(kind, data)
    return lookup(session).place_id(references[0]) if references else None


def _entry(session: Session, proposal: Proposal) -> Any:
    if proposal.entry_id is None:
        return None
    return session.get(ENTRIES[proposal.kind].model, proposal.entry_id)
