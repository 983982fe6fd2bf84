"""How a brief words what it says, in one language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kb.catalogue.models import City, Initiative, Outcome
from kb.core.i18n import Label, Message, gettext_noop

from .brief import Text

_NOT_KNOWN = gettext_noop("Not known")


@dataclass(frozen=True, slots=True)
class Wording:
    """The language of a reader, and how messages, numbers, days and money are written in it.

    `address` gives the whole URL of an entry, `ask` that of the form on which a city is asked, or None.
    """

    language: str
    is_right_to_left: bool
    say: Callable[[Message], str]
    number: Callable[[float], str]
    day: Callable[[date], str]
    money: Callable[[int, str], str]
    measured: Callable[[float, Outcome, bool], str]
    years: Callable[[Initiative], str]
    address: Callable[[Any], str]
    ask: Callable[[City | Initiative], str | None]

    def label(self, words: str | None) -> str | None:
        """A label of the catalogue in the reader's language; None for None."""
        return None if words is None else self.say(Message("%(label)s", {"label": Label(words)}))

    def code(self, labels: Mapping[str, str], code: str | int | None) -> str | None:
        """What a code of a closed list is called; None for None."""
        return None if code is None else self.label(labels.get(str(code), str(code)))

    def text(self, template: str, **values: Any) -> str:
        """A marked template with its values."""
        return self.say(Message(template, values))

    def not_known(self) -> Text:
        """What stands where the catalogue says nothing."""
        return Text(self.text(_NOT_KNOWN), is_unknown=True)
