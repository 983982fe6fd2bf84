"""The declarations of the rows of an initiative: goals, targets, partners and outcomes."""

from kb.core.i18n import gettext_noop

from ..choices import EVIDENCE_DIRECTIONS, ORIGINS, PARTNER_ROLES
from .fields import Code, GoalNumber, Number, SourceLink, Term, Text, Year, YesNo
from .kinds import TermKind
from .metadata import Column, Input, Weight
from .schema import WHERE_IT_SAYS_SO, RowSchema


class GoalRow(RowSchema):
    """A goal by its number, and who linked it."""

    goal = GoalNumber(
        gettext_noop("Goal"), stored="goal_number", needed=gettext_noop("Choose the goal, or take this row out.")
    )
    origin = Code(gettext_noop("Who linked it"), ORIGINS, default="editor")


class TargetRow(RowSchema):
    """A target by its code, and who linked it."""

    target = Term(
        gettext_noop("Target"),
        TermKind.TARGET,
        stored="target_code",
        needed=gettext_noop("Choose the target, or take this row out."),
    )
    origin = Code(gettext_noop("Who linked it"), ORIGINS, default="editor")


class PartnerRow(RowSchema):
    """An organisation that took part, with its role where known."""

    name = Text(
        gettext_noop("Name"),
        300,
        input=Input(label=gettext_noop("Partner"), line="partner"),
        needed=gettext_noop("Name the partner, or take this row out."),
        search=Weight.TEXT,
    )
    role = Code(gettext_noop("Role"), PARTNER_ROLES, input=Input(line="partner"))


class OutcomeRow(RowSchema):
    """A figure: what was measured, and everything known of it. `is_target` marks a promise."""

    measure = Text(
        gettext_noop("What was measured"),
        300,
        input=Input(hint=gettext_noop("For example: buses on time"), line="what"),
        needed=gettext_noop("Say what was measured, or take this row out."),
        column=Column(label=gettext_noop("Outcome: what was measured"), names="measure|indicator|metric|"),
        search=Weight.TEXT,
    )
    qualifier = Text(
        gettext_noop("Qualifier, such as “about”"),
        60,
        input=Input(label=gettext_noop("More exactly"), hint=gettext_noop("For example: about, at least"), line="what"),
        column=None,
    )
    value = Number(
        gettext_noop("Value"),
        input=Input(line="value"),
        column=Column(label=gettext_noop("Outcome: value"), names="value"),
    )
    unit = Text(
        gettext_noop("Unit"),
        300,
        input=Input(hint=gettext_noop("For example: %, people"), line="value"),
        column=Column(label=gettext_noop("Outcome: unit"), names="unit"),
    )
    year = Year(
        gettext_noop("Year"),
        input=Input(line="value"),
        column=Column(label=gettext_noop("Outcome: year"), names="year"),
    )
    baseline_value = Number(
        gettext_noop("Value before"),
        input=Input(line="before"),
        column=Column(label=gettext_noop("Outcome: value before"), names="baseline|baseline value|before"),
    )
    baseline_year = Year(
        gettext_noop("Year of the value before"),
        input=Input(label=gettext_noop("Year before"), line="before"),
        column=Column(label=gettext_noop("Outcome: year of the value before"), names="baseline year"),
    )
    direction = Code(
        gettext_noop("Direction"),
        EVIDENCE_DIRECTIONS,
        input=Input(label=gettext_noop("Which way it went"), line="before"),
        column=Column(label=gettext_noop("Outcome: direction"), names="direction"),
    )
    source = SourceLink(gettext_noop("Source"), input=WHERE_IT_SAYS_SO, column=None)
    is_target = YesNo(
        gettext_noop("Announced, not reached yet"),
        default=False,
        input=Input(label=gettext_noop("This is a promise, not yet a result"), control="tick"),
        column=Column(label=gettext_noop("Outcome: announced, not reached yet"), names="is target|target"),
    )
