"""An initiative as a form, an import or an interface sends it."""

from typing import ClassVar

from kb.catalogue.terms import EVIDENCE_DIRECTIONS, FUNDING, ORIGINS, PARTNER_ROLES, PROCUREMENT, SCALES, STAGES
from kb.words import marked

from .entry import SOURCE_LABELS, EntrySchema, Rows, SourceRow
from .fields import CityReference, Code, Currency, Number, Several, Slug, Term, Text, Web, Whole, Year, YesNo, rows_of

PROSE = 20_000
"""Signs of a long text: some six printed pages, more than anybody reads of one initiative."""


class GoalRow(Rows):
    """A goal by its number, and who linked it."""

    goal = Whole(1, 17)
    origin = Code(ORIGINS, load_default="editor", allow_none=False)


class TargetRow(Rows):
    """A target by its code, and who linked it."""

    target = Term()
    origin = Code(ORIGINS, load_default="editor", allow_none=False)


class PartnerRow(Rows):
    """An organisation that took part, with its role where known."""

    name = Text(300)
    role = Code(PARTNER_ROLES)


class OutcomeRow(Rows):
    """A figure: what was measured, and everything known of it. `is_target` marks a promise."""

    measure = Text(300)
    value = Number()
    unit = Text(300)
    qualifier = Text(60)
    year = Year()
    baseline_value = Number()
    baseline_year = Year()
    is_target = YesNo(load_default=False)
    direction = Code(EVIDENCE_DIRECTIONS)
    source = Web()


class InitiativeSchema(EntrySchema):
    """Everything of an initiative but its slug and its day of confirmation."""

    title = Text(300)
    cities = Several(CityReference(), 50)
    summary = Text(1_000, lines=True)
    stage = Code(STAGES)
    scale = Code(SCALES)
    start_year = Year()
    end_year = Year()
    leader = Slug()
    vision = Slug()
    problem = Text(PROSE, lines=True)
    action = Text(PROSE, lines=True)
    results = Text(PROSE, lines=True)
    beneficiaries = Text(PROSE, lines=True)
    challenges = Several(Term())
    technologies = Several(Term())
    goals = rows_of(GoalRow, 17)
    targets = rows_of(TargetRow, 169)
    outcomes = rows_of(OutcomeRow)
    evidence_level = Whole(0, 5)
    evidence_direction = Code(EVIDENCE_DIRECTIONS)
    evidence_note = Text(PROSE, lines=True)
    cost_amount = Whole(0, 10**15)
    cost_currency = Currency()
    cost_year = Year()
    cost_is_citys_own = YesNo()
    cost_note = Text(PROSE, lines=True)
    funding = Several(Code(FUNDING))
    procurement = Code(PROCUREMENT)
    partners = rows_of(PartnerRow)
    lessons = Text(PROSE, lines=True)
    needs_mandate = Text(PROSE, lines=True)
    needs_staff = Text(PROSE, lines=True)
    needs_months = Whole(0, 1_200)
    needs_prerequisites = Text(PROSE, lines=True)
    adapted_from = Slug()
    adapted_from_note = Text(PROSE, lines=True)
    contact = Text(PROSE, lines=True)
    sources = rows_of(SourceRow)

    labels: ClassVar = {
        "title": marked("Title"),
        "cities": marked("Cities"),
        "summary": marked("Summary"),
        "stage": marked("Stage"),
        "scale": marked("Scale"),
        "start_year": marked("First year"),
        "end_year": marked("Last year"),
        "leader": marked("Leader"),
        "vision": marked("Vision"),
        "problem": marked("Problem"),
        "action": marked("What was done"),
        "results": marked("Results"),
        "beneficiaries": marked("Who benefits"),
        "challenges": marked("Challenges"),
        "technologies": marked("Technologies"),
        "goals": marked("Goals"),
        "goals.goal": marked("Goal"),
        "goals.origin": marked("Who linked it"),
        "targets": marked("Targets"),
        "targets.target": marked("Target"),
        "targets.origin": marked("Who linked it"),
        "outcomes": marked("Outcomes"),
        "outcomes.measure": marked("What was measured"),
        "outcomes.value": marked("Value"),
        "outcomes.unit": marked("Unit"),
        "outcomes.qualifier": marked("Qualifier, such as “about”"),
        "outcomes.year": marked("Year"),
        "outcomes.baseline_value": marked("Value before"),
        "outcomes.baseline_year": marked("Year of the value before"),
        "outcomes.is_target": marked("Announced, not reached yet"),
        "outcomes.direction": marked("Direction"),
        "outcomes.source": marked("Source"),
        "evidence_level": marked("Evidence"),
        "evidence_direction": marked("What the evidence shows"),
        "evidence_note": marked("On the evidence"),
        "cost_amount": marked("Cost"),
        "cost_currency": marked("Currency"),
        "cost_year": marked("Year of the cost"),
        "cost_is_citys_own": marked("Paid by the city itself"),
        "cost_note": marked("What the cost covers"),
        "funding": marked("Funding"),
        "procurement": marked("Procurement"),
        "partners": marked("Partners"),
        "partners.name": marked("Name"),
        "partners.role": marked("Role"),
        "lessons": marked("Lessons"),
        "needs_mandate": marked("Mandate that another city would need"),
        "needs_staff": marked("Staff that another city would need"),
        "needs_months": marked("Months that another city would need"),
        "needs_prerequisites": marked("What another city would need beforehand"),
        "adapted_from": marked("Adapted from"),
        "adapted_from_note": marked("On what it was adapted from"),
        "contact": marked("Contact"),
        "sources": marked("Sources"),
        **{f"sources.{name}": label for name, label in SOURCE_LABELS.items()},
    }
    needed: ClassVar = {
        "title": marked("An initiative needs a title."),
        "cities": marked("An initiative needs a city."),
        "summary": marked("An initiative needs a summary."),
        "stage": marked("Say at which stage it is."),
        "challenges": marked("Name at least one challenge that it takes on."),
        "goals": marked("Name at least one goal that it works for."),
        "sources": marked("Name at least one source."),
        "goals.goal": marked("Choose the goal, or take this row out."),
        "targets.target": marked("Choose the target, or take this row out."),
        "partners.name": marked("Name the partner, or take this row out."),
        "outcomes.measure": marked("Say what was measured, or take this row out."),
        "sources.url": marked("Give the address of the source, or take this row out."),
    }
    references: ClassVar = {
        "cities": "city",
        "leader": "leader",
        "vision": "vision",
        "adapted_from": "initiative",
        "challenges": "challenge",
        "technologies": "technology",
        "goals.goal": "goal",
        "targets.target": "target",
    }
    together: ClassVar = (
        frozenset({"cost_amount", "cost_currency", "cost_year"}),
        frozenset({"evidence_level", "evidence_direction", "evidence_note"}),
    )
