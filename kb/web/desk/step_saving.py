"""What comes of a step that was sent: what it says, and the page, the next step or the few words for a script."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from flask import current_app, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from kb.accounts.models import User
from kb.catalogue.entries import EntryKind, Step, schema_of
from kb.catalogue.entries.fields import CityReference
from kb.catalogue.entries.lists import Cities
from kb.catalogue.models import City
from kb.core.errors import Busy, Refused
from kb.editorial import actions, rules
from kb.editorial.errors import Invalid
from kb.editorial.models import Proposal
from kb.editorial.validation import ValidationResult, blank
from kb.images.reading import MOST_BYTES, read_image

from ..core import context, form_resubmission
from ..core.access import actor
from ..core.context import session
from ..core.formatting import message_text
from .drafts import (
    CHECK,
    STEPS,
    Draft,
    NeedsPart,
    copy_key,
    errors_of,
    fields_of,
    in_words,
    needs,
    page_of_step,
    step_after,
)
from .places import places_now
from .review import proposal_for
from .step_form import StepForm


@dataclass(frozen=True, slots=True)
class SubmittedStep:
    """A step as it was sent: its fields, and the draft with them."""

    form: StepForm
    draft: Draft
    is_empty: bool
    is_unclear: bool
    has_refused_file: bool = False

    @classmethod
    def read(cls, draft: Draft, step: Step) -> Self:
        """What the request sends of this step, put into what there is of the draft; pictures are stored at once."""
        places = places_now()
        form = StepForm.sent(fields_of(draft.kind, step), request.form)
        store_images(form)
        if code := request.form.get("accept"):
            form.accept(code)
        typed, nothing = form.wanted(draft.data, places), blank(draft.kind)
        return cls(
            form,
            Draft(draft.kind, {**draft.data, **typed}, draft.proposal),
            is_empty=all(not value or value == nothing[name] for name, value in typed.items()),
            is_unclear=form.is_unclear(places),
            has_refused_file=any(control.errors for control in form.files),
        )


def store_images(form: StepForm) -> None:
    """Store the pictures that were sent with a form, and say beside each that is none why it was refused.

    They are stored on their own, so that none is lost where the rest cannot be saved.
    """
    images = []
    for control in form.files:
        file = request.files.get(control.file_name)
        if file is None or not file.filename:
            continue
        try:
            # One byte more than may be is enough to tell.
            images.append((control, read_image(file.read(MOST_BYTES + 1))))
        except (Refused, Busy) as problem:
            control.errors.append(message_text(problem.message))
        finally:
            file.close()
    if images:
        with context.database().writing() as writing:
            for control, image in images:
                control.value = actions.store_image(writing, actor(), image)
        context.refresh_session()


def draft_of(session: Session, actor: User, key: int) -> Draft:
    """What a proposal holds, for somebody who may change it. NotFound for whoever may not see it, else Refused."""
    proposal = proposal_for(session, actor, key)
    if not rules.may_edit(actor, proposal):
        raise Refused(rules.DECIDED)
    return Draft(proposal.kind, proposal.data, proposal)


def draft_at(location: str | None) -> int | None:
    """The number of the draft whose form stands at a path of ours, or None."""
    try:
        endpoint, values = current_app.url_map.bind("").match(location or "")
    except HTTPException:
        return None
    return int(values["key"]) if endpoint == "desk.step" else None


def data_of_new(session: Session, actor: User, kind: EntryKind) -> dict[str, Any]:
    """A new entry; with the city of whoever writes it, where that is known."""
    data = blank(kind)
    city = session.get(City, actor.city_id) if actor.city_id else None
    if city is not None:
        for name, field in schema_of(kind).declared.items():
            if isinstance(field, Cities):
                data[name] = [city.slug]
            elif isinstance(field, CityReference):
                data[name] = city.slug
    return data


def step_page(
    draft: Draft,
    step: Step,
    form: StepForm | None = None,
    *,
    add: str | None = None,
    problem: str | None = None,
    is_saved: bool = True,
) -> str:
    """The page of a step: with the form that was sent, or as the draft has it with what is wrong."""
    places = places_now()
    if form is None:
        errors = errors_of(draft, step)
        form = StepForm.filled(fields_of(draft.kind, step), draft.data, places, errors, add)
    else:
        form.lengthen()
    return page_of_step(session(), draft, step, form, places, problem=problem, is_saved=is_saved).render()


def answer(key: int, step: Step, sent: SubmittedStep) -> ResponseReturnValue:
    """After saving: words for a script; the step again where something is wrong; or where the button leads."""
    proposal = context.refresh_session().get_one(Proposal, key)
    draft = Draft(proposal.kind, proposal.data, proposal, sent.draft.validation)
    if form_resubmission.is_for_a_script():
        return _for_a_script(draft, step, sent)
    go = request.form.get("go", "")
    if (sent.is_unclear and go != "preview") or sent.has_refused_file:
        sent.form.put_on_filled(errors_of(draft, step))
        return step_page(draft, step, sent.form), 422
    if go == "next" and errors_of(draft, step):
        return step_page(draft, step), 422
    return redirect(_where(draft, step, go), 303)


def not_saved(step: Step, sent: SubmittedStep, refused: Invalid) -> ResponseReturnValue:
    """After a rule refused to save: words for a script, or the step as it was typed, with what stands in the way."""
    if form_resubmission.is_for_a_script():
        return jsonify(error=message_text(refused.message)), 422
    errors, draft = in_words(refused.errors), sent.draft
    try:
        draft.validation  # noqa: B018 - asked for what it raises
    except Invalid:
        # More than any draft holds, such as too many rows.
        draft = Draft(draft.kind, draft.data, draft.proposal, ValidationResult(dict(draft.data), refused.errors, {}))
    sent.form.put_on_filled({**errors_of(draft, step), **errors})
    elsewhere = [text for path, several in errors.items() if sent.form.control_at(path) is None for text in several]
    return step_page(draft, step, sent.form, problem=" ".join(elsewhere) or None, is_saved=False), 422


def _where(draft: Draft, step: Step, go: str) -> str:
    add, removed = request.form.get("add"), request.form.get("remove")
    key = draft.proposal.id if draft.proposal else 0
    if add or removed:
        rows = add or str(removed).partition("-")[0]
        return url_for("desk.step", key=key, code=step.code, add=add, _anchor=rows)
    if request.form.get("accept"):
        return url_for("desk.step", key=key, code=step.code, _anchor="suggested")
    if go == "preview":
        return f"{url_for('desk.preview', key=key)}?from={step.code}"
    code = step_after(draft.kind, step.code) if go == "next" else go
    if code == CHECK:
        return url_for("desk.check", key=key)
    known = {known_step.code for known_step in STEPS[draft.kind]}
    return draft.address(code if code in known else step.code)


def _for_a_script(draft: Draft, step: Step, sent: SubmittedStep) -> ResponseReturnValue:
    key = draft.proposal.id if draft.proposal else 0
    answered: Mapping[str, Any] = {
        "seen": draft.proposal.version if draft.proposal else 0,
        "edit": draft.address(step.code),
        "copy": copy_key(draft, step),
        "title": draft.title,
        "preview": url_for("desk.preview", key=key),
        "needs": NeedsPart(needs=needs(draft)).render(),
        "saved": gettext("Saved at {time}, except for the city: please choose which one you mean.")
        if sent.is_unclear
        else None,
    }
    return jsonify(answered)
