"""A proposal as its author and its reviewer see it, and the queue of those that wait."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from marshmallow import ValidationError, fields, post_load
from marshmallow.validate import OneOf
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.entries import ENTRIES, KIND_LABELS, EntryKind, schema_of
from kb.core.column_types import LARGEST_ID
from kb.core.errors import NotFound
from kb.editorial import queries, rules
from kb.editorial.actions import Decision
from kb.editorial.choices import ORIGINS, STATES
from kb.editorial.errors import Invalid
from kb.editorial.models import Proposal, Remark
from kb.editorial.queries import QueueFilter, QueueItem, open_proposals_on

from ..core.formatting import message_text
from ..core.forms import Form
from ..core.links import link_to
from ..core.pages import Page
from ..core.query_schemas import QuerySchema, Text
from .display_values import DisplayValues, FieldChange, changes
from .drafts import STEPS, in_words, label_of
from .duplicates import Duplicate, possible_duplicates
from .entry_status import ConcurrentChanges, concurrent_changes
from .places import places_now


def proposal_for(session: Session, actor: User, key: int) -> Proposal:
    """A proposal for somebody who may see it; NotFound for others, who shall not learn that there is one."""
    proposal = session.get(Proposal, key)
    if proposal is None or not rules.may_see(actor, proposal):
        raise NotFound
    return proposal


def remark_for(session: Session, actor: User, key: int) -> Remark:
    """A remark for somebody who may see its proposal. Raises NotFound."""
    remark = session.get(Remark, key)
    if remark is None:
        raise NotFound
    proposal_for(session, actor, remark.proposal_id)
    return remark


@dataclass(frozen=True, kw_only=True)
class ProposalPage(Page):
    """What a proposal would change, remarks by field, and what whoever looks at it may do."""

    template = "desk/proposal.html"
    proposal: Proposal
    form: Form
    title: str
    labels: Mapping[str, str]
    organisation: str | None
    changes: Sequence[FieldChange]
    remarks: Mapping[str | None, Sequence[Remark]]
    public: str | None
    others: Sequence[Proposal]
    meanwhile: ConcurrentChanges | None
    alike: Sequence[Duplicate]
    wrong: Sequence[tuple[str, Sequence[str]]]
    stale: bool
    own: bool
    write: str
    may_edit: bool
    may_submit: bool
    may_review: bool
    may_publish: bool
    may_take_back: bool
    may_remark: bool


def page_of_proposal(
    session: Session,
    actor: User,
    proposal: Proposal,
    problem: Invalid | None = None,
    form: Form | None = None,
    *,
    stale: bool = False,
) -> ProposalPage:
    """A proposal for a person who may see it; `problem` refused it, `stale` says that it was changed meanwhile."""
    kind, labels = proposal.kind, schema_of(proposal.kind).labels
    entry = session.get(ENTRIES[kind].model, proposal.entry_id) if proposal.entry_id else None
    return ProposalPage(
        proposal=proposal,
        form=form or Form(),
        title=proposal.title or gettext("No title yet"),
        labels=labels,
        organisation=proposal.author.organisation if proposal.author else None,
        changes=changes(kind, proposal.base, proposal.data, DisplayValues(session, places_now())),
        remarks=_by_field(proposal.remarks),
        public=link_to(entry) if entry is not None else None,
        others=_others(session, actor, proposal),
        meanwhile=concurrent_changes(session, proposal),
        alike=_alike(session, proposal) if rules.may_review(actor, proposal) else [],
        wrong=[(labels.get(label_of(path), path), texts) for path, texts in in_words(problem.errors).items()]
        if problem
        else [],
        stale=stale,
        own=rules.is_author(actor, proposal),
        write=url_for("desk.step", key=proposal.id, code=STEPS[kind][0].code),
        may_edit=rules.may_edit(actor, proposal),
        may_submit=rules.may_submit(actor, proposal),
        may_review=rules.may_review(actor, proposal),
        may_publish=rules.may_publish(actor, proposal),
        may_take_back=rules.may_take_back(actor, proposal),
        may_remark=rules.may_remark(actor, proposal),
    )


def _by_field(remarks: list[Remark]) -> dict[str | None, list[Remark]]:
    """Remarks by the field on whose change they stand: "outcomes.2.year" stands with the outcomes."""
    by_field: dict[str | None, list[Remark]] = {}
    for remark in remarks:
        by_field.setdefault(remark.field.partition(".")[0] if remark.field else None, []).append(remark)
    return by_field


def _others(session: Session, actor: User, proposal: Proposal) -> list[Proposal]:
    if proposal.entry_id is None:
        return []
    open_proposals = session.scalars(open_proposals_on(proposal.kind, proposal.entry_id))
    return [other for other in open_proposals if other.id != proposal.id and rules.may_see(actor, other)]


def _alike(session: Session, proposal: Proposal) -> list[Duplicate]:
    """What may be this already, for whoever decides about a new initiative."""
    if proposal.kind is not EntryKind.INITIATIVE or proposal.entry_id is not None:
        return []
    return possible_duplicates(session, proposal.title or "", proposal.data.get("cities") or [])


ON_A_PAGE = 50
AGES = (0, 7, 30)
"""Days that a proposal may be asked to have waited for."""


class QueuePosition(fields.Field[QueueItem]):
    """Where a page of the queue goes on; what no page has written is left out."""

    def _deserialize(self, value: Any, *_given: Any, **_settings: Any) -> QueueItem:
        queue_item = QueueItem.read(str(value))
        if queue_item is None:
            raise ValidationError("no page of the queue")
        return queue_item


class QueueSchema(QuerySchema):
    """`state`, `kind`, `origin`, `city`, `author`, `older` in days, `after`; what cannot be read is left out."""

    state = Text(load_default="submitted", validate=OneOf([state for state in STATES if state != "draft"]))
    kind = Text(load_default=None, validate=OneOf(KIND_LABELS))
    origin = Text(load_default=None, validate=OneOf(ORIGINS))
    city = Text(load_default="")
    author = Text(load_default="")
    older = fields.Integer(load_default=0, validate=OneOf(AGES))
    after = QueuePosition(load_default=None)

    @post_load
    def _make_query(self, loaded: Mapping[str, Any], **_settings: Any) -> QueueFilter:
        return QueueFilter(**loaded)


def link_to_queue(queue_filter: QueueFilter) -> str:
    """The address of a page of the queue."""
    data = {
        name: getattr(queue_filter, name) or None for name in ("kind", "origin", "city", "author", "older", "after")
    }
    return url_for(
        "desk.queue", state=None if queue_filter.state == QueueFilter().state else queue_filter.state, **data
    )


@dataclass(frozen=True, kw_only=True)
class QueuePage(Page):
    """A page of the queue, the ids of proposals on it that may be accepted, and what it can be narrowed to."""

    template = "desk/queue.html"
    query: QueueFilter
    total: int
    proposals: Sequence[Proposal]
    acceptable: Set[int]
    states: Sequence[tuple[str, str]]
    kinds: Sequence[tuple[str, str]]
    origins: Sequence[tuple[str, str]]
    ages: Sequence[tuple[int, str]]
    here: str
    first: str | None
    next: str | None
    is_narrowed: bool
    troubles: Sequence[str]


def page_of_queue(session: Session, actor: User, queue_filter: QueueFilter, troubles: Sequence[str] = ()) -> QueuePage:
    """A page of the queue, in a number of queries that does not grow with the rows; `troubles` were not accepted."""
    proposals = session.scalars(queries.queue(queue_filter).limit(ON_A_PAGE + 1)).all()
    rows, more = proposals[:ON_A_PAGE], len(proposals) > ON_A_PAGE
    first = replace(queue_filter, after=None)
    return QueuePage(
        query=queue_filter,
        total=queries.count_proposals(session, queries.queue(first)),
        proposals=rows,
        acceptable={row.id for row in rows if rules.may_review(actor, row)},
        states=[(code, label) for code, label in STATES.items() if code != "draft"],
        kinds=list(KIND_LABELS.items()),
        origins=list(ORIGINS.items()),
        ages=[
            (days, gettext("any time") if not days else ngettext("%(num)s day or more", "%(num)s days or more", days))
            for days in AGES
        ],
        here=link_to_queue(queue_filter),
        first=link_to_queue(first) if queue_filter.after else None,
        next=link_to_queue(replace(queue_filter, after=queries.place_in_queue(rows[-1]))) if more else None,
        is_narrowed=replace(first, state=QueueFilter().state) != QueueFilter(),
        troubles=troubles,
    )


def ticked_proposals(ticked: Iterable[str]) -> list[tuple[int, int | None]]:
    """The proposals that were ticked, each with the version that was seen."""
    pairs = [text.partition(":") for text in ticked]
    read: list[tuple[int, int | None]] = [
        (int(key), int(seen)) for key, _, seen in pairs if key.isdecimal() and seen.isdecimal()
    ]
    return [pair for pair in read if pair[0] <= LARGEST_ID][:ON_A_PAGE]


def decisions_in_words(decided: Iterable[Decision]) -> tuple[str, list[str]]:
    """What came of accepting many: how many are public now, and why each other is not."""
    listed = list(decided)
    done = sum(decision.revision is not None for decision in listed)
    summary = ngettext("%(num)s accepted. It is public now.", "%(num)s accepted. They are public now.", done)
    return summary, [
        gettext(
            "Not accepted: “%(title)s”. %(why)s",
            title=decision.title or str(decision.proposal_id),
            why=message_text(decision.problem.message),
        )
        for decision in listed
        if decision.problem is not None
    ]
