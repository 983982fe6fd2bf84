"""Executes a parsed query: rows that match the words, then filters, then counts, then the page asked for."""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Literal

import numpy as np

from ..engine_types import ONCE_MORE, Mode, Query, Result
from ..parsing import Clause, Compound, Group, ParsedQuery, Phrase, Prefix, Word
from .segment_facets import Mask, Rows
from .snapshot import NOTHING, Matches, Snapshot

FAR_APART = 16
"""How many times longer a list must be for a binary search in it to beat laying it out over all rows."""


def answer(snapshot: Snapshot, query: Query, generation: str) -> Result:
    """Answer a query from one snapshot. An offset beyond the end gives an empty page; a negative one counts as 0."""
    matches, mode = match(snapshot, query.parsed, query.mode, query.leading)
    if query.among is not None:
        matches = _among(snapshot, matches, query.among)
    rows = snapshot.live_rows if matches is None else matches.rows
    masks = allowed_rows(snapshot, query.filters)
    mask = _kept(masks, rows)
    hits = rows if mask is None else rows[mask]
    scores = None
    if matches is not None:
        scores = matches.scores if mask is None else matches.scores[mask]

    facets = _counts(snapshot, query, masks, rows, hits)
    offset, limit = max(query.offset, 0), len(hits) if query.limit is None else max(query.limit, 0)
    page: list[tuple[int, float]] = []
    if offset < len(hits) and limit:
        page = _page(snapshot, query, hits, scores, offset + limit)[offset:]
    return Result(len(hits), page, facets, generation, mode)


def matching_ids(snapshot: Snapshot, query: Query) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """The ids of all that a query finds, in no order."""
    return snapshot.ids[hits_of(snapshot, query)[0]]


def hits_of(snapshot: Snapshot, query: Query) -> tuple[Rows, "np.ndarray[tuple[int], np.dtype[np.float32]] | None"]:
    """The rows of all hits, ascending, with their scores, None without words; the query's page and order are unused."""
    matches, _ = match(snapshot, query.parsed, query.mode, query.leading)
    rows = snapshot.live_rows if matches is None else matches.rows
    mask = _kept(allowed_rows(snapshot, query.filters), rows)
    scores = None if matches is None else matches.scores
    if mask is None:
        return rows, scores
    return rows[mask], None if scores is None else scores[mask]


def _among(snapshot: Snapshot, matches: Matches | None, ids: Sequence[int]) -> Matches:
    """The matching rows whose documents are among some."""
    rows = snapshot.live_rows_of(ids)
    if matches is None:
        return Matches(rows, np.zeros(len(rows), dtype=np.float32))
    at = np.searchsorted(matches.rows, rows)
    is_match = np.zeros(len(rows), dtype=np.bool_)
    is_inside = at < len(matches.rows)
    is_match[is_inside] = matches.rows[at[is_inside]] == rows[is_inside]
    return Matches(rows[is_match], matches.scores[at[is_match]])


def allowed_rows(snapshot: Snapshot, filters: Mapping[str, Sequence[str]]) -> dict[str, Mask]:
    """The mask of every filter by its field; values within a field are or-ed."""
    return {field: snapshot.mask(field.removesuffix(ONCE_MORE), values) for field, values in filters.items()}


def _kept(masks: dict[str, Mask], rows: Rows, but: str | None = None) -> Mask | None:
    """Which of the rows pass every filter (but one); None if there is none to pass."""
    wanted = [mask[rows] for field, mask in masks.items() if field != but]
    return reduce(np.logical_and, wanted) if wanted else None


def _counts(
    snapshot: Snapshot, query: Query, masks: dict[str, Mask], rows: Rows, hits: Rows
) -> dict[str, dict[str, int]]:
    plain = [field for field in query.facets if field not in masks]
    counts = snapshot.facets.count(hits, plain)
    for field in query.facets:
        if field in masks:
            mask = _kept(masks, rows, but=field)
            counts |= snapshot.facets.count(rows if mask is None else rows[mask], [field])
    return {field: counts[field] for field in query.facets}


def _page(
    snapshot: Snapshot,
    query: Query,
    hits: Rows,
    scores: "np.ndarray[tuple[int], np.dtype[np.float32]] | None",
    k: int,
) -> list[tuple[int, float]]:
    """The first k hits as (id, score); without words, every score is 0."""
    if query.sort == "relevance":
        places = snapshot.orders.best(hits, scores, k)
        best = hits[places]
        values = np.zeros(len(best)) if scores is None else scores[places]
    else:
        best = snapshot.orders.first(hits, query.sort, k)
        values = np.zeros(len(best)) if scores is None else scores[np.searchsorted(hits, best)]
    return list(zip(snapshot.ids[best].tolist(), values.tolist(), strict=True))


def match(
    snapshot: Snapshot, parsed: ParsedQuery, mode: Mode, leading: Sequence[Mapping[str, Sequence[str]]] = ()
) -> tuple[Matches | None, Literal["all", "any"]]:
    """Matching rows, and the mode that found them; None instead of rows where every document matches.

    What leads (`Query.leading`) and what has the text typed as its title match too, unless words are excluded, and
    score the most.
    """
    matches, answered = _match(snapshot, parsed, mode)
    if parsed.excluded or not (parsed.groups or parsed.only_stop_words):
        return matches, answered
    for filters in reversed(leading):
        mask = _kept(allowed_rows(snapshot, filters), snapshot.live_rows)
        first = snapshot.live_rows if mask is None else snapshot.live_rows[mask]
        matches = _sum(snapshot, [_above(matches, first), *([] if matches is None else [matches])])
    rows = snapshot.titled(parsed.title) if parsed.title else NOTHING.rows
    if not len(rows):
        return (NOTHING if matches is None else matches), answered
    titled = _above(matches, rows)
    return _sum(snapshot, [titled] if matches is None else [matches, titled]), answered


def _above(matches: Matches | None, rows: Rows) -> Matches:
    """Rows with what is to be added to their scores so that they come before all others, in the order they have."""
    highest = matches.scores.max() if matches is not None and len(matches.rows) else 0
    return Matches(rows, np.full(len(rows), highest + 1, dtype=np.float32))


def _match(snapshot: Snapshot, parsed: ParsedQuery, mode: Mode) -> tuple[Matches | None, Literal["all", "any"]]:
    """The rows that match by words alone, and whether all words had to match or any.

    Required groups must match in any mode, but in a sentence; words beside them may, then, and only add to the score.
    Mode "auto" goes over to "any" where "all" finds nothing, before filters: choosing a filter never changes what words
    mean.
    """
    groups = parsed.groups
    answered: Literal["all", "any"]
    if not groups:
        return _without(snapshot, None, parsed.excluded), "all"
    if parsed.is_sentence and mode != "all":
        return _without(snapshot, _sentence(snapshot, groups), parsed.excluded), "any"
    plain = sum(1 for group in groups if not group.required)
    if mode == "any":
        answered = "any"
        matching = _any(snapshot, groups)
    else:
        answered = "all"
        matching = _all(snapshot, groups)
    matches = _without(snapshot, matching, parsed.excluded)
    if mode == "auto" and answered == "all" and plain > 1 and matches is not None and not len(matches.rows):
        answered = "any"
        matches = _without(snapshot, _any(snapshot, groups), parsed.excluded)
    return matches, answered


def _clause(snapshot: Snapshot, clause: Clause, in_sentence: bool = False) -> Matches:
    match clause:
        case Word(stem):
            return snapshot.word(stem, in_sentence)
        case Phrase(terms):
            return snapshot.phrase(terms, in_sentence)
        case Prefix(start):
            return snapshot.prefix(start, in_sentence)
        case Compound(stem):
            return snapshot.compound(stem, in_sentence)


def _sentence(snapshot: Snapshot, groups: Sequence[Group]) -> Matches:
    """Rows with any of the groups, or with a word of a phrase."""
    alternatives = [group.alternatives for group in groups]
    phrases = [clause for group in groups if group.required for clause in group.alternatives]
    alternatives += ((Word(stem),) for phrase in phrases if isinstance(phrase, Phrase) for _, stem in phrase.terms)
    return _sum(snapshot, [_spelt_somehow(snapshot, spellings) for spellings in dict.fromkeys(alternatives)])


def _spelt_somehow(snapshot: Snapshot, spellings: Sequence[Clause]) -> Matches:
    """Rows with any spelling of a word of a sentence, each by the highest score; all are as rare as any together."""
    of_spellings = [_clause(snapshot, spelling, in_sentence=True) for spelling in spellings]
    if len(of_spellings) == 1:
        return of_spellings[0]
    is_match = np.zeros(snapshot.rows, dtype=np.bool_)
    for matches in of_spellings:
        is_match[matches.rows] = True
    rows = np.flatnonzero(is_match).astype(np.int32)
    rarity = snapshot.rarity(len(rows), in_sentence=True)
    highest = np.zeros(snapshot.rows, dtype=np.float32)
    for matches in of_spellings:
        own = snapshot.rarity(len(matches.rows), in_sentence=True)
        highest[matches.rows] = np.maximum(highest[matches.rows], matches.scores * np.float32(rarity / own))
    return Matches(rows, highest[rows])


def _group(snapshot: Snapshot, group: Group) -> Matches:
    of_groups = [_clause(snapshot, clause) for clause in group.alternatives]
    matches = _sum(snapshot, of_groups)
    return matches if group.first is None else _put_first(matches, _clause(snapshot, group.first).rows)


def _put_first(matches: Matches, first: Rows) -> Matches:
    """Matches of the same rows, where those that are not in `first` are scored below all that are."""
    is_first = np.isin(matches.rows, first, assume_unique=True)
    if not is_first.any() or is_first.all():
        return matches
    lowest, highest = matches.scores[is_first].min(), matches.scores[~is_first].max()
    if highest < lowest:
        return matches
    scale = np.where(is_first, np.float32(1), np.float32(0.9) * lowest / highest)
    return Matches(matches.rows, (matches.scores * scale).astype(np.float32))


def _all(snapshot: Snapshot, groups: Sequence[Group]) -> Matches:
    of_groups = sorted((_group(snapshot, group) for group in groups), key=lambda matches: len(matches.rows))
    rows, scores = of_groups[0]
    for other in of_groups[1:]:
        if not len(rows):
            return NOTHING
        if len(rows) * FAR_APART < len(other.rows):
            at = np.searchsorted(other.rows, rows)
            at[at == len(other.rows)] = 0
            both = other.rows[at] == rows
            rows, scores = rows[both], scores[both] + other.scores[at[both]]
        else:
            added = _spread(snapshot, other)[rows]
            both = added > 0
            rows, scores = rows[both], scores[both] + added[both]
    return Matches(rows, scores)


def _any(snapshot: Snapshot, groups: Sequence[Group]) -> Matches:
    required = [group for group in groups if group.required]
    optional = [_group(snapshot, group) for group in groups if not group.required]
    if not required:
        return _sum(snapshot, optional)
    rows, scores = _all(snapshot, required)
    for other in optional:
        scores = scores + _spread(snapshot, other)[rows]
    return Matches(rows, scores)


def _sum(snapshot: Snapshot, of_groups: Sequence[Matches]) -> Matches:
    """Rows of any, with the sum of their scores."""
    if len(of_groups) == 1:
        return of_groups[0]
    total = np.zeros(snapshot.rows, dtype=np.float32)
    for matches in of_groups:
        total[matches.rows] += matches.scores
    rows = np.flatnonzero(total).astype(np.int32)
    return Matches(rows, total[rows])


def _without(snapshot: Snapshot, matches: Matches | None, excluded: Sequence[Clause]) -> Matches | None:
    if not excluded:
        return matches
    out = np.zeros(snapshot.rows, dtype=np.bool_)
    for clause in excluded:
        out[_clause(snapshot, clause).rows] = True
    if matches is None:
        rows: Rows = snapshot.live_rows[~out[snapshot.live_rows]]
        return Matches(rows, np.zeros(len(rows), dtype=np.float32))
    keep = ~out[matches.rows]
    return Matches(matches.rows[keep], matches.scores[keep])


def _spread(snapshot: Snapshot, matches: Matches) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    """Scores laid out over all rows, 0 where there is no match."""
    spread = np.zeros(snapshot.rows, dtype=np.float32)
    spread[matches.rows] = matches.scores
    return spread
