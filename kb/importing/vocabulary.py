"""The closed lists by the words that people use: codes, labels, synonyms, and what a person said a word means."""

from collections.abc import Iterable, Mapping
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.choices import EVIDENCE_DIRECTIONS, STAGES
from kb.catalogue.entries import EntryKind, schema_of
from kb.catalogue.entries.fields import Code
from kb.catalogue.entries.lists import Codes, Links, Terms
from kb.catalogue.term_words import term_words
from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from .columns import FIELDS
from .headings import plain_name

_ALSO: Mapping[str, Mapping[str, str]] = {
    "stage": {
        "idea": "concept|proposal|proposed|ideation|idea phase",
        "planning": "planned|plan|design|in planning|in preparation|preparation|development|in development|scoping"
        "|feasibility|pre feasibility|pre implementation|planificacion|planejamento|planification|a l etude|en projet"
        "|en preparation|en preparacion|en planificacion|planificado|planejado|em planejamento|planifie|geplant"
        "|in planung|perencanaan|en diseno|en desarrollo|em desenvolvimento|licitacion|en licitacion",
        "pilot": "piloting|pilot project|pilot phase|test|testing|trial|proof of concept|poc|prototype|demonstration"
        "|piloto|pilote|pilotprojekt|en pilotaje|fase piloto|phase pilote|experimentation",
        "operational": "operation|in operation|operating|implementation|implemented|in implementation|ongoing"
        "|on going"
        "|active|live|running|in progress|under way|underway|under implementation|in use|launched|en cours|en curso"
        "|em andamento|em curso|en operacion|implementacion|laufend|en ejecucion|ejecucion|em execucao|en marcha"
        "|operativo|operativa|operacional|en funcionamiento|em funcionamento|em operacao|activo|ativo|vigente"
        "|implementado|implementada|mis en oeuvre|en oeuvre|en service|operationnel|actif|en execution"
        "|in umsetzung|in betrieb|umgesetzt|berjalan|beroperasi",
        "scaled": "scaled|scale up|scaling|scaling up|expanded|replicated|scaled up",
        "completed": "complete|finished|closed|done|ended|concluded|finalised|finalized|completado|finalizado"
        "|concluido|realise|realizado|realizada"
        "|termine|terminado|terminada|acheve|finalise|completada|finalizada|concluida|concluido|culminado|ejecutado"
        "|encerrado|executado|abgeschlossen|selesai|implementation complete|post implementation",
        "discontinued": "stopped|cancelled|canceled|abandoned|terminated|suspended|failed|on hold|cancelado|abandonne"
        "|cancelada|suspendido|suspendida|suspenso|paralizado|paralisado|interrumpido|interrompido|arrete|annule"
        "|suspendu|interrompu|eingestellt|gestoppt|dihentikan",
    },
    "scale": {
        "pilot": "pilot site|small",
        "district": "neighbourhood|neighborhood|quarter|ward|local|barrio|bairro|quartier",
        "city-wide": "city wide|citywide|city|municipal|whole city|municipality wide",
        "several-cities": "several cities|multiple cities|multi city|regional|national|metropolitan|metropolitan area",
    },
    "funding": {
        "own-budget": "own funds|municipal budget|city budget|municipality|local budget|own resources|city funds"
        "|jurisdiction s own resources|local|internal|fonds propres|budget municipal|recursos propios"
        "|presupuesto municipal|recursos proprios|orcamento municipal|eigenmittel",
        "transfer": "national government|government|national|state|central government|federal|regional|grant|subsidy"
        "|intergovernmental transfer|sub national|etat|gobierno nacional|gobierno central|governo federal|subvention"
        "|transferencia|transferencias",
        "ppp": "public private partnership|public private partnerships|ppps|private|private sector",
        "bond": "bonds|green bond|municipal bond",
        "development-bank": "world bank|development banks|multilateral|adb|idb|afdb|ebrd|kfw|loan|international"
        "|banque mondiale|banco mundial"
        "|bid|bad|caf|bndes|prestamo|emprestimo|pret|weltbank",
        "bilateral-donor": "donor|donors|bilateral|usaid|giz|jica|afd|bailleur|bailleurs|bailleurs de fonds"
        "|cooperacion internacional"
        "|cooperacao internacional|donante|donantes|ue|union europeenne",
        "philanthropy": "foundation|foundations|philanthropic|charity|ngo",
        "user-fees": "fees|tariff|tariffs|user fee|revenue",
        "crowdfunding": "crowd funding",
        "in-kind": "in kind contribution|donation",
    },
    "procurement": {
        "open": "open tender|open procedure|public tender|tender|competitive bidding|licitacion publica",
        "selective": "restricted|selective tender|restricted procedure",
        "limited": "limited tender|negotiated",
        "direct": "direct award|sole source|single source|contratacion directa",
        "in-house": "in house|internal|none",
        "innovation-challenge": "challenge|hackathon|innovation procurement",
    },
    "role": {
        "lead": "leader|leading|coordinator|lead partner",
        "public": "government|public sector|agency|municipality|authority",
        "private": "company|private sector|industry|vendor|supplier|business|startup",
        "academic": "university|academia|research|research institute|school",
        "civil-society": "ngo|civil society|community|non profit|nonprofit|association",
        "funder": "donor|funding|financier|sponsor|bank",
        "international-organisation": "international organisation|international organization|un|multilateral",
    },
    "direction": {
        "positive": "better|improved|improvement|increase in benefit|up",
        "mixed": "partly",
        "none": "no effect|unchanged|no change",
        "negative": "worse|worsened",
    },
}


class Vocabulary:
    """Codes by the names that people give them, for one list."""

    def __init__(self, labels: Iterable[tuple[str, str]], also: Mapping[str, str] | None = None) -> None:
        """`labels` are codes with their labels; `also` has other names by code, folded and apart by bars."""
        self.labels = dict(labels)
        names: dict[str, str | None] = {}
        for code, others in (also or {}).items():
            for name in others.split("|"):
                # A name that would mean two codes means none.
                names[name] = code if names.get(name, code) == code else None
        names |= {plain_name(label): code for code, label in self.labels.items()}
        names |= {plain_name(code): code for code in self.labels}
        # A name of marks alone would be that of every other.
        self._codes = {name: code for name, code in names.items() if name and code}

    def code(self, text: str) -> str | None:
        """The code that a text means; None where it means none."""
        return self._codes.get(plain_name(text))

    def near(self, text: str) -> str | None:
        """The label of the code whose name is nearest, to be offered; None where none is near."""
        nearest = process.extractOne(plain_name(text), self._codes.keys(), scorer=fuzz.ratio, score_cutoff=75)
        return self.labels[self._codes[nearest[0]]] if nearest else None

    def all_near(self, text: str) -> list[str]:
        """Codes whose names are near or share words with the text, the nearest first, three at most; to be offered."""
        nearest = process.extract(plain_name(text), self._codes.keys(), scorer=fuzz.WRatio, score_cutoff=70, limit=10)
        return list(dict.fromkeys(self._codes[name] for name, _, _ in nearest))[:3]


def speak_of_stages(cells: Iterable[str]) -> bool:
    """Whether most of what stands in a column are words for stages."""
    words = Vocabulary(STAGES.items(), _ALSO["stage"])
    known = [words.code(cell) is not None for cell in cells if cell]
    return 2 * sum(known) > len(known)


def vocabularies(session: Session) -> dict[str, Vocabulary]:
    """Every closed list by the name of the field that takes it; "role" is of partners, "direction" of outcomes."""
    lists: dict[str, Vocabulary] = {}
    for path, field in schema_of(EntryKind.INITIATIVE).paths.items():
        name = path.rpartition(".")[2]
        if isinstance(field, Terms | Links):
            kind = field.refers if isinstance(field, Terms) else field.terms
            labels = ((str(code), label) for code, label in queries.labels(session, kind).items())
            others = {
                code: "|".join(map(plain_name, (*words, *term_words().get(code, ()))))
                for code, _, words in queries.terms_with_synonyms(session, kind)
            }
            lists[name] = Vocabulary(labels, others)
        elif isinstance(field, Code | Codes) and field.choices and name != "origin":
            also = _ALSO.get("direction" if field.choices is EVIDENCE_DIRECTIONS else name)
            lists[name] = Vocabulary(field.choices.items(), also)
    return lists


Choices = Mapping[str, Mapping[str, str]]
"""By the name of the list and the plain word: the code that is meant, or LEFT_OUT."""

LEFT_OUT = ""
MOST_UNKNOWN = 200
"""So many words are written down at most, those of the most rows; more are no list of words any more."""


class ValueMapping:
    """The lists, with what was chosen for this import; remembers each unknown word, and in which rows it stands."""

    def __init__(self, lists: Mapping[str, Vocabulary], choices: Choices) -> None:
        self._lists, self._chosen = lists, choices
        self._unknown: dict[tuple[str, str], tuple[str, set[int]]] = {}

    def knows(self, name: str, text: str) -> bool:
        """Whether the list has that word, or somebody has said what it means."""
        return self._lists[name].code(text) is not None or plain_name(text) in self._chosen.get(name, {})

    def code(self, name: str, text: str, row: int) -> str | None:
        """The code that a word means in a row; LEFT_OUT where it is to be left out, None where nobody has said."""
        if known_code := self._lists[name].code(text):
            return known_code
        plain = plain_name(text)
        self._unknown.setdefault((name, plain), (text, set()))[1].add(row)
        return self._chosen.get(name, {}).get(plain)

    def unknown(self) -> list[dict[str, Any]]:
        """Each word that no list knows, whatever was chosen for it: its list, the rows it is in, and what is near."""
        words = sorted(self._unknown.items(), key=lambda item: (-len(item[1][1]), item[0]))
        return [
            {
                "list": name,
                "plain": plain,
                "word": word[:120],
                "rows": len(rows),
                "near": self._lists[name].all_near(word),
            }
            for (name, plain), (word, rows) in words[:MOST_UNKNOWN]
        ]


def chosen_by(pairs: Iterable[tuple[str, str]], lists: Mapping[str, Vocabulary], taking: Iterable[str]) -> Choices:
    """Choices from pairs of a word and the term it means, empty for leaving it out, in the lists `taking` words.

    Refused where no list has the term. A word that a list knows means there what it did.
    """
    choices: dict[str, dict[str, str]] = {}
    taken = list(taking)
    for word, term in pairs:
        codes = {name: lists[name].code(term) if term else LEFT_OUT for name in taken}
        if all(code is None for code in codes.values()):
            raise Refused(
                gettext_noop("None of the lists for the columns of the file has the term %(term)s."), term=term or word
            )
        for name, code in codes.items():
            if code is not None and lists[name].code(word) is None:
                choices.setdefault(name, {})[plain_name(word)] = code
    return choices


def lists_of(codes: Iterable[str], lists: Mapping[str, Vocabulary]) -> list[str]:
    """The lists whose words stand in columns of these fields."""
    named = {"direction" if code.startswith("outcome_") and code.endswith("_direction") else code for code in codes}
    return sorted(named & lists.keys())


def label_of(name: str) -> str:
    """What a list is called: as the field that takes its words."""
    return FIELDS["outcome_1_direction" if name == "direction" else name].label
