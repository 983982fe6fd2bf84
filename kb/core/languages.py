"""Names of languages by their tags (BCP 47)."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from babel import Locale
from babel.core import parse_locale


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
