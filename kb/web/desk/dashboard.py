"""The desk's first page."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.accounts.permissions import may
from kb.editorial import queries, worklists
from kb.editorial.choices import OPEN_STATES
from kb.editorial.models import Proposal

from .worklists import TITLES, failed_searches

SHOWN = 12


def page_of_dashboard(session: Session, actor: User) -> Mapping[str, Any]:
    """What waits for a person; for editors also the queue and the boards. As many queries for many as for one."""
    mine = _mine(session, actor)
    page = {
        "person": actor,
        "asked": [one for one in mine if one.state == "changes-requested"],
        "drafts": [one for one in mine if one.state == "draft"],
        "sent": [one for one in mine if one.state == "submitted"],
        "decided": [one for one in mine if one.state not in OPEN_STATES][:SHOWN],
        "may_review": may(actor, "review"),
        "may_prepare": may(actor, "prepare-sessions"),
    }
    if may(actor, "review"):
        waiting, oldest = queries.waiting_for(session, actor.id)
        page |= {"waiting": waiting, "oldest": oldest, "counts": worklists.how_many(session), "titles": TITLES}
        page["demands"] = failed_searches(session)
    return page


def _mine(session: Session, actor: User) -> Sequence[Proposal]:
    """The newest proposals of a person: all that are open, and some that are decided."""
    mine = queries.proposals_by(actor.id)
    still_open = session.scalars(mine.where(Proposal.state.in_(OPEN_STATES)).limit(10 * SHOWN)).all()
    decided = session.scalars(mine.where(Proposal.state.not_in(OPEN_STATES)).limit(SHOWN)).all()
    return [*still_open, *decided]
