"""Finds initiatives like one, and the cities that it may suit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from sqlalchemy.orm import Session

from kb.catalogue.entries import TermKind
from kb.catalogue.models import Initiative
from kb.catalogue.queries import labels as term_labels
from kb.core.i18n import Label, Message, gettext_noop

from .answers import NamedChallenge, PlaceSummary
from .challenges import Rarity, overlap
from .context import Rows, context_scores, parts
from .explanations import differences, reasons, with_shares
from .feature_matrix import FeatureMatrix
from .geodesy import Floats
from .loaders import initiatives_by_id, named_challenges, names_of, place_summaries
from .profiles import CityProfile, InitiativeProfile, Profiles
from .weights import DEFAULT_WEIGHTS

KeyT = TypeVar("KeyT", str, int)

LIKENESS: Mapping[str, float] = {"challenges": 0.4, "technologies": 0.25, "goals": 0.15, "context": 0.2}
"""What makes two initiatives alike: first what they are for, then by which means, then where. A judgement."""

SUITS_CHALLENGE = 0.6
"""Part of a city's fitness that the challenges make; how like the initiative's city it is, the rest."""


@dataclass(frozen=True, slots=True)
class SimilarInitiative:
    """An initiative like another, from 0 to 1; `parts` holds what was known of LIKENESS, each from 0 to 1."""

    initiative: Initiative
    score: float
    parts: Mapping[str, float]
    known: float
    reasons: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class SuitedCity:
    """A city that an initiative may suit; `shared` are its challenges that the initiative takes on."""

    place: PlaceSummary
    score: float
    context: float
    known: float
    challenge: float
    shared: tuple[NamedChallenge, ...]
    reasons: tuple[Message, ...]
    differences: tuple[Message, ...]


def similar_initiatives(
    session: Session,
    initiative: Initiative,
    limit: int = 6,
    table: FeatureMatrix | None = None,
    profiles: Profiles | None = None,
) -> tuple[SimilarInitiative, ...]:
    """Initiatives that share challenges, technologies or goals, the most alike first; a constant number of queries.

    Each kind of tie that either lacks is left out of the score, as is the cities' context where no table is given.
    """
    profiles = Profiles.read(session) if profiles is None else profiles
    mine = profiles.initiatives.get(initiative.id)
    if mine is None:
        return ()
    near = _context_of(mine, profiles, table)
    candidates: list[tuple[float, float, int, Mapping[str, float]]] = []
    for other in profiles.initiatives.values():
        ties = _ties(mine, other, profiles, near)
        if other.id == mine.id or not any(ties.get(kind) for kind in ("challenges", "technologies", "goals")):
            continue
        weight = sum(LIKENESS[kind] for kind in ties)
        candidates.append((sum(LIKENESS[kind] * tie for kind, tie in ties.items()) / weight, weight, other.id, ties))
    best = sorted(candidates, key=lambda scored: (-scored[0], scored[2]))[:limit]
    rows = initiatives_by_id(session, [number for _, _, number, _ in best])
    shared = _SharedWords(session, profiles)
    return tuple(
        SimilarInitiative(rows[number], score, ties, known, shared.reasons(mine, profiles.initiatives[number]))
        for score, known, number, ties in best
        if number in rows
    )


def cities_it_may_suit(
    session: Session, table: FeatureMatrix, initiative: Initiative, limit: int = 6, profiles: Profiles | None = None
) -> tuple[SuitedCity, ...]:
    """Cities with a page that name a challenge the initiative takes on, and are like one of its cities.

    `challenge` is the share of the initiative's challenges, by rarity, that the city names and has not solved. The
    initiative's own cities are left out, and so are cities that name none of them.
    """
    profiles = Profiles.read(session) if profiles is None else profiles
    mine = profiles.initiatives.get(initiative.id)
    homes = _rows_of(mine, profiles, table) if mine else {}
    if mine is None or not mine.challenges or not homes:
        return ()
    open_in = {
        city.id: frozenset(city.challenges.keys() & mine.challenges) - city.solved
        for city in profiles.cities.values()
        if city.id not in mine.cities
    }
    facing = [profiles.cities[number] for number, codes in sorted(open_in.items()) if codes]
    rows = table.rows(city.place_id for city in facing)
    weights = DEFAULT_WEIGHTS.variables
    each = [(home, *context_scores(table, home, weights, rows)) for home in homes]
    candidates: list[tuple[float, CityProfile, int, int, float, float, float]] = []
    whole = sum(profiles.challenge_rarity.weight(code) for code in sorted(mine.challenges))
    for place, city in enumerate(facing):
        if rows[place] < 0:
            continue
        home, contexts, known = max(each, key=lambda of_home: float(of_home[1][place]))
        named = sum(profiles.challenge_rarity.weight(code) for code in sorted(open_in[city.id]))
        context = float(contexts[place])
        score = SUITS_CHALLENGE * named / whole + (1 - SUITS_CHALLENGE) * context
        candidates.append((score, city, home, int(rows[place]), context, float(known[place]), named / whole))
    best = sorted(candidates, key=lambda scored: (-scored[0], scored[1].id))[:limit]
    summaries = place_summaries(session, {*table.ids[list(homes)].tolist(), *(city.place_id for _, city, *_ in best)})
    names, labels = names_of(summaries), term_labels(session, TermKind.CHALLENGE)
    suited: list[SuitedCity] = []
    for score, city, home, row, context, share, challenge in best:
        its_parts = parts(table, home, np.array([row]), weights)[0]
        shared = named_challenges(open_in[city.id], labels, profiles)
        named_here = Message(gettext_noop("names %(challenges)s"), {"challenges": with_shares(shared)})
        like = Message(gettext_noop("like %(city)s"), {"city": homes[home].name})
        suited.append(
            SuitedCity(
                place=summaries[city.place_id],
                score=score,
                context=context,
                known=share,
                challenge=challenge,
                shared=shared,
                reasons=(named_here, like, *reasons(table, home, row, its_parts, names)),
                differences=differences(table, home, row, its_parts, names),
            )
        )
    return tuple(suited)


def _rows_of(initiative_profile: InitiativeProfile, profiles: Profiles, table: FeatureMatrix) -> dict[int, CityProfile]:
    """The cities of an initiative by their rows; those that the table lacks are left out."""
    cities = [profiles.cities[number] for number in initiative_profile.cities if number in profiles.cities]
    rows = table.rows(city.place_id for city in cities).tolist()
    return {row: city for row, city in zip(rows, cities, strict=True) if row >= 0}


def _context_of(mine: InitiativeProfile, profiles: Profiles, table: FeatureMatrix | None) -> dict[int, float]:
    """How like the initiative's cities each city with a page is, by the city's id; the closest counts."""
    if table is None:
        return {}
    homes = list(_rows_of(mine, profiles, table))
    numbers = sorted(profiles.cities)
    rows: Rows = table.rows(profiles.cities[number].place_id for number in numbers)
    if not homes:
        return {}
    scores: Floats = np.max([context_scores(table, home, DEFAULT_WEIGHTS.variables, rows)[0] for home in homes], axis=0)
    return {number: float(score) for number, score, row in zip(numbers, scores, rows, strict=True) if row >= 0}


def _ties(
    mine: InitiativeProfile, other: InitiativeProfile, profiles: Profiles, near: Mapping[int, float]
) -> dict[str, float]:
    """What ties two initiatives, by kind, each from 0 to 1; a kind that either lacks is left out."""
    ties: dict[str, float] = {}
    if mine.challenges and other.challenges:
        ties["challenges"] = overlap(mine.challenges, other.challenges, profiles.initiative_challenge_rarity)
    if mine.technologies and other.technologies:
        ties["technologies"] = overlap(mine.technologies, other.technologies, profiles.technology_rarity)
    if mine.goals and other.goals:
        ties["goals"] = overlap(mine.goals, other.goals, profiles.initiative_goal_rarity)
    if known := [near[city] for city in other.cities if city in near]:
        ties["context"] = max(known)
    return ties


class _SharedWords:
    """What two initiatives share, in words, the rarest first."""

    def __init__(self, session: Session, profiles: Profiles) -> None:
        self._profiles = profiles
        self._challenges = term_labels(session, TermKind.CHALLENGE)
        self._technologies = term_labels(session, TermKind.TECHNOLOGY)
        self._goals = term_labels(session, TermKind.GOAL)

    def reasons(self, mine: InitiativeProfile, other: InitiativeProfile) -> tuple[Message, ...]:
        profiles = self._profiles
        challenges = _rarest(mine.challenges & other.challenges, profiles.initiative_challenge_rarity)
        technologies = _rarest(mine.technologies & other.technologies, profiles.technology_rarity)
        goals = _rarest(mine.goals & other.goals, profiles.initiative_goal_rarity)
        same = [profiles.cities[city].name for city in mine.cities if city in other.cities and city in profiles.cities]
        take_on = tuple(Label(self._challenges[code]) for code in challenges)
        use = tuple(Label(self._technologies[code]) for code in technologies)
        return (
            *((Message(gettext_noop("both address %(challenges)s"), {"challenges": take_on}),) if take_on else ()),
            *((Message(gettext_noop("both use %(technologies)s"), {"technologies": use}),) if use else ()),
            *self._same_goals(goals),
            *(Message(gettext_noop("both in %(city)s"), {"city": name}) for name in same),
        )

    def _same_goals(self, numbers: Sequence[int]) -> tuple[Message, ...]:
        if not numbers:
            return ()
        single = gettext_noop("both work for goal %(goals)s")
        named = tuple(
            Message(gettext_noop("%(number)s (%(goal)s)"), {"number": number, "goal": Label(self._goals[number])})
            for number in numbers
        )
        return (
            Message(single if len(named) == 1 else gettext_noop("both work for goals %(goals)s"), {"goals": named}),
        )


def _rarest(names: Collection[KeyT], rarity: Rarity[KeyT]) -> list[KeyT]:
    return sorted(names, key=lambda name: (-rarity.weight(name), name))
