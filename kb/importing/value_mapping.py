"""Words of a file that no closed list knows: what a person has said they mean, and what is still to be said."""

from collections.abc import Iterable, Mapping
from typing import Any

from kb.core.errors import Refused
from kb.core.i18n import gettext_noop

from .fields import FIELDS, plain_name
from .vocabulary import Vocabulary

Choices = Mapping[str, Mapping[str, str]]
"""By the name of the list and the plain word: the code that is meant, or LEFT_OUT."""

LEFT_OUT = ""
MOST_TOLD = 200
"""So many words are written down at most, those of the most rows; more are no list of words any more."""


class ValueMapping:
    """The lists, with what was chosen for this import; remembers each unknown word, and in which rows it stands."""

    def __init__(self, lists: Mapping[str, Vocabulary], choices: Choices) -> None:
        self._lists, self._chosen = lists, choices
        self._unknown: dict[tuple[str, str], tuple[str, set[int]]] = {}

    def knows(self, name: str, text: str) -> bool:
        """Whether the list has that word, or somebody has said what it means."""
        return self._lists[name].code(text) is not None or plain_name(text) in self._chosen.get(name, {})

    def code(self, name: str, text: str, row: int) -> str | None:
        """The code that a word means in a row; LEFT_OUT where it is to be left out, None where nobody has said."""
        if found := self._lists[name].code(text):
            return found
        plain = plain_name(text)
        self._unknown.setdefault((name, plain), (text, set()))[1].add(row)
        return self._chosen.get(name, {}).get(plain)

    def unknown(self) -> list[dict[str, Any]]:
        """Each word that no list knows, whatever was chosen for it: its list, the rows it is in, and what is near."""
        found = sorted(self._unknown.items(), key=lambda one: (-len(one[1][1]), one[0]))
        return [
            {
                "list": name,
                "plain": plain,
                "word": word[:120],
                "rows": len(rows),
                "near": self._lists[name].all_near(word),
            }
            for (name, plain), (word, rows) in found[:MOST_TOLD]
        ]


def chosen_by(pairs: Iterable[tuple[str, str]], lists: Mapping[str, Vocabulary], taking: Iterable[str]) -> Choices:
    """Choices from pairs of a word and the term it means, empty for leaving it out, in the lists `taking` words.

    Refused where no list has the term. A word that a list knows means there what it did.
    """
    chosen: dict[str, dict[str, str]] = {}
    taken = list(taking)
    for word, term in pairs:
        meant = {name: lists[name].code(term) if term else LEFT_OUT for name in taken if lists[name].code(word) is None}
        if all(code is None for code in meant.values()):
            raise Refused(
                gettext_noop("No list that the file has a column for has the term %(term)s."), term=term or word
            )
        for name, code in meant.items():
            if code is not None:
                chosen.setdefault(name, {})[plain_name(word)] = code
    return chosen


def lists_of(codes: Iterable[str], lists: Mapping[str, Vocabulary]) -> list[str]:
    """The lists whose words stand in columns of these fields."""
    named = {"direction" if code.startswith("outcome_") and code.endswith("_direction") else code for code in codes}
    return sorted(named & lists.keys())


def label_of(name: str) -> str:
    """What a list is called: as the field that takes its words."""
    return FIELDS["outcome_1_direction" if name == "direction" else name].label
