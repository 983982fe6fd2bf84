"""Everything computed for one starting place: how alike all others are, who reports results, and who faces the same."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from .challenges import BESIDES, GOALS_SHARE, challenge_scores
from .context import context_scores
from .entry_profiles import CityProfile
from .feature_matrix import FeatureMatrix
from .geodesy import Floats, Rows
from .profiles import CityRows, Levels, Profiles
from .ranking import best, close_enough
from .term_sets import Mask, overlaps, weights_of
from .weights import Weights, emphasised


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Scores of candidates against the place in `row`, each array of shape (candidates,), in the order of place ids.

    `weights` are those of the question, with what counts more for its challenges. `rows` are those of their places,
    `cities` those of their pages in the profiles, -1 without one. `challenge` is NaN
    where either city faces no challenge. `with_results` have results on a challenge of the question; others
    `with_same_challenge` face one.
    """

    matrix: FeatureMatrix
    row: int
    weights: Weights
    profiles: Profiles
    challenges: Mapping[str, str | None]
    start: CityProfile | None
    rows: Rows
    cities: CityRows
    context: Floats
    known: Floats
    challenge: Floats
    combined: Floats
    is_close: Mask
    with_results: Mask
    with_same_challenge: Mask

    @classmethod
    def of(
        cls,
        matrix: FeatureMatrix,
        row: int,
        rows: Rows,
        weights: Weights,
        profiles: Profiles,
        challenges: Mapping[str, str | None],
    ) -> "Scores":
        """Compute all of them. `challenges` are those of the question, with severity or None."""
        cities = profiles.cities.places.cities_in(matrix)[rows]
        start = profiles.at_place(int(matrix.ids[row]))
        weights = emphasised(weights, challenges)
        context, known = context_scores(matrix, row, weights.variables, rows)
        with_page = np.flatnonzero(cities >= 0)
        challenge = np.full(len(rows), np.nan)
        with_results, named = np.zeros(len(rows), dtype=np.bool_), np.zeros(len(rows), dtype=np.bool_)
        combined = context
        if challenges:
            pages = cities[with_page]
            challenge[with_page] = _challenge_scores(profiles, challenges, start)[pages]
            with_results[with_page] = _any(profiles.challenges.terms, challenges, profiles.cities.results)[pages]
            named[with_page] = _any(profiles.cities.named, challenges, profiles.cities.severity)[pages]
            # Without a challenge there is but one score, and the order is its own.
            combined = weights.combined(context, challenge)
        return cls(
            matrix=matrix,
            row=row,
            weights=weights,
            profiles=profiles,
            challenges=challenges,
            start=start,
            rows=rows,
            cities=cities,
            context=context,
            known=known,
            challenge=challenge,
            combined=combined,
            is_close=close_enough(combined, context, weights),
            with_results=with_results,
            with_same_challenge=named & ~with_results,
        )

    def peers(self, limit: int, among: Mask | None = None) -> list[int]:
        """The first candidates by order that are close enough to be peers, of some or of all, equal ones by id."""
        return self._best(limit, self.is_close if among is None else self.is_close & among)

    def nearest(self, limit: int, among: Mask | None = None) -> list[int]:
        """The first candidates by order, however close."""
        return self._best(limit, np.ones(len(self.rows), dtype=np.bool_) if among is None else among)

    def _best(self, limit: int, among: Mask) -> list[int]:
        candidates = np.flatnonzero(among)
        positions: list[int] = candidates[best(self.combined[candidates], limit)].tolist()
        return positions

    def closeness(self) -> Floats:
        """How close each city of the profiles is, NaN where it is no peer; shape (cities,).

        Where nobody is close enough, all candidates count.
        """
        closeness = np.full(len(self.profiles.cities.ids), np.nan)
        with_page = self.cities >= 0
        if self.is_close.any():
            with_page &= self.is_close
        closeness[self.cities[with_page]] = self.combined[with_page]
        return closeness

    def city(self, candidate: int) -> CityProfile | None:
        """The page of a candidate, None without one."""
        row = int(self.cities[candidate])
        return self.profiles.city_in(row) if row >= 0 else None

    def shared_goals(self, candidate: int, city: CityProfile | None) -> list[int]:
        """Goals that both cities work for, the rarest first; none where they are no part of the challenge score."""
        if self.start is None or city is None or np.isnan(self.challenge[candidate]):
            return []
        rarity = self.profiles.goal_rarity
        return sorted(self.start.goals & city.goals, key=lambda number: (-rarity.weight(number), number))

    def results_for(self, candidate: int) -> frozenset[str]:
        """Challenges of the question that a city has results on, whether its page names them or not."""
        row = int(self.cities[candidate])
        return self.profiles.results_of(row) & self.challenges.keys() if row >= 0 else frozenset()


def _challenge_scores(profiles: Profiles, challenges: Mapping[str, str | None], start: CityProfile | None) -> Floats:
    """The challenge score of each city of the profiles, NaN where it faces nothing that is known; shape (cities,)."""
    # Of all cities: their rows are read as they lie, which takes less time than to pick most of each.
    of_cities = profiles.cities
    scores = challenge_scores(
        challenges,
        of_cities.named,
        of_cities.severity,
        profiles.challenge_totals,
        profiles.challenge_rarity,
        BESIDES,
    )
    if start is not None and start.goals:
        totals = profiles.goal_totals
        weights = weights_of(profiles.goals.terms, profiles.goal_rarity)
        mine = [goal in start.goals for goal in profiles.goals.terms]
        same = overlaps(of_cities.goals, weights, totals, mine)
        scores = np.where(totals > 0, (1 - GOALS_SHARE) * scores + GOALS_SHARE * same, scores)
    return scores


def _any(terms: tuple[str, ...], challenges: Collection[str], of_cities: Mask | Levels) -> Mask:
    """Which cities have any of these challenges in a matrix with a row for each term."""
    rows = [row for row, code in enumerate(terms) if code in challenges]
    has_any: Mask = np.logical_or.reduce(of_cities[rows] > 0, axis=0)
    return has_any
