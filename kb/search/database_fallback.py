"""Searches without an index: the database finds texts that contain what was asked for, in plain order."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, cast, false, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from kb.core.db import folded

from .engine_types import Sort
from .facets import FACETS
from .kind_definition import SearchedKind
from .kinds import KINDS, Key, kind_called
from .parsing import Clause, Compound, ParsedQuery, Phrase, Prefix, Word

_NOTHING = cast(null(), Integer)


def find(
    session: Session, parsed: ParsedQuery, chosen: Mapping[str, Sequence[str]], sort: Sort, offset: int, limit: int
) -> tuple[int, list[Key]]:
    """Count the entries that match and pass the filters; give a page of them as (kind, id).

    Stems are looked for as parts of words; all must be there, an OR needs one of its sides, and what is excluded must
    not. Stop words alone find what has them as its title. They are in the order asked for, relevance being kind and
    title.
    """
    parts = [
        select(
            literal(rank).label("rank"),
            literal(kind.value).label("kind"),
            definition.model.id.label("id"),
            definition.sort_column.label("title"),
            _or_nothing(definition.year_column).label("newest"),
            _or_nothing(definition.evidence).label("evidence"),
        ).where(
            definition.is_found,
            *(
                or_(*(_contains(definition.columns, clause) for clause in group.alternatives))
                for group in parsed.groups
            ),
            *(~func.coalesce(_contains(definition.columns, clause), false()) for clause in parsed.excluded),
            *([folded(definition.title_column) == parsed.title] if parsed.only_stop_words else []),
            *(_passes(kind, field, values) for field, values in chosen.items()),
        )
        for rank, (kind, definition) in enumerate(KINDS.items())
    ]
    entries = union_all(*parts).subquery()
    total = session.scalar(select(func.count()).select_from(entries)) or 0
    by: dict[Sort, tuple[ColumnElement[Any], ...]] = {
        "relevance": (entries.c.rank.asc(),),
        "newest": (func.coalesce(entries.c.newest, -1).desc(),),
        "evidence": (func.coalesce(entries.c.evidence, -1).desc(),),
        "title": (),
    }
    # The titles of the forum come with the collation of the whole database, and PostgreSQL refuses to mix two.
    on_sqlite = session.connection().dialect.name == "sqlite"
    title = entries.c.title if on_sqlite else entries.c.title.collate("C")
    page = select(entries.c.kind, entries.c.id).order_by(*by[sort], title, entries.c.rank, entries.c.id)
    # A page far beyond the end would overflow what a database counts with.
    rows = session.execute(page.offset(offset).limit(limit)).all() if offset < total else []
    return total, [(kind_called(kind), entry_id) for kind, entry_id in rows]


def _or_nothing(column: Any) -> Any:
    return _NOTHING if column is None else column


def _contains(columns: Sequence[Any], clause: Clause) -> ColumnElement[bool]:
    """Whether a text has the clause: each of its stems, or the beginning of a word, in the same column."""
    match clause:
        case Word(stem) | Compound(stem):
            wanted = [_spellings(stem)]
        case Prefix(start):
            wanted = [(start,)]
        case Phrase(terms):
            wanted = [_spellings(stem) for _, stem in terms]
    return or_(
        *(
            and_(*(or_(*(folded(column).contains(part, autoescape=True) for part in parts)) for parts in wanted))
            for column in columns
        )
    )


def _spellings(stem: str) -> tuple[str, ...]:
    """How words with a stem begin: the stem of "energy" and "energies" is "energi"."""
    return (stem, f"{stem[:-1]}y") if stem.endswith("i") else (stem,)


def _passes(kind: SearchedKind, field: str, values: Sequence[str]) -> ColumnElement[bool]:
    """Whether an entry of the kind has one of the values; a kind without the facet has none."""
    condition = FACETS[field].condition(kind, values)
    return false() if condition is None else condition
