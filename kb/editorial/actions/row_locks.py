"""Loads the rows that an action changes, as they are now, locked until the transaction ends."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, EntryKind
from kb.core.db import locked
from kb.core.errors import NotFound, Refused
from kb.core.i18n import gettext_noop

from ..errors import EditConflict
from ..models import Proposal, Redirect
from ..queries import withdrawal_of

CHANGED_MEANWHILE = gettext_noop("Someone else saved first. Your changes were not saved.")


def proposal_to_change(session: Session, proposal_id: int, seen: int | None = None) -> Proposal:
    """The proposal, locked. NotFound where there is none, EditConflict where it is no longer at version `seen`."""
    proposal = proposal_in(proposals_to_change(session, [proposal_id]), proposal_id)
    if seen is not None:
        refuse_unseen(proposal, seen)
    return proposal


def proposals_to_change(session: Session, ids: Iterable[int]) -> dict[int, Proposal]:
    """Proposals by their ids, locked, in one query; those that are not there are left out."""
    query = select(Proposal).where(Proposal.id.in_(list(ids))).order_by(Proposal.id)
    return {proposal.id: proposal for proposal in session.scalars(locked(query))}


def proposal_in(proposals: Mapping[int, Proposal], proposal_id: int) -> Proposal:
    """The proposal with that id; NotFound where there is none."""
    if proposal_id not in proposals:
        raise NotFound(gettext_noop("There is no such proposal."))
    return proposals[proposal_id]


def refuse_unseen(proposal: Proposal, seen: int) -> None:
    """Raise EditConflict where a proposal is no longer at the version that somebody has seen."""
    if proposal.version != seen:
        refuse_stale(proposal, mine=proposal.data)


def refuse_stale(proposal: Proposal, mine: dict[str, Any]) -> None:
    """Raise EditConflict with what was sent and what is stored."""
    differing = [name for name, value in proposal.data.items() if mine.get(name) != value]
    raise EditConflict(
        CHANGED_MEANWHILE,
        fields=differing,
        mine=mine,
        theirs=proposal.data,
        base=proposal.base,
        version=proposal.version,
    )


def entry_to_change(session: Session, kind: EntryKind, entry_id: int) -> Any:
    """The entry as it now is; NotFound where there never was one, Refused where it was withdrawn or merged."""
    entry = session.get(ENTRIES[kind].model, entry_id, populate_existing=True)
    if entry is not None:
        return entry
    if withdrawal_of(session, kind, entry_id) is not None:
        raise Refused(gettext_noop("This entry was withdrawn. Publish it again first."))
    if session.scalar(select(Redirect.id).where(Redirect.kind == kind, Redirect.former_id == entry_id)):
        raise Refused(gettext_noop("This entry was merged into another."))
    raise NotFound(gettext_noop("There is no such entry in the catalogue."))
