"""The declaration of an initiative: everything but its slug and its day of confirmation. The order is the form's."""

from kb.core.i18n import gettext_noop as _

from ..choices import EVIDENCE_DIRECTIONS, EVIDENCE_LEVELS, FUNDING, PROCUREMENT, SCALES, STAGES
from .fields import Amount, Code, Currency, Language, Link, Text, Whole, Year, YesNo
from .initiative_rows import GoalRow, OutcomeRow, PartnerRow, TargetRow
from .kinds import EntryKind, TermKind
from .lists import Cities, Codes, Links, Rows, Sources, Terms
from .metadata import Column, Input, Weight
from .pictures import Pictures
from .schema import EntrySchema, SourceRow

_SEVERAL = _("Separate several with semicolons.")
_HOW_SURE = _("How sure is it?")
_WHAT_COST = _("What did it cost?")
_ANOTHER_CITY = _("What would another city need?")


class InitiativeSchema(EntrySchema):
    """What one or more cities did."""

    title = Text(
        _("Title"),
        300,
        codebook=_("What people call it."),
        input=Input(
            step="what",
            hint=_("What people call it. Keep it short, without the city’s name."),
            most=300,
            panel="similar_entries",
        ),
        needed=_("An initiative needs a title."),
        column=Column(
            names="name|project|project name|project title|initiative|initiative name|initiative title|name of project"
            "|name of initiative|titulo|titulo do projeto|nombre|nombre del proyecto|nom du projet|titre|titel|projekt"
            "|judul",
            example="Made-up flood sirens",
        ),
        search=Weight.TITLE,
    )
    cities = Cities(
        _("Cities"),
        50,
        codebook=_("The cities that it belongs to, the leading one first."),
        stored="places",
        input=Input(step="what", label=_("City"), add=_("Add another city")),
        needed=_("An initiative needs a city."),
        column=Column(
            code="city",
            label=_("City"),
            names="city name|municipality|town|location city|place|cities|ciudad|cidade|municipio|ville|stadt|kota"
            "|comune|gemeente",
            hint=_("The city’s name, or several names separated by semicolons. The first city leads."),
            example="Surat",
        ),
        search=Weight.TEXT,
    )
    summary = Text(
        _("Summary"),
        1_000,
        lines=True,
        input=Input(step="what", hint=_("One or two sentences: what was done, and who benefits."), size=3),
        needed=_("An initiative needs a summary."),
        column=Column(
            names="description|what it does|short description|abstract|resumen|resumo|resume|descripcion|descricao"
            "|beschreibung|gist|about|project description|zusammenfassung|ringkasan",
            hint=_("One or two sentences."),
            example="Made up: sirens along the river warn of floods.",
        ),
        search=Weight.PASSAGE,
    )
    stage = Code(
        _("Stage"),
        STAGES,
        codebook=_("How far it has come. Stopped initiatives stay in the catalogue, with what was learned."),
        input=Input(step="what", line="when"),
        needed=_("Say at which stage it is."),
        column=Column(
            names="status|phase|project status|implementation status|stage of project|estado del proyecto|etapa|fase"
            "|statut",
            example="operational",
        ),
    )
    scale = Code(
        _("Scale"),
        SCALES,
        codebook=_("How much of a city it covers."),
        input=Input(step="what", line="when"),
        column=Column(names="project scale|scope|coverage|escala"),
    )
    start_year = Year(
        _("Year it began"),
        codebook=_("The calendar year in which it began."),
        input=Input(step="what", line="when"),
        column=Column(
            names="first year|start|started|year|start year|years|period|project period"
            "|start date|began|year started|from|launch|launch date|launched|launch year"
            "|inicio|ano|data de inicio|fecha de inicio|startjahr|begin|year of implementation|implementation year"
            "|date",
            hint=_("A year, or a date whose year is taken."),
            example="2021",
        ),
    )
    end_year = Year(
        _("Year it ended"),
        codebook=_("The calendar year in which it ended; empty if it has not ended, or if nobody knows."),
        not_before="start_year",
        input=Input(
            step="what",
            hint=_("Leave it empty if the initiative has not ended."),
            line="when",
        ),
        column=Column(
            names="last year|end|end year|end date|ended|until|to|finish|completion|completed in|completion date"
            "|completion year|fin|fim"
        ),
    )
    language = Language(step="what")
    problem = Text(
        _("Problem"),
        lines=True,
        input=Input(step="story", label=_("The problem"), hint=_("What was wrong, and who was affected?"), size=5),
        column=Column(names="challenge description|issue|context|need|problema|background"),
        search=Weight.PASSAGE,
    )
    action = Text(
        _("What was done"),
        codebook=_("What was done, step by step."),
        lines=True,
        input=Input(step="story", hint=_("Step by step, in plain words."), size=7),
        column=Column(
            names="action|solution|approach|activities|implementation|details|accion|solucion|acao|methodology"
        ),
        search=Weight.PASSAGE,
    )
    beneficiaries = Text(
        _("Who benefits"),
        lines=True,
        input=Input(step="story", label=_("Who benefits"), hint=_("Which people, and how many of them?"), size=2),
        column=Column(names="target group|beneficiaries|users|beneficiarios"),
        search=Weight.TEXT,
    )
    results = Text(
        _("Results"),
        codebook=_("What changed, and how that is known."),
        lines=True,
        input=Input(step="story", hint=_("What changed, and how do you know?"), size=5),
        column=Column(names="impact|impacts|outcomes|benefits|resultados|resultats|ergebnisse"),
        search=Weight.PASSAGE,
    )
    evidence_level = Whole(
        _("Evidence"),
        0,
        5,
        codebook=_("How strong the evidence is (Nesta Standards of Evidence; 0 if nothing is shown)."),
        choices=EVIDENCE_LEVELS,
        together="evidence",
        input=Input(step="story", label=_("Strength of the evidence"), line="evidence", group=_HOW_SURE),
        column=Column(names="evidence level|level of evidence", hint=_("From 0 to 5.")),
    )
    evidence_direction = Code(
        _("What the evidence shows"),
        EVIDENCE_DIRECTIONS,
        codebook=_("Whether the measured results show that things got better."),
        together="evidence",
        input=Input(step="story", label=_("Better, mixed, no change, or worse"), line="evidence", group=_HOW_SURE),
        column=Column(names="evidence direction|direction of evidence"),
    )
    evidence_note = Text(
        _("About the evidence"),
        lines=True,
        together="evidence",
        input=Input(step="story", hint=_("Who measured it, and what are the doubts?"), size=2, group=_HOW_SURE),
        column=Column(names="evidence note|evidence description"),
        search=Weight.TEXT,
    )
    needs_verification = YesNo(
        _("Needs to be verified"),
        codebook=_("True where its authors are not sure, and ask the city to verify it."),
        default=False,
        input=Input(step="story", label=_("Ask the city to verify this entry"), group=_HOW_SURE, control="tick"),
        column=Column(names="to be verified"),
    )
    challenges = Terms(
        _("Challenges"),
        TermKind.CHALLENGE,
        codebook=_("The challenges of cities that it works on."),
        input=Input(
            step="aims",
            label=_("Challenges"),
            hint=_("Tick what this initiative addresses, not all challenges of the city."),
            panel="suggested_goals",
        ),
        needed=_("Name at least one challenge that it addresses."),
        column=Column(
            names="challenge|problem area|problem areas|city challenge|problems|problems addressed|challenges addressed"
            "|issues|topic|topics|theme|themes|desafios|retos",
            hint=_SEVERAL,
            example="flooding; disaster-risk",
        ),
        search=Weight.TEXT,
    )
    goals = Links(
        _("Goals"),
        GoalRow,
        17,
        codebook=_("The Sustainable Development Goals that it works for, by number."),
        order=lambda row: row["goal"] or 0,
        input=Input(step="aims", label=_("Goals it works for")),
        needed=_("Name at least one goal that it works for."),
        column=Column(
            names="goal|sdg|sdgs|sdg goals|sustainable development goals|ods|odd|sdg addressed|sdgs addressed|un sdgs",
            hint=_("Numbers from 1 to 17."),
            example="11; 13",
        ),
        search=Weight.TEXT,
    )
    targets = Links(
        _("Targets"),
        TargetRow,
        169,
        codebook=_("The targets of these goals, as the United Nations write them."),
        input=Input(step="aims", hint=_("Only if you know which. Open a goal to see its targets.")),
        column=Column(names="target|sdg target|sdg targets|metas ods", hint=_("For example: 11.5."), example="11.5"),
        search=Weight.TEXT,
    )
    technologies = Terms(
        _("Technologies"),
        TermKind.TECHNOLOGY,
        codebook=_("The kinds of technology that it uses."),
        input=Input(step="aims", label=_("Technologies it uses")),
        column=Column(
            names="technology|tech|technologies used|tech used|technology used|techs|tecnologia|tecnologias",
            hint=_SEVERAL,
            example="early-warning; sensors-iot",
        ),
        search=Weight.TEXT,
    )
    outcomes = Rows(
        _("Outcomes"),
        OutcomeRow,
        key=("measure", "year", "is_target"),
        input=Input(
            step="figures",
            label=_("Outcome"),
            hint=_("Figures that were measured or reported. Do not guess."),
            add=_("Add an outcome"),
        ),
        # Each outcome has columns of its own.
        column=None,
        search=Weight.TEXT,
    )
    cost_amount = Amount(
        _("Cost"),
        codebook=_("What it cost, in whole units of the currency, as it was published; not converted."),
        together="cost",
        input=Input(step="figures", hint=_("A whole number, such as 1,200,000"), line="cost", group=_WHAT_COST),
        column=Column(
            names="budget|total cost|project cost|amount|total budget|investment|costo|coste|custo|cout|kosten"
            "|cost usd|cost eur|orcamento|presupuesto|biaya",
            hint=_("A whole number, without words."),
        ),
    )
    cost_currency = Currency(
        _("Currency"),
        codebook=_("The currency of the cost (ISO 4217)."),
        together="cost",
        input=Input(
            step="figures", hint=_("Three letters, such as INR, EUR or USD"), most=3, line="cost", group=_WHAT_COST
        ),
        column=Column(names="cost currency|currency code|curr|cur|ccy|moneda|moeda|devise|wahrung"),
    )
    cost_year = Year(
        _("Year of the cost"),
        codebook=_("The year of the prices."),
        together="cost",
        input=Input(step="figures", label=_("Year of the prices"), line="cost", group=_WHAT_COST),
        column=Column(names="cost year|budget year|year of cost"),
    )
    cost_is_citys_own = YesNo(
        _("Paid by the city itself"),
        codebook=_("Whether it is the city’s own money. Other money is not counted in totals."),
        input=Input(step="figures", label=_("Is it the city’s own money?"), line="cost", group=_WHAT_COST),
        column=Column(names="cost is citys own|own cost"),
    )
    cost_note = Text(
        _("What the cost covers"),
        codebook=_("What the amount covers, in words."),
        lines=True,
        input=Input(step="figures", size=2, group=_WHAT_COST),
        column=Column(names="cost note|cost description|budget note"),
        search=Weight.TEXT,
    )
    funding = Codes(
        _("Funding"),
        Code("", FUNDING),
        "kind",
        codebook=_("Where the money came from."),
        input=Input(step="figures", label=_("Who paid")),
        column=Column(
            names="funding source|funding sources|finance|funded by|source of funding|financing|financiamiento"
            "|financiamento|financement",
            hint=_SEVERAL,
        ),
    )
    procurement = Code(
        _("Procurement"),
        PROCUREMENT,
        codebook=_("How it was bought."),
        input=Input(step="figures", label=_("How it was bought")),
        column=Column(names="procurement method|tender"),
    )
    leader = Link(
        _("Leader"),
        EntryKind.LEADER,
        codebook=_("The leader who stood for it, by the name in addresses."),
        input=Input(step="people", line="whose", control="choice"),
        column=Column(names="mayor|leader name|mayor name|alcalde|prefeito|maire"),
        search=Weight.TEXT,
    )
    vision = Link(
        _("Strategy"),
        EntryKind.VISION,
        codebook=_("The strategy of the city that it carries out, by the name in addresses."),
        input=Input(
            step="people",
            label=_("Part of the strategy"),
            line="whose",
            control="choice",
            panel="missing_leader_or_vision",
        ),
        column=None,
        search=Weight.TEXT,
    )
    partners = Rows(
        _("Partners"),
        PartnerRow,
        key=("name",),
        input=Input(step="people", label=_("Partner"), add=_("Add a partner")),
        column=Column(
            names="partner|partner organisations|partner organizations|organisations involved|stakeholders"
            "|implementing partners|socios|parceiros|partenaires|partner names",
            hint=_("Separated by semicolons; a role may follow in brackets: Made-up University (academic)."),
            example="Made-up University (academic)",
        ),
        search=Weight.TEXT,
    )
    contact = Text(
        _("Contact"),
        codebook=_("An office to ask, and how to reach it."),
        lines=True,
        input=Input(
            step="people", label=_("Who to ask"), hint=_("An office and how to reach it. This will be public."), size=3
        ),
        column=Column(names="contact person|contact details|contacto|contato|email|e mail"),
        search=Weight.TEXT,
    )
    adapted_from = Link(
        _("Adapted from"),
        EntryKind.INITIATIVE,
        codebook=_("The initiative of this catalogue that it follows, by the name in addresses."),
        input=Input(step="people", hint=_("The address on this site of the initiative that it follows, if any.")),
        column=None,
    )
    adapted_from_note = Text(
        _("Notes on the original"),
        codebook=_("What it follows, and what was changed."),
        lines=True,
        input=Input(step="people", label=_("What was adapted"), size=2),
        column=Column(names="adapted from|adapted from note"),
        search=Weight.TEXT,
    )
    lessons = Text(
        _("Lessons"),
        codebook=_("What went wrong, and what was learned."),
        lines=True,
        input=Input(
            step="reuse",
            label=_("What went wrong, and what was learned"),
            hint=_("Other cities learn most from this. It does not count against your city."),
            size=6,
        ),
        column=Column(names="lessons learned|lessons learnt|lecciones aprendidas|licoes"),
        search=Weight.PASSAGE,
    )
    needs_mandate = Text(
        _("Mandate that another city would need"),
        codebook=_("The law, decision or authority that made it possible."),
        lines=True,
        input=Input(
            step="reuse",
            label=_("Mandate"),
            hint=_("Which law, decision or authority made it possible?"),
            size=2,
            group=_ANOTHER_CITY,
        ),
        column=Column(names="needs mandate|mandate"),
        search=Weight.TEXT,
    )
    needs_staff = Text(
        _("Staff that another city would need"),
        codebook=_("How many people it took, with which skills."),
        lines=True,
        input=Input(
            step="reuse", label=_("Staff"), hint=_("How many people, with which skills?"), size=2, group=_ANOTHER_CITY
        ),
        column=Column(names="needs staff|staff|team"),
        search=Weight.TEXT,
    )
    needs_months = Whole(
        _("Months that another city would need"),
        0,
        1_200,
        input=Input(
            step="reuse", label=_("Months"), hint=_("From the decision until it was in use."), group=_ANOTHER_CITY
        ),
        column=Column(names="needs months|months"),
    )
    needs_prerequisites = Text(
        _("What another city would need first"),
        codebook=_("What must be in place first."),
        lines=True,
        input=Input(
            step="reuse", label=_("Prerequisites"), hint=_("What must be in place first?"), size=3, group=_ANOTHER_CITY
        ),
        column=Column(names="needs prerequisites|prerequisites|requirements"),
        search=Weight.TEXT,
    )
    pictures = Pictures()
    sources = Sources(
        _("Sources"),
        SourceRow,
        own_titles=True,
        stored="citations",
        input=Input(
            step="sources",
            label=_("Source"),
            hint=_("Pages or documents that say what you wrote. Prefer those that everyone can open."),
            add=_("Add a source"),
        ),
        needed=_("Name at least one source."),
        column=Column(
            names="source|url|link|links|website|web|webpage|web page|project website|source url|source urls"
            "|more information|reference url|sitio web|site|fuente|fonte|quelle",
            hint=_("Addresses that begin with https://, separated by semicolons."),
            example="https://example.org/made-up-sirens",
        ),
    )
