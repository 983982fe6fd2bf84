"""Everything computed for one starting place: how alike all others are, who reports results, and who faces the same."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .challenges import challenge_score
from .context import alike, steps
from .feature_matrix import FeatureMatrix
from .geodesy import Floats
from .profiles import CityProfile, Profiles
from .weights import Weights

ChosenTerms = npt.NDArray[np.bool_]
"""Which rows of the table may be peers, shape (places,)."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of all places against the one in `row`, and by row all cities with a page, each with its challenge score.

    `results` holds the challenges that a city has results on, for cities that have any.
    """

    table: FeatureMatrix
    row: int
    weights: Weights
    profiles: Profiles
    challenges: Mapping[str, str | None]
    context: Floats
    known: Floats
    combined: Floats
    cities: Mapping[int, CityProfile]
    challenge: Mapping[int, float | None]
    results: Mapping[int, frozenset[str]]

    @classmethod
    def of(
        cls,
        table: FeatureMatrix,
        row: int,
        weights: Weights,
        profiles: Profiles,
        challenges: Mapping[str, str | None],
    ) -> "Scores":
        """Compute all of them. `challenges` are those of the question, with severity or None."""
        everyone = sorted(profiles.cities.values(), key=lambda city_profile: city_profile.id)
        rows = table.rows(city_profile.place_id for city_profile in everyone).tolist()
        cities = {other: city_profile for other, city_profile in zip(rows, everyone, strict=True) if other >= 0}
        context, known = alike(steps(table, row), weights.variables)
        start = profiles.at_place.get(int(table.ids[row]))
        # Cities that have named none have no score, and of 20,000 cities that may be most.
        challenge = {
            other: challenge_score(
                challenges,
                city_profile.challenges,
                profiles.challenge_rarity,
                my_goals=start.goals if start else (),
                their_goals=city_profile.goals,
                goal_rarity=profiles.goal_rarity,
            )
            for other, city_profile in cities.items()
            if city_profile.challenges
        }
        # Without a challenge there is but one score, and the order is its own.
        combined = context.copy()
        if challenges:
            combined *= weights.combined(1.0, None)
            for other, score in challenge.items():
                combined[other] = weights.combined(float(context[other]), score)
        return cls(
            table=table,
            row=row,
            weights=weights,
            profiles=profiles,
            challenges=challenges,
            context=context,
            known=known,
            combined=combined,
            cities=cities,
            challenge=challenge,
            results={
                other: codes
                for other, city_profile in cities.items()
                if (codes := profiles.results.get(city_profile.id))
            },
        )

    def best(self, eligible: ChosenTerms, limit: int) -> list[int]:
        """The first rows by order among those chosen, equal ones by id."""
        candidates = np.flatnonzero(eligible)
        values = self.combined[candidates]
        if len(candidates) > limit:
            # All that tie with the last one stay in, so that the id decides and not the partition.
            bound = np.partition(values, len(values) - limit)[len(values) - limit]
            candidates = candidates[values >= bound]
            values = self.combined[candidates]
        rows: list[int] = candidates[np.argsort(-values, kind="stable")][:limit].tolist()
        return rows

    def shared_goals(self, other: int) -> list[int]:
        """Goals that both cities work for, the rarest first; none where they are no part of the challenge score."""
        start, city = self.profiles.at_place.get(int(self.table.ids[self.row])), self.cities.get(other)
        if start is None or city is None or self.challenge.get(other) is None:
            return []
        rarity = self.profiles.goal_rarity
        return sorted(start.goals & city.goals, key=lambda number: (-rarity.weight(number), number))

    def results_for(self, other: int) -> frozenset[str]:
        """Challenges of the question that a city has results on, whether its page names them or not."""
        return self.results.get(other, frozenset()) & self.challenges.keys()

    def same_challenge_for(self, other: int) -> frozenset[str]:
        """Challenges of the question that a city names and has no results on."""
        city = self.cities.get(other)
        if city is None:
            return frozenset()
        return frozenset(city.challenges.keys() & self.challenges.keys()) - self.results_for(other)
