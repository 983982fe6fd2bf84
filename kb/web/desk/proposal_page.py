"""A proposal as its author and its reviewer see it."""

from collections.abc import Mapping
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.entries import ENTRIES, schema_of
from kb.editorial import rules
from kb.editorial.errors import Invalid
from kb.editorial.models import Proposal, Remark
from kb.editorial.queries import open_proposals_on

from ..core.forms import Form
from ..core.links import link_to
from .check_page import label_of
from .display_values import DisplayValues
from .drafts import in_words
from .duplicates import possible_duplicates
from .entry_status import concurrent_changes
from .form_steps import STEPS
from .step_saving import places_now
from .version_diff import changes


def page_of_proposal(
    session: Session, actor: User, proposal: Proposal, problem: Invalid | None = None, form: Form | None = None
) -> Mapping[str, Any]:
    """What the page of a proposal shows to a person who may see it."""
    kind, labels = proposal.kind, schema_of(proposal.kind).labels
    entry = session.get(ENTRIES[kind].model, proposal.entry_id) if proposal.entry_id else None
    return {
        "proposal": proposal,
        "form": form or Form(),
        "title": proposal.title or "",
        "labels": labels,
        "organisation": proposal.author.organisation if proposal.author else None,
        "changes": changes(kind, proposal.base, proposal.data, DisplayValues(session, places_now())),
        "remarks": _by_field(proposal.remarks),
        "public": link_to(entry) if entry is not None else None,
        "others": _others(session, actor, proposal),
        "meanwhile": concurrent_changes(session, proposal),
        "alike": _alike(session, proposal) if rules.may_review(actor, proposal) else [],
        "wrong": [(labels.get(label_of(path), path), said) for path, said in in_words(problem.errors).items()]
        if problem
        else [],
        "own": rules.is_author(actor, proposal),
        "write": url_for("desk.step", key=proposal.id, code=STEPS[kind][0].code),
        "may_edit": rules.may_edit(actor, proposal),
        "may_submit": rules.may_submit(actor, proposal),
        "may_review": rules.may_review(actor, proposal),
        "may_publish": rules.may_publish(actor, proposal),
        "may_take_back": rules.may_take_back(actor, proposal),
        "may_remark": rules.may_remark(actor, proposal),
    }


def _by_field(remarks: list[Remark]) -> dict[str | None, list[Remark]]:
    """Remarks by the field on whose change they stand: "outcomes.2.year" stands with the outcomes."""
    found: dict[str | None, list[Remark]] = {}
    for remark in remarks:
        found.setdefault(remark.field.partition(".")[0] if remark.field else None, []).append(remark)
    return found


def _others(session: Session, actor: User, proposal: Proposal) -> list[Proposal]:
    if proposal.entry_id is None:
        return []
    open_ones = session.scalars(open_proposals_on(proposal.kind, proposal.entry_id))
    return [open_one for open_one in open_ones if open_one.id != proposal.id and rules.may_see(actor, open_one)]


def _alike(session: Session, proposal: Proposal) -> list[Any]:
    """What may be this already, for whoever decides about a new initiative."""
    if proposal.kind != "initiative" or proposal.entry_id is not None:
        return []
    return possible_duplicates(session, proposal.title or "", proposal.data.get("cities") or [])
