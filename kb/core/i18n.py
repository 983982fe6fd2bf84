"""Messages for people, marked for translation where no request is at hand; interfaces translate them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

TRANSLATIONS = Path(__file__).parent.parent / "web" / "translations"
"""Has a folder for each language that the site is translated into; CONTRIBUTING.md says how one is made."""


def gettext_noop(text: str) -> str:
    """Return the text as it is; its name tells the extractor of messages to collect it."""
    return text


def _as_is(text: str) -> str:
    return text


def _number(value: float) -> str:
    """A number in English: whole where it is whole, else with one decimal."""
    return f"{value:,.0f}" if round(value, 1) == round(value) or abs(value) >= 100 else f"{value:,.1f}"


@dataclass(frozen=True, slots=True)
class Label:
    """A label of the catalogue, such as a challenge's or a country's, that is translated but never formatted."""

    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """A template marked by `gettext_noop()`, with `%(name)s` for each value.

    A value is a number, a name that is shown as it is, a label, a message of its own, or several of these in a tuple.
    Per cent signs are doubled; where there are no values, a lone one does no harm.
    """

    template: str
    values: Mapping[str, "Value"] = field(default_factory=dict)

    def render(self, translate: Callable[[str], str] = _as_is, number: Callable[[float], str] = _number) -> str:
        """The sentence, in the language of `translate`, with numbers written by `number`; English without them."""
        shown = {name: _shown(value, translate, number) for name, value in self.values.items()}
        sentence = translate(self.template)
        return sentence % shown if shown else sentence.replace("%%", "%")

    def __str__(self) -> str:
        return self.render()


Value = str | int | float | Label | Message | tuple[str | int | float | Label | Message, ...]
"""What stands for a name in a message."""


def _shown(value: Value, translate: Callable[[str], str], number: Callable[[float], str]) -> str:
    match value:
        case Message():
            return value.render(translate, number)
        case Label():
            return translate(value.text)
        case tuple():
            return ", ".join(_shown(item, translate, number) for item in value)
        case str():
            return value
    return number(value)
