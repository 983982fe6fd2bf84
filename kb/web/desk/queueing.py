"""The queue of proposals: what it is asked for, its rows, and what came of accepting many."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import gettext, ngettext
from marshmallow import fields, post_load
from marshmallow.validate import OneOf
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.terms import KINDS
from kb.columns import LARGEST_ID, now
from kb.editorial import rules
from kb.editorial.actions import Decided
from kb.editorial.models import Proposal
from kb.editorial.terms import ORIGINS, STATES

from ..addresses import AddressSchema, Page, Text
from ..language import translated

ON_A_PAGE = 50
AGES = (0, 7, 30)
"""Days that a proposal may be asked to have waited for."""


@dataclass(frozen=True, slots=True)
class QueueAsked:
    """What the queue is narrowed to; None for all."""

    state: str = "submitted"
    kind: str | None = None
    origin: str | None = None
    older: int = 0
    page: int = 1


class QueueSchema(AddressSchema):
    """`state`, `kind`, `origin`, `older` in days, and `page`; what cannot be read is left out."""

    state = Text(load_default="submitted", validate=OneOf([state for state in STATES if state != "draft"]))
    kind = Text(load_default=None, validate=OneOf(KINDS))
    origin = Text(load_default=None, validate=OneOf(ORIGINS))
    older = fields.Integer(load_default=0, validate=OneOf(AGES))
    page = Page(load_default=1)

    @post_load
    def _asked(self, loaded: Mapping[str, Any], **_settings: Any) -> QueueAsked:
        return QueueAsked(**loaded)


def page_of_queue(session: Session, actor: User, asked: QueueAsked) -> Mapping[str, Any]:
    """What the page of the queue shows; in a number of queries that does not grow with the rows."""
    chosen = _chosen(asked)
    total = session.scalar(select(func.count()).select_from(chosen.order_by(None).subquery())) or 0
    first = (max(asked.page, 1) - 1) * ON_A_PAGE
    rows = session.scalars(chosen.offset(first).limit(ON_A_PAGE)).all()
    return {
        "asked": asked,
        "total": total,
        "proposals": rows,
        "acceptable": {one.id for one in rows if rules.may_review(actor, one)},
        "states": [(code, label) for code, label in STATES.items() if code != "draft"],
        "kinds": list(KINDS.items()),
        "origins": list(ORIGINS.items()),
        "ages": [
            (days, gettext("any time") if not days else ngettext("%(num)s day or more", "%(num)s days or more", days))
            for days in AGES
        ],
        "pages": -(-total // ON_A_PAGE) or 1,
    }


def _chosen(asked: QueueAsked) -> Select[Proposal]:
    waited = func.coalesce(Proposal.submitted_at, Proposal.updated_at)
    chosen = select(Proposal).where(Proposal.state == asked.state)
    if asked.kind:
        chosen = chosen.where(Proposal.kind == asked.kind)
    if asked.origin:
        chosen = chosen.where(Proposal.origin == asked.origin)
    if asked.older:
        chosen = chosen.where(waited <= now() - timedelta(days=asked.older))
    return chosen.order_by(waited, Proposal.id)


def chosen(ticked: Iterable[str]) -> list[tuple[int, int | None]]:
    """The proposals that were ticked, each with the version that was seen."""
    pairs = [text.partition(":") for text in ticked]
    read: list[tuple[int, int | None]] = [
        (int(key), int(seen)) for key, _, seen in pairs if key.isdecimal() and seen.isdecimal()
    ]
    return [pair for pair in read if pair[0] <= LARGEST_ID][:ON_A_PAGE]


def in_words(session: Session, decided: Iterable[Decided]) -> list[str]:
    """What came of accepting many: how many are public now, and why each other is not."""
    listed = list(decided)
    done = sum(one.revision is not None for one in listed)
    words = [ngettext("%(num)s was accepted and is public now.", "%(num)s were accepted and are public now.", done)]
    for one in listed:
        if one.problem is not None:
            proposal = session.get(Proposal, one.proposal_id)
            title = (proposal.title if proposal else None) or str(one.proposal_id)
            words.append(gettext("Not accepted: “%(title)s”. %(why)s", title=title, why=translated(str(one.problem))))
    return words
