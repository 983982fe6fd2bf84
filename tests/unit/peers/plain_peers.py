"""The answers about peers worked out one entry after the other, as plainly as they are defined.

Too slow for a site: an oracle for the arrays. Scores that are equal to nine digits are equal, and go by id.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.catalogue.models import City, Initiative, Vision
from kb.peers.answers import PeerQuestion
from kb.peers.challenges import DERIVED, Rarity, challenge_score, overlap
from kb.peers.context import context_scores
from kb.peers.feature_matrix import FeatureMatrix
from kb.peers.ranking import FLOOR, LEAST_CONTEXT
from kb.peers.weights import CHALLENGES, CONTEXT, DEFAULT_WEIGHTS, UNSHARED, emphasised

LIKENESS = {"challenges": 0.4, "technologies": 0.25, "goals": 0.15, "context": 0.2}


@dataclass
class PlainCity:
    id: int
    place_id: int
    challenges: dict[str, str | None]
    solved: set[str]
    goals: set[int]


@dataclass
class PlainInitiative:
    id: int
    cities: list[int]
    challenges: frozenset[str]
    technologies: frozenset[str]
    goals: frozenset[int]
    is_stopped: bool
    level: int
    has_results: bool


class PlainPeers:
    """All entries as the database has them now."""

    def __init__(self, session: Session, matrix: FeatureMatrix) -> None:
        self.matrix = matrix
        self._known_contexts: dict[tuple[int, frozenset[str]], dict[int, float]] = {}
        self.initiatives = {
            row.id: PlainInitiative(
                id=row.id,
                cities=[place.city_id for place in row.places],
                challenges=frozenset(challenge.code for challenge in row.challenges),
                technologies=frozenset(technology.code for technology in row.technologies),
                goals=frozenset(goal.goal_number for goal in row.goals),
                is_stopped=row.stage == "discontinued",
                level=row.evidence_level or 0,
                has_results=(row.evidence_level or 0) >= 2 and row.evidence_direction not in ("negative", "none"),
            )
            for row in session.scalars(select(Initiative).order_by(Initiative.id))
        }
        self.cities = {
            row.id: PlainCity(
                id=row.id,
                place_id=row.place_id,
                challenges={challenge.challenge_code: challenge.severity for challenge in row.challenges},
                solved={challenge.challenge_code for challenge in row.challenges if challenge.status == "solved"},
                goals=set(),
            )
            for row in session.scalars(select(City).order_by(City.id))
        }
        for vision in session.scalars(select(Vision)):
            self.cities[vision.city_id].goals |= {goal.goal_number for goal in vision.goals}
        self.results: dict[int, set[str]] = defaultdict(set)
        for initiative in self.initiatives.values():
            for city in initiative.cities:
                self.cities[city].goals |= initiative.goals
                if initiative.has_results:
                    self.results[city] |= initiative.challenges
                for code in initiative.challenges:
                    self.cities[city].challenges.setdefault(code, DERIVED)
        self.challenge_rarity = Rarity.of(city.challenges for city in self.cities.values())
        self.goal_rarity = Rarity.of(city.goals for city in self.cities.values())

    def similar(self, initiative_id: int, limit: int) -> list[tuple[int, float, Mapping[str, float], float]]:
        """Id, score, parts and known share of similar initiatives."""
        mine = self.initiatives[initiative_id]
        rarities: dict[str, Rarity[Any]] = {
            kind: Rarity.of(getattr(each, kind) for each in self.initiatives.values())
            for kind in ("challenges", "technologies", "goals")
        }
        near = {city: max(self._contexts(mine, city), default=None) for city in self.cities}
        found = []
        for other in self.initiatives.values():
            ties = {
                kind: overlap(getattr(mine, kind), getattr(other, kind), rarity)
                for kind, rarity in rarities.items()
                if getattr(mine, kind) and getattr(other, kind)
            }
            if other is mine or not any(ties.values()):
                continue
            if known := [closeness for city in other.cities if (closeness := near[city]) is not None]:
                ties["context"] = max(known)
            weight = sum(LIKENESS[kind] for kind in ties)
            score = sum(LIKENESS[kind] * tie for kind, tie in ties.items()) / weight
            found.append((other.id, score, ties, weight))
        return sorted(found, key=lambda each: (-round(each[1], 9), each[0]))[:limit]

    def suits(self, initiative_id: int, limit: int) -> list[tuple[int, float, float, float, frozenset[str]]]:
        """Place, score, context, share of the challenges and these, of cities that an initiative may suit."""
        mine = self.initiatives[initiative_id]
        whole = sum(self.challenge_rarity.weight(code) for code in mine.challenges)
        found = []
        for city in self.cities.values():
            shared = frozenset(city.challenges.keys() & mine.challenges) - city.solved
            contexts = self._contexts(mine, city.id, mine.challenges)
            if city.id in mine.cities or not shared or not contexts:
                continue
            weights = {code: 0.5 if city.challenges[code] == DERIVED else 1.0 for code in shared}
            share = sum(weight * self.challenge_rarity.weight(code) for code, weight in weights.items()) / whole
            found.append((city.place_id, 0.6 * share + 0.4 * max(contexts), max(contexts), share, shared, city.id))
        return [each[:-1] for each in sorted(found, key=lambda each: (-round(each[1], 9), each[-1]))[:limit]]

    def find(
        self,
        place_id: int,
        challenges: Mapping[str, str | None] | None,
        question: PeerQuestion,
        limit: int,
    ) -> dict[str, list[tuple[Any, ...]]]:
        """Peers, those with results and with the same challenge by place and scores; initiatives by id and city."""
        at_place = {city.place_id: city for city in self.cities.values()}
        start = at_place.get(place_id)
        asked = dict(challenges if challenges is not None else start.challenges if start else {})
        row = self.matrix.row(place_id)
        contexts, _ = context_scores(self.matrix, row, emphasised(DEFAULT_WEIGHTS, asked).variables)
        peers, closeness = [], {}
        for other, place in enumerate(self.matrix.ids.tolist()):
            city = at_place.get(place)
            if other == row or (question.pool == "cities" and city is None) or self._is_left_out(question, row, other):
                continue
            score = city and challenge_score(
                asked,
                city.challenges,
                self.challenge_rarity,
                my_goals=start.goals if start else (),
                their_goals=city.goals,
                goal_rarity=self.goal_rarity,
                besides=0.25,
            )
            context = float(contexts[other])
            a, b = DEFAULT_WEIGHTS.of[CONTEXT], DEFAULT_WEIGHTS.of[CHALLENGES]
            shared = UNSHARED + (1 - UNSHARED) * (score or 0)
            combined = (context**a * shared**b) ** (1 / (a + b)) if asked else context
            results = (self.results[city.id] if city else set()) & asked.keys()
            same = (city.challenges.keys() if city else set()) & asked.keys()
            peers.append((place, context, score, combined, bool(results), bool(same)))
            if city:
                closeness[city.id] = combined
        peers.sort(key=lambda each: (-round(each[3], 9), each[0]))
        close = [each for each in peers if round(each[3], 9) >= FLOOR and round(each[1], 9) >= LEAST_CONTEXT]
        if close:
            places = {each[0] for each in close}
            closeness = {city: closeness[city] for city in closeness if self.cities[city].place_id in places}

        def shown(among: Callable[[tuple[Any, ...]], bool]) -> list[tuple[Any, ...]]:
            return [each[:4] for each in close if among(each)][:limit] or [each[:4] for each in peers if among(each)][
                : min(limit, 3)
            ]

        initiatives = []
        for each in self.initiatives.values():
            known = [city for city in each.cities if city in closeness]
            shared = each.challenges & asked.keys()
            if known and (shared or not asked):
                closest = max(known, key=lambda city: (closeness[city], -city))
                score = closeness[closest] * (0.5 + 0.5 * each.level / 5)
                initiatives.append((each.id, closest, shared, closeness[closest], each.has_results, score))
        initiatives.sort(key=lambda each: (-round(each[5], 9), -len(each[2]), each[0]))
        stopped = {each.id for each in self.initiatives.values() if each.is_stopped}
        return {
            "peers": shown(bool),
            "with_results": shown(lambda each: each[4]),
            "with_same_challenge": shown(lambda each: each[5] and not each[4]),
            "did": [each for each in initiatives if each[0] not in stopped][:limit],
            "stopped": [each for each in initiatives if each[0] in stopped][:limit],
        }

    def _is_left_out(self, question: PeerQuestion, row: int, other: int) -> bool:
        region = int(self.matrix.region[other])
        return (
            (region >= 0 and self.matrix.names[region] in question.excluded_regions)
            or (question.is_abroad and self.matrix.country[other] == self.matrix.country[row])
            or bool(question.excluded_languages & set(self.matrix.languages_of(other)))
        )

    def _contexts(self, mine: PlainInitiative, city: int, challenges: Collection[str] = ()) -> list[float]:
        """How alike each city of an initiative and another city are, with what counts more for challenges."""
        from_homes = [self._contexts_from(home, frozenset(challenges)) for home in mine.cities]
        return [contexts[city] for contexts in from_homes if city in contexts]

    def _contexts_from(self, home: int, challenges: frozenset[str]) -> dict[int, float]:
        """How alike a city and each other are; those left out that the matrix lacks."""
        key = (home, challenges)
        if key not in self._known_contexts:
            rows = self.matrix.rows([city.place_id for city in self.cities.values()])
            (row,) = self.matrix.rows([self.cities[home].place_id])
            weights = emphasised(DEFAULT_WEIGHTS, challenges).variables
            scores = context_scores(self.matrix, int(row), weights, rows)[0].tolist()
            known = zip(self.cities, scores, rows, strict=True)
            self._known_contexts[key] = {city: score for city, score, other in known if row >= 0 and other >= 0}
        return self._known_contexts[key]
