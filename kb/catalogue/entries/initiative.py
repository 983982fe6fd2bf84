"""The declaration of an initiative: everything but its slug and its day of confirmation. The order is the form's."""

from kb.words import marked

from ..terms import (
    EVIDENCE_DIRECTIONS,
    EVIDENCE_LEVELS,
    FUNDING,
    PROCUREMENT,
    SCALES,
    STAGES,
)
from .fields import Amount, Code, Currency, Language, Link, Text, Whole, Year, YesNo
from .initiative_rows import GoalRow, OutcomeRow, PartnerRow, TargetRow
from .kinds import EntryKind, TermKind
from .lists import Cities, Codes, Links, Rows, Sources, Terms
from .metadata import Column, Input, Weight
from .schema import EntrySchema, SourceRow

_SEVERAL = marked("Several are separated by semicolons.")
_HOW_SURE = marked("How sure is it?")
_WHAT_COST = marked("What did it cost?")
_ANOTHER_CITY = marked("What would another city need?")


class InitiativeSchema(EntrySchema):
    """What one or more cities did."""

    title = Text(
        marked("Title"),
        300,
        input=Input(
            step="what",
            hint=marked("What people call it. Short, and without the city’s name."),
            most=300,
            panel="similar_entries",
        ),
        needed=marked("An initiative needs a title."),
        column=Column(
            names="name|project|project name|project title|initiative|initiative name|initiative title|name of project"
            "|name of initiative|titulo|titulo do projeto|nombre|nombre del proyecto|nom du projet|titre|titel|projekt"
            "|judul",
            example="Made-up flood sirens",
        ),
        search=Weight.TITLE,
    )
    cities = Cities(
        marked("Cities"),
        50,
        stored="places",
        input=Input(step="what", label=marked("City"), add=marked("Add another city")),
        needed=marked("An initiative needs a city."),
        column=Column(
            code="city",
            label=marked("City"),
            names="city name|municipality|town|location city|place|cities|ciudad|cidade|municipio|ville|stadt|kota"
            "|comune|gemeente",
            hint=marked("The city’s name, or several separated by semicolons; the first one leads."),
            example="Surat",
        ),
        search=Weight.TEXT,
    )
    summary = Text(
        marked("Summary"),
        1_000,
        lines=True,
        input=Input(step="what", hint=marked("One or two sentences: what was done, and for whom."), size=3),
        needed=marked("An initiative needs a summary."),
        column=Column(
            names="description|short description|abstract|resumen|resumo|resume|descripcion|descricao|beschreibung"
            "|gist|about|project description|zusammenfassung|ringkasan",
            hint=marked("One or two sentences."),
            example="Made up: sirens along the river warn of floods.",
        ),
        search=Weight.PASSAGE,
    )
    stage = Code(
        marked("Stage"),
        STAGES,
        input=Input(step="what", line="when"),
        needed=marked("Say at which stage it is."),
        column=Column(
            names="status|phase|project status|implementation status|stage of project|estado del proyecto|etapa|fase"
            "|statut",
            example="operational",
        ),
    )
    scale = Code(
        marked("Scale"),
        SCALES,
        input=Input(step="what", line="when"),
        column=Column(names="project scale|scope|coverage|escala"),
    )
    start_year = Year(
        marked("First year"),
        input=Input(step="what", label=marked("Year it began"), line="when"),
        column=Column(
            names="start|year|start year|start date|began|year started|from|launch|launch date|launched|launch year"
            "|inicio|ano|data de inicio|fecha de inicio|startjahr|begin|year of implementation|implementation year"
            "|date",
            hint=marked("A year, or a date whose year is taken."),
            example="2021",
        ),
    )
    end_year = Year(
        marked("Last year"),
        not_before="start_year",
        input=Input(step="what", label=marked("Year it ended"), hint=marked("Empty while it goes on."), line="when"),
        column=Column(
            names="end|end year|end date|ended|until|to|finish|completion|completed in|completion date"
            "|completion year|fin|fim",
        ),
    )
    language = Language(
        marked("Language"),
        input=Input(
            step="what", label=marked("Language of the texts"), hint=marked("A code, such as en, es or pt-BR."), most=35
        ),
        column=Column(
            names="lang|language code|idioma|langue|sprache|bahasa", hint=marked("A code, such as en or pt-BR.")
        ),
    )
    problem = Text(
        marked("Problem"),
        lines=True,
        input=Input(step="story", label=marked("The problem"), hint=marked("What was wrong, and for whom?"), size=5),
        column=Column(names="challenge description|issue|context|need|problema|background"),
        search=Weight.PASSAGE,
    )
    action = Text(
        marked("What was done"),
        lines=True,
        input=Input(step="story", hint=marked("Step by step, in plain words."), size=7),
        column=Column(
            names="action|solution|approach|activities|implementation|details|accion|solucion|acao|methodology"
        ),
        search=Weight.PASSAGE,
    )
    beneficiaries = Text(
        marked("Who benefits"),
        lines=True,
        input=Input(
            step="story",
            label=marked("For whom"),
            hint=marked("Who is better off, and how many are they?"),
            size=2,
        ),
        column=Column(names="target group|beneficiaries|users|beneficiarios"),
        search=Weight.TEXT,
    )
    results = Text(
        marked("Results"),
        lines=True,
        input=Input(step="story", hint=marked("What changed, and how do you know?"), size=5),
        column=Column(names="impact|impacts|outcomes|benefits|resultados|resultats|ergebnisse"),
        search=Weight.PASSAGE,
    )
    evidence_level = Whole(
        marked("Evidence"),
        0,
        5,
        choices=EVIDENCE_LEVELS,
        together="evidence",
        input=Input(step="story", label=marked("Strength of the evidence"), line="evidence", group=_HOW_SURE),
        column=Column(names="evidence level|level of evidence", hint=marked("From 0 to 5.")),
    )
    evidence_direction = Code(
        marked("What the evidence shows"),
        EVIDENCE_DIRECTIONS,
        together="evidence",
        input=Input(step="story", label=marked("Which way it went"), line="evidence", group=_HOW_SURE),
        column=Column(names="evidence direction|direction of evidence"),
    )
    evidence_note = Text(
        marked("On the evidence"),
        lines=True,
        together="evidence",
        input=Input(
            step="story",
            label=marked("About the evidence"),
            hint=marked("Who measured it, and what speaks against it?"),
            size=2,
            group=_HOW_SURE,
        ),
        column=Column(names="evidence note|evidence description"),
        search=Weight.TEXT,
    )
    challenges = Terms(
        marked("Challenges"),
        TermKind.CHALLENGE,
        input=Input(
            step="aims",
            label=marked("Challenges it takes on"),
            hint=marked("Tick those that it takes on, not all that the city has."),
            panel="suggested_goals",
        ),
        needed=marked("Name at least one challenge that it takes on."),
        column=Column(
            names="challenge|city challenge|topic|topics|theme|themes|desafios|retos",
            hint=_SEVERAL,
            example="flooding; disaster-risk",
        ),
        search=Weight.TEXT,
    )
    goals = Links(
        marked("Goals"),
        GoalRow,
        17,
        order=lambda row: row["goal"] or 0,
        input=Input(step="aims", label=marked("Goals it works for")),
        needed=marked("Name at least one goal that it works for."),
        column=Column(
            names="goal|sdg|sdgs|sdg goals|sustainable development goals|ods|odd|sdg addressed|sdgs addressed|un sdgs",
            hint=marked("Numbers from 1 to 17."),
            example="11; 13",
        ),
        search=Weight.TEXT,
    )
    targets = Links(
        marked("Targets"),
        TargetRow,
        169,
        input=Input(step="aims", hint=marked("Where you know it more exactly. Open a goal to see its targets.")),
        column=Column(names="target|sdg target|sdg targets|metas ods", hint=marked("As in 11.5."), example="11.5"),
        search=Weight.TEXT,
    )
    technologies = Terms(
        marked("Technologies"),
        TermKind.TECHNOLOGY,
        input=Input(step="aims", label=marked("Technologies it uses")),
        column=Column(
            names="technology|tech|technologies used|tecnologia|tecnologias",
            hint=_SEVERAL,
            example="early-warning; sensors-iot",
        ),
        search=Weight.TEXT,
    )
    outcomes = Rows(
        marked("Outcomes"),
        OutcomeRow,
        key=("measure", "year", "is_target"),
        input=Input(
            step="figures",
            label=marked("Outcome"),
            hint=marked("Figures that were measured or reported. None is better than a guess."),
            add=marked("Add an outcome"),
        ),
        # Each outcome has columns of its own.
        column=None,
        search=Weight.TEXT,
    )
    cost_amount = Amount(
        marked("Cost"),
        together="cost",
        input=Input(step="figures", hint=marked("A whole number, such as 1,200,000"), line="cost", group=_WHAT_COST),
        column=Column(
            names="budget|total cost|project cost|amount|total budget|investment|costo|coste|custo|cout|kosten"
            "|cost usd|cost eur|orcamento|presupuesto|biaya",
            hint=marked("A whole amount, without the words for it."),
        ),
    )
    cost_currency = Currency(
        marked("Currency"),
        together="cost",
        input=Input(
            step="figures",
            hint=marked("Three letters, such as INR, EUR or USD"),
            most=3,
            line="cost",
            group=_WHAT_COST,
        ),
        column=Column(names="cost currency|currency code|moneda|moeda|devise|wahrung"),
    )
    cost_year = Year(
        marked("Year of the cost"),
        together="cost",
        input=Input(step="figures", label=marked("In prices of the year"), line="cost", group=_WHAT_COST),
        column=Column(names="cost year|budget year|year of cost"),
    )
    cost_is_citys_own = YesNo(
        marked("Paid by the city itself"),
        input=Input(step="figures", label=marked("Is it the city’s own money?"), line="cost", group=_WHAT_COST),
        column=Column(names="cost is citys own|own cost"),
    )
    cost_note = Text(
        marked("What the cost covers"),
        lines=True,
        input=Input(step="figures", size=2, group=_WHAT_COST),
        column=Column(names="cost note|cost description|budget note"),
        search=Weight.TEXT,
    )
    funding = Codes(
        marked("Funding"),
        Code("", FUNDING),
        "kind",
        input=Input(step="figures", label=marked("Who paid")),
        column=Column(
            names="funding source|funding sources|finance|funded by|source of funding|financing|financiamiento"
            "|financiamento|financement",
            hint=_SEVERAL,
        ),
    )
    procurement = Code(
        marked("Procurement"),
        PROCUREMENT,
        input=Input(step="figures", label=marked("How it was bought")),
        column=Column(names="procurement method|tender"),
    )
    leader = Link(
        marked("Leader"),
        EntryKind.LEADER,
        input=Input(step="people", line="whose", control="choice"),
        column=Column(names="mayor|leader name|mayor name|alcalde|prefeito|maire"),
        search=Weight.TEXT,
    )
    vision = Link(
        marked("Vision"),
        EntryKind.VISION,
        input=Input(
            step="people",
            label=marked("Part of the vision"),
            line="whose",
            control="choice",
            panel="missing_leader_or_vision",
        ),
        column=None,
        search=Weight.TEXT,
    )
    partners = Rows(
        marked("Partners"),
        PartnerRow,
        key=("name",),
        input=Input(step="people", label=marked("Partner"), add=marked("Add a partner")),
        column=Column(
            names="partner|partner organisations|partner organizations|organisations involved|stakeholders"
            "|implementing partners|socios|parceiros|partenaires|partner names",
            hint=marked("Separated by semicolons; a role may follow in brackets: Made-up University (academic)."),
            example="Made-up University (academic)",
        ),
        search=Weight.TEXT,
    )
    contact = Text(
        marked("Contact"),
        lines=True,
        input=Input(
            step="people",
            label=marked("Who to ask"),
            hint=marked("An office and how to reach it. This will be public."),
            size=3,
        ),
        column=Column(names="contact person|contact details|contacto|contato|email|e mail"),
        search=Weight.TEXT,
    )
    adapted_from = Link(
        marked("Adapted from"),
        EntryKind.INITIATIVE,
        input=Input(step="people", hint=marked("The address here of the initiative that it follows, if any.")),
        column=None,
    )
    adapted_from_note = Text(
        marked("On what it was adapted from"),
        lines=True,
        input=Input(step="people", label=marked("What was adapted"), size=2),
        column=Column(names="adapted from|adapted from note"),
        search=Weight.TEXT,
    )
    lessons = Text(
        marked("Lessons"),
        lines=True,
        input=Input(
            step="reuse",
            label=marked("What went wrong, and what was learned"),
            hint=marked("Other cities learn most from this. It is no mark against yours."),
            size=6,
        ),
        column=Column(names="lessons learned|lessons learnt|lecciones aprendidas|licoes"),
        search=Weight.PASSAGE,
    )
    needs_mandate = Text(
        marked("Mandate that another city would need"),
        lines=True,
        input=Input(
            step="reuse",
            label=marked("Mandate"),
            hint=marked("Which law, decision or authority made it possible?"),
            size=2,
            group=_ANOTHER_CITY,
        ),
        column=Column(names="needs mandate|mandate"),
        search=Weight.TEXT,
    )
    needs_staff = Text(
        marked("Staff that another city would need"),
        lines=True,
        input=Input(
            step="reuse",
            label=marked("Staff"),
            hint=marked("How many people, with which skills?"),
            size=2,
            group=_ANOTHER_CITY,
        ),
        column=Column(names="needs staff|staff|team"),
        search=Weight.TEXT,
    )
    needs_months = Whole(
        marked("Months that another city would need"),
        0,
        1_200,
        input=Input(
            step="reuse",
            label=marked("Months"),
            hint=marked("From the decision until it worked."),
            group=_ANOTHER_CITY,
        ),
        column=Column(names="needs months|months"),
    )
    needs_prerequisites = Text(
        marked("What another city would need beforehand"),
        lines=True,
        input=Input(
            step="reuse",
            label=marked("Prerequisites"),
            hint=marked("What has to be there first?"),
            size=3,
            group=_ANOTHER_CITY,
        ),
        column=Column(names="needs prerequisites|prerequisites|requirements"),
        search=Weight.TEXT,
    )
    sources = Sources(
        marked("Sources"),
        SourceRow,
        own_titles=True,
        stored="citations",
        input=Input(
            step="sources",
            label=marked("Source"),
            hint=marked(
                "Pages or documents that say what you wrote. One that the public can open is worth ten that it cannot."
            ),
            add=marked("Add a source"),
        ),
        needed=marked("Name at least one source."),
        column=Column(
            names="source|url|link|links|website|web|webpage|web page|project website|source url|source urls"
            "|more information|reference url|sitio web|site|fuente|fonte|quelle",
            hint=marked("Addresses that begin with https://, separated by semicolons."),
            example="https://example.org/made-up-sirens",
        ),
    )
