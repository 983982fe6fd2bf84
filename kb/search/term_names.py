"""Finds the challenges and technologies that a text names, by their labels and by other words for them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kb.catalogue.entries import TermKind
from kb.catalogue.models import Challenge, Technology

from .analysis import forms
from .index.schema import title_words

MOST_NAMED = 2
"""So many terms are found in a text at most."""

Stems = tuple[str, ...]


class Term(NamedTuple):
    """A challenge or a technology, and whether a name is its label or code, and no other word for it."""

    kind: TermKind
    code: str
    label: str
    is_label: bool = True


@dataclass(frozen=True, slots=True)
class TermNames:
    """Terms by the stems of their names. A code, such as "heat", names its term as a whole text alone."""

    in_texts: Mapping[Stems, Term]
    whole_texts: Mapping[Stems, Term]
    challenges: Sequence[tuple[Term, Sequence[frozenset[str]]]]
    """Each challenge, by label, with the words of each of its names."""

    @classmethod
    def read(cls, session: Session) -> "TermNames":
        """Read the terms, a query for each list."""
        in_texts: dict[Stems, Term] = {}
        whole_texts: dict[Stems, Term] = {}
        challenges = []
        for kind, statement in _statements().items():
            for code, label, synonyms in session.execute(statement):
                term = Term(kind, code, label)
                names = [label, *(synonyms or "").split(",")]
                for name in names:
                    in_texts.setdefault(_stems(name), term._replace(is_label=name is label))
                whole_texts.setdefault(_stems(code), term)
                if kind is TermKind.CHALLENGE:
                    challenges.append((term, [frozenset(title_words(name)) for name in names]))
        in_texts.pop((), None)
        return cls(in_texts, whole_texts | in_texts, challenges)

    def in_text(self, text: str) -> list[Term]:
        """The terms that a text names, the longest names first."""
        stems = _stems(text)
        if term := self.whole_texts.get(stems):
            return [term]
        found: dict[tuple[TermKind, str], Term] = {}
        for term in self._in(list(stems)):
            found.setdefault((term.kind, term.code), term)
        return list(found.values())[:MOST_NAMED]

    def _in(self, stems: list[str]) -> Iterator[Term]:
        for length in range(min(len(stems), max(map(len, self.in_texts), default=0)), 0, -1):
            for start in range(len(stems) - length + 1):
                if term := self.in_texts.get(tuple(stems[start : start + length])):
                    # A word belongs to one name: "storm water" is no storm.
                    stems[start : start + length] = [""] * length
                    yield term

    def challenges_beginning(self, words: Sequence[str]) -> list[Term]:
        """The challenges with a name in which, for each of some folded words, a word begins so."""
        return [
            term
            for term, names in self.challenges
            if words and any(all(any(word.startswith(start) for word in name) for start in words) for name in names)
        ]


@cache
def _statements() -> Mapping[TermKind, Select[str, str, str | None]]:
    return {
        TermKind.CHALLENGE: select(Challenge.code, Challenge.label, Challenge.synonyms).order_by(Challenge.label),
        TermKind.TECHNOLOGY: select(Technology.code, Technology.label, Technology.synonyms).order_by(Technology.label),
    }


def _stems(text: str) -> Stems:
    """Stop words as they are written: "internet of things"."""
    return tuple(form.stem or form.surface for form in forms(text) if form.surface)
