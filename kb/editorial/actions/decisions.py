"""Actions of editors on proposals: accept, decline, request changes, publish. Each proposal is decided once."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from kb.accounts.actions import record_audit_event
from kb.accounts.models import User
from kb.catalogue.change_log import acquire_write_lock
from kb.core.column_types import now
from kb.core.errors import NotAllowed, Problem, Refused
from kb.core.i18n import gettext_noop

from .. import entries, rules
from ..choices import OPEN_STATES
from ..models import Proposal, Revision
from .images import lock_for_removal, remove_images
from .publishing import publish_data
from .row_locks import entry_to_change, proposal_in, proposal_to_change, proposals_to_change, refuse_unseen


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of accepting one of many: its revision, or the problem that stood in the way."""

    proposal_id: int
    title: str | None = None
    revision: Revision | None = None
    problem: Problem | None = None


def accept(session: Session, actor: User, proposal_id: int, *, seen: int | None = None) -> Revision:
    """Publish what was submitted: catalogue, revision, change log and audit trail in one transaction.

    What others changed since it was begun is kept. Raises EditConflict where they changed the same, or where the
    proposal is no longer at version `seen`; Invalid where it cannot be published; Refused where it was decided.
    """
    acquire_write_lock(session)
    return _accept(session, actor, proposal_to_change(session, proposal_id), seen)


def accept_many(session: Session, actor: User, seen_versions: Iterable[tuple[int, int | None]]) -> list[Decision]:
    """Accept proposals, given as (id, version seen), each on its own: one that cannot be leaves the others alone."""
    acquire_write_lock(session)
    seen_at = dict(seen_versions)
    proposals = proposals_to_change(session, seen_at)
    decided = []
    for proposal_id, seen in seen_at.items():
        title = proposals[proposal_id].title if proposal_id in proposals else None
        try:
            with session.begin_nested():
                revision = _accept(session, actor, proposal_in(proposals, proposal_id), seen)
        except Problem as problem:
            decided.append(Decision(proposal_id, title, problem=problem))
        else:
            decided.append(Decision(proposal_id, title, revision))
    return decided


def publish(session: Session, actor: User, proposal_id: int, *, seen: int | None = None) -> Revision:
    """An editor publishes the own proposal; the revision and the audit trail say that nobody else reviewed it."""
    acquire_write_lock(session)
    proposal = proposal_to_change(session, proposal_id, seen)
    rules.require(rules.may_publish(actor, proposal), rules.why_not(proposal))
    return _publish(session, actor, proposal, "publish")


def request_changes(session: Session, actor: User, proposal_id: int, reason: str, *, seen: int) -> Proposal:
    """Give a proposal back to its author, with what should be changed."""
    return _decide(session, actor, proposal_id, "changes-requested", reason, seen)


def decline(session: Session, actor: User, proposal_id: int, reason: str, *, seen: int) -> Proposal:
    """Decline a proposal, with the reason."""
    return _decide(session, actor, proposal_id, "declined", reason, seen)


def _accept(session: Session, actor: User, proposal: Proposal, seen: int | None) -> Revision:
    _refuse_decided(actor, proposal)
    if seen is not None:
        refuse_unseen(proposal, seen)
    return _publish(session, actor, proposal, "proposal")


def _publish(session: Session, actor: User, proposal: Proposal, made_from: str) -> Revision:
    entry = None if proposal.entry_id is None else entry_to_change(session, proposal.kind, proposal.entry_id)
    before = None if entry is None else entries.snapshot(proposal.kind, entry)
    revision = publish_data(
        session,
        actor,
        proposal.kind,
        proposal.data,
        entry,
        proposal.base,
        why=proposal.note,
        made_from=made_from,
        proposal_id=proposal.id,
        import_id=proposal.import_id,
    )
    proposal.state, proposal.entry_id = "accepted", revision.entry_id
    _sign(proposal, actor, None)
    record_audit_event(
        session,
        actor,
        "accept" if made_from == "proposal" else "publish",
        proposal.kind,
        revision.entry_id,
        proposal=proposal.id,
        revision=revision.id,
        title=proposal.title,
    )
    session.flush()
    remove_images(session, proposal.kind, before, proposal.data, after=revision.data)
    return revision


def _decide(session: Session, actor: User, proposal_id: int, state: str, reason: str, seen: int) -> Proposal:
    lock_for_removal(session, proposal_id)
    proposal = proposal_to_change(session, proposal_id)
    _refuse_decided(actor, proposal)
    refuse_unseen(proposal, seen)
    cleaned = rules.required_text("reason", reason, gettext_noop("Please tell the author why."))
    proposal.state = state
    _sign(proposal, actor, cleaned)
    record_audit_event(session, actor, "decline" if state == "declined" else "request-changes", "proposal", proposal.id,
         title=proposal.title, reason=cleaned)  # fmt: skip
    session.flush()
    if state not in OPEN_STATES:
        remove_images(session, proposal.kind, proposal.data, after={})
    return proposal


def _refuse_decided(actor: User, proposal: Proposal) -> None:
    if proposal.state not in OPEN_STATES:
        raise Refused(rules.DECIDED)
    rules.require(not rules.is_author(actor, proposal), NotAllowed(rules.OWN))
    if proposal.state != "submitted":
        raise Refused(gettext_noop("This proposal is not waiting for review."))
    rules.require(rules.may_review(actor, proposal))


def _sign(proposal: Proposal, actor: User, reason: str | None) -> None:
    proposal.reviewer_id, proposal.reviewer_name = actor.id, actor.name
    proposal.reason, proposal.decided_at = reason, now()
