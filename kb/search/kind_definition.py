"""The type that defines how a kind of entry is searched."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, true
from sqlalchemy.orm import Session

from kb.catalogue.entries import EntryKind
from kb.catalogue.models import City
from kb.core.sql_functions import among_ids, folded
from kb.forum.kinds import ForumKind
from kb.questions.choices import QuestionKind

SearchedKind = EntryKind | ForumKind | QuestionKind

_EVERY_ROW = true()


def _unknown(_row: Any) -> None:
    return None


LoadRows = Callable[[Session, Sequence[int]], Iterable[Any]]
"""Loads entries by their ids."""


def rows_with(model: type[Any], rows: Select[Any], is_found: ColumnElement[bool] = _EVERY_ROW) -> LoadRows:
    """What loads rows of a model as a statement has them, by their ids; the statement is made once."""
    by_ids = rows.where(among_ids(model.id), is_found)
    return lambda session, ids: session.scalars(by_ids, {"ids": list(ids)})


@dataclass(frozen=True, slots=True, kw_only=True)
class KindDefinition:
    """What the search needs to know of a kind. Attributes of the model are None where the kind has no such thing.

    `documents` selects rows with all that documents say, `results` loads those of some ids with all that a line of
    results shows, each in a fixed number of queries; `is_found` says which rows may be found. `title`, `passage` (the
    prose that results quote from) and `text` (all words but the title's) read a row, `cities` those that it belongs
    to, `newest` the year that it is sorted by. `title_column`, `columns` and `year_column` are what the database
    looks in where there is no index, `in_cities` is whether a row belongs to some of the cities selected by id;
    `city_links` selects the ids of rows with those of their cities, None for the kinds that nobody counts by place.
    """

    model: type[Any]
    label: str
    documents: Select[Any]
    results: LoadRows
    is_found: ColumnElement[bool] = _EVERY_ROW
    title: Callable[[Any], str]
    passage: Callable[[Any], str]
    text: Callable[[Any], str]
    cities: Callable[[Any], Sequence[City]]
    newest: Callable[[Any], int | None] = _unknown
    title_column: Any
    columns: Sequence[Any]
    year_column: Any = None
    in_cities: Callable[[Select[int]], ColumnElement[bool]]
    city_links: Select[int, int] | None = None
    goals: Any = None
    targets: Any = None
    challenges: Any = None
    technologies: Any = None
    stage: Any = None
    evidence: Any = None
    outcomes: Any = None
    cost: Any = None
    contact: Any = None
    language: Any = None

    @property
    def sort_column(self) -> Any:
        """What the database sorts titles by; those of the forum have no sort key, and go without their accents."""
        return getattr(self.model, "sort_key", None) or folded(self.title_column)
