"""How well the context score agrees with a published ranking of cities like one another, beside simpler scores.

For each city, the Spearman correlation between the published order of its peers and ours; and overlap@5, the part of
the five peers ranked first in the file that are among our five closest of all the cities in the file. Both are averaged
over the cities that resolve, the correlation over those for which it is defined: it is not where either order has
fewer than three peers or holds them all alike. Chance is what a random order would get: 0, and 5 of all the others.
"""

import csv
import io
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kb.core.errors import Refused
from kb.core.i18n import gettext_noop
from kb.core.text import fold
from kb.peers.context import context_scores
from kb.peers.feature_matrix import FeatureMatrix
from kb.peers.geodesy import Floats, kilometres
from kb.peers.place_resolution import Resolution, resolve
from kb.peers.places import Gazetteer
from kb.peers.weights import DEFAULT_WEIGHTS

COLUMNS = ("city", "country", "rank", "peer")
PEER_COUNTRY = "peer_country"

_NOT_CSV = gettext_noop("%(file)s, row %(row)s: %(problem)s.")
_UNREADABLE = gettext_noop("%(file)s cannot be read: %(problem)s.")
_NOTHING = gettext_noop("%(file)s, row %(row)s, column %(column)s: the cell is empty.")
_NO_NUMBER = gettext_noop("%(file)s, row %(row)s, column rank: %(given)s is not a number.")
_DELIMITERS = ",;\t|"
_NONE_RESOLVES = gettext_noop("No city of the ranking was found together with a peer: check the names and countries.")

TOP = 5
"""Peers of each city that overlap@5 looks at."""

LEAST_RANKED = 3
"""Peers that an order needs before its correlation says anything: of two, chance alone is right half the time."""

Ranking = Mapping[int, float]
"""The published ranks of a city's peers, by place id; 1 is the most alike."""


class RankedPeer(NamedTuple):
    """One line: which peer a city is given, in which place; 1 is the most alike."""

    city: str
    country: str
    rank: float
    peer: str
    peer_country: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """Mean Spearman correlation, from -1 to 1, over `correlated` cities, and mean overlap@5, from 0 to 1.

    Where no city has a correlation that is defined, `spearman` is None.
    """

    spearman: float | None
    overlap: float
    correlated: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of an evaluation: how many names resolved, and each score's agreement by the score's name.

    `names` counts every city and peer of the file, `several` those among the resolved whose namesake was passed over
    because it is smaller.
    """

    names: int
    resolved: int
    several: tuple[str, ...]
    unresolved: tuple[str, ...]
    cities: int
    cities_resolved: int
    agreement: Mapping[str, Agreement]


def _resolved(gazetteer: Gazetteer, pair: tuple[str, str], *, anywhere: bool) -> Resolution:
    """What a name means in its country; a peer that its city's country lacks is looked for in all of them."""
    resolution = resolve(gazetteer, *pair)
    return resolve(gazetteer, pair[0]) if anywhere and resolution.likeliest is None else resolution


def evaluate(ranking: Sequence[RankedPeer], matrix: FeatureMatrix, gazetteer: Gazetteer) -> Evaluation:
    """Resolve the names and compare. Raises Refused where too little resolves to say anything."""
    wanted = dict.fromkeys(
        pair for line in ranking for pair in ((line.city, line.country), (line.peer, line.peer_country))
    )
    starting = {(line.city, line.country) for line in ranking}
    resolved = {pair: _resolved(gazetteer, pair, anywhere=pair not in starting) for pair in wanted}
    ids = {
        pair: resolution.likeliest.id
        for pair, resolution in resolved.items()
        if resolution.likeliest and matrix.rows([resolution.likeliest.id])[0] >= 0
    }
    published: dict[int, dict[int, float]] = defaultdict(dict)
    for line in ranking:
        city, peer = ids.get((line.city, line.country)), ids.get((line.peer, line.peer_country))
        if city is not None and peer is not None and city != peer:
            published[city].setdefault(peer, line.rank)
    if not published:
        raise Refused(_NONE_RESOLVES)
    starts = dict.fromkeys((line.city, line.country) for line in ranking)
    return Evaluation(
        names=len(wanted),
        resolved=len(ids),
        several=tuple(
            name for (name, _), resolution in resolved.items() if resolution.several and resolution.place is None
        ),
        unresolved=tuple(name for name, country in wanted if (name, country) not in ids),
        cities=len(starts),
        cities_resolved=sum(pair in ids for pair in starts),
        agreement=_agreement(published, matrix),
    )


def _agreement(published: Mapping[int, Ranking], matrix: FeatureMatrix) -> dict[str, Agreement]:
    pool = sorted({*published, *(peer for ranks in published.values() for peer in ranks)})
    rows = matrix.rows(pool)
    weights = DEFAULT_WEIGHTS.variables
    people = np.log(matrix.population[rows])
    size = np.abs(people[:, None] - people)
    apart = kilometres(matrix.vectors[rows][:, None], matrix.vectors[rows])
    scores: dict[str, Floats] = {
        "context": -np.stack([context_scores(matrix, int(row), weights, rows)[0] for row in rows]),
        "population": size,
        "distance": apart,
        "population_with_distance": _standardised(size) + _standardised(apart),
    }
    found = {name: _compared(published, pool, matrix) for name, matrix in scores.items()}
    chance = np.mean([min(TOP, len(ranks)) / (len(pool) - 1) for ranks in published.values()])
    return found | {"chance": Agreement(0.0, float(chance), 0)}


def _standardised(matrix: Floats) -> Floats:
    """Values in standard deviations over all pairs of different places; constant ones as they are."""
    pairs = matrix[~np.eye(len(matrix), dtype=np.bool_)]
    spread = float(np.nanstd(pairs))
    return matrix / spread if spread else matrix


def _compared(published: Mapping[int, Ranking], pool: Sequence[int], unlike: Floats) -> Agreement:
    """The agreement of one score, given as unlikeness between the places of the pool, shape (pool, pool)."""
    at = {place: number for number, place in enumerate(pool)}
    correlations: list[float] = []
    overlaps: list[float] = []
    for city, ranks in published.items():
        peers = sorted(ranks, key=lambda peer: (ranks[peer], peer))
        row = unlike[at[city]]
        if len(peers) >= LEAST_RANKED:
            ours = np.array([row[at[peer]] for peer in peers])
            found = spearman(np.array([ranks[peer] for peer in peers]), ours)
            correlations += [] if found is None else [found]
        others = sorted((place for place in pool if place != city), key=_by(row, at))
        first = peers[:TOP]
        overlaps.append(len(set(first) & set(others[: len(first)])) / len(first))
    mean = float(np.mean(correlations)) if correlations else None
    return Agreement(mean, float(np.mean(overlaps)), len(correlations))


def _by(row: Floats, at: Mapping[int, int]) -> Callable[[int], tuple[bool, float, int]]:
    """Places by unlikeness, unknown ones last, equal ones by id."""
    return lambda place: (bool(np.isnan(row[at[place]])), float(row[at[place]]), place)


def spearman(floats: Floats, other: Floats) -> float | None:
    """Rank correlation of two arrays of equal shape, ties sharing their mean rank; None where either is constant.

    What is unknown (NaN) ranks last.
    """
    mine, theirs = _mean_ranks(floats), _mean_ranks(other)
    mine, theirs = mine - mine.mean(), theirs - theirs.mean()
    spread = float(np.sqrt((mine**2).sum() * (theirs**2).sum()))
    return float((mine * theirs).sum()) / spread if spread else None


def _mean_ranks(values: Floats) -> Floats:
    known = np.where(np.isnan(values), np.inf, values)
    _, inverse, counts = np.unique(known, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Floats = (ends - (counts - 1) / 2)[inverse]
    return ranks


def read_ranking(path: Path) -> list[RankedPeer]:
    """Read the file: UTF-8 or UTF-16, with or without a mark at its beginning, any delimiter and order of columns.

    A peer's country is the city's own unless a column peer_country says otherwise. Raises Refused, one line that names
    the row and the column.
    """
    text = _text(path)
    lines = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    try:
        rows = list(lines)
    except csv.Error as error:
        raise Refused(_NOT_CSV, file=path.name, row=str(lines.line_num), problem=str(error)) from None
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise Refused(gettext_noop("%(file)s is empty."), file=path.name)
    places = {"_".join(fold(name).replace("-", " ").replace("_", " ").split()): at for at, name in enumerate(rows[0])}
    if missing := [name for name in COLUMNS if name not in places]:
        raise Refused(
            gettext_noop("%(file)s, row 1: there is no column %(names)s."), file=path.name, names=tuple(missing)
        )
    ranked_peers = [
        _line(path, number, row, places)
        for number, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row)
    ]
    if not ranked_peers:
        raise Refused(gettext_noop("%(file)s has no row below its header."), file=path.name)
    return ranked_peers


def _line(path: Path, number: int, row: list[str], places: dict[str, int]) -> RankedPeer:
    cells = {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}
    for name in ("city", "rank", "peer"):
        if not cells[name]:
            raise Refused(_NOTHING, file=path.name, row=str(number), column=name)
    try:
        rank = float(cells["rank"].replace(",", "."))
    except ValueError:
        rank = math.nan
    if not math.isfinite(rank):
        raise Refused(_NO_NUMBER, file=path.name, row=str(number), given=repr(cells["rank"][:40]))
    country = cells["country"]
    return RankedPeer(cells["city"], country, rank, cells["peer"], cells.get(PEER_COUNTRY) or country)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise Refused(gettext_noop("%(file)s is missing."), file=str(path)) from None
    except OSError as error:
        raise Refused(_UNREADABLE, file=str(path), problem=error.strerror or "") from None
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Refused(gettext_noop("%(file)s, row %(row)s: not UTF-8."), file=path.name, row=str(line)) from None
    if "\x00" in text:
        raise Refused(gettext_noop("%(file)s is not a table of text."), file=path.name)
    return text


def _delimiter(text: str) -> str:
    """The sign that parts the header best; a comma in doubt."""
    header = text.partition("\n")[0]
    return max(_DELIMITERS, key=header.count)
