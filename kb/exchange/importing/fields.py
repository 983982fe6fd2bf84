"""What a column of an import may hold: its code, its label, and the names by which people call such a column."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kb.folding import fold
from kb.words import marked

Kind = Literal[
    "key", "text", "prose", "place", "point", "degrees", "code", "codes", "goals", "targets", "year", "whole", "number",
    "money", "yesno", "currency", "partners", "links", "titles", "leader",
]  # fmt: skip

MOST_OUTCOMES = 5


@dataclass(frozen=True, slots=True)
class Field:
    """`several` fields may take more than one column, whose lists are joined; `names` are folded."""

    code: str
    label: str
    kind: Kind
    names: tuple[str, ...] = ()
    hint: str = ""
    several: bool = False
    example: str = ""


def _field(
    code: str, label: str, kind: Kind, names: str = "", hint: str = "", *, several: bool = False, example: str = ""
) -> Field:
    return Field(code, label, kind, tuple(filter(None, names.split("|"))), hint, several, example)


_LIST_HINT = marked("Several are separated by semicolons.")

_PLAIN = (
    _field(
        "key", marked("External key"), "key",
        "id|key|external id|external key|identifier|record id|project id|ref|reference|code|no|number|nr|identificador",
        marked("Your own number or code for the row. The next import with the same key changes this entry."),
        example="EXAMPLE",
    ),
    _field(
        "title", marked("Title"), "text",
        "name|project|project name|project title|initiative|initiative name|initiative title|name of project"
        "|name of initiative|titulo|titulo do projeto|nombre|nombre del proyecto|nom du projet|titre|titel|projekt"
        "|judul",
        example="Made-up flood sirens",
    ),
    _field(
        "city", marked("City"), "place",
        "city name|municipality|town|location city|place|cities|ciudad|cidade|municipio|ville|stadt|kota|comune"
        "|gemeente",
        marked("The city’s name, or several separated by semicolons; the first one leads."), several=True,
        example="Surat",
    ),
    _field(
        "country", marked("Country"), "place",
        "country name|nation|pais|pays|land|negara|country code|iso country|iso3|iso2|paese|country territory",
        marked("Name or ISO code."), example="India",
    ),
    _field(
        "province", marked("State or province"), "place",
        "state|province|region|state province|admin1|estado|provincia|departamento|bundesland",
        marked("Tells cities of one name apart."),
    ),
    _field(
        "location", marked("Coordinates"), "point",
        "coordinates|geolocation|geometry|wkt|lat lon|lat long|latlon|latlng|geo|point|the geom|geom|city location",
        marked("POINT(longitude latitude), or latitude and longitude separated by a comma."),
    ),
    _field("latitude", marked("Latitude"), "degrees", "lat|latitud|y"),
    _field("longitude", marked("Longitude"), "degrees", "lon|lng|long|longitud|x"),
    _field(
        "summary", marked("Summary"), "prose",
        "description|short description|abstract|resumen|resumo|resume|descripcion|descricao|beschreibung|gist|about"
        "|project description|zusammenfassung|ringkasan",
        marked("One or two sentences."), example="Made up: sirens along the river warn of floods.",
    ),
    _field("problem", marked("Problem"), "prose", "challenge description|issue|context|need|problema|background"),
    _field(
        "action", marked("What was done"), "prose",
        "action|solution|approach|activities|implementation|details|accion|solucion|acao|methodology",
    ),
    _field("results", marked("Results"), "prose", "impact|impacts|outcomes|benefits|resultados|resultats|ergebnisse"),
    _field("beneficiaries", marked("Who benefits"), "prose", "target group|beneficiaries|users|beneficiarios"),
    _field(
        "stage", marked("Stage"), "code",
        "status|phase|project status|implementation status|stage of project|estado del proyecto|etapa|fase|statut",
        example="operational",
    ),
    _field("scale", marked("Scale"), "code", "project scale|scope|coverage|escala"),
    _field(
        "start_year", marked("First year"), "year",
        "start|year|start year|start date|began|year started|from|launch|launch date|launched|launch year|inicio"
        "|ano|data de inicio|fecha de inicio|startjahr|begin|year of implementation|implementation year|date",
        marked("A year, or a date whose year is taken."), example="2021",
    ),
    _field(
        "end_year", marked("Last year"), "year",
        "end|end year|end date|ended|until|to|finish|completion|completed in|completion date|completion year|fin|fim",
    ),
    _field(
        "challenges", marked("Challenges"), "codes",
        "challenge|city challenge|topic|topics|theme|themes|desafios|retos",
        _LIST_HINT, several=True, example="flooding; disaster-risk",
    ),
    _field(
        "technologies", marked("Technologies"), "codes", "technology|tech|technologies used|tecnologia|tecnologias",
        _LIST_HINT, several=True, example="early-warning; sensors-iot",
    ),
    _field(
        "goals", marked("Goals"), "goals",
        "goal|sdg|sdgs|sdg goals|sustainable development goals|ods|odd|sdg addressed|sdgs addressed|un sdgs",
        marked("Numbers from 1 to 17."), several=True, example="11; 13",
    ),
    _field(
        "targets", marked("Targets"), "targets", "target|sdg target|sdg targets|metas ods", marked("As in 11.5."),
        several=True, example="11.5",
    ),
    _field("evidence_level", marked("Evidence"), "whole", "evidence level|level of evidence", marked("From 0 to 5.")),
    _field("evidence_direction", marked("What the evidence shows"), "code", "evidence direction|direction of evidence"),
    _field("evidence_note", marked("On the evidence"), "prose", "evidence note|evidence description"),
    _field(
        "cost_amount", marked("Cost"), "money",
        "budget|total cost|project cost|amount|total budget|investment|costo|coste|custo|cout|kosten|cost usd|cost eur"
        "|orcamento|presupuesto|biaya",
        marked("A whole amount, without the words for it."),
    ),
    _field("cost_currency", marked("Currency"), "currency", "cost currency|currency code|moneda|moeda|devise|wahrung"),
    _field("cost_year", marked("Year of the cost"), "year", "cost year|budget year|year of cost"),
    _field("cost_is_citys_own", marked("Paid by the city itself"), "yesno", "cost is citys own|own cost"),
    _field("cost_note", marked("What the cost covers"), "prose", "cost note|cost description|budget note"),
    _field(
        "funding", marked("Funding"), "codes", "funding source|funding sources|finance|funded by|source of funding"
        "|financing|financiamiento|financiamento|financement", _LIST_HINT, several=True,
    ),
    _field("procurement", marked("Procurement"), "code", "procurement method|tender"),
    _field(
        "partners", marked("Partners"), "partners",
        "partner|partner organisations|partner organizations|organisations involved|stakeholders|implementing partners"
        "|socios|parceiros|partenaires|partner names",
        marked("Separated by semicolons; a role may follow in brackets: Made-up University (academic)."), several=True,
        example="Made-up University (academic)",
    ),
    _field("lessons", marked("Lessons"), "prose", "lessons learned|lessons learnt|lecciones aprendidas|licoes"),
    _field("needs_mandate", marked("Mandate that another city would need"), "prose", "needs mandate|mandate"),
    _field("needs_staff", marked("Staff that another city would need"), "prose", "needs staff|staff|team"),
    _field("needs_months", marked("Months that another city would need"), "whole", "needs months|months"),
    _field(
        "needs_prerequisites", marked("What another city would need beforehand"), "prose",
        "needs prerequisites|prerequisites|requirements",
    ),
    _field("adapted_from_note", marked("On what it was adapted from"), "prose", "adapted from|adapted from note"),
    _field("contact", marked("Contact"), "prose", "contact person|contact details|contacto|contato|email|e mail"),
    _field("leader", marked("Leader"), "leader", "mayor|leader name|mayor name|alcalde|prefeito|maire"),
    _field(
        "sources", marked("Sources"), "links",
        "source|url|link|links|website|web|webpage|web page|project website|source url|source urls|more information"
        "|reference url|sitio web|site|fuente|fonte|quelle",
        marked("Addresses that begin with https://, separated by semicolons."), several=True,
        example="https://example.org/made-up-sirens",
    ),
    _field(
        "source_titles", marked("Titles of the sources"), "titles", "source title|source titles",
        marked("In the order of the addresses."), several=True,
    ),
)  # fmt: skip

_OUTCOME: tuple[tuple[str, str, Kind, str], ...] = (
    ("measure", marked("Outcome: what was measured"), "text", "measure|indicator|metric|"),
    ("value", marked("Outcome: value"), "number", "value"),
    ("unit", marked("Outcome: unit"), "text", "unit"),
    ("year", marked("Outcome: year"), "year", "year"),
    ("baseline_value", marked("Outcome: value before"), "number", "baseline|baseline value|before"),
    ("baseline_year", marked("Outcome: year of the value before"), "year", "baseline year"),
    ("is_target", marked("Outcome: announced, not reached yet"), "yesno", "is target|target"),
    ("direction", marked("Outcome: direction"), "code", "direction"),
)


def _outcome_fields(number: int) -> list[Field]:
    made = []
    for part, label, kind, names in _OUTCOME:
        known = [
            f"{word} {number} {name}".strip() for word in ("outcome", "result", "kpi") for name in names.split("|")
        ]
        if number == 1:
            known += [f"{word} {name}".strip() for word in ("outcome", "kpi") for name in names.split("|") if name]
        made.append(Field(f"outcome_{number}_{part}", label, kind, tuple(known)))
    return made


FIELDS: Mapping[str, Field] = {
    field.code: field
    for field in (*_PLAIN, *(one for number in range(1, MOST_OUTCOMES + 1) for one in _outcome_fields(number)))
}
"""Everything that a column may be mapped to, by code."""


def plain_name(text: str) -> str:
    """A name of a column as it is compared: folded, with words apart: "Start_Year*" is "start year"."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", text)
    return " ".join(re.sub(r"[^\w]+|_", " ", fold(apart)).split())
