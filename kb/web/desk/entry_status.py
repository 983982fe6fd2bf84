"""What can be done with an entry that is public, or was: by whom, and what is open on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.catalogue.entries import ENTRIES, EntryKind
from kb.catalogue.models import City, Initiative, Leader, Vision
from kb.catalogue.queries import entry_by_slug
from kb.editorial import entries, rules
from kb.editorial.choices import OPEN_STATES
from kb.editorial.entries import title_of
from kb.editorial.models import Proposal, Report, Withdrawal
from kb.editorial.queries import open_proposals_on, reports_of_entry, withdrawal_at

from ..core.forms import Form
from ..core.links import link_to_history
from ..core.pages import Page

REPORTS_SHOWN = 20
"""Reports of readers that the desk's page of an entry shows, the open ones first."""


@dataclass(frozen=True, slots=True)
class ConcurrentChanges:
    """What has happened to an entry since a proposal on it was begun; `others` are open proposals of other people."""

    is_gone: bool
    has_changed: bool
    others: int
    history: str | None


def concurrent_changes(session: Session, proposal: Proposal | None) -> ConcurrentChanges | None:
    """What whoever works on an open proposal should know before going on; None for a new entry."""
    if proposal is None or proposal.entry_id is None or proposal.state not in OPEN_STATES:
        return None
    open_proposals = session.scalars(open_proposals_on(proposal.kind, proposal.entry_id))
    others = sum(other.author_id != proposal.author_id for other in open_proposals)
    entry: Any = session.get(ENTRIES[proposal.kind].model, proposal.entry_id)
    if entry is None:
        return ConcurrentChanges(True, False, others, None)
    has_changed = entries.snapshot(proposal.kind, entry) != proposal.base
    return ConcurrentChanges(False, has_changed, others, link_to_history(proposal.kind, entry.slug))


def my_draft(session: Session, actor: User, kind: EntryKind, entry_id: int) -> int | None:
    """The proposal that a person has begun on an entry and may go on with."""
    mine = [draft for draft in session.scalars(open_proposals_on(kind, entry_id)) if rules.may_submit(actor, draft)]
    return mine[-1].id if mine else None


def cities_of(entry: Any) -> list[City]:
    """The cities that an entry belongs to."""
    if isinstance(entry, City):
        return [entry]
    if isinstance(entry, Initiative):
        return entry.cities
    if isinstance(entry, Vision):
        return [entry.city]
    return [term.city for term in entry.terms] if isinstance(entry, Leader) else []


def is_responsible(actor: User, entry: Any) -> bool:
    """Whether somebody may say that an entry is true: an editor always, others for their own city."""
    return may(actor, "publish") or actor.city_id in {city.id for city in cities_of(entry)}


@dataclass(frozen=True, kw_only=True)
class DeskEntryPage(Page):
    """An entry as the desk sees it: proposals on it, of whom some are `hidden`, and what somebody may do with it."""

    template = "desk/entry.html"
    form: Form
    kind: EntryKind
    slug: str
    entry: Any
    withdrawal: Withdrawal | None
    title: str
    mine: Sequence[Proposal]
    seen: Sequence[Proposal]
    hidden: int
    is_responsible: bool
    may_review: bool
    may_merge: bool
    may_withdraw: bool
    reports: Sequence[Report]


def page_of_entry(session: Session, actor: User, kind: EntryKind, slug: str, form: Form | None = None) -> DeskEntryPage:
    """What the desk's page of an entry shows; with a form of it as it was sent, where it comes back."""
    withdrawal = withdrawal_at(session, kind, slug)
    entry = None if withdrawal is not None else entry_by_slug(session, kind, slug)
    proposals = [] if entry is None else session.scalars(open_proposals_on(kind, entry.id)).all()
    return DeskEntryPage(
        form=form or Form(),
        kind=kind,
        slug=slug,
        entry=entry,
        withdrawal=withdrawal,
        title=withdrawal.title if withdrawal is not None else title_of(kind, entry),
        mine=[proposal for proposal in proposals if rules.may_submit(actor, proposal)],
        seen=[
            proposal
            for proposal in proposals
            if rules.may_see(actor, proposal) and not rules.is_author(actor, proposal)
        ],
        hidden=sum(not rules.may_see(actor, proposal) for proposal in proposals),
        is_responsible=entry is not None and is_responsible(actor, entry),
        may_review=may(actor, "review"),
        may_merge=may(actor, "merge"),
        may_withdraw=may(actor, "withdraw"),
        reports=reports_of_entry(session, kind, slug, REPORTS_SHOWN) if may(actor, "review") else [],
    )
