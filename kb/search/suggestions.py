"""Suggests challenges, technologies, cities and initiatives whose words begin with what is being typed.

The index finds cities and initiatives; of challenges and technologies there are some dozens, which are read through.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind, TermKind
from kb.catalogue.models import City, Initiative, Place
from kb.core.sql_functions import folded
from kb.core.text import fold

from .analysis import forms
from .index.beginnings import MAX_WORDS, Beginning
from .kinds import Key, ids_by_kind, key_of
from .term_names import TermNames

CITY_WEIGHT = 1e3
"""Added to the population of a city, so that cities come before initiatives."""


class Suggestion(NamedTuple):
    """Something to suggest: what is shown, its kind (city, initiative, challenge, technology), and its page's key."""

    label: str
    kind: EntryKind | TermKind
    key: str


_STATEMENTS: Mapping[EntryKind, Select[*tuple[Any, ...]]] = {
    EntryKind.CITY: select(City.id, City.name, City.slug),
    EntryKind.INITIATIVE: select(Initiative.id, Initiative.title, Initiative.slug),
}


def suggestions(
    session: Session, names: TermNames, found: Iterable[Beginning], typed: str, limit: int
) -> list[Suggestion]:
    """The terms that match and the documents that the index found, together.

    Labels that begin with the whole typed text come first; terms lead further than any one entry, so they come before
    others, but are at most half. An entry that was deleted a moment ago is left out.
    """
    entries = _entries(session, [key_of(beginning.id) for beginning in found])
    first: list[Suggestion] = []
    others: list[Suggestion] = []
    for suggestion in _terms(names, typed, limit):
        (first if _begins(suggestion.label, typed) else others).append(suggestion)
    for beginning in found:
        entry = entries.get(key_of(beginning.id))
        if entry is not None:
            (others if beginning.is_word else first).append(entry)
    return [*first, *others][:limit]


def suggestions_from_database(session: Session, names: TermNames, typed: str, limit: int) -> list[Suggestion]:
    """What begins like what was typed, without an index: terms, then cities by population, then initiatives."""
    words = _words(typed)
    if not words:
        return []
    made = _terms(names, typed, limit)
    for kind, title, order in (
        (EntryKind.CITY, City.name, (Place.population.desc().nulls_last(), City.name)),
        (EntryKind.INITIATIVE, Initiative.title, (Initiative.title,)),
    ):
        begins = [
            or_(folded(title).startswith(word, autoescape=True), folded(title).contains(f" {word}", autoescape=True))
            for word in words
        ]
        statement = _STATEMENTS[kind].where(and_(*begins)).order_by(*order).limit(limit)
        rows = session.execute(statement.join(City.place) if kind is EntryKind.CITY else statement)
        made += [Suggestion(label, kind, key) for _, label, key in rows]
    return made[:limit]


def _entries(session: Session, keys: Iterable[Key]) -> dict[Key, Suggestion]:
    entries: dict[Key, Suggestion] = {}
    for kind, ids in ids_by_kind(keys).items():
        if isinstance(kind, EntryKind):
            statement = _STATEMENTS[kind]
            for entry_id, label, slug in session.execute(statement.where(statement.selected_columns.id.in_(ids))):
                entries[kind, entry_id] = Suggestion(label, kind, slug)
    return entries


def _terms(names: TermNames, typed: str, limit: int) -> list[Suggestion]:
    """The challenges, then technologies, with a name in which, for each typed word, a word begins so.

    Labels that begin with the whole typed text come first. One place is a technology's, where any has such a name.
    """
    terms = sorted(names.beginning(_words(typed)), key=lambda term: not _begins(term.label, typed))
    technologies = [term for term in terms if term.kind is TermKind.TECHNOLOGY]
    shown = terms[: limit // 2]
    if shown and technologies and technologies[0] not in shown:
        shown[-1] = technologies[0]
    return [Suggestion(term.label, term.kind, term.code) for term in shown]


def _begins(label: str, typed: str) -> bool:
    return fold(label).startswith(fold(typed))


def _words(typed: str) -> list[str]:
    """Folded words, stop words too: "the hague" is typed from its beginning."""
    return [form.surface for form in forms(typed) if form.surface][:MAX_WORDS]
