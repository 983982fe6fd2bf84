"""Making one entry of two versions, after a person has looked at both and chosen."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.entries import ENTRIES
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.editorial import actions, entries
from kb.editorial.actions.publishing import SAME_FIELDS
from kb.editorial.errors import EditConflict
from kb.editorial.merging import three_way_merge
from kb.editorial.models import Proposal
from kb.editorial.validation import validate

from .version_choices import chosen

_GONE = gettext_noop("The entry is no longer here.")


def join_drafts(
    session: Session, actor: User, proposal: Proposal, seen: int, mine: Mapping[str, Any], picked: Mapping[str, str]
) -> Proposal:
    """A draft that was saved in two places. EditConflict where it was saved once more since both were shown."""
    theirs = proposal.data
    sent = validate(session, proposal.kind, {**theirs, **{name: mine[name] for name in theirs if name in mine}}).data
    return actions.save_draft(
        session, actor, proposal.id, chosen(proposal.kind, sent, theirs, picked, theirs), seen=seen
    )


def join_with_entry(
    session: Session, actor: User, proposal: Proposal, seen: int, picked: Mapping[str, str]
) -> Proposal:
    """A proposal and what is public now, at version `seen`. EditConflict where that changed once more."""
    acquire_write_lock(session)
    entry: Any = session.get(ENTRIES[proposal.kind].model, proposal.entry_id)
    if entry is None:
        raise Refused(_GONE)
    theirs = entries.snapshot(proposal.kind, entry)
    mine = validate(session, proposal.kind, proposal.data, entry).data
    base = validate(session, proposal.kind, proposal.base or theirs, entry).data
    joined = three_way_merge(proposal.kind, base, mine, theirs)
    if entry.version != seen:
        raise EditConflict(SAME_FIELDS, fields=joined.overlap, mine=mine, theirs=theirs, version=entry.version)
    data = chosen(proposal.kind, mine, theirs, picked, joined.data)
    return actions.rebase(session, actor, proposal.id, data, seen=proposal.version)
