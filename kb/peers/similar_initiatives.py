"""Finds initiatives like one, and the cities that it may suit."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
from sqlalchemy.orm import Session

from kb.catalogue.entries import TermKind
from kb.catalogue.models import Initiative
from kb.catalogue.queries import InitiativeCard
from kb.catalogue.queries import labels as term_labels
from kb.core.i18n import Label, Message, gettext_noop

from .answers import NamedChallenge, PlaceSummary
from .challenges import DERIVED, DERIVED_SHARE, SEVERITY_NUMBERS, Rarity
from .context import Part, context_scores, parts
from .entry_profiles import InitiativeProfile
from .explanations import with_shares
from .feature_matrix import FeatureMatrix
from .geodesy import Floats, Rows
from .loaders import city_names_by_id, initiative_cards_by_id, named_challenges, names_of, place_summaries
from .peer_initiatives import closest_of
from .profile_reading import read_profiles
from .profiles import Profiles
from .ranking import MARGIN, best
from .reasons import differences, reasons
from .term_sets import EMPTY, Mask, TermSets
from .weights import DEFAULT_WEIGHTS, emphasised

KeyT = TypeVar("KeyT", str, int)

LIKENESS: Mapping[str, float] = {"challenges": 0.4, "technologies": 0.25, "goals": 0.15, "context": 0.2}
"""What makes two initiatives alike: first what they are for, then by which means, then where. A judgement."""

_COMPARED_FIRST = 200
"""Cities, those that face the most of what an initiative takes on, whose scores rule out most of the others."""

SUITS_CHALLENGE = 0.6
"""Part of a city's fitness that the challenges make; how like the initiative's city it is, the rest."""


@dataclass(frozen=True, slots=True)
class SimilarInitiative:
    """An initiative like another, from 0 to 1; `parts` holds what was known of LIKENESS, each from 0 to 1."""

    initiative: InitiativeCard
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


TermLabels = Mapping[TermKind, Mapping[Any, str]]
"""The labels of the terms of each list, by code or number."""


def read_term_labels(session: Session) -> TermLabels:
    """The labels of what initiatives have in common."""
    return {kind: term_labels(session, kind) for kind in (TermKind.CHALLENGE, TermKind.TECHNOLOGY, TermKind.GOAL)}


def similar_initiatives(
    session: Session,
    initiative: Initiative,
    limit: int = 6,
    matrix: FeatureMatrix | None = None,
    profiles: Profiles | None = None,
    labels: TermLabels | None = None,
) -> tuple[SimilarInitiative, ...]:
    """Initiatives that share challenges, technologies or goals, the most alike first; a constant number of queries.

    Each kind of tie that either lacks is left out of the score, as is the cities' context where no matrix is given.
    """
    labels = read_term_labels(session) if labels is None else labels
    profiles = read_profiles(session) if profiles is None else profiles
    mine = profiles.initiative(initiative.id)
    if mine is None:
        return ()
    alike = _most_alike(profiles, matrix, mine, limit)
    ids = profiles.initiatives.ids[alike.rows].tolist()
    entries = initiative_cards_by_id(session, ids)
    shared = _SharedWords(profiles, labels)
    return tuple(
        SimilarInitiative(
            initiative=entries[initiative_id],
            score=float(alike.scores[position]),
            parts={kind: float(ties[position]) for kind, ties in alike.ties.items() if not math.isnan(ties[position])},
            known=float(alike.known[position]),
            reasons=shared.reasons(mine, profiles.initiative_in(int(alike.rows[position])), entries[initiative_id]),
        )
        for position, initiative_id in enumerate(ids)
        if initiative_id in entries
    )


class _AlikeRows(NamedTuple):
    """The initiatives most like one, the best first: arrays of shape (initiatives,).

    `rows` are those of the profiles; `ties` has for each name of LIKENESS how alike they are in it, NaN where that is
    unknown; `known` is the weight of what is known.
    """

    rows: Rows
    scores: Floats
    known: Floats
    ties: Mapping[str, Floats]


def _most_alike(profiles: Profiles, matrix: FeatureMatrix | None, mine: InitiativeProfile, limit: int) -> _AlikeRows:
    columns = profiles.initiatives
    # By kind, the set of terms of each initiative, and the overlap of each set.
    kinds = {
        "challenges": (
            columns.challenges,
            _overlaps(profiles.challenges, mine.challenges, profiles.initiative_challenge_rarity),
        ),
        "technologies": (
            columns.technologies,
            _overlaps(profiles.technologies, mine.technologies, profiles.technology_rarity),
        ),
        "goals": (columns.goals, _overlaps(profiles.goals, mine.goals, profiles.initiative_goal_rarity)),
    }
    total = np.zeros(len(columns.ids))
    for kind, (sets, overlaps) in kinds.items():
        total += (LIKENESS[kind] * np.nan_to_num(overlaps))[sets]
    rows = np.flatnonzero((total > 0) & (columns.ids != mine.id))
    total, weight = total[rows], np.zeros(len(rows))
    for kind, (sets, overlaps) in kinds.items():
        weight += (LIKENESS[kind] * ~np.isnan(overlaps))[sets[rows]]
    may_be_best = _may_be_best(total, weight, limit)
    rows, total, weight = rows[may_be_best], total[may_be_best], weight[may_be_best]
    context = _context_of(mine, profiles, matrix, rows)
    total += LIKENESS["context"] * np.nan_to_num(context)
    weight += LIKENESS["context"] * ~np.isnan(context)
    scores = total / weight
    shown = best(scores, limit)
    ties = {kind: overlaps[sets[rows[shown]]] for kind, (sets, overlaps) in kinds.items()}
    return _AlikeRows(rows[shown], scores[shown], weight[shown], {**ties, "context": context[shown]})


def cities_it_may_suit(
    session: Session,
    matrix: FeatureMatrix,
    initiative: Initiative,
    limit: int = 6,
    profiles: Profiles | None = None,
    labels: TermLabels | None = None,
) -> tuple[SuitedCity, ...]:
    """Cities with a page that face a challenge the initiative takes on, and are like one of its cities.

    `challenge` is the share of the initiative's challenges, by rarity, that the city faces and has not solved; those
    from its initiatives alone count DERIVED_SHARE. The initiative's own cities are left out, and so are cities that
    face none of them.
    """
    profiles = read_profiles(session) if profiles is None else profiles
    mine = profiles.initiative(initiative.id)
    homes = _homes(mine, profiles, matrix) if mine else {}
    if mine is None or not mine.challenges or not homes:
        return ()
    suited = _best_suited(profiles, matrix, mine, homes, limit)
    home_ids = matrix.ids[list(homes)].tolist()
    summaries = place_summaries(session, {*home_ids, *matrix.ids[suited.places].tolist()})
    city_names = city_names_by_id(session, homes.values())
    names = names_of(summaries)
    challenge_labels = (read_term_labels(session) if labels is None else labels)[TermKind.CHALLENGE]
    cities: list[SuitedCity] = []
    for position, (row, place, home) in enumerate(
        zip(suited.rows.tolist(), suited.places.tolist(), suited.homes, strict=True)
    ):
        city = profiles.city_in(row)
        unsolved = (city.challenges.keys() & mine.challenges) - city.solved
        shared = named_challenges(unsolved, challenge_labels, profiles, city.derived)
        faced_here = Message(gettext_noop("faces %(challenges)s"), {"challenges": with_shares(shared)})
        like = Message(gettext_noop("like %(city)s"), {"city": city_names[homes[home]]})
        cities.append(
            SuitedCity(
                place=summaries[city.place_id],
                score=float(suited.scores[position]),
                context=float(suited.contexts[position]),
                known=float(suited.known[position]),
                challenge=float(suited.challenges[position]),
                shared=shared,
                reasons=(faced_here, like, *reasons(matrix, home, place, suited.parts[position], names)),
                differences=differences(matrix, home, place, suited.parts[position], names),
            )
        )
    return tuple(cities)


class _SuitedRows(NamedTuple):
    """The cities that an initiative suits best, the best first; arrays of shape (cities,).

    `rows` are those of the profiles, `places` those of the matrix, `homes` those of the city of the initiative that
    each is most like, which `contexts`, `known` and `parts` compare it with.
    """

    rows: Rows
    places: Rows
    scores: Floats
    challenges: Floats
    contexts: Floats
    known: Floats
    homes: list[int]
    parts: list[tuple[Part, ...]]


def _best_suited(
    profiles: Profiles, matrix: FeatureMatrix, mine: InitiativeProfile, homes: Mapping[int, int], limit: int
) -> _SuitedRows:
    columns = profiles.cities
    places = columns.places.rows_in(matrix)
    shares = _shares_faced(profiles, mine)
    facing = np.flatnonzero((shares > 0) & (places >= 0) & ~np.isin(columns.ids, mine.cities))
    challenge = shares[facing]
    weights = emphasised(DEFAULT_WEIGHTS, mine.challenges).variables
    if len(facing) > 2 * _COMPARED_FIRST:
        few = best(challenge, _COMPARED_FIRST)
        of_few = _fitness(challenge[few], _contexts(matrix, homes, weights, places[facing[few]])[0].max(axis=0))
        # Others are left out that would not be among the best even if they were the same place.
        may_be_best = _fitness(challenge, 1.0) >= np.sort(of_few)[-min(limit, _COMPARED_FIRST)] - MARGIN
        facing, challenge = facing[may_be_best], challenge[may_be_best]
    contexts, known = _contexts(matrix, homes, weights, places[facing])
    scores = _fitness(challenge, contexts.max(axis=0))
    shown = best(scores, limit)
    rows, closest = facing[shown], contexts[:, shown].argmax(axis=0)
    shown_parts: dict[int, tuple[Part, ...]] = {}
    for number, home in enumerate(homes):
        like_home = np.flatnonzero(closest == number)
        shown_parts |= zip(like_home.tolist(), parts(matrix, home, places[rows[like_home]], weights), strict=True)
    return _SuitedRows(
        rows=rows,
        places=places[rows],
        scores=scores[shown],
        challenges=challenge[shown],
        contexts=contexts[closest, shown],
        known=known[closest, shown],
        homes=[list(homes)[number] for number in closest.tolist()],
        parts=[shown_parts[position] for position in range(len(rows))],
    )


def _shares_faced(profiles: Profiles, mine: InitiativeProfile) -> Floats:
    """The share of an initiative's challenges, by rarity, that each city faces and has not solved; shape (cities,)."""
    columns, rarity = profiles.cities, profiles.challenge_rarity
    faced = np.zeros(len(columns.ids))
    for code in _rarest(mine.challenges & set(columns.named), rarity):
        row = columns.named.index(code)
        share = np.where(columns.severity[row] == SEVERITY_NUMBERS[DERIVED], DERIVED_SHARE, columns.severity[row] > 0)
        faced += rarity.weight(code) * share * ~columns.solved[row]
    shares: Floats = faced / sum(rarity.weight(code) for code in sorted(mine.challenges))
    return shares


def _homes(initiative_profile: InitiativeProfile, profiles: Profiles, matrix: FeatureMatrix) -> dict[int, int]:
    """The ids of an initiative's cities by their rows in the matrix; those that it lacks are left out."""
    cities = [city for number in initiative_profile.cities if (city := profiles.city(number)) is not None]
    rows = matrix.rows(city.place_id for city in cities).tolist()
    return {row: city.id for row, city in zip(rows, cities, strict=True) if row >= 0}


def _fitness(challenge: Floats, context: Floats | float) -> Floats:
    return SUITS_CHALLENGE * challenge + (1 - SUITS_CHALLENGE) * context


def _contexts(matrix: FeatureMatrix, homes: Iterable[int], weights: Floats, rows: Rows) -> tuple[Floats, Floats]:
    """Context scores and known shares of some places against each of the homes; two arrays (homes, places)."""
    scores, known = zip(*(context_scores(matrix, home, weights, rows) for home in homes), strict=True)
    return np.stack(scores), np.stack(known)


def _may_be_best(total: Floats, weight: Floats, limit: int) -> Mask:
    """Which may be among the best, whatever their cities' context turns out to be: mostly few of very many."""
    whole = weight + LIKENESS["context"]
    if len(total) <= limit:
        return np.ones(len(total), dtype=np.bool_)
    least = np.partition(total / whole, len(total) - limit)[len(total) - limit]
    may_be: Mask = (total + LIKENESS["context"]) / whole >= least - MARGIN
    return may_be


def _context_of(mine: InitiativeProfile, profiles: Profiles, matrix: FeatureMatrix | None, rows: Rows) -> Floats:
    """How like the initiative's cities those of others are, NaN where that is unknown; the closest two count."""
    homes = [] if matrix is None else list(_homes(mine, profiles, matrix))
    if matrix is None or not homes:
        return np.full(len(rows), np.nan)
    columns = profiles.initiatives
    is_chosen = np.zeros(len(columns.ids), dtype=np.bool_)
    is_chosen[rows] = True
    is_theirs = np.zeros(len(profiles.cities.ids), dtype=np.bool_)
    is_theirs[columns.cities[np.repeat(is_chosen, np.diff(columns.starts))]] = True
    cities = np.flatnonzero(is_theirs)
    places = profiles.cities.places.rows_in(matrix)[cities]
    cities, places = cities[places >= 0], places[places >= 0]
    near = np.full(len(profiles.cities.ids), np.nan)
    near[cities] = np.max(
        [context_scores(matrix, home, DEFAULT_WEIGHTS.variables, places)[0] for home in homes], axis=0
    )
    return closest_of(profiles, near, rows)


def _overlaps(sets: TermSets[KeyT], mine: frozenset[KeyT], rarity: Rarity[KeyT]) -> Floats:
    """The overlap of a set of terms with each of the sets, NaN where either is empty; shape (sets,)."""
    overlaps = sets.overlaps(mine, rarity) if mine else np.full(len(sets.sets), np.nan)
    overlaps[EMPTY] = np.nan
    return overlaps


class _SharedWords:
    """What two initiatives share, in words, the rarest first."""

    def __init__(self, profiles: Profiles, labels: TermLabels) -> None:
        self._profiles = profiles
        self._challenges = labels[TermKind.CHALLENGE]
        self._technologies = labels[TermKind.TECHNOLOGY]
        self._goals = labels[TermKind.GOAL]

    def reasons(self, mine: InitiativeProfile, other: InitiativeProfile, entry: InitiativeCard) -> tuple[Message, ...]:
        profiles = self._profiles
        challenges = _rarest(mine.challenges & other.challenges, profiles.initiative_challenge_rarity)
        technologies = _rarest(mine.technologies & other.technologies, profiles.technology_rarity)
        goals = _rarest(mine.goals & other.goals, profiles.initiative_goal_rarity)
        names = {city.id: city.name for city in entry.cities}
        same = [names[city] for city in mine.cities if city in names]
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
