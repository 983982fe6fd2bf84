"""What peers did: initiatives on the challenges asked about, by how close the city is and how good the evidence."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from .profiles import InitiativeProfile, Profiles

EVIDENCE_SHARE = 0.5
"""Part of an initiative's score that evidence can take away: a claim only counts half of a fully documented result."""

_HIGHEST_LEVEL = 5


class Ranked(NamedTuple):
    """An initiative with its closest city, by ids, and what ranks it."""

    initiative: int
    city: int
    shared: frozenset[str]
    closeness: float
    score: float


class Deeds(NamedTuple):
    """What goes on or was finished, and what was stopped; each the best first."""

    did: tuple[Ranked, ...]
    stopped: tuple[Ranked, ...]


def deed_score(closeness: float, evidence_level: int | None) -> float:
    """Closeness times (1/2 + 1/2 * level / 5), from 0 to 1; unknown evidence counts as a claim only, level 0."""
    evidence = (evidence_level or 0) / _HIGHEST_LEVEL
    return closeness * (1 - EVIDENCE_SHARE + EVIDENCE_SHARE * evidence)


def deeds_of(profiles: Profiles, closeness: Mapping[int, float], challenges: Collection[str], limit: int) -> Deeds:
    """The initiatives of cities, given with the closeness of each by id, on any of the challenges; of all, if none.

    Equal scores go by the number of shared challenges, then by id. At most `limit` of each kind.
    """
    wanted = frozenset(challenges)
    # Asked about challenges, which is most of the time, only the initiatives that take them on are looked at.
    numbers = set().union(*(profiles.on_challenge.get(code, frozenset()) for code in wanted)) if wanted else None
    chosen = [
        _ranked(one, closeness, wanted)
        for one in (
            profiles.initiatives.values() if numbers is None else map(profiles.initiatives.__getitem__, numbers)
        )
        if any(city in closeness for city in one.cities)
    ]
    chosen.sort(key=lambda one: (-one.score, -len(one.shared), one.initiative))
    stages = {one.initiative: profiles.initiatives[one.initiative].stage for one in chosen}
    return Deeds(
        did=tuple(one for one in chosen if stages[one.initiative] != "discontinued")[:limit],
        stopped=tuple(one for one in chosen if stages[one.initiative] == "discontinued")[:limit],
    )


def _ranked(one: InitiativeProfile, closeness: Mapping[int, float], wanted: frozenset[str]) -> Ranked:
    known = [city for city in one.cities if city in closeness]
    city = known[0] if len(known) == 1 else max(known, key=lambda city: (closeness[city], -city))
    score = deed_score(closeness[city], one.evidence_level)
    return Ranked(one.id, city, one.challenges & wanted, closeness[city], score)
