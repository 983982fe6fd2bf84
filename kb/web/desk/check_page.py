"""The last step of a form: everything that is wrong or missing, with where to put it right."""

from collections.abc import Mapping
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue.entries import schema_of
from kb.editorial import rules
from kb.editorial.errors import Invalid

from .drafts import Draft, in_words, needs
from .entry_status import concurrent_changes
from .form_steps import STEPS, step_with


def page_of_check(session: Session, actor: User, draft: Draft, problem: Invalid | None = None) -> Mapping[str, Any]:
    """What the page of the last step shows."""
    checked = draft.checked(session)
    labels = schema_of(draft.kind).labels
    wrong = in_words(checked.errors if problem is None else {**checked.errors, **problem.errors})
    proposal = draft.proposal
    return {
        "kind": draft.kind,
        "proposal": proposal,
        "title": draft.title,
        "meanwhile": concurrent_changes(session, proposal),
        "steps": STEPS[draft.kind],
        "wrong_steps": {step_with(draft.kind, path).code for path in wrong},
        "needs": needs(draft, checked),
        "wrong": [
            (
                labels.get(label_of(path), path),
                messages,
                f"{draft.address(step_with(draft.kind, path).code)}#{_id_of(path)}",
            )
            for path, messages in wrong.items()
        ],
        "refused": problem is not None,
        "note": request.form.get("note") or (proposal.note if proposal else None) or "",
        "may_submit": proposal is not None and rules.may_submit(actor, proposal),
        "may_publish": proposal is not None and rules.may_publish(actor, proposal),
        "remarks": [remark for remark in proposal.remarks if remark.resolved_at is None] if proposal else [],
        "kind_labels": labels,
    }


def label_of(path: str) -> str:
    """The field that a path speaks of: "outcomes.2.year" is "outcomes.year"."""
    return ".".join(piece for piece in path.split(".") if not piece.isdigit())


def _id_of(path: str) -> str:
    """The id of the field that a path leads to, on the page of its step."""
    name, *inner = path.split(".")
    return "-".join([name, *inner]) if len(inner) > 1 else name
