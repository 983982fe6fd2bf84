"""States and provinces by the names that people write after a city, and by the common codes of some countries.

Their codes are those of GeoNames' first administrative division, as `places.admin1` holds them.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from .name_index import loose

_KINDS = (
    "administrative region|area|autonomous community|autonomous region|canton|comunidad autonoma|county|department"
    "|departamento|departement|district|emirate|governorate|judet|judetul|kanton|krai|kray|maakunta|megye|muhafazat"
    "|oblast|oblasti|okrug|parish|prefecture|province|provincia|provincie|provinsi|propinsi|raion|rayon|region|regione"
    "|republic|respublika|sheng|state|estado|territory|viloyati|voivodeship|wilaya|zizhiqu|zone|ken|fu|do"
)
_KIND_BEFORE = re.compile(rf"^(?:the )?(?:{_KINDS})(?: (?:of|de|del|do|da|di|du|des))? (?=\S)")
_KIND_AFTER = re.compile(rf"(?<=\S) (?:{_KINDS})$")

# Codes of GeoNames, and what people of the country write for them.
_WRITTEN_CODES = {
    "AU": """
        01:act 02:nsw 03:nt 04:qld 05:sa 06:tas 07:vic 08:wa
    """,
    "BR": """
        01:ac 02:al 03:ap 04:am 05:ba 06:ce 07:df 08:es 11:ms 13:ma 14:mt 15:mg 16:pa 17:pb 18:pr 20:pi 21:rj 22:rn
        23:rs 24:ro 25:rr 26:sc 27:sp 28:se 29:go 30:pe 31:to
    """,
    "CA": """
        01:ab 02:bc 03:mb 04:nb 05:nl 07:ns 08:on 09:pe 10:qc 11:sk 12:yt 13:nt 14:nu
    """,
    "MX": """
        01:ags 02:bc 03:bcs 04:camp 05:chis 06:chih 07:coah 08:col 09:cdmx 10:dgo 11:gto 12:gro 13:hgo 14:jal 15:mex
        16:mich 17:mor 18:nay 19:nl 20:oax 21:pue 22:qro 23:qroo 24:slp 25:sin 26:son 27:tab 28:tamps 29:tlax 30:ver
        31:yuc 32:zac
    """,
    "US": """
        AL:al AK:ak AZ:az AR:ar CA:ca CO:co CT:ct DE:de DC:dc FL:fl GA:ga HI:hi ID:id IL:il IN:in IA:ia KS:ks KY:ky
        LA:la ME:me MD:md MA:ma MI:mi MN:mn MS:ms MO:mo MT:mt NE:ne NV:nv NH:nh NJ:nj NM:nm NY:ny NC:nc ND:nd OH:oh
        OK:ok OR:or PA:pa RI:ri SC:sc SD:sd TN:tn TX:tx UT:ut VT:vt VA:va WA:wa WV:wv WI:wi WY:wy
    """,
}
COUNTRIES_WITH_CODES = tuple(_WRITTEN_CODES)
_BY_WRITTEN_CODE = {
    country: {code: admin1 for admin1, code in (pair.split(":") for pair in pairs.split())}
    for country, pairs in _WRITTEN_CODES.items()
}
_WRITTEN = {
    country: {admin1: code.upper() for code, admin1 in codes.items()} for country, codes in _BY_WRITTEN_CODE.items()
}


def province_key(text: str) -> str:
    """A name of a province as look-ups compare it: without its kind, as in "Zhejiang Sheng"."""
    name = loose(text.replace(".", ""))
    return _KIND_AFTER.sub("", _KIND_BEFORE.sub("", name)) or name


def province_codes(country: str, text: str) -> frozenset[str]:
    """The codes of the states or provinces of a country that have the name or the common code; mostly one or none.

    Several, where a city is one of its own beside the province of its name, as Kyiv is.
    """
    by_code = _BY_WRITTEN_CODE.get(country, {}).get(loose(text.replace(".", "")))
    return frozenset((by_code,)) if by_code else _by_name(country).get(province_key(text), frozenset())


def is_written_code(text: str) -> bool:
    """Whether some country writes a state or province so: "CA" is California, and Canada as well."""
    code = loose(text.replace(".", ""))
    return any(code in codes for codes in _BY_WRITTEN_CODE.values())


def common_code(country: str, admin1: str | None) -> str | None:
    """What people of the country write for a state or province, as in "ON" for Ontario; None where they write none."""
    return _WRITTEN.get(country, {}).get(admin1 or "")


def province_name(country: str, admin1: str | None) -> str | None:
    """The name of a state or province, in English where it has such a name; None where it is not known."""
    return _shown(country).get(admin1 or "")


@cache
def _shown(country: str) -> dict[str, str]:
    return {admin1: shown for admin1, shown, _ in _lines().get(country, ())}


@cache
def _by_name(country: str) -> dict[str, frozenset[str]]:
    names: dict[str, set[str]] = {}
    for admin1, shown, others in _lines().get(country, ()):
        for name in (province_key(shown), *filter(None, others.split("|"))):
            names.setdefault(name, set()).add(admin1)
    return {name: frozenset(codes) for name, codes in names.items()}


@cache
def _lines() -> dict[str, tuple[tuple[str, str, str], ...]]:
    """Code, name to show, and other names, by country."""
    provinces: dict[str, list[tuple[str, str, str]]] = {}
    for country, admin1, shown, others in _in_file():
        provinces.setdefault(country, []).append((admin1, shown, others))
    return {country: tuple(listed) for country, listed in provinces.items()}


def _in_file() -> Iterator[tuple[str, str, str, str]]:
    for line in files(__package__).joinpath("provinces.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            code, shown, others = f"{line}\t".split("\t")[:3]
            country, _, admin1 = code.partition(".")
            yield country, admin1, shown, others
