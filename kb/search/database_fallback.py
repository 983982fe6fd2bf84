"""Searches without an index: the database finds texts that contain what was asked for, in plain order."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from kb.core.sql_functions import folded
from kb.peers.countries import Countries

from .engine_types import Sort
from .facets import FILTERS
from .kind_definition import KindDefinition, SearchedKind
from .kinds import KINDS, Key, kind_called
from .parsing import Clause, Compound, ParsedQuery, Phrase, Prefix, Word
from .place_names import LONGEST_NAME, cities_called

MOST_NAMES = 4
"""Words of a query, the first ones, that are looked up as names of places."""

_NOTHING = cast(null(), Integer)


def find(
    session: Session,
    parsed: ParsedQuery,
    chosen: Mapping[str, Sequence[str]],
    sort: Sort,
    offset: int,
    limit: int | None,
    countries: Countries,
    among: Mapping[SearchedKind, Sequence[int]] | None = None,
) -> tuple[int, list[Key]]:
    """Count the entries that match and pass the filters; give a page of them as (kind, id), or all without a limit.

    Stems are looked for as parts of words; all must be there, an OR needs one of its sides, and what is excluded must
    not. Stop words alone find what has them as its title. A name of a city or country finds what belongs there, which
    comes first where it is all that was typed. They are in the order asked for, relevance being kind and
    title. With `among`, entries are found only among these, by kind and id.
    """
    matching = _matching(parsed, chosen, countries, among)
    if matching is None:
        return 0, []
    entries = matching.subquery()
    by: dict[Sort, tuple[ColumnElement[Any], ...]] = {
        "relevance": (entries.c.rank.asc(),),
        "newest": (func.coalesce(entries.c.newest, -1).desc(),),
        "evidence": (func.coalesce(entries.c.evidence, -1).desc(),),
        "title": (),
    }
    # The titles of the forum come with the collation of the whole database, and PostgreSQL refuses to mix two.
    on_sqlite = session.connection().dialect.name == "sqlite"
    title = entries.c.title if on_sqlite else entries.c.title.collate("C")
    page = select(entries.c.kind, entries.c.id, func.count().over())
    if offset:
        total = session.scalar(select(func.count()).select_from(entries)) or 0
        # A page far beyond the end would overflow what a database counts with.
        if offset >= total:
            return total, []
    ordered = page.order_by(*by[sort], title, entries.c.rank, entries.c.id)
    rows = session.execute(ordered.offset(offset).limit(limit)).all()
    return rows[0][2] if rows else 0, [(kind_called(kind), entry_id) for kind, entry_id, _ in rows]


def _matching(
    parsed: ParsedQuery,
    chosen: Mapping[str, Sequence[str]],
    countries: Countries,
    among: Mapping[SearchedKind, Sequence[int]] | None,
) -> CompoundSelect[Any] | None:
    """The entries of all kinds that match and pass: rank, kind, id, title, newest, evidence; None without a kind."""
    is_name = not parsed.excluded and len(parsed.title) <= LONGEST_NAME and parsed.title
    whole = _cities(countries, parsed.text.strip(' "')) if is_name else None
    of_words = _cities_of_words(parsed, countries)
    parts = [
        select(
            (literal(rank) - case((_is_there(definition, whole), len(KINDS)), else_=0)).label("rank"),
            literal(kind.value).label("kind"),
            definition.model.id.label("id"),
            definition.sort_column.label("title"),
            _or_nothing(definition.year_column).label("newest"),
            _or_nothing(definition.evidence).label("evidence"),
        ).where(
            definition.is_found,
            or_(_has_words(definition, parsed, of_words), _is_there(definition, whole)),
            *(~func.coalesce(_contains(definition.columns, clause), false()) for clause in parsed.excluded),
            *(_passes(kind, field, values) for field, values in chosen.items()),
            *(() if among is None else (definition.model.id.in_(among[kind]),)),
        )
        for rank, (kind, definition) in enumerate(KINDS.items())
        if among is None or kind in among
    ]
    return union_all(*parts) if parts else None


def _cities(countries: Countries, text: str) -> Select[int]:
    """The ids of cities that a name leads to, found once for all that is asked of them."""
    return select(cities_called(countries, text).cte().c.id)


def _cities_of_words(parsed: ParsedQuery, countries: Countries) -> Mapping[int, Select[int]]:
    """The cities that words lead to, by the number of their group."""
    typed = {token.stem: token.surface for token, _ in parsed.words}
    return {
        number: _cities(countries, typed.get(group.alternatives[0].stem, ""))
        for number, group in enumerate(parsed.groups[:MOST_NAMES])
        if isinstance(group.alternatives[0], Word)
    }


def _has_words(
    definition: KindDefinition, parsed: ParsedQuery, of_words: Mapping[int, Select[int]]
) -> ColumnElement[bool]:
    """Whether a row has a clause of each group, or lies where a word says that is one; stop words may be its title."""
    if parsed.only_stop_words:
        return folded(definition.title_column) == parsed.title
    conditions: list[ColumnElement[bool]] = [true()]
    for number, group in enumerate(parsed.groups):
        alternatives = [_contains(definition.columns, clause) for clause in group.alternatives]
        if number in of_words:
            alternatives.append(definition.in_cities(of_words[number]))
        conditions.append(or_(*alternatives))
    return and_(*conditions)


def _is_there(definition: KindDefinition, cities: Select[int] | None) -> ColumnElement[bool]:
    return false() if cities is None else definition.in_cities(cities)


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
    """Whether an entry of the kind has one of the values; a kind without the field has none."""
    condition = FILTERS[field].condition(kind, values)
    return false() if condition is None else condition
