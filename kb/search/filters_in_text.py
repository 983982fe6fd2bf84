"""Finds the filters that a text names: "flood in Africa since 2015" names a challenge, two regions and a first year.

Only plain words are read so. What is left over of them, without words that say nothing, stays a text to search for.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from whoosh.lang.stopwords import stoplists

from kb.catalogue.choices import UNKNOWN
from kb.peers.countries import names_in_languages
from kb.peers.name_index import loose

from .analysis import STOP_WORDS, forms
from .facets import FIRST_YEAR, LAST_YEAR, Chosen
from .labels import Labels
from .parsing import has_operators
from .term_names import NO_WORD

MOST_WORDS = 20
"""Words of a text that are read; a longer one is a paragraph, which names too much."""

_TERMS = frozenset({"challenge", "technology"})

_ORDER = ("challenge", "technology", "goal", "target", "income", "region", "country", "year_from", "year_to")

_YEAR = r"((?:19|20)\d\d)"
_BOUNDS = (
    (re.compile(rf"\b(?:between|from) {_YEAR} (?:and|to|until) {_YEAR}\b"), ("year_from", "year_to"), 0),
    (re.compile(rf"\b{_YEAR} ?[-–] ?{_YEAR}\b"), ("year_from", "year_to"), 0),
    (re.compile(rf"\b(?:since|from|starting in) {_YEAR}\b"), ("year_from",), 0),
    (re.compile(rf"\bafter {_YEAR}\b"), ("year_from",), 1),
    (re.compile(rf"\b(?:until|up to) {_YEAR}\b"), ("year_to",), 0),
    (re.compile(rf"\bbefore {_YEAR}\b"), ("year_to",), -1),
)
"""How people write start years: what stands for which bound, and how many years it is away from the one written."""

SAY_GOAL, TARGET_CODE = r"(?:sdgs?|ods|odd|goals?)", r"\d{1,2}\.(?:\d{1,2}|[a-d])"
"""Patterns, in small letters, of what people write before the number of a goal, and of the code of a target."""

_NUMBERED = (
    (re.compile(rf"\b(?:{SAY_GOAL}|targets?) ?({TARGET_CODE})(?![\w.])"), "target"),
    (re.compile(rf"\b{SAY_GOAL} ?(\d{{1,2}})(?![\w.])"), "goal"),
)
"""Numbers are of goals and targets where that is said: "PM 2.5" is no target, nor is "magnitude 5.1"."""

_INCOME = re.compile(
    r"\b(?:(upper|lower)[- ]?middle[- ]income\b"
    r"|(low|high)[- ]income(?= (?:cit|countr|econom|municipal|nation|place|town)))"
)
"""Low income is that of a country where it is not that of households, which cities write of more often."""

_AFRICA = ("northern-africa", "sub-saharan-africa")
_ASIA = ("central-asia", "eastern-asia", "south-eastern-asia", "southern-asia", "western-asia")
_EUROPE = ("eastern-europe", "northern-europe", "southern-europe", "western-europe")
_LATIN_AMERICA = ("latin-america-and-the-caribbean",)

_REGIONS = {
    **dict.fromkeys(("africa", "afrika", "afrique"), _AFRICA),
    **dict.fromkeys(("asia", "asie", "asien"), _ASIA),
    **dict.fromkeys(("europa", "europe"), _EUROPE),
    **dict.fromkeys(
        ("america latina", "amerique latine", "caribbean", "lateinamerika", "latin america", "south america"),
        _LATIN_AMERICA,
    ),
    "americas": (*_LATIN_AMERICA, "northern-america"),
    "central america": _LATIN_AMERICA,
    **dict.fromkeys(
        ("central africa", "east africa", "eastern africa", "southern africa", "west africa", "western africa"),
        ("sub-saharan-africa",),
    ),
    "east asia": ("eastern-asia",),
    "north africa": ("northern-africa",),
    "north america": ("northern-america",),
    "south asia": ("southern-asia",),
    "south east asia": ("south-eastern-asia",),
    "southeast asia": ("south-eastern-asia",),
    "west asia": ("western-asia",),
}
"""Names of regions besides their labels, and of continents: the codes of M49's sub-regions that they stand for."""

_OTHER_MEANINGS = frozenset((
    "america", "cad", "cin", "fas", "figi", "franca", "gana", "gine", "grenade", "guadalupe", "ira",
    "jersey", "maurice", "mauricio", "nijar", "norfolk", "oma", "reuniao", "reunion", "riunione", "saint martin",
    "salvador", "san bartolome", "san martin", "santa elena", "santa helena", "santa lucia", "sao martinho", "servie",
    "sili", "st martin", "suede",
))  # fmt: skip
"""Names of countries in some language that in a text are more often a word of another one, a person or a city."""

_OTHER_PLACES = (
    "guinea fowl", "guinea pig", "guinea pigs", "gulf of guinea", "gulf of mexico", "jersey city", "new england",
    "new jersey", "new mexico", "new south wales", "niger delta", "niger river", "niger state", "nuevo mexico",
    "river niger", "south georgia",
)  # fmt: skip
"""Names that hold the name of a country and are not in it, or no place at all."""

_BOTH_CONGOS = (("country", "CD"), ("country", "CG"))

_APOSTROPHES = re.compile(r"\bpeople(?=s\b)|\bd(?=avorio\b|ivoire\b)")
"""Where names lost an apostrophe, which divides words of a text."""

_SAY_NOTHING = STOP_WORDS.union(*(stoplists[language] for language in ("de", "es", "fr", "pt")), (
    "all", "cities", "city", "countries", "country", "entries", "everything", "examples", "initiative", "initiatives",
    "municipalities", "places", "project", "projects", "region", "solutions", "target", "targets", "towns", "years",
)) - {"ai", "aura", "den", "die", "era", "hat", "man", "pour", "sea", "seas", "sin", "son", "ton", "war"}  # fmt: skip
"""Small words of five languages, but for those that say something in English."""

_LONGEST_NAME = 7
"""Words of the longest name of a country, that of the South Sandwich Islands."""


@dataclass(frozen=True, slots=True)
class FiltersInText:
    """The values that a text names, by filter, and the rest of its words, folded."""

    chosen: Chosen
    rest: str

    @property
    def says_more(self) -> bool:
        """Whether the filters find something else than the words and the terms that the words name."""
        fields = self.chosen.keys()
        return len(fields) > 1 or (bool(self.rest) and bool(fields - _TERMS))


def filters_in_text(text: str, labels: Labels) -> FiltersInText:
    """What a text names; nothing where it has signs that only the search reads, or too many words."""
    if has_operators(text) or len(text.split()) > MOST_WORDS:
        return FiltersInText({}, text)
    chosen: dict[str, list[str]] = {}
    text = text.casefold()
    for take in (_take_numbers, _take_years, _take_income):
        text = take(text, labels, chosen)
    words = [form for form in forms(text) if form.surface]
    surfaces = [form.surface for form in words]
    for field, code in _take_places(surfaces, labels):
        chosen.setdefault(field, []).append(code)
    words = [word if surface else NO_WORD for word, surface in zip(words, surfaces, strict=True)]
    for term in labels.names.take_from(words):
        chosen.setdefault(str(term.kind), []).append(term.code)
    rest = [word.surface for word in words if word.surface and word.surface not in _SAY_NOTHING]
    in_order = (field for field in _ORDER if field in chosen)
    return FiltersInText({field: tuple(dict.fromkeys(chosen[field])) for field in in_order}, " ".join(rest))


def _take_numbers(text: str, labels: Labels, chosen: dict[str, list[str]]) -> str:
    for pattern, field in _NUMBERED:
        for match in pattern.finditer(text):
            if match[1] in labels.of[field]:
                chosen.setdefault(field, []).append(match[1])
                text = text.replace(match[0], " ", 1)
    return text


def _take_years(text: str, _labels: Labels, chosen: dict[str, list[str]]) -> str:
    for pattern, fields, away in _BOUNDS:
        if match := pattern.search(text):
            for field, year in zip(fields, match.groups(), strict=True):
                chosen[field] = [str(min(LAST_YEAR, max(FIRST_YEAR, int(year) + away)))]
            return pattern.sub(" ", text, count=1)
    return text


def _take_income(text: str, labels: Labels, chosen: dict[str, list[str]]) -> str:
    for match in _INCOME.finditer(text):
        code = f"{match[1]}-middle" if match[1] else match[2]
        if code in labels.of["income"]:
            chosen.setdefault("income", []).append(code)
    return _INCOME.sub(" ", text)


def _take_places(words: list[str], labels: Labels) -> Iterator[tuple[str, str]]:
    """The regions and countries that some words name, the longest names first; the words of each are emptied."""
    known = _place_names(tuple(labels.of["region"].items()), tuple(labels.of["country"].items()))
    taken = list(words)
    for length in range(_LONGEST_NAME, 0, -1):
        for start in range(len(words) - length + 1):
            values = known.get(" ".join(taken[start : start + length]))
            if values is not None:
                taken[start : start + length] = [""] * length
                if values:
                    words[start : start + length] = [""] * length
                yield from values


@lru_cache(maxsize=1)
def _place_names(
    regions: tuple[tuple[str, str], ...], countries: tuple[tuple[str, str], ...]
) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Filter and code of each value that a name stands for, by the folded name; no value of `_OTHER_PLACES`."""
    listed = {code for code, _ in countries}
    labels = ((loose(label), code) for code, label in countries)
    names = [(name, code) for name, code in (*names_in_languages(), *labels) if name not in _OTHER_MEANINGS]
    known: dict[str, tuple[tuple[str, str], ...]] = {
        _APOSTROPHES.sub(r"\g<0> ", name): (("country", code),) for name, code in names if code in listed
    }
    known |= {name: tuple(value for value in _BOTH_CONGOS if value[1] in listed) for name in ("congo", "kongo")}
    known |= dict.fromkeys(_OTHER_PLACES, ())
    listed = {code for code, _ in regions}
    for name, codes in _REGIONS.items():
        if values := tuple(("region", code) for code in codes if code in listed):
            known[name] = values
    return known | {loose(label): (("region", code),) for code, label in regions if code != UNKNOWN}
