"""The pages on which an entry is written: a step with its fields, what is wrong with them and what is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.catalogue.entries import ENTRIES, EntryKind, Step, schema_of
from kb.editorial.models import Proposal
from kb.editorial.validation import ValidationResult, validate

from ..core import context, forms
from ..core.formatting import message_text
from .duplicates import Duplicate, possible_duplicates
from .entry_status import concurrent_changes
from .form_options import FormOptions
from .form_steps import STEPS, before, fields_of, step_with
from .goal_suggestions import suggestions_for
from .places import Places
from .step_form import Errors, StepForm


@dataclass(frozen=True, slots=True)
class Draft:
    """What is being written: its kind, the entry so far, and the proposal that holds it, once there is one."""

    kind: EntryKind
    data: Mapping[str, Any]
    proposal: Proposal | None = None

    @property
    def title(self) -> str:
        """What it is called so far."""
        return str(self.data.get("title") or self.data.get("name") or gettext("No title yet"))

    @property
    def is_change(self) -> bool:
        """Whether it changes an entry that is public, rather than making one."""
        return self.proposal is not None and self.proposal.entry_id is not None

    def address(self, code: str) -> str:
        """The address of one of its steps; of a draft that is not kept yet there is only the first."""
        if self.proposal is None:
            return url_for("desk.new", kind=self.kind)
        return url_for("desk.step", key=self.proposal.id, code=code)

    def checked(self, session: Session) -> ValidationResult:
        """The entry read as if it were to be published."""
        entry_id = self.proposal.entry_id if self.proposal else None
        return validate(
            session, self.kind, self.data, session.get(ENTRIES[self.kind].model, entry_id) if entry_id else None
        )


@dataclass(frozen=True, slots=True)
class Need:
    """Something that publishing needs, whether it is there, and where to write it."""

    words: str
    done: bool
    url: str


def needs(draft: Draft, checked: ValidationResult) -> list[Need]:
    """What publishing this needs, in the order of the form."""
    lacking = {path.partition(".")[0] for path in checked.problems}
    labels = schema_of(draft.kind).labels
    return [
        Need(labels[name], name not in lacking, f"{draft.address(step_with(draft.kind, name).code)}#{name}")
        for name in schema_of(draft.kind).needed
        if "." not in name
    ]


def in_words(errors: Mapping[str, Sequence[Any]]) -> dict[str, list[str]]:
    """Errors in the reader's language."""
    return {path: [message_text(phrase) for phrase in phrases] for path, phrases in errors.items()}


def page_of_step(
    session: Session, draft: Draft, step: Step, part: StepForm, places: Places, problem: str | None = None
) -> Mapping[str, Any]:
    """Everything that the page of a step shows. The part may hold what was sent and not what is kept."""
    checked = draft.checked(session)
    part.prepare(FormOptions(session, draft.kind, draft.data, places), places)
    wrong = part.wrong()
    return {
        "kind": draft.kind,
        "proposal": draft.proposal,
        "title": draft.title,
        "meanwhile": concurrent_changes(session, draft.proposal),
        "step": step,
        "steps": STEPS[draft.kind],
        "number": STEPS[draft.kind].index(step) + 1,
        "earlier": before(draft.kind, step.code),
        "part": part,
        "alike": _alike(session, draft) if "similar_entries" in part.panels() else (),
        "is_change": draft.is_change,
        "action": draft.address(step.code),
        "copy": copy_key(draft, step),
        "wrong": forms.Form({}, {key: messages for key, (_, messages) in wrong.items()}, problem),
        "labels": {key: label for key, (label, _) in wrong.items()},
        "wrong_steps": {step_with(draft.kind, path).code for path in checked.errors},
        "needs": needs(draft, checked),
        "remarks": [remark for remark in draft.proposal.remarks if remark.resolved_at is None]
        if draft.proposal
        else [],
        "kind_labels": schema_of(draft.kind).labels,
        **(suggestions_for(session, draft.data) if "suggested_goals" in part.panels() else {}),
    }


def copy_key(draft: Draft, step: Step) -> str:
    """Under what a browser keeps what it could not save: by person, draft and step."""
    person, key = context.user(), draft.proposal.id if draft.proposal else "new"
    return f"citypeers.desk.{person.id if person else 0}.{key}.{draft.kind}.{step.code}"


def _alike(session: Session, draft: Draft) -> list[Duplicate]:
    """What may be this already, as long as it is not public."""
    if draft.is_change:
        return []
    return possible_duplicates(session, str(draft.data.get("title") or ""), draft.data.get("cities") or [])


def errors_of(kind: EntryKind, step: Step, checked: ValidationResult) -> Errors:
    """What is wrong with the fields of a step; what is only missing waits for the last step."""
    names = fields_of(kind, step)
    return in_words({path: messages for path, messages in checked.errors.items() if path.partition(".")[0] in names})
