"""Writing an entry up: a form in short steps, the check at its end, the preview, and sending it in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf

from kb.catalogue.change_log import acquire_write_lock
from kb.catalogue.entries import EntryKind, Step
from kb.editorial import actions
from kb.editorial.errors import EditConflict, Invalid
from kb.editorial.preview import preview_entry
from kb.editorial.validation import blank

from ...catalogue.pages import preview_page
from ...core import context, forms, submissions
from ...core.access import actor, requires
from ...core.context import session
from ...core.mails import notify_editors
from ...core.pages import Page
from .. import conflict_resolution, review, step_saving
from ..drafts import STEPS, Draft, page_of_check, step_of
from ..duplicates import Duplicate, possible_duplicates
from ..navigation import blueprint


@dataclass(frozen=True, kw_only=True)
class ChooseKindPage(Page):
    """The choice of what to write up."""

    template = "desk/choose.html"


@dataclass(frozen=True, kw_only=True)
class DuplicatesPart(Page):
    """Entries that may be what is being written up already, as a part of a page."""

    template = "desk/duplicates.html"
    alike: Sequence[Duplicate]


@dataclass(frozen=True, kw_only=True)
class NoPreviewPage(Page):
    """Says that a draft cannot be previewed, because it lacks what its page needs."""

    template = "desk/preview_none.html"
    back: str


@blueprint.get("/desk/new")
@requires("propose")
def choose_kind() -> ResponseReturnValue:
    """What to write up: an initiative, a city, a leader or a vision."""
    return ChooseKindPage().render()


@blueprint.get("/desk/new/<entry_kind:kind>")
@requires("propose")
def new(kind: EntryKind) -> ResponseReturnValue:
    """The first step of a new entry; nothing is kept until something is typed."""
    return step_saving.step_page(Draft(kind, step_saving.data_of_new(session(), actor(), kind)), STEPS[kind][0])


@blueprint.post("/desk/new/<entry_kind:kind>")
@requires("propose")
def new_submit(kind: EntryKind) -> ResponseReturnValue:
    """Keep what was typed as a draft of its own, and go on with it; the same form again goes on with the same draft."""
    step = STEPS[kind][0]
    sent = step_saving.SubmittedStep.read(Draft(kind, blank(kind)), step)
    if sent.is_empty:
        return step_saving.step_page(Draft(kind, blank(kind)), step, sent.form)
    try:
        with submissions.writing(ignores_content=True) as writing:
            proposal = actions.start(writing, actor(), kind, sent.draft.data, checked=sent.draft.validation)
    except Invalid as refused:
        return step_saving.not_saved(step, sent, refused)
    except submissions.Repeated as repeated:
        key = step_saving.draft_at(repeated.location)
        if key is None:
            raise
        context.refresh_session()
        draft = step_saving.draft_of(session(), actor(), key)
        return _save_step(draft, key, step, seen=draft.proposal.version if draft.proposal else 0)
    submissions.set_location(url_for("desk.step", key=proposal.id, code=step.code))
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
    return _save_step(draft, key, step_of(draft.kind, code), seen=request.form.get("seen", 0, type=int))


def _save_step(draft: Draft, key: int, step: Step, *, seen: int) -> ResponseReturnValue:
    """Keep what the request says of a step; `seen` is the version of the draft that it changes."""
    sent = step_saving.SubmittedStep.read(draft, step)
    try:
        with context.database().writing() as writing:
            actions.save_draft(writing, actor(), key, sent.draft.data, seen=seen, checked=sent.draft.validation)
    except EditConflict as conflict:
        return conflict_resolution.of_draft(draft, conflict)
    except Invalid as refused:
        return step_saving.not_saved(step, sent, refused)
    return step_saving.answer(key, step, sent)


@blueprint.get("/desk/proposals/<int:key>/check")
@requires("propose")
def check(key: int) -> ResponseReturnValue:
    """The last step: what publishing still needs, what is wrong, and the button that hands it in."""
    draft = step_saving.draft_of(session(), actor(), key)
    return page_of_check(session(), actor(), draft).render()


@blueprint.post("/desk/proposals/<int:key>/check")
@requires("propose")
def check_submit(key: int) -> ResponseReturnValue:
    """Hand it in for review; an editor may publish the own without it, which is recorded."""
    draft = step_saving.draft_of(session(), actor(), key)
    note, seen = request.form.get("note", ""), request.form.get("seen", 0, type=int)
    try:
        with submissions.writing() as writing:
            if request.form.get("go") == "publish":
                # Before the proposal is locked, as whoever merges its entry does.
                acquire_write_lock(writing)
            proposal = actions.save_draft(writing, actor(), key, draft.data, seen=seen, note=note)
            if request.form.get("go") == "publish":
                actions.publish(writing, actor(), key, seen=proposal.version)
            elif request.form.get("go") == "send":
                actions.submit(writing, actor(), key, seen=proposal.version)
    except Invalid as problem:
        return page_of_check(session(), actor(), draft, problem).render(), 422
    except EditConflict as conflict:
        if conflict_resolution.is_stale(conflict):
            draft = step_saving.draft_of(context.refresh_session(), actor(), key)
            return page_of_check(session(), actor(), draft, stale=True).render(), 409
        return conflict_resolution.of_proposal(draft, conflict)
    if request.form.get("go") == "send":
        notify_editors(key)
    return redirect(url_for("desk.proposal", key=key), 303)


@blueprint.get("/desk/proposals/<int:key>/preview")
@requires("propose")
def preview(key: int) -> ResponseReturnValue:
    """The public page as this proposal would make it; nothing is published by looking."""
    proposal = review.proposal_for(session(), actor(), key)
    code = request.args.get("from", "")
    if code in {step.code for step in STEPS[proposal.kind]}:
        back = url_for("desk.step", key=key, code=code)
    else:
        back = url_for("desk.proposal", key=key)
    return _preview(proposal.kind, proposal.data, back)


@blueprint.post("/desk/proposals/<int:key>/take-back")
@requires("propose")
def take_back(key: int) -> ResponseReturnValue:
    """The author takes a proposal back, or throws a draft away."""
    review.proposal_for(session(), actor(), key)
    is_withdrawn = forms.run_action(lambda writing: actions.take_back(writing, actor(), key))
    return redirect(url_for("desk.desk") if is_withdrawn else url_for("desk.proposal", key=key), 303)


@blueprint.get("/desk/alike")
@requires("propose")
def alike() -> ResponseReturnValue:
    """Entries that may be what is being written up already, as a piece of a page."""
    duplicates = possible_duplicates(session(), request.args.get("title", ""), request.args.getlist("city"))
    return DuplicatesPart(alike=duplicates).render()


@blueprint.get("/desk/token")
@requires("propose")
def token() -> Response:
    """A new token for a form whose session was renewed meanwhile; only pages of this site can read it."""
    response = jsonify(token=generate_csrf())
    response.headers["Cache-Control"] = "no-store"
    return response


def _preview(kind: EntryKind, data: Mapping[str, Any], back: str) -> str:
    """The page of an entry that says what the data say, with a way back; what cannot be read of them is left out."""
    with context.database().session() as session:
        # Rows that are imagined must not be written, not even to be rolled back: that would keep writers waiting.
        session.autoflush = False
        entry = preview_entry(session, kind, _with_words(data))
        if entry is None:
            return NoPreviewPage(back=back).render()
        return preview_page(kind, entry, back).render()


def _with_words(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data with something to read where every public page has words."""
    titles = {name: gettext("No title yet") for name in ("title", "name") if name in data and not data[name]}
    summaries = {name: gettext("No summary yet.") for name in ("summary", "gist") if name in data and not data[name]}
    return {**data, **titles, **summaries}
