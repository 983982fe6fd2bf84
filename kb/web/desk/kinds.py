"""The forms by kind of entry: which steps there are, in their order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kb.catalogue.entries import EntryKind
from kb.problems import NotFound
from kb.words import marked

from . import initiative, others
from .part import Part


@dataclass(frozen=True, slots=True)
class Step:
    """A step by its code in addresses, with what it is called, its fields, and the template that lays them out."""

    code: str
    label: str
    part: type[Part]
    template: str


CHECK = "check"
"""The last step of every form: what is missing, how it will look, and sending it."""

STEPS: dict[str, Sequence[Step]] = {
    "initiative": (
        Step("what", marked("What and where"), initiative.What, "desk/steps/what.html"),
        Step("story", marked("What happened"), initiative.Story, "desk/steps/story.html"),
        Step("aims", marked("Challenges and goals"), initiative.Aims, "desk/steps/aims.html"),
        Step("figures", marked("Figures"), initiative.Figures, "desk/steps/figures.html"),
        Step("people", marked("People"), initiative.People, "desk/steps/people.html"),
        Step("reuse", marked("For other cities"), initiative.Reuse, "desk/steps/reuse.html"),
        Step("sources", marked("Sources"), initiative.Sources, "desk/steps/sources.html"),
    ),
    "city": (
        Step("city", marked("The city"), others.City, "desk/steps/city.html"),
        Step("challenges", marked("Its challenges"), others.Challenges, "desk/steps/challenges.html"),
    ),
    "leader": (Step("leader", marked("The leader"), others.Leader, "desk/steps/leader.html"),),
    "vision": (Step("vision", marked("The vision"), others.Vision, "desk/steps/vision.html"),),
}


def step_of(kind: EntryKind, code: str) -> Step:
    """A step by its code. Raises NotFound where there is none such."""
    for step in STEPS.get(kind, ()):
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
    name = path.partition(".")[0]
    return next((step for step in STEPS[kind] if name in fields_of(step)), STEPS[kind][0])


def fields_of(step: Step) -> Iterable[str]:
    """The names of a step's fields."""
    return [name for name in dir(step.part) if hasattr(getattr(step.part, name), "field_class")]
