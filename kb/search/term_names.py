"""Finds the challenges and technologies that a text names, by their labels and by other words for them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy.orm import Session

from kb.catalogue import queries
from kb.catalogue.entries import TERMS, TermKind
from kb.catalogue.term_words import term_words

from .analysis import Form, forms, words
from .index.schema import title_words
from .parsing import parse

Stems = tuple[str, ...]
Singulars = tuple[str, ...]
"""The words of a text, folded, each without an "s" at its end."""

NO_WORD = Form("", "")
"""What a word becomes that is part of a name."""


class Term(NamedTuple):
    """A challenge or a technology, and whether a name is its label or code, and no other word for it."""

    kind: TermKind
    code: str
    label: str
    is_label: bool = True


@dataclass(frozen=True, slots=True)
class TermNames:
    """Terms by the stems of their names, and by words of other languages.

    A code, such as "heat", and a name of nothing but stop words, such as "IT", name a term as a whole text alone. Words
    of other languages are not stemmed, which is done for English: "Sant Cugat" is not about health ("santé"). They
    count in texts, and not where a term is suggested by its first letters: "san" begins "santé".
    """

    in_texts: Mapping[Stems, Sequence[Term]]
    in_other_languages: Mapping[Singulars, Sequence[Term]]
    whole_texts: Mapping[Stems, Sequence[Term]]
    names: Sequence[tuple[Term, Sequence[frozenset[str]]]]
    """Each term, challenges first, by label, with the words of each of its names."""

    @classmethod
    def read(cls, session: Session) -> "TermNames":
        """Read the terms, a query for each list."""
        in_texts: defaultdict[Stems, list[Term]] = defaultdict(list)
        in_other_languages: defaultdict[Singulars, list[Term]] = defaultdict(list)
        whole_texts: defaultdict[Stems, list[Term]] = defaultdict(list)
        names_of_terms = []
        for kind in (kind for kind, definition in TERMS.items() if definition.schema):
            # Sorted here, since databases do not agree on the order of texts.
            for code, label, synonyms in sorted(queries.terms_with_synonyms(session, kind), key=itemgetter(1)):
                term = Term(kind, code, label)
                names = [label, *synonyms]
                for name in names:
                    named = in_texts if words(name) else whole_texts
                    named[_stems(name)].append(term._replace(is_label=name is label))
                for singulars in _in_other_languages().get(code, ()):
                    in_other_languages[singulars].append(term._replace(is_label=False))
                whole_texts[_stems(code)].append(term)
                names_of_terms.append((term, [frozenset(title_words(name)) for name in names]))
        whole_texts.pop((), None)
        return cls(dict(in_texts), dict(in_other_languages), dict(whole_texts), names_of_terms)

    def in_text(self, text: str) -> list[Term]:
        """The terms that a text names, the longest names first; none where it excludes anything, as in "-flooding"."""
        if "-" in text and parse(text).excluded:
            return []
        typed = _words(text)
        terms = self._called(typed) or self.whole_texts.get(_stems_of(typed)) or self.take_from(typed)
        found: dict[tuple[TermKind, str], Term] = {}
        for term in terms:
            found.setdefault((term.kind, term.code), term)
        return list(found.values())

    def is_name(self, text: str) -> bool:
        """Whether all of a text is a name of a term."""
        return bool(self._called(_words(text)))

    def take_from(self, typed: list[Form]) -> Iterator[Term]:
        """The terms that some words name, the longest names first; each word that is part of a name is emptied."""
        for length in sorted({*map(len, self.in_texts), *map(len, self.in_other_languages)}, reverse=True):
            for start in range(len(typed) - length + 1):
                if terms := self._called(typed[start : start + length]):
                    # A word belongs to one name: "storm water" is no storm.
                    typed[start : start + length] = [NO_WORD] * length
                    yield from terms

    def _called(self, typed: Sequence[Form]) -> Sequence[Term]:
        return self.in_texts.get(_stems_of(typed)) or self.in_other_languages.get(_singulars_of(typed)) or ()

    def beginning(self, beginnings: Sequence[str]) -> list[Term]:
        """The terms with a name in which, for each of some folded beginnings, a word begins so."""
        return [
            term
            for term, names in self.names
            if beginnings
            and any(all(any(word.startswith(start) for word in name) for start in beginnings) for name in names)
        ]


@cache
def _in_other_languages() -> Mapping[str, Sequence[Singulars]]:
    """Each word that stands for a term in another language, once, by the term's code."""
    return {
        code: list(dict.fromkeys(_singulars_of(_words(word)) for word in others))
        for code, others in term_words().items()
    }


def _words(text: str) -> list[Form]:
    return [form for form in forms(text) if form.surface]


def _stems(text: str) -> Stems:
    return _stems_of(_words(text))


def _stems_of(typed: Sequence[Form]) -> Stems:
    """Stop words as they are written: "internet of things"."""
    return tuple(form.stem or form.surface for form in typed)


def _singulars_of(typed: Sequence[Form]) -> Singulars:
    return tuple(form.surface.removesuffix("s") for form in typed)
