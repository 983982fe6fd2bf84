"""From a query to a result: words, then filters, then counts, then the page asked for."""

from functools import reduce

import numpy as np

from ..engine_types import Query, Result
from .facets import Mask, allowed_rows
from .matching import match
from .snapshot import Rows, Snapshot


def answer(snapshot: Snapshot, query: Query, generation: str) -> Result:
    """Answer a query from one snapshot. An offset beyond the end gives an empty page; a negative one counts as 0."""
    matches, mode = match(snapshot, query.parsed, query.mode)
    rows = snapshot.live_rows if matches is None else matches.rows
    masks = allowed_rows(snapshot.facets, query.filters)
    mask = _kept(masks, rows)
    hits = rows if mask is None else rows[mask]
    scores = None
    if matches is not None:
        scores = matches.scores if mask is None else matches.scores[mask]

    facets = _counts(snapshot, query, masks, rows, hits)
    offset, limit = max(query.offset, 0), max(query.limit, 0)
    page: list[tuple[int, float]] = []
    if offset < len(hits) and limit:
        page = _page(snapshot, query, hits, scores, offset + limit)[offset:]
    return Result(len(hits), page, facets, generation, mode)


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
