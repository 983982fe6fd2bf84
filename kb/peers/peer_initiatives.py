"""Ranks initiatives of peers on the challenges asked about, by closeness of the city and by evidence."""

from collections.abc import Collection, Mapping
from heapq import nsmallest
from typing import NamedTuple

from .profiles import InitiativeProfile, Profiles

EVIDENCE_SHARE = 0.5
"""Part of an initiative's score that evidence can take away: a claim only counts half of a fully documented result."""

_HIGHEST_LEVEL = 5


class RankedInitiative(NamedTuple):
    """An initiative with its closest city, by ids, and what ranks it."""

    initiative: int
    city: int
    shared: frozenset[str]
    closeness: float
    score: float


class PeerInitiatives(NamedTuple):
    """What goes on or was finished, and what was stopped; each the best first."""

    did: tuple[RankedInitiative, ...]
    stopped: tuple[RankedInitiative, ...]


def initiative_score(closeness: float, evidence_level: int | None) -> float:
    """Closeness times (1/2 + 1/2 * level / 5), from 0 to 1; unknown evidence counts as a claim only, level 0."""
    evidence = (evidence_level or 0) / _HIGHEST_LEVEL
    return closeness * (1 - EVIDENCE_SHARE + EVIDENCE_SHARE * evidence)


def peer_initiatives(
    profiles: Profiles, closeness: Mapping[int, float], challenges: Collection[str], limit: int
) -> PeerInitiatives:
    """The initiatives of cities, given with the closeness of each by id, on any of the challenges; of all, if none.

    Equal scores go by the number of shared challenges, then by id. At most `limit` of each kind.
    """
    wanted = frozenset(challenges)
    # Asked about challenges, which is most of the time, only the initiatives that take them on are looked at.
    numbers = set().union(*(profiles.on_challenge.get(code, frozenset()) for code in wanted)) if wanted else None
    did: list[_Place] = []
    stopped: list[_Place] = []
    for number in profiles.initiatives if numbers is None else numbers:
        initiative_profile = profiles.initiatives[number]
        city = _closest(initiative_profile, closeness)
        if city is not None:
            score = initiative_score(closeness[city], initiative_profile.evidence_level)
            place = (-score, -len(initiative_profile.challenges & wanted), number, city)
            (stopped if initiative_profile.stage == "discontinued" else did).append(place)

    def best(places: list[_Place]) -> tuple[RankedInitiative, ...]:
        return tuple(
            RankedInitiative(number, city, profiles.initiatives[number].challenges & wanted, closeness[city], -below)
            for below, _, number, city in nsmallest(limit, places)
        )

    return PeerInitiatives(best(did), best(stopped))


_Place = tuple[float, int, int, int]
"""Where an initiative stands: its score and how many challenges it shares, both below zero, its id, and its city's."""


def _closest(initiative_profile: InitiativeProfile, closeness: Mapping[int, float]) -> int | None:
    """The closest city of an initiative; of equals that with the lowest id, and None where none is among them."""
    if len(initiative_profile.cities) == 1:
        return initiative_profile.cities[0] if initiative_profile.cities[0] in closeness else None
    known = [city for city in initiative_profile.cities if city in closeness]
    return max(known, key=lambda city: (closeness[city], -city), default=None)
