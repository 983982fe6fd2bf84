"""What programs are told of a proposal."""

from collections.abc import Collection
from datetime import datetime

from flask import url_for
from sqlalchemy.orm import Session

from kb.editorial import queries
from kb.editorial.models import Proposal
from kb.editorial.validation import ValidationResult
from kb.web.core.links import absolute, link_to_entry

from ..reading import Data
from .blueprint import sentences


def address_of(proposal: Proposal) -> str:
    """The address of a proposal for programs."""
    return absolute(url_for("writing.proposal", key=proposal.id))


def summaries(session: Session, proposals: Collection[Proposal]) -> list[Data]:
    """Proposals as a list tells of them, without the entries themselves."""
    slugs = queries.slugs_of_entries(session, proposals)
    return [_summary(proposal, slugs.get((proposal.kind, proposal.entry_id))) for proposal in proposals]


def summary(session: Session, proposal: Proposal, result: ValidationResult) -> Data:
    """What is answered to whoever wrote it, with what still stands between it and being published."""
    return {**summaries(session, [proposal])[0], "problems": dict(sentences(result.problems))}


def whole(session: Session, proposal: Proposal, result: ValidationResult) -> Data:
    """A proposal with its entry, and the comments of reviewers."""
    remarks = [
        {
            "field": remark.field,
            "text": remark.text,
            "author": remark.author_name,
            "at": remark.at.isoformat(),
            "is_resolved": remark.resolved_at is not None,
        }
        for remark in proposal.remarks
    ]
    return {**summary(session, proposal, result), "data": proposal.data, "remarks": remarks}


def _summary(proposal: Proposal, slug: str | None) -> Data:
    return {
        "id": proposal.id,
        "url": address_of(proposal),
        "page": absolute(url_for("desk.proposal", key=proposal.id)),
        "kind": str(proposal.kind),
        "slug": slug,
        "entry": None if slug is None else absolute(link_to_entry(proposal.kind, slug)),
        "title": proposal.title,
        "state": proposal.state,
        "version": proposal.version,
        "base_version": proposal.base_version,
        "note": proposal.note,
        "reason": proposal.reason,
        "created_at": proposal.created_at.isoformat(),
        "updated_at": proposal.updated_at.isoformat(),
        "submitted_at": _moment(proposal.submitted_at),
        "decided_at": _moment(proposal.decided_at),
    }


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()
