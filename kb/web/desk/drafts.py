"""The pages on which an entry is written: the steps of its form, what is wrong or missing, and suggested goals."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from kb.accounts.models import User
from kb.catalogue import queries as catalogue
from kb.catalogue.entries import ENTRIES, EntryKind, Step, schema_of
from kb.catalogue.entries.fields import Declared
from kb.core.errors import NotFound
from kb.editorial import rules
from kb.editorial.errors import Invalid
from kb.editorial.models import Proposal, Remark
from kb.editorial.validation import ValidationResult, validate
from kb.goals import queries
from kb.goals.suggestions import suggest

from ..core import context, forms
from ..core.formatting import message_text
from ..core.pages import Page
from ..goals import pages
from ..goals.schemas import LONGEST_TEXT
from .duplicates import Duplicate, possible_duplicates
from .entry_status import ConcurrentChanges, concurrent_changes
from .form_options import FormOptions
from .places import Places
from .step_form import Errors, StepForm

CHECK = "check"
"""The last step of every form: what is missing, how it will look, and sending it."""

STEPS = {kind: definition.steps for kind, definition in ENTRIES.items()}


def step_of(kind: EntryKind, code: str) -> Step:
    """A step by its code. Raises NotFound where there is none such."""
    for step in STEPS[kind]:
        if step.code == code:
            return step
    raise NotFound


def step_after(kind: EntryKind, code: str) -> str:
    """The code of the step that follows; the check is the last."""
    codes = [*(step.code for step in STEPS[kind]), CHECK]
    return codes[min(codes.index(code) + 1, len(codes) - 1)]


def step_before(kind: EntryKind, code: str) -> str | None:
    """The code of the step that goes before, or None."""
    codes = [*(step.code for step in STEPS[kind]), CHECK]
    place = codes.index(code)
    return codes[place - 1] if place else None


def step_with(kind: EntryKind, path: str) -> Step:
    """The step that has the field of a path; the first where none has."""
    field = schema_of(kind).declared.get(path.partition(".")[0])
    return next((step for step in STEPS[kind] if field is not None and step.code == field.input.step), STEPS[kind][0])


def fields_of(kind: EntryKind, step: Step) -> Mapping[str, Declared]:
    """The fields that a step asks for, by name."""
    return {name: field for name, field in schema_of(kind).declared.items() if field.input.step == step.code}


_GOAL_TEXT_FIELDS = ("title", "summary", "problem", "action", "results", "beneficiaries")
_MOST_SUGGESTED = 8
_SHORTEST_TEXT = 60


@dataclass(frozen=True, slots=True)
class SuggestedGoal:
    """A goal by number or a target by code: what it is called, how sure, and because of which words."""

    code: str
    label: str
    sure: str
    words: Sequence[str]


def goals_text(data: Mapping[str, Any]) -> str:
    """The text of an entry that suggestions rest on."""
    return "\n\n".join(str(data[name]) for name in _GOAL_TEXT_FIELDS if data.get(name))[:LONGEST_TEXT]


def suggested_goals(session: Session, data: Mapping[str, Any], text: str) -> list[SuggestedGoal]:
    """The goals and targets that a text speaks of, less those that the entry has."""
    suggestions = suggest(text)
    goals = {goal.number: goal.label for goal in catalogue.goals(session)}
    targets = queries.targets_by_code(session, [target.code for target in suggestions.targets])
    present = {str(row.get("goal")) for row in data.get("goals") or []}
    present |= {row.get("target") for row in data.get("targets") or []}
    offered = [SuggestedGoal(str(goal.number), goals[goal.number], *_because(goal)) for goal in suggestions.goals]
    offered += [
        SuggestedGoal(target.code, targets[target.code].label, *_because(target)) for target in suggestions.targets
    ]
    return [goal for goal in offered if goal.code not in present][:_MOST_SUGGESTED]


def _because(suggestion: Any) -> tuple[str, Sequence[str]]:
    return pages.confidence_in_words(suggestion.confidence), pages.words_of(suggestion)


@dataclass(frozen=True)
class Draft:
    """What is being written: its kind, the entry so far, and the proposal that holds it, once there is one."""

    kind: EntryKind
    data: Mapping[str, Any]
    proposal: Proposal | None = None
    checked: ValidationResult | None = None
    """The entry as it was validated when it was sent, where it was."""

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

    @cached_property
    def validation(self) -> ValidationResult:
        """The entry read as if it were to be published."""
        if self.checked is not None:
            return self.checked
        session, entry_id = context.session(), self.proposal.entry_id if self.proposal else None
        entry = session.get(ENTRIES[self.kind].model, entry_id) if entry_id else None
        return validate(session, self.kind, self.data, entry)

    @property
    def open_remarks(self) -> list[Remark]:
        """What was said about it and is not resolved."""
        return [remark for remark in self.proposal.remarks if remark.resolved_at is None] if self.proposal else []


@dataclass(frozen=True, slots=True)
class Need:
    """Something that publishing needs, whether it is there, and where to write it; empty where that is no page yet."""

    words: str
    done: bool
    url: str


@dataclass(frozen=True, kw_only=True)
class NeedsPart(Page):
    """What publishing needs, as a part of a page."""

    template = "desk/needs.html"
    needs: Sequence[Need]


def needs(draft: Draft) -> list[Need]:
    """What publishing this needs, in the order of the form."""
    lacking = {path.partition(".")[0] for path in draft.validation.problems}
    labels = schema_of(draft.kind).labels
    return [
        Need(labels[name], name not in lacking, _where_to_write(draft, name))
        for name in schema_of(draft.kind).needed
        if "." not in name
    ]


def _where_to_write(draft: Draft, name: str) -> str:
    step = step_with(draft.kind, name)
    return "" if draft.proposal is None and step is not STEPS[draft.kind][0] else f"{draft.address(step.code)}#{name}"


def in_words(errors: Mapping[str, Sequence[Any]]) -> dict[str, list[str]]:
    """Errors in the reader's language."""
    return {path: [message_text(phrase) for phrase in phrases] for path, phrases in errors.items()}


@dataclass(frozen=True, kw_only=True)
class StepPage(Page):
    """A step of a form: its fields, what is wrong with them, what publishing needs, and what may help to fill it in."""

    template = "desk/write.html"
    kind: EntryKind
    proposal: Proposal | None
    title: str
    meanwhile: ConcurrentChanges | None
    step: Step
    steps: Sequence[Step]
    number: int
    earlier: str | None
    form: StepForm
    alike: Sequence[Duplicate]
    is_change: bool
    action: str
    copy: str
    wrong: forms.Form
    labels: Mapping[str, str]
    wrong_steps: Set[str]
    needs: Sequence[Need]
    remarks: Sequence[Remark]
    kind_labels: Mapping[str, str]
    suggested: Sequence[SuggestedGoal]
    has_text: bool
    is_saved: bool


def page_of_step(
    session: Session,
    draft: Draft,
    step: Step,
    form: StepForm,
    places: Places,
    *,
    problem: str | None = None,
    is_saved: bool = True,
) -> StepPage:
    """The page of a step. The form may hold what was sent and not what is kept."""
    form.prepare(FormOptions(session, draft.kind, draft.data, places), places)
    wrong, panels = form.wrong(), form.panels()
    text = goals_text(draft.data) if "suggested_goals" in panels else ""
    return StepPage(
        kind=draft.kind,
        proposal=draft.proposal,
        title=draft.title,
        meanwhile=concurrent_changes(session, draft.proposal),
        step=step,
        steps=STEPS[draft.kind],
        number=STEPS[draft.kind].index(step) + 1,
        earlier=step_before(draft.kind, step.code),
        form=form,
        alike=_alike(session, draft) if "similar_entries" in panels else (),
        is_change=draft.is_change,
        action=draft.address(step.code),
        copy=copy_key(draft, step),
        wrong=forms.Form({}, {key: messages for key, (_, messages) in wrong.items()}, problem),
        labels={key: label for key, (label, _) in wrong.items()},
        wrong_steps={step_with(draft.kind, path).code for path in draft.validation.errors},
        needs=needs(draft),
        remarks=draft.open_remarks,
        kind_labels=schema_of(draft.kind).labels,
        suggested=suggested_goals(session, draft.data, text) if text else (),
        has_text=len(text) > _SHORTEST_TEXT,
        is_saved=is_saved,
    )


def copy_key(draft: Draft, step: Step) -> str:
    """Under what a browser keeps what it could not save: by person, draft and step."""
    person, key = context.user(), draft.proposal.id if draft.proposal else "new"
    return f"citypeers.desk.{person.id if person else 0}.{key}.{draft.kind}.{step.code}"


def _alike(session: Session, draft: Draft) -> list[Duplicate]:
    """What may be this already, as long as it is not public."""
    if draft.is_change:
        return []
    return possible_duplicates(session, str(draft.data.get("title") or ""), draft.data.get("cities") or [])


def errors_of(draft: Draft, step: Step) -> Errors:
    """What is wrong with the fields of a step; what is only missing waits for the last step."""
    names, errors = fields_of(draft.kind, step), draft.validation.errors
    return in_words({path: messages for path, messages in errors.items() if path.partition(".")[0] in names})


@dataclass(frozen=True, kw_only=True)
class CheckPage(Page):
    """The last step of a form: what is wrong or missing, with where to put it right; and sending it in."""

    template = "desk/check.html"
    kind: EntryKind
    proposal: Proposal | None
    title: str
    meanwhile: ConcurrentChanges | None
    stale: bool
    steps: Sequence[Step]
    wrong_steps: Set[str]
    needs: Sequence[Need]
    wrong: Sequence[tuple[str, Sequence[str], str]]
    note: str
    may_submit: bool
    may_publish: bool
    remarks: Sequence[Remark]
    kind_labels: Mapping[str, str]


def page_of_check(
    session: Session, actor: User, draft: Draft, problem: Invalid | None = None, *, stale: bool = False
) -> CheckPage:
    """The page of the last step; `problem` is what refused it, `stale` says that it was changed meanwhile."""
    labels = schema_of(draft.kind).labels
    wrong = in_words({**draft.validation.errors, **(problem.errors if problem else {})})
    proposal = draft.proposal
    return CheckPage(
        kind=draft.kind,
        proposal=proposal,
        title=draft.title,
        meanwhile=concurrent_changes(session, proposal),
        stale=stale,
        steps=STEPS[draft.kind],
        wrong_steps={step_with(draft.kind, path).code for path in wrong},
        needs=needs(draft),
        wrong=[
            (
                labels.get(label_of(path), path),
                messages,
                f"{draft.address(step_with(draft.kind, path).code)}#{_id_of(path)}",
            )
            for path, messages in wrong.items()
        ],
        note=request.form.get("note") or (proposal.note if proposal else None) or "",
        may_submit=proposal is not None and rules.may_submit(actor, proposal),
        may_publish=proposal is not None and rules.may_publish(actor, proposal),
        remarks=draft.open_remarks,
        kind_labels=labels,
    )


def label_of(path: str) -> str:
    """The field that a path speaks of: "outcomes.2.year" is "outcomes.year"."""
    return ".".join(piece for piece in path.split(".") if not piece.isdigit())


def _id_of(path: str) -> str:
    """The id of the field that a path leads to, on the page of its step."""
    name, *inner = path.split(".")
    return "-".join([name, *inner]) if len(inner) > 1 else name
