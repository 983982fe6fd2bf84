"""The declarations of the rows of an initiative: goals, targets, partners and outcomes."""

from kb.words import marked

from ..terms import EVIDENCE_DIRECTIONS, ORIGINS, PARTNER_ROLES
from .fields import Code, GoalNumber, Number, SourceLink, Term, Text, Year, YesNo
from .kinds import TermKind
from .metadata import Column, Input, Weight
from .schema import WHERE_IT_SAYS_SO, RowSchema


class GoalRow(RowSchema):
    """A goal by its number, and who linked it."""

    goal = GoalNumber(marked("Goal"), stored="goal_number", needed=marked("Choose the goal, or take this row out."))
    origin = Code(marked("Who linked it"), ORIGINS, default="editor")


class TargetRow(RowSchema):
    """A target by its code, and who linked it."""

    target = Term(
        marked("Target"),
        TermKind.TARGET,
        stored="target_code",
        needed=marked("Choose the target, or take this row out."),
    )
    origin = Code(marked("Who linked it"), ORIGINS, default="editor")


class PartnerRow(RowSchema):
    """An organisation that took part, with its role where known."""

    name = Text(
        marked("Name"),
        300,
        input=Input(label=marked("Partner"), line="partner"),
        needed=marked("Name the partner, or take this row out."),
        search=Weight.TEXT,
    )
    role = Code(marked("Role"), PARTNER_ROLES, input=Input(line="partner"))


class OutcomeRow(RowSchema):
    """A figure: what was measured, and everything known of it. `is_target` marks a promise."""

    measure = Text(
        marked("What was measured"),
        300,
        input=Input(hint=marked("For example: buses on time"), line="what"),
        needed=marked("Say what was measured, or take this row out."),
        column=Column(label=marked("Outcome: what was measured"), names="measure|indicator|metric|"),
        search=Weight.TEXT,
    )
    qualifier = Text(
        marked("Qualifier, such as “about”"),
        60,
        input=Input(label=marked("More exactly"), hint=marked("For example: about, at least"), line="what"),
        column=None,
    )
    value = Number(
        marked("Value"), input=Input(line="value"), column=Column(label=marked("Outcome: value"), names="value")
    )
    unit = Text(
        marked("Unit"),
        300,
        input=Input(hint=marked("For example: %, people"), line="value"),
        column=Column(label=marked("Outcome: unit"), names="unit"),
    )
    year = Year(marked("Year"), input=Input(line="value"), column=Column(label=marked("Outcome: year"), names="year"))
    baseline_value = Number(
        marked("Value before"),
        input=Input(line="before"),
        column=Column(label=marked("Outcome: value before"), names="baseline|baseline value|before"),
    )
    baseline_year = Year(
        marked("Year of the value before"),
        input=Input(label=marked("Year before"), line="before"),
        column=Column(label=marked("Outcome: year of the value before"), names="baseline year"),
    )
    direction = Code(
        marked("Direction"),
        EVIDENCE_DIRECTIONS,
        input=Input(label=marked("Which way it went"), line="before"),
        column=Column(label=marked("Outcome: direction"), names="direction"),
    )
    source = SourceLink(marked("Source"), input=WHERE_IT_SAYS_SO, column=None)
    is_target = YesNo(
        marked("Announced, not reached yet"),
        default=False,
        input=Input(label=marked("This is a promise, not yet a result"), control="tick"),
        column=Column(label=marked("Outcome: announced, not reached yet"), names="is target|target"),
    )
