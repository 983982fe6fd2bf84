"""Which variables of the context count more for a challenge: floods, heat and drought come from land and weather.

A landlocked capital in the mountains is no peer of a port in a delta when it comes to flooding, however alike the two
are in size and wealth. The factors are a judgement by what each hazard rests on (IPCC, Sixth Assessment Report, working
group II, chapter 6 on cities): few cities of the catalogue name such challenges, too few to choose factors on.
"""

from collections.abc import Collection, Mapping

from .weights import Weights

EMPHASIS: Mapping[str, Mapping[str, float]] = {
    "flooding": {"coast": 6, "elevation": 6, "relief": 4, "climate": 4},
    "disaster-risk": {"coast": 4, "elevation": 4, "relief": 6, "climate": 4},
    "heat": {"climate": 8, "latitude": 4, "elevation": 2, "coast": 2},
    "water-scarcity": {"climate": 8, "elevation": 2, "relief": 2, "coast": 2},
    "biodiversity": {"climate": 4, "coast": 4, "relief": 2},
    "air-quality": {"relief": 4, "climate": 2, "surroundings": 2},
    "food-security": {"climate": 4, "elevation": 2},
    "energy-cost": {"climate": 4, "latitude": 2},
}
"""What the weight of a variable is multiplied by, by challenge and variable; 1 where nothing is given."""


def emphasis_of(challenges: Collection[str]) -> dict[str, float]:
    """The factor of each variable that counts more for some of these challenges; of several the largest."""
    factors: dict[str, float] = {}
    for challenge in challenges:
        for variable, factor in EMPHASIS.get(challenge, {}).items():
            factors[variable] = max(factor, factors.get(variable, 1.0))
    return factors


def emphasised(weights: Weights, challenges: Collection[str]) -> Weights:
    """The weights with what counts more for these challenges; a weight of 0 stays so."""
    factors = emphasis_of(challenges)
    return (
        Weights({name: weight * factors.get(name, 1.0) for name, weight in weights.of.items()}) if factors else weights
    )
