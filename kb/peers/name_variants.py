"""Lists what a city's name may mean as people write it: "Prefeitura de Campinas, SP" first, "Campinas" last.

Pure text, tried in a fixed order by the gazetteer: the name as written, then without what stands after a comma or in
brackets, then without the office it was written with. What was cut off is kept, since it may tell namesakes apart.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from kb.core.text import clean_line

from .name_index import loose


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The office or kind of body that signs for a city. The words of a name's beginning are cut while they are among these
# or join them; what is left must still be a name.
_OFFICES = _words(
    """
    administracao administracion administration agglomeration ajuntament akimat alcaldia alkalde amanah amanat area
    authority autonoma autonome autonomo autonomous ayto ayuntamiento baladiyat balnearia bandaraya bashkia bashkise
    borough camara canton cantonal capital cidade citta city ciudad climatica comarca combined comhairle communaute
    commune comuna comune concejo concelho concello conselho consell corporation council departamental departamento
    descentralizado development dewan dimos dinas district distrital distrito emirate especial estancia estatal
    eurometropole europeenne excmo executive federal freie gad gemeente gemeinde general gmina gminy gobierno
    government governo governorate grad h hansestadt heroico hidromineral historic hlavne hlavni honorable i ilustre
    intendencia junta kabupaten kommuna kommune kota kreisfreie landeshauptstadt local lungsod m magistrat mairie majlis
    mayor mesta mestna mesto metro metropole metropolis metropolitan metropolitana metropolitane metropolitano
    miasta miasto miejska municipal municipale municipalidad municipalidade municipalite municipality municipio
    municipiul municipiului nacional nagari national obcina obec obshtina opcina opstina oras orasul pamahalaang
    panlungsod pemerintah peoples perbandaran pho prefecture presidencia prefeitura primaria primariei provincia
    provincial region regional royal sangguniang secretaria smart special sr stad stadt stadtverwaltung stadtgemeinde
    statutarni statutory stoleczne territory thanh town township turistica unified unit unitary urbaine urban urzad
    villa village ville wielkomiejska wilaya wissenschaftsstadt
    δημοσ администрация г город города муниципалитет мэрия міська община столична עיריית امانة امانه بلدية شهرداري
    شهرداری محافظة مدينة
    """
)
# These may end the office's name: "of", "de", "da", and articles that may also begin the city's own: "la", "los".
_OF = _words("of de del da do das dos di della d du des der von af av van ng the y e et and und &")
_ARTICLES = _words("la las los el le les a o os as l al")
_JOINED_ARTICLES = {"du": "le", "des": "les", "del": "el", "della": "la"}
# Alone, these are more often the beginning of a name than an office before one.
_NOT_ALONE = _words(
    """
    area authority capital development especial executive general local mayor nacional national presidencia provincia
    provincial region royal smart special unit villa
    """
)

_GREATER = _words("greater gran grande grand great")

_ENDINGS = tuple(
    sorted(
        """
        north city corporation|south city corporation|city corporation|capital city authority|capital city government
        capital city administration|metropolitan administration|city hall|capitale|metropole|regional municipality
        capital region|urban commune|city county|nct|ncr|metropolitan corporation|urban municipality|fovarosa
        mahanagara palike|mahanagarapalika|nagar nigam|nagar palika|national capital territory|fovaros onkormanyzata
        city council|town council|district council|borough council|county council|metropolitan council|council
        city government|municipal government|metropolitan government|local government|city administration|government
        metropolitan municipality|local municipality|district municipality|metro municipality|municipality
        metropolitan area|metropolitan district|metropolitan city|metropolitan region|metropolitan|metro
        special administrative region|administrative region|special city|sar
        municipal corporation|municipal council|municipal assembly|metropolitan assembly|corporation|municipio|municipal
        buyuksehir belediyesi|belediyesi|belediye|kommune|kommun|kaupunki|stad|gemeente|shi|si|gun|ku
        distrito capital|distrito metropolitano|d c|dc|df|d f|cdmx|capital city|federal district|city|town|village
        district|city district|combined authority|unitary authority|authority|prefecture|province of the city
        megyei jogu varos|varos|fovaros|dome|valstspilseta|pilseta|obshtina|governorate|akimat|shahri|city akimat
        city executive power|executive power|mahanagarpalika|thromde|city development committee|development committee
        development authority|capital|smart city|smart and sustainable city development corporation|urban county
        special self governing province|special self governing city|urban county government|міська рада
        ciudad|stadt|federal capital territory|municipal peoples government|peoples government|historic city council
        peoples committee|sub metropolitan city|special economic zone|regency|linnavalitsus|emirate
        city hokimiyat|hokimiyat|shahar hokimligi|mairie|kunta|vald|linn|onkormanyzata|savivaldybe
        miesto savivaldybe|obstina|opstina|urban area|urban agglomeration
        """.replace("\n", "|").split("|"),
        key=len,
        reverse=True,
    )
)
_ENDINGS = tuple(ending.strip() for ending in _ENDINGS if ending.strip())

# Before these a name stands in the genitive: "Göteborgs stad", "Espoon kaupunki", "Tallinna linn".
_OF_GENITIVES = _words("kommune kommun stad kaupunki kunta linn linnavalitsus dome valstspilseta pilseta")
_GENITIVES = ("s", "en", "n", "a")
_GENITIVES_FOLLOW = _words("urzad miasta администрация города δημοσ мэрия")
_NUMBERED = re.compile(r" \d{1,2}$")

_SPELT = ((re.compile(r"\bst\b"), "saint"), (re.compile(r"\bsaint\b"), "st"), (re.compile(r"\bste\b"), "sainte"),
          (re.compile(r"\bmt\b"), "mount"), (re.compile(r"\bft\b"), "fort"), (re.compile(r"\bsto\b"), "santo"),
          (re.compile(r"\bsta\b"), "santa"), (re.compile(r"\band\b"), "&"), (re.compile(r"\bgral\b"), "general"),
          (re.compile(r"\bgob\b"), "gobernador"), (re.compile(r"\bcnel\b"), "coronel"))  # fmt: skip

_BRACKETED = re.compile(r"[(\[{（](.*?)[)\]}）]")
_ELIDED = ((re.compile(r"\bd['’](?=\w)"), "d "), (re.compile(r"\bdell['’](?=\w)"), "di l"))
_AND = re.compile(r" and ")
_LISTED = re.compile(r"\s*[,;|]\s*")
_APART = re.compile(r"\s*[,;|]\s*|\s+[-–—]\s+|\s*/\s*")
_BOROUGH_OF = re.compile(r"^(\w+) borough of (?=\w)")
_CITY_OF = re.compile(r"^(ciudad|villa) (?:de|del) ")


@dataclass(frozen=True, slots=True)
class NameVariant:
    """One thing a name may mean, as look-ups compare it, and what stood beside it: a state, a country, another name."""

    name: str
    beside: tuple[str, ...] = ()


def name_variants(text: str) -> Iterator[NameVariant]:
    """What the name may mean, the surest first; each once."""
    seen = set()
    # Joiners, which texts keep, never tell names apart.
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf")
    for variant in _all(clean_line(plain)):
        if len(variant.name) > 1 and variant.name not in seen:
            seen.add(variant.name)
            yield variant


def _all(text: str) -> Iterator[NameVariant]:
    yield from _spelt(NameVariant(loose(text)))
    inside = tuple(part.strip() for part in _BRACKETED.findall(text))
    outside = _BRACKETED.sub(" ", text).strip()
    parts = list(filter(None, _APART.split(outside)))
    if parts:
        yield from _listed(outside, inside)
    else:
        parts, inside = list(inside), ()
    if not parts:
        return
    beside = (*parts[1:], *inside)
    yield from _of_part(parts[0], beside)
    # "Biel/Bienne", "Mumbai (Bombay)": another name of it; a country or state there is never a city that fits.
    for number, part in enumerate(beside):
        if "/" in text or part in inside:
            yield from _spelt(NameVariant(loose(part), (parts[0], *beside[:number], *beside[number + 1 :])))


def _listed(text: str, inside: tuple[str, ...]) -> Iterator[NameVariant]:
    """What stands before the first comma, with its dashes and slashes; or behind it, where that is an office alone."""
    name, *others = _LISTED.split(text)
    yield from _spelt(NameVariant(loose(name), (*filter(None, others), *inside)))
    if others and not _words(loose(name)) - _OFFICES - _OF:
        # "Capital Development Authority, Islamabad"
        yield from _spelt(NameVariant(loose(others[0]), tuple(others[1:])))


def _of_part(part: str, beside: tuple[str, ...]) -> Iterator[NameVariant]:
    """A name without what stands beside it: as it is, and without its office."""
    yield from _spelt(NameVariant(loose(part), beside))
    # "Ciudad de Juárez" is called Ciudad Juárez.
    yield NameVariant(_CITY_OF.sub(r"\1 ", loose(part)), beside)
    # Folding joins "d'Abidjan" to one word, as it should where that is part of a name.
    apart = part
    for elided, instead in _ELIDED:
        apart = elided.sub(instead, apart)
    for name in (*_stripped(loose(part)), *_stripped(loose(apart))):
        yield from _spelt(NameVariant(name, beside))
    if borough := _BOROUGH_OF.match(loose(part)):
        # "London Borough of Barnet": the borough, where it is known as a place, else the city.
        yield NameVariant(_BOROUGH_OF.sub("", loose(part)), beside)
        yield NameVariant(borough[1], beside)
    first, joined, _ = _AND.sub(" & ", loose(part)).partition(" & ")
    if joined:
        for name in (first, *_stripped(first)):
            yield NameVariant(name, beside)


def _stripped(name: str) -> Iterator[str]:
    """The name without its office, at the end, at the beginning, and at both; what cuts least comes first."""
    ends = list(_without_endings(name))
    yield from ends
    for whole in (name, *ends):
        yield from _without_beginning(whole)


def _without_endings(name: str) -> Iterator[str]:
    if numbered := _NUMBERED.search(name):
        name = name.removesuffix(numbered[0])
        yield name
    genitives: list[str] = []
    while ending := next((ending for ending in _ENDINGS if name.endswith(f" {ending}")), None):
        name = name.removesuffix(f" {ending}")
        yield name
        if ending in _OF_GENITIVES:
            genitives += [name.removesuffix(sign) for sign in _GENITIVES if name.endswith(sign)]
    yield from genitives


def _without_beginning(name: str) -> Iterator[str]:
    words = name.split()
    offices = 0
    for place, word in enumerate(words[:-1]):
        if word in _OFFICES or (offices and word == "county"):
            offices += word not in _NOT_ALONE or words[place + 1] in _OF
        elif word in _GREATER:
            offices += 1
        elif not offices and word in _ARTICLES | {"the"} and words[place + 1] in _OFFICES | _GREATER:
            continue
        elif not offices or word not in _OF | _ARTICLES:
            return
        rest = " ".join(words[place + 1 :])
        # Two such words end no office: "City of Des Moines".
        if offices and (words[place + 1] not in _OF or word in _OF):
            yield rest
        if offices and word in _JOINED_ARTICLES:
            yield f"{_JOINED_ARTICLES[word]} {rest}"
        if offices and word in _GENITIVES_FOLLOW:
            yield rest[:-1]


def _spelt(reading: NameVariant) -> Iterator[NameVariant]:
    """The reading, and as others spell it: St for Saint."""
    yield reading
    for pattern, instead in _SPELT:
        if pattern.search(reading.name):
            yield NameVariant(pattern.sub(instead, reading.name), reading.beside)
