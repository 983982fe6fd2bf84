"""From a parsed query to the live rows that match it, with their scores."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from ..engine_types import Mode
from ..parsing import Clause, Group, ParsedQuery, Phrase, Prefix, Word
from .snapshot import NOTHING, Matches, Rows, Snapshot

MOST_WORDS_FOR_ALL = 3
"""In mode "auto", up to so many words must all match: longer queries are sentences, where any of them may."""

FAR_APART = 16
"""How many times longer a list must be for a binary search in it to beat laying it out over all rows."""


def match(snapshot: Snapshot, parsed: ParsedQuery, mode: Mode) -> tuple[Matches | None, Literal["all", "any"]]:
    """Matching rows, and the mode that found them; None instead of rows where every document matches.

    Required groups must match in any mode; words beside them may, then, and only add to the score. Mode "auto" goes
    over to "any" where "all" finds nothing, before filters: choosing a filter never changes what words mean.
    """
    groups = parsed.groups
    answered: Literal["all", "any"]
    if not groups:
        return _without(snapshot, None, parsed.excluded), "all"
    plain = sum(1 for group in groups if not group.required)
    if mode == "any" or (mode == "auto" and plain > MOST_WORDS_FOR_ALL):
        answered = "any"
        found = _any(snapshot, groups)
    else:
        answered = "all"
        found = _all(snapshot, groups)
    matches = _without(snapshot, found, parsed.excluded)
    if mode == "auto" and answered == "all" and plain > 1 and matches is not None and not len(matches.rows):
        answered = "any"
        matches = _without(snapshot, _any(snapshot, groups), parsed.excluded)
    return matches, answered


def _clause(snapshot: Snapshot, clause: Clause) -> Matches:
    match clause:
        case Word(stem):
            return snapshot.word(stem)
        case Phrase(terms):
            return snapshot.phrase(terms)
        case Prefix(start):
            return snapshot.prefix(start)


def _group(snapshot: Snapshot, group: Group) -> Matches:
    matcheses = [_clause(snapshot, clause) for clause in group.alternatives]
    return matcheses[0] if len(matcheses) == 1 else _sum(snapshot, matcheses)


def _all(snapshot: Snapshot, groups: Sequence[Group]) -> Matches:
    matcheses = sorted((_group(snapshot, group) for group in groups), key=lambda matches: len(matches.rows))
    rows, scores = matcheses[0]
    for other in matcheses[1:]:
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


def _sum(snapshot: Snapshot, matcheses: Sequence[Matches]) -> Matches:
    """Rows of any, with the sum of their scores."""
    if len(matcheses) == 1:
        return matcheses[0]
    total = np.zeros(snapshot.rows, dtype=np.float32)
    for matches in matcheses:
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
