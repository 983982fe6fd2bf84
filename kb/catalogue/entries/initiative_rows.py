"""The declarations of the rows of an initiative: goals, targets, partners and outcomes."""

from kb.core.i18n import gettext_noop as _

from ..choices import EVIDENCE_DIRECTIONS, ORIGINS, PARTNER_ROLES
from .fields import Code, GoalNumber, Number, SourceLink, Term, Text, Year, YesNo
from .kinds import TermKind
from .metadata import Column, Input, Weight
from .schema import SOURCE_INPUT, RowSchema


class GoalRow(RowSchema):
    """A goal by its number, and who linked it."""

    goal = GoalNumber(
        _("Goal"),
        stored="goal_number",
        needed=_("Choose the goal, or remove this row."),
        codebook=_("The number of the goal, from 1 to 17."),
    )
    origin = Code(
        _("Who linked it"),
        ORIGINS,
        default="editor",
        codebook=_("Whether an editor linked it, or a person accepted a suggestion."),
    )


class TargetRow(RowSchema):
    """A target by its code, and who linked it."""

    target = Term(
        _("Target"),
        TermKind.TARGET,
        codebook=_("The target as the United Nations write it, such as 11.2."),
        stored="target_code",
        needed=_("Choose the target, or remove this row."),
    )
    origin = Code(
        _("Who linked it"),
        ORIGINS,
        default="editor",
        codebook=_("Whether an editor linked it, or a person accepted a suggestion."),
    )


class PartnerRow(RowSchema):
    """An organisation that took part, with its role where known."""

    name = Text(
        _("Name"),
        300,
        codebook=_("The organisation."),
        input=Input(label=_("Partner"), line="partner"),
        needed=_("Name the partner, or remove this row."),
        search=Weight.TEXT,
    )
    role = Code(
        _("Role"), PARTNER_ROLES, input=Input(line="partner"), codebook=_("What it did; empty where no source says so.")
    )


class OutcomeRow(RowSchema):
    """A figure: what was measured, and everything known of it. `is_target` marks a promise."""

    measure = Text(
        _("What was measured"),
        300,
        codebook=_("What was measured."),
        input=Input(hint=_("For example: buses on time"), line="what"),
        needed=_("Say what was measured, or remove this row."),
        column=Column(label=_("Outcome: what was measured"), names="measure|indicator|metric|"),
        search=Weight.TEXT,
    )
    qualifier = Text(
        _("Qualifier, such as “about”"),
        60,
        codebook=_("How exact the value is, such as “about”."),
        input=Input(label=_("Exact or approximate"), hint=_("For example: about, at least"), line="what"),
        column=None,
    )
    value = Number(
        _("Value"),
        codebook=_("The figure that was reached, or that was announced as a target."),
        input=Input(line="value"),
        column=Column(label=_("Outcome: value"), names="value"),
    )
    unit = Text(
        _("Unit"),
        300,
        codebook=_("The unit of both values."),
        input=Input(hint=_("For example: %, people"), line="value"),
        column=Column(label=_("Outcome: unit"), names="unit"),
    )
    year = Year(
        _("Year"),
        codebook=_("The year of the value."),
        input=Input(line="value"),
        column=Column(label=_("Outcome: year"), names="year"),
    )
    baseline_value = Number(
        _("Value before"),
        codebook=_("The figure before."),
        input=Input(line="before"),
        column=Column(label=_("Outcome: value before"), names="baseline|baseline value|before"),
    )
    baseline_year = Year(
        _("Year of the value before"),
        codebook=_("The year of the value before."),
        input=Input(label=_("Year before"), line="before"),
        column=Column(label=_("Outcome: year of the value before"), names="baseline year"),
    )
    direction = Code(
        _("Direction"),
        EVIDENCE_DIRECTIONS,
        codebook=_("Whether that is better or worse."),
        input=Input(label=_("Better, mixed, no change, or worse"), line="before"),
        column=Column(label=_("Outcome: direction"), names="direction"),
    )
    source = SourceLink(
        _("Source"), input=SOURCE_INPUT, column=None, codebook=_("The address of the page or document that says so.")
    )
    is_target = YesNo(
        _("Announced, not reached"),
        codebook=_("True for a target that was announced, which is not a result."),
        default=False,
        input=Input(label=_("This is a target, not a result"), control="tick"),
        column=Column(label=_("Outcome: announced, not reached"), names="is target|target"),
    )
