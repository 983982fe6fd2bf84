"""Names of languages by their tags (BCP 47), and the languages of countries, by Unicode's CLDR data in Babel."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from babel import Locale
from babel.core import get_global, parse_locale

from .text import fold

COMMON_SHARE = 50.0
"""Percent of a country's people from which a language counts as common there though it is not official."""

LANGUAGE_ROLES = ("official", "regional", "spoken")

_ROLES = {"official": "official", "de_facto_official": "official", "official_regional": "regional", None: "spoken"}

_UNKNOWN_LANGUAGE = "und"

# One spoken language has several tags in the data: written Norwegian has two forms beside its own name.
_SAME_AS = {"nb": "no", "nn": "no"}


@dataclass(frozen=True, slots=True)
class CountryLanguage:
    """A language of a country: its code, its role (of LANGUAGE_ROLES), and percent of the people.

    Official is by law or in fact, in the whole country; regional is official in a part of it. `share` counts who can
    use the language, also as a second one, so that shares add up to more than 100.
    """

    code: str
    role: str
    share: float

    @property
    def is_common(self) -> bool:
        """Whether it is official in the whole country, or used by COMMON_SHARE of the people."""
        return self.role == "official" or self.share >= COMMON_SHARE


@cache
def languages_of(country: str) -> tuple[CountryLanguage, ...]:
    """The languages of a country or territory (ISO 3166-1), official ones first, then by share; () where none is known.

    One in several scripts is listed once.
    """
    listed: dict[str, CountryLanguage] = {}
    for tag, facts in get_global("territory_languages").get(country, {}).items():
        code = tag.partition("_")[0]
        code = _SAME_AS.get(code, code)
        language = CountryLanguage(code, _ROLES[facts["official_status"]], float(facts["population_percent"]))
        if code != _UNKNOWN_LANGUAGE:
            listed[code] = min(listed.get(code, language), language, key=_order)
    return tuple(sorted(listed.values(), key=_order))


def _order(language: CountryLanguage) -> tuple[int, float, str]:
    return LANGUAGE_ROLES.index(language.role), -language.share, language.code


@lru_cache(maxsize=1_000)
def language_name(tag: str, reader: str = "en") -> str | None:
    """The name of a language in the language of a reader: "Portuguese (Brazil)" for pt-BR; None for what is no tag."""
    try:
        code, territory, script, *_ = parse_locale(tag, sep="-")
    except ValueError:
        return None
    names = Locale.parse(reader, sep="-")
    name = names.languages.get(code) or Locale("en").languages.get(code)
    if name is None or tag != "-".join(filter(None, (code, script, territory))):
        return None
    parts = [names.scripts.get(script or "", script), names.territories.get(territory or "", territory)]
    around = ", ".join(filter(None, parts))
    return f"{name} ({around})" if around else name


def language_tag(typed: str) -> str | None:
    """The tag of a language that is typed by a tag, as in pt_BR, or by its English name; None for what is neither."""
    try:
        code, territory, script, *_ = parse_locale(typed.strip().replace("_", "-"), sep="-")
    except ValueError:
        code = ""
    if code in Locale("en").languages:
        return "-".join(filter(None, (code, script, territory)))
    return _tags_by_name().get(fold(typed))


@cache
def _tags_by_name() -> dict[str, str]:
    return {fold(name): code.replace("_", "-") for code, name in Locale("en").languages.items()}


class LanguageNames(Mapping[str, str]):
    """English names by tag. Every tag is known, such as pt-BR; those of languages alone are listed."""

    def __getitem__(self, tag: str) -> str:
        name = language_name(tag)
        if name is None:
            raise KeyError(tag)
        return name

    def __iter__(self) -> Iterator[str]:
        return iter(Locale("en").languages)

    def __len__(self) -> int:
        return len(Locale("en").languages)
