"""Resolves a name to the one place that is meant by it, or to the several that may be."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .geodesy import is_on_earth, kilometres, unit_vectors
from .name_index import loose
from .name_variants import NameVariant, name_variants
from .places import Gazetteer, PlaceMatch
from .provinces import COUNTRIES_WITH_CODES, is_written_code, province_codes

CLEARLY = 10
"""So many times the people of the next namesake, and a name means the larger one.

Of places of over 500 people drawn by the root of their population, a name that two places bear meant the larger in a
third of the cases where it had under ten times the people, and in three quarters above that.
"""

CLEARLY_AT_HOME, _SMALL, _LARGE, _ALSO_LARGE = 4, 15_000, 100_000, 250_000
"""In its own country a city is meant with fewer times the people: a large one while no namesake is large itself, and
any while all namesakes are small.

"Columbus" in the United States is the city in Ohio; "Springfield" is a question, and "Suzhou" in China as well. With
the list of over 15,000 people, of 6,000 places drawn by the root of their population, .952 then came out right and .005
wrong by name and country, instead of .945 and .001; of 590 names that cities report under, .834 and .005 instead of
.809 and .003. With the list of over 5,000 people, the rule for small namesakes brings .946 of such places right instead
of .940, and of 488 names that cities report under .832 instead of .828; of places of 5,000 to 15,000 people .019 come
out wrong instead of .010.
"""

_MOST_LETTERS, _MOST_WORDS = 300, 8
"""Letters of a name that are read, and words of the country or province that it may end in."""

_LONGEST_CODE = 3
"""Letters of a code of a country, which is no country where no comma sets it apart."""

_SAME_KM, _FAR_KM = 25, 100
"""Namesakes this near are one city; a place farther than that from the coordinates given is not the one meant."""

_BORDER_KM = 30
"""So near a place of a province, a place counts as one of it, where no namesake is."""

# Bodies that sign for a city under a name that is not its own, with the name it is known by; of a council that several
# towns share, with its seat or the largest of them.
_BODIES = {
    ("AR", "caba"): "buenos aires",
    ("AR", "general pueyrredon"): "mar del plata",
    ("AU", "act"): "canberra",
    ("AU", "byron"): "byron bay",
    ("AU", "moreland"): "coburg",
    ("AU", "tweed"): "tweed heads",
    ("AU", "wyndham"): "werribee",
    ("BD", "cumilla"): "comilla",
    ("BG", "stolichna"): "sofia",
    ("BG", "столична община"): "sofia",
    ("BR", "distrito federal"): "brasilia",
    ("CA", "durham"): "whitby",
    ("CA", "peel"): "brampton",
    ("CA", "wood buffalo"): "fort mcmurray",
    ("DK", "egedal"): "olstykke",
    ("DK", "hoeje taastrup"): "taastrup",
    ("DK", "hoje taastrup"): "taastrup",
    ("DK", "jammerbugt"): "abybro",
    ("DK", "lyngby taarbaek"): "kongens lyngby",
    ("DO", "distrito nacional"): "santo domingo",
    ("FI", "helsingin"): "helsinki",
    ("FI", "turun"): "turku",
    ("FR", "aix marseille provence"): "marseille",
    ("FR", "clermont auvergne"): "clermont ferrand",
    ("FR", "grenoble alpes"): "grenoble",
    ("FR", "montpellier mediterranee"): "montpellier",
    ("FR", "nice cote dazur"): "nice",
    ("GB", "bcp"): "bournemouth",
    ("GB", "calderdale"): "halifax",
    ("GB", "cornwall"): "truro",
    ("GB", "kensington & chelsea"): "chelsea",
    ("GB", "kensington and chelsea"): "chelsea",
    ("GB", "kirklees"): "huddersfield",
    ("GB", "knowsley"): "huyton",
    ("GB", "sandwell"): "oldbury",
    ("GB", "sefton"): "bootle",
    ("GB", "tameside"): "ashton under lyne",
    ("GB", "trafford"): "stretford",
    ("GB", "wirral"): "birkenhead",
    ("GR", "αθηναιων"): "athens",
    ("HN", "distrito central"): "tegucigalpa",
    ("IN", "brihanmumbai"): "mumbai",
    ("IN", "bruhat bengaluru"): "bengaluru",
    ("IS", "reykjavikurborg"): "reykjavik",
    ("MX", "distrito federal"): "mexico city",
    ("MX", "solidaridad"): "playa del carmen",
    ("MY", "iskandar malaysia"): "johor bahru",
    ("MY", "penang island"): "george town",
    ("MY", "pulau pinang"): "george town",
    ("MY", "seberang perai"): "butterworth",
    ("NG", "fct"): "abuja",
    ("NG", "federal capital territory"): "abuja",
    ("NZ", "hutt"): "lower hutt",
    ("NZ", "hutt city"): "lower hutt",
    ("NZ", "rotorua lakes"): "rotorua",
    ("PG", "national capital district"): "port moresby",
    ("RW", "huye"): "butare",
    ("RW", "muhanga"): "gitarama",
    ("RW", "rubavu"): "gisenyi",
    ("RW", "rusizi"): "cyangugu",
    ("SE", "botkyrka"): "tumba",
    ("SE", "jarfalla"): "jakobsberg",
    ("TR", "hatay"): "antakya",
    ("TR", "kocaeli"): "izmit",
    ("TR", "sakarya"): "adapazari",
    ("US", "district of columbia"): "washington",
    ("US", "nyc"): "new york city",
    ("US", "washington dc"): "washington",
    ("ZA", "drakenstein"): "paarl",
    ("ZA", "ekurhuleni"): "germiston",
    ("ZA", "emfuleni"): "vereeniging",
    ("ZA", "king sabata dalindyebo"): "mthatha",
    ("ZA", "matjhabeng"): "welkom",
    ("ZA", "mogale city"): "krugersdorp",
    ("ZA", "msunduzi"): "pietermaritzburg",
    ("ZA", "nelson mandela bay"): "gqeberha",
    ("ZA", "sol plaatje"): "kimberley",
    ("ZA", "steve tshwete"): "middelburg",
    ("ZA", "tlokwe"): "potchefstroom",
    ("ZA", "umhlathuze"): "richards bay",
}

# Regencies of Indonesia around a city of the same name, which is none of theirs, and their seat.
_REGENCIES = {
    "bandung": "soreang",
    "bekasi": "cikarang",
    "bogor": "cibinong",
    "cirebon": "sumber",
    "jayapura": "sentani",
    "malang": "kepanjen",
    "pasuruan": "bangil",
    "probolinggo": "kraksaan",
    "semarang": "ungaran",
    "sukabumi": "palabuhanratu",
    "tasikmalaya": "singaparna",
    "tegal": "slawi",
}
_BODIES |= {
    ("ID", called): seat
    for city, seat in _REGENCIES.items()
    for called in (f"kabupaten {city}", f"{city} regency", f"regency of {city}")
}

_COUNTIES_GOVERN = frozenset({"KE", "TW"})
"""Countries where a county governs the city that it is called after, as Mombasa County does."""

# Countries whose lists of cities often hold those of territories that have a code of their own.
_TERRITORIES = {"CN": ("HK", "MO"), "FR": ("GP", "GF", "MQ", "RE", "YT"), "US": ("GU", "PR", "VI")}


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a name and a country mean: one place; or several, the largest first; or none.

    `place` is None where there is none or where none stands out. `several` holds all, also when one stands out, and
    those that bear the name where a province, a country or coordinates rule all of them out.
    `how` tells whether the name was found as written ("name"), in a part of it ("part"), or but for a "slip".
    """

    place: PlaceMatch | None
    several: tuple[PlaceMatch, ...] = ()
    is_ruled_out: bool = False
    unknown_country: bool = False
    how: str = ""

    @property
    def likeliest(self) -> PlaceMatch | None:
        """The place, or the largest of several; None where there is none."""
        return self.place or (self.several[0] if self.several else None)


def resolve(
    gazetteer: Gazetteer,
    name: str,
    country: str | None = None,
    province: str | None = None,
    point: tuple[float, float] | None = None,
) -> Resolution:
    """What a name means, in a country given by code or name; everywhere, where none is given.

    The name is read as written, then without what people add to it (`name_variants`); the first reading that some place
    bears is taken, and only where none is, a slip of the pen. `province` and `point` (latitude, longitude in degrees)
    tell namesakes apart, and rule out.
    """
    code = None
    if country and country.strip():
        code = gazetteer.country_code(country)
        if code is None:
            return Resolution(None, unknown_country=True)
    name = name[:_MOST_LETTERS]
    if turned := _with_country_last(gazetteer, name):
        resolution = _read(gazetteer, turned, code, province, point)
        if resolution.place and resolution.how != "slip":
            return resolution
    resolution = _read(gazetteer, name, code, province, point)
    if not resolution.several and (apart := _set_apart(gazetteer, name, code)):
        return _read(gazetteer, apart, code, province, point)
    return resolution


def suggested(gazetteer: Gazetteer, typed: str, limit: int) -> list[PlaceMatch]:
    """Places with a name that begins like what is typed; where none does, without an office before it and the like."""
    typed = typed[:_MOST_LETTERS]
    if place_matches := gazetteer.matching(_with_country_last(gazetteer, typed) or typed, limit):
        return place_matches
    for variant in name_variants(typed):
        if place_matches := gazetteer.matching(", ".join((variant.name, *variant.beside[-1:])), limit):
            return place_matches
    return list(resolve(gazetteer, typed).several[:limit])


@dataclass(frozen=True, slots=True)
class TurnedPoint:
    """Coordinates that fit a name where those given do not: swapped, or with another sign, or both."""

    place: PlaceMatch
    point: tuple[float, float]
    is_swapped: bool
    has_other_sign: bool


def turned_point(
    gazetteer: Gazetteer, name: str, country: str | None, province: str | None, point: tuple[float, float]
) -> TurnedPoint | None:
    """The coordinates that were probably meant, where the name means no place near those given; None where none fit.

    Whoever asks says so; nobody else's coordinates are changed silently.
    """
    for turned in turned_points(point):
        resolution = resolve(gazetteer, name, country, province, turned)
        if resolution.place and resolution.how != "slip":
            has_other_sign = turned != point[::-1]
            is_swapped = not has_other_sign or abs(turned[0]) != abs(point[0])
            return TurnedPoint(resolution.place, turned, is_swapped, has_other_sign)
    return None


def turned_points(point: tuple[float, float]) -> Iterator[tuple[float, float]]:
    """What latitude and longitude may have been meant to be: with another sign, swapped, or both; those on Earth."""
    for one, other in (point, point[::-1]):
        for turned in ((one, other), (-one, other), (one, -other), (-one, -other)):
            if turned != point and is_on_earth(*turned):
                yield turned


def _read(
    gazetteer: Gazetteer, name: str, code: str | None, province: str | None, point: tuple[float, float] | None
) -> Resolution:
    variants = [
        replace(variant, beside=(*((province,) if province else ()), *variant.beside))
        for variant in name_variants(name)
    ]
    # A country behind the name goes before a state that is called the same: "Monterrey, Mexico".
    countries = (code,) if code else (*_countries_beside(gazetteer, variants), None)
    for within in countries:
        if resolution := _called_so(gazetteer, variants, within, point):
            return resolution
    for find, how in ((gazetteer.spaced, "part"), (gazetteer.slipped, "slip")):
        for variant in variants:
            for within in filter(None, countries):
                if place_matches := find(variant.name, within):
                    return _chosen(gazetteer, place_matches, variant, point, how)
    return Resolution(None)


def _with_country_last(gazetteer: Gazetteer, name: str) -> str | None:
    """A city with its country behind a comma, of "Mexico, Toluca" and "Kota India"; None where it is not so."""
    country, comma, city = name.partition(",")
    words = name.split()
    pairs = [(city, country)] if comma else [(" ".join(words[:n]), " ".join(words[n:])) for n in _cuts(words)]
    for city, country in pairs:
        code = gazetteer.country_code(country) if len(country) > _LONGEST_CODE or comma else None
        if code and gazetteer.bearing(loose(city), code):
            return f"{city}, {country}"
    return None


def _set_apart(gazetteer: Gazetteer, name: str, code: str | None) -> str | None:
    """The name with a comma before the country or province it ends in, as "Kigali Rwanda" does, or begins with.

    So do districts of Turkey: "Bursa Nilüfer" is Nilüfer, Bursa. None where it has neither.
    """
    words = name.split()
    for cut in _cuts(words):
        where = " ".join(words[cut:])
        is_short = len(where.replace(".", "")) <= _LONGEST_CODE
        if where.isupper() if is_short else gazetteer.country_code(where) or _is_province(code, where):
            before = words[: cut - 1] if words[cut - 1] in ("of", "de") and cut > 1 else words[:cut]
            return f"{' '.join(before)}, {where}"
    # No code of a province stands before a name: "La Xyz" is not of Louisiana. The longest is tried first.
    for cut in reversed(_cuts(words)) if code else ():
        where = " ".join(words[:cut])
        if len(where) > _LONGEST_CODE and _is_province(code, where):
            return f"{' '.join(words[cut:])}, {where}"
    return None


def _cuts(words: Sequence[str]) -> range:
    """Where the words of a country or a province may begin, behind at least one word."""
    return range(max(1, len(words) - _MOST_WORDS), len(words))


def _is_province(code: str | None, text: str) -> bool:
    return any(province_codes(country, text) for country in ((code,) if code else COUNTRIES_WITH_CODES))


def _countries_beside(gazetteer: Gazetteer, variants: Iterable[NameVariant]) -> list[str]:
    """Codes of the countries that stand beside the name, the last word first; no code of a state, as CA is."""
    texts = dict.fromkeys(text for variant in variants for text in reversed(variant.beside))
    codes = (gazetteer.country_code(text) for text in texts if not is_written_code(text))
    return list(dict.fromkeys(code for code in codes if code))


def _called_so(
    gazetteer: Gazetteer, variants: Sequence[NameVariant], code: str | None, point: tuple[float, float] | None
) -> Resolution | None:
    """What the first variant that some place of the country bears means; None where no place bears any."""
    ruled_out = None
    for within in (code, *_TERRITORIES.get(code or "", ())):
        for number, variant in enumerate(variants):
            known_as = _BODIES.get((within or "", variant.name), variant.name)
            if within in _COUNTIES_GOVERN:
                known_as = known_as.removesuffix(" county")
            if place_matches := gazetteer.bearing(known_as, within):
                resolution = _chosen(gazetteer, place_matches, variant, point, "part" if number else "name")
                if not resolution.is_ruled_out:
                    return resolution
                # "San Juan, Puerto Rico" is not the one in Texas; the territory may have it.
                ruled_out = ruled_out or resolution
                break
    return ruled_out


def _chosen(
    gazetteer: Gazetteer,
    place_matches: list[PlaceMatch],
    reading: NameVariant,
    point: tuple[float, float] | None,
    how: str,
) -> Resolution:
    """The place that is meant, of all that bear the name; none where two fit, or what stands beside differs."""
    fitting = _beside(gazetteer, place_matches, reading.beside)
    if point is not None:
        fitting = [place for place in fitting if is_on_earth(*point) and _apart(place, *point) <= _FAR_KM]
    if not fitting:
        return Resolution(None, tuple(place_matches), is_ruled_out=True, how=how)
    first, *others = fitting
    # A city and its centre, or two records of one city, are not two cities.
    others = [place for place in others if _apart(first, place.latitude, place.longitude) > _SAME_KM]
    clear = not others or (how != "slip" and _outgrows(first, others, reading.name))
    return Resolution(first if clear else None, tuple(fitting), how=how)


def _outgrows(first: PlaceMatch, others: Sequence[PlaceMatch], name: str) -> bool:
    """Whether a place has so many more people than its largest namesake that it is the one meant.

    It is not by another name of its own, such as the code of an airport, where it is that of a place of its country.
    """
    if f" {name} " not in f" {loose(first.name)} " and any(
        loose(place.name) == name and place.country_code == first.country_code for place in others
    ):
        return False
    people, next_people = (first.population or 0), max(place.population or 0 for place in others)
    if people >= CLEARLY * next_people:
        return True
    at_home = all(place.country_code == first.country_code for place in others)
    is_small, is_large = next_people < _SMALL, next_people >= _ALSO_LARGE
    return at_home and (is_small or (people >= _LARGE and not is_large)) and people >= CLEARLY_AT_HOME * next_people


def _beside(gazetteer: Gazetteer, place_matches: list[PlaceMatch], beside: tuple[str, ...]) -> list[PlaceMatch]:
    """Those of the places that lie in the countries, states or provinces written beside the name.

    So does another city: those near it are meant, and none where it is a larger one elsewhere, as in "Benito Juárez
    (Cancún)". A text that is nothing known, such as a quarter, says nothing.
    """
    for text in beside:
        country = gazetteer.country_code(text)
        codes = {country, *_TERRITORIES.get(country or "", ())}
        in_country = [place for place in place_matches if place.country_code in codes]
        provinces = {code: province_codes(code, text) for code in {place.country_code for place in place_matches}}
        in_province = [place for place in place_matches if place.admin1 in provinces[place.country_code]]
        if in_country and not is_written_code(text):
            place_matches = in_country
        elif in_country or in_province:
            place_matches = [place for place in place_matches if place in in_country or place in in_province]
        elif any(provinces.values()):
            # Capitals are often one of the country's divisions, inside the province that people write.
            place_matches = [
                place for place in place_matches if gazetteer.borders(place, provinces[place.country_code], _BORDER_KM)
            ]
        elif country:
            return []
        elif len(text) > _LONGEST_CODE:
            cities = [city for code in provinces for city in gazetteer.bearing(loose(text), code)]
            near = [
                place
                for place in place_matches
                if any(_apart(place, city.latitude, city.longitude) <= _FAR_KM for city in cities)
            ]
            is_elsewhere = any((city.population or 0) > (place_matches[0].population or 0) for city in cities)
            place_matches = near or ([] if is_elsewhere else place_matches)
        if not place_matches:
            break
    return place_matches


def _apart(place: PlaceMatch, latitude: float, longitude: float) -> float:
    """Kilometres between a place and a point."""
    ends = unit_vectors(np.array([place.latitude, latitude]), np.array([place.longitude, longitude]))
    return float(kilometres(ends[0], ends[1]))
