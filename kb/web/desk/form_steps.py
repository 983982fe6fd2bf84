"""The steps of the forms by which entries are written, and the fields that each asks for."""

from collections.abc import Mapping

from kb.catalogue.entries import ENTRIES, EntryKind, Step, schema_of
from kb.catalogue.entries.fields import Declared
from kb.core.errors import NotFound

CHECK = "check"
"""The last step of every form: what is missing, how it will look, and sending it."""

STEPS = {kind: definition.steps for kind, definition in ENTRIES.items()}


def step_of(kind: EntryKind, code: str) -> Step:
    """A step by its code. Raises NotFound where there is none such."""
    for step in STEPS[kind]:
        if step.code == code:
            return step
    raise NotFound


def after(kind: EntryKind, code: str) -> str:
    """The code of the step that follows; the check is the last."""
    codes = [*(step.code for step in STEPS[kind]), CHECK]
    return codes[min(codes.index(code) + 1, len(codes) - 1)]


def before(kind: EntryKind, code: str) -> str | None:
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
