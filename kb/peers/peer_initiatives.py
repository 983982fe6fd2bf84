"""Ranks initiatives of peers on the challenges asked about, by closeness of the city and by evidence."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from .geodesy import Floats, Rows
from .profiles import Profiles
from .ranking import best

EVIDENCE_SHARE = 0.5
"""Part of an initiative's score that evidence can take away: a claim only counts half of a fully documented result."""

_HIGHEST_LEVEL = 5


class RankedInitiative(NamedTuple):
    """An initiative with its closest city, by ids, and what ranks it."""

    initiative: int
    city: int
    shared: frozenset[str]
    closeness: float
    has_results: bool
    score: float


class PeerInitiatives(NamedTuple):
    """What goes on or was finished, and what was stopped; each the best first."""

    did: tuple[RankedInitiative, ...]
    stopped: tuple[RankedInitiative, ...]


def peer_initiatives(profiles: Profiles, closeness: Floats, challenges: Collection[str], limit: int) -> PeerInitiatives:
    """The initiatives of cities on any of the challenges; of all, if none.

    `closeness` is that of each city by row, NaN for one that is no peer. A score is the closeness of the closest city
    times (1/2 + 1/2 * level / 5). Equal scores go by the number of shared challenges, then by id. At most `limit` of
    each kind.
    """
    wanted = frozenset(challenges)
    columns = profiles.initiatives
    if limit <= 0:
        return PeerInitiatives((), ())
    shared = profiles.challenges.shared_with(wanted)
    rows = np.flatnonzero((shared > 0)[columns.challenges]) if wanted else np.arange(len(columns.ids))
    closest = closest_of(profiles, closeness, rows)
    of_peers = np.flatnonzero(closest >= 0)
    rows, closest = rows[of_peers], closest[of_peers]
    scores = closest * (1 - EVIDENCE_SHARE + EVIDENCE_SHARE * (columns.evidence_level[rows] / _HIGHEST_LEVEL))
    not_shared = -shared[columns.challenges[rows]]
    is_stopped = columns.is_stopped[rows]

    def ranked(among: Rows) -> tuple[RankedInitiative, ...]:
        return tuple(
            _ranked(profiles, closeness, int(rows[position]), wanted, float(scores[position]))
            for position in among[best(scores[among], limit, not_shared[among])].tolist()
        )

    return PeerInitiatives(ranked(np.flatnonzero(~is_stopped)), ranked(np.flatnonzero(is_stopped)))


def closest_of(profiles: Profiles, closeness: Floats, rows: Rows) -> Floats:
    """The closeness of the closest city of each of these initiatives; NaN where none of them has any."""
    columns = profiles.initiatives
    # An initiative without cities has -1 for its first, which is the NaN at the end.
    closest: Floats = np.append(closeness, np.nan)[profiles.first_cities[rows]]
    # Most initiatives belong to one city; each round looks at one more of those that belong to several.
    more = np.flatnonzero(profiles.has_more_cities[rows])
    number = 1
    while len(more):
        starts, ends = columns.starts[rows[more]], columns.starts[rows[more] + 1]
        closest[more] = np.fmax(closest[more], closeness[columns.cities[starts + number]])
        number += 1
        more = more[ends > starts + number]
    return closest


def _ranked(profiles: Profiles, closeness: Floats, row: int, wanted: frozenset[str], score: float) -> RankedInitiative:
    initiative = profiles.initiative_in(row)
    cities = profiles.cities_of(row)
    cities = cities[~np.isnan(closeness[cities])]
    # Of cities as close the one with the lowest id.
    closest = int(min(cities, key=lambda city: (-closeness[city], city)))
    return RankedInitiative(
        initiative=initiative.id,
        city=int(profiles.cities.ids[closest]),
        shared=initiative.challenges & wanted,
        closeness=float(closeness[closest]),
        has_results=initiative.has_results,
        score=score,
    )
