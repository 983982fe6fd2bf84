"""Writing an entry up: a form in short steps, each an address; what was typed is kept at every button."""

from flask import request
from flask.typing import ResponseReturnValue

from kb.catalogue.entries import EntryKind
from kb.editorial import actions
from kb.editorial.errors import EditConflict, Invalid
from kb.editorial.validation import blank

from ...core import context
from ...core.access import actor, requires
from ...core.context import session
from .. import conflict_resolution, step_saving
from ..drafts import Draft
from ..form_steps import STEPS, step_of
from .blueprint import blueprint


@blueprint.get("/desk/new")
@requires("propose")
def choose_kind() -> ResponseReturnValue:
    """What to write up: an initiative, a city, a leader or a vision."""
    return step_saving.choose_kind_page()


@blueprint.get("/desk/new/<entry_kind:kind>")
@requires("propose")
def new(kind: EntryKind) -> ResponseReturnValue:
    """The first step of a new entry; nothing is kept until something is typed."""
    return step_saving.step_page(Draft(kind, step_saving.begun(session(), actor(), kind)), STEPS[kind][0])


@blueprint.post("/desk/new/<entry_kind:kind>")
@requires("propose")
def new_submit(kind: EntryKind) -> ResponseReturnValue:
    """Keep what was typed as a draft of its own, and go on with it."""
    step = STEPS[kind][0]
    sent = step_saving.SubmittedStep.read(Draft(kind, blank(kind)), step)
    if sent.is_empty:
        return step_saving.step_page(Draft(kind, blank(kind)), step, sent.part)
    try:
        with context.database().writing() as writing:
            proposal = actions.start(writing, actor(), kind, sent.data)
    except Invalid as refused:
        return step_saving.not_saved(Draft(kind, sent.data), step, sent, refused)
    return step_saving.answer(proposal.id, step, sent)


@blueprint.get("/desk/proposals/<int:key>/write/<code>")
@requires("propose")
def step(key: int, code: str) -> ResponseReturnValue:
    """A step of a draft, with what is kept of it."""
    draft = step_saving.draft_of(session(), actor(), key)
    return step_saving.step_page(draft, step_of(draft.kind, code), add=request.args.get("add"))


@blueprint.post("/desk/proposals/<int:key>/write/<code>")
@requires("propose")
def step_submit(key: int, code: str) -> ResponseReturnValue:
    """Keep the step as it was typed, right or wrong, and go where the button leads."""
    draft = step_saving.draft_of(session(), actor(), key)
    sent = step_saving.SubmittedStep.read(draft, step_of(draft.kind, code))
    try:
        with context.database().writing() as writing:
            actions.save_draft(writing, actor(), key, sent.data, seen=sent.seen)
    except EditConflict as conflict:
        return conflict_resolution.of_draft(draft, conflict)
    except Invalid as refused:
        return step_saving.not_saved(
            Draft(draft.kind, sent.data, draft.proposal), step_of(draft.kind, code), sent, refused
        )
    return step_saving.answer(key, step_of(draft.kind, code), sent)
