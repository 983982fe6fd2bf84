"""Countries by the names that people give them: official, short, in other languages, turned around by a comma."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np

from kb.catalogue.arrays import CatalogueSnapshot

from .geodesy import unit_vectors
from .name_index import loose

# Names that no language's list holds, folded and without signs; ISO codes are known anyway.
_ALIASES = {
    "america": "US",
    "bolivia plurinational state of": "BO",
    "britain": "GB",
    "brunei darussalam": "BN",
    "burma": "MM",
    "cape verde": "CV",
    "china hong kong": "HK",
    "china hong kong sar": "HK",
    "china hong kong special administrative region": "HK",
    "china macao special administrative region": "MO",
    "chinese taipei": "TW",
    "congo": "CG",
    "congo drc": "CD",
    "czech republic": "CZ",
    "democratic peoples republic of korea": "KP",
    "democratic republic of congo": "CD",
    "democratic republic of the congo": "CD",
    "dprk": "KP",
    "d r congo": "CD",
    "dr congo": "CD",
    "drc": "CD",
    "drc congo": "CD",
    "czech rep": "CZ",
    "east timor": "TL",
    "england": "GB",
    "great britain": "GB",
    "hellenic republic": "GR",
    "holland": "NL",
    "hong kong": "HK",
    "hong kong sar": "HK",
    "iran islamic republic of": "IR",
    "ivory coast": "CI",
    "korea": "KR",
    "lao pdr": "LA",
    "lao peoples democratic republic": "LA",
    "macau": "MO",
    "macedonia": "MK",
    "mainland china": "CN",
    "northern ireland": "GB",
    "palestinian territory": "PS",
    "peoples republic of china": "CN",
    "pr china": "CN",
    "rd congo": "CD",
    "republic of korea": "KR",
    "republic of the congo": "CG",
    "republica democratica do congo": "CD",
    "republique democratique du congo": "CD",
    "republique du congo": "CG",
    "russian federation": "RU",
    "scotland": "GB",
    "state of palestine": "PS",
    "swaziland": "SZ",
    "syrian arab republic": "SY",
    "taiwan greater china": "TW",
    "taiwan province of china": "TW",
    "the former yugoslav republic of macedonia": "MK",
    "the netherlands": "NL",
    "turkey": "TR",
    "turkiye": "TR",
    "uae": "AE",
    "uk": "GB",
    "united kingdom of great britain and northern ireland": "GB",
    "united republic of tanzania": "TZ",
    "united states of america": "US",
    "viet nam": "VN",
    "wales": "GB",
}

# Names that stand in lists of organisations and that nobody searches by, folded and without signs.
_OFFICIAL = {
    "aotearoa new zealand": "NZ",
    "argentine republic": "AR",
    "bharat": "IN",
    "bosnia": "BA",
    "centrafrique": "CF",
    "china macao": "MO",
    "china macao sar": "MO",
    "china taiwan": "TW",
    "democratic republic of korea": "KP",
    "dutch part saint martin": "SX",
    "ee uu": "US",
    "eeuu": "US",
    "ellada": "GR",
    "estado plurinacional de bolivia": "BO",
    "french part saint martin": "MF",
    "french republic": "FR",
    "fyr macedonia": "MK",
    "fyr of macedonia": "MK",
    "guinea conakry": "GN",
    "hellas": "GR",
    "holy see": "VA",
    "italian republic": "IT",
    "ksa": "SA",
    "kyrgyz republic": "KG",
    "lebanese republic": "LB",
    "libyan arab jamahiriya": "LY",
    "occupied palestinian territory": "PS",
    "peoples democratic republic of korea": "KP",
    "portuguese republic": "PT",
    "prc": "CN",
    "rdc": "CD",
    "republic of china": "TW",
    "republic of china taiwan": "TW",
    "republica bolivariana de venezuela": "VE",
    "republique de coree": "KR",
    "republique democratique du congo": "CD",
    "rsa": "ZA",
    "saint vincent and the grenadines": "VC",
    "saudi": "SA",
    "slovak republic": "SK",
    "swiss confederation": "CH",
    "taiwan china": "TW",
    "united mexican states": "MX",
    "us virgin islands": "VI",
    "venezuela rb": "VE",
    "vatican": "VA",
    "west bank and gaza": "PS",
    "western samoa": "WS",
}

# Names of countries that are also part of another name: "Georgia, USA" and "Samoa (US)" are in the United States.
_SHARED = frozenset(("congo", "georgia", "guinea", "korea", "saint martin", "samoa", "st martin"))

# Names in other languages that mean something else in English, or a city.
_OTHER_MEANINGS = frozenset(("chili", "granada", "island"))

# Codes that are English words.
_WORDS = frozenset(("am", "an", "and", "are", "as", "at", "be", "by", "can", "do", "in", "is", "it", "me", "my", "no",
                    "nor", "per", "so", "to"))  # fmt: skip

_MOST_WORDS = 3
"""Words of a name that people search by; longer ones are official forms."""

_STATE = re.compile(
    r"^(?:the )?(?:(?:(?:federal|democratic|socialist|peoples|islamic|arab|co ?operative|bolivarian|united"
    r"|federative|oriental|eastern|plurinational|hashemite|independent) )*"
    r"(?:republic|kingdom|state|federated states|commonwealth|principality|sultanate|federation|union|grand duchy)"
    r" of (?:the )?)+"
)

_SHORTENED = {"dem": "democratic", "fed": "federated", "rep": "republic", "st": "saint", "sts": "states"}
"""Words that lists of organisations shorten, as the World Bank's do: "Congo, Dem. Rep."."""

_BRACKETED = re.compile(r"[(\[](.*?)[)\]]")
_INITIALS = re.compile(r"(?<=\b\w)\.(?=\w\b)")
"""The dots between the letters of "U.S."."""

_ISLANDS = re.compile(r" is(?:l|lds)?$")


class Countries:
    """Two-letter codes by name or code."""

    def __init__(self, countries: Iterable[tuple[str, str, str]]) -> None:
        """`countries` are code, three-letter code and name; no other is ever found."""
        listed = list(countries)
        known = {code for code, _, _ in listed}
        self._codes = {alias: code for alias, code in _in_languages().items() if code in known}
        self._codes |= {alias: code for alias, code in (_ALIASES | _OFFICIAL).items() if code in known}
        for code, iso3, name in listed:
            self._codes |= {loose(name): code, loose(code): code, loose(iso3): code}

    def code(self, text: str) -> str | None:
        """The code of a country by code, three-letter code or name; None where there is none such."""
        return next((self._codes[name] for name in _variants(text) if name in self._codes), None)

    def searched_as(self, text: str) -> str | None:
        """The code of the country that a search means; None for what is a word as well ("de", "island").

        A code of two letters counts in capitals only, and none that is spelt as a word of the language is ("IT").
        """
        name = loose(text)
        if name in _OTHER_MEANINGS or name in _WORDS or (len(name) == len("KE") and not text.strip().isupper()):
            return None
        return self.code(text)


def nearest_with_entries(catalogue: CatalogueSnapshot, points: Sequence[tuple[float, float]], most: int) -> list[str]:
    """The codes of the countries whose cities with a page are nearest to any of some points, the nearest first.

    Points are latitudes and longitudes, in degrees.
    """
    cities = catalogue.cities
    if not points or not len(cities):
        return []
    theirs = unit_vectors(cities["latitude"], cities["longitude"])
    cosines = (theirs @ unit_vectors(*np.array(points).T).T).max(axis=1)
    nearest = np.full(int(cities["country"].max()) + 1, -np.inf)
    np.maximum.at(nearest, cities["country"], cosines)
    order = np.argsort(-nearest, kind="stable")[:most]
    return [catalogue.codes.codes[number] for number in order.tolist() if np.isfinite(nearest[number])]


def other_names(code: str, iso3: str) -> tuple[str, ...]:
    """What people search a country by besides its name: other names, folded, and its codes with dots ("U.S.").

    With dots a code is found when it is typed as one, and is no word of its own ("de", "in", "no").
    """
    return (*_names_by_code().get(code, ()), ".".join(code), ".".join(iso3))


def names_in_languages() -> Iterator[tuple[str, str]]:
    """Folded names of countries in widely used languages and in their own, and their codes, by name.

    None that means something else in English, or a city ("granada"), and none that only lists of organisations have.
    """
    for name, code in sorted((_in_languages() | _ALIASES).items()):
        if name not in _OTHER_MEANINGS:
            yield name, code


@cache
def _names_by_code() -> Mapping[str, Sequence[str]]:
    names: dict[str, list[str]] = {}
    for name, code in names_in_languages():
        if len(name.split()) <= _MOST_WORDS:
            names.setdefault(code, []).append(name)
    return names


def _variants(text: str) -> Iterator[str]:
    """The name as written; turned around at its comma or bracket; without brackets; without its form of state.

    A name that several share is not taken without what stands beside it.
    """
    yield loose(text)
    text = _INITIALS.sub("", text)
    yield loose(text)
    bare = _BRACKETED.sub(" ", text)
    beside = _BRACKETED.findall(text)
    before, comma, after = bare.partition(",")
    if comma:
        beside.append(after)
    turned = [form for other in beside for form in (f"{other} {before}", f"{other} of {before}")]
    is_shared = any(map(loose, beside)) and loose(before) in _SHARED
    for form in turned if is_shared else (*turned, bare):
        name = _written_out(loose(form))
        yield name
        yield name.removeprefix("the ")
        yield _STATE.sub("", name)


def _written_out(name: str) -> str:
    return " ".join(_SHORTENED.get(word, word) for word in _ISLANDS.sub(" islands", name).split())


@cache
def _in_languages() -> dict[str, str]:
    """Codes by names of countries in widely used languages and in their own."""
    lines = files(__package__).joinpath("country_names.txt").read_text("utf-8").splitlines()
    by_code = (line.split(" ", 1) for line in lines if not line.startswith("#"))
    return {name: code for code, names in by_code for name in names.split("|")}
