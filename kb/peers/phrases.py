"""Sentences with values, marked for translation; the door that shows one translates it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def _as_is(text: str) -> str:
    return text


def _number(value: float) -> str:
    """A number in English: whole where it is whole, else with one decimal."""
    return f"{value:,.0f}" if round(value, 1) == round(value) or abs(value) >= 100 else f"{value:,.1f}"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A template marked by `marked()`, with `%(name)s` for each value.

    A value is a number, a name that is shown as it is, or a phrase of its own. Per cent signs are doubled.
    """

    template: str
    values: Mapping[str, "str | int | float | Phrase"] = field(default_factory=dict)

    def said(self, translate: Callable[[str], str] = _as_is, number: Callable[[float], str] = _number) -> str:
        """The sentence, in the language of `translate`, with numbers written by `number`; English without them."""
        shown = {name: _shown(value, translate, number) for name, value in self.values.items()}
        return translate(self.template) % shown

    def __str__(self) -> str:
        return self.said()


def _shown(value: "str | int | float | Phrase", translate: Callable[[str], str], number: Callable[[float], str]) -> str:
    if isinstance(value, Phrase):
        return value.said(translate, number)
    return value if isinstance(value, str) else number(value)
