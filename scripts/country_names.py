"""Write kb/peers/country_names.txt: what countries are called in widely used languages and in their own, from Babel.

Babel holds Unicode's CLDR (Unicode License V3). A line holds the code of a country, and its names as look-ups compare
them, apart by bars. A language is a country's own where it is official there in the whole country or in a part of it,
or where a fifth of the people speak it. A name that means two countries is left out; one that a widely used language
has for a country is no other country's.
"""

from collections.abc import Iterable
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_territory_language_info

from kb.peers.name_index import loose

FILE = Path(__file__).parent.parent / "kb/peers/country_names.txt"
WIDELY_USED = ("en", "es", "pt", "fr", "de", "it", "nl", "id", "tr")
SPOKEN_BY_PERCENT = 20
HEADER = "# Made by scripts/country_names.py from Unicode CLDR (by way of Babel), Unicode License V3."


def main() -> None:
    """Gather the names in both kinds of languages, and write them by country."""
    names = unambiguous(
        (loose(name), code)
        for language in WIDELY_USED
        for code, name in Locale(language).territories.items()
        if is_country(code)
    )
    own = unambiguous(
        (loose(locale.territories[code]), code)
        for code in sorted(filter(is_country, get_global("territory_languages")))
        for locale in own_locales(code)
        if code in locale.territories
    )
    by_country: dict[str, list[str]] = {}
    for name, code in sorted((own | names).items()):
        by_country.setdefault(code, []).append(name)
    lines = [HEADER, *(f"{code} {'|'.join(by_country[code])}" for code in sorted(by_country))]
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def is_country(code: str) -> bool:
    """Whether a code of a territory is that of a country, and no region's number."""
    return len(code) == 2 and code.isalpha()


def own_locales(country: str) -> Iterable[Locale]:
    """The languages of a country that Babel has names in."""
    for language, told in sorted(get_territory_language_info(country).items()):
        if told["official_status"] or (told["population_percent"] or 0) >= SPOKEN_BY_PERCENT:
            try:
                yield Locale.parse(language)
            except UnknownLocaleError:
                continue


def unambiguous(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Codes by names, without names that mean two countries."""
    meant: dict[str, set[str]] = {}
    for name, code in pairs:
        meant.setdefault(name, set()).add(code)
    return {name: next(iter(codes)) for name, codes in meant.items() if len(codes) == 1}


if __name__ == "__main__":
    main()
