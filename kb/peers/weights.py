"""Weights that people may move: one for each variable of the context score, and two between the scores.

`EMPHASIS` says which variables count more for a challenge.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import SupportsFloat

import numpy as np

from kb.core.i18n import Message, gettext_noop

from .geodesy import Floats
from .notes import LEFT_OUT, Note
from .variables import CODES, VARIABLES

CONTEXT, CHALLENGES = "of-context", "of-challenges"
"""Names of the weights between the two scores."""

UNSHARED = 0.2
"""What a city counts for that shares no challenge, where one that shares all counts for 1."""

MOST = 10.0
"""The largest weight that makes sense; ten times as much as the next is everything."""

DEFAULTS: Mapping[str, float] = {variable.code: variable.weight for variable in VARIABLES} | {
    CONTEXT: 1.0,
    CHALLENGES: 1.0,
}

LABELS: Mapping[str, str] = {variable.code: variable.label for variable in VARIABLES} | {
    CONTEXT: gettext_noop("Context score"),
    CHALLENGES: gettext_noop("Challenge score"),
}
"""What each weight is called, marked for translation."""

_NONSENSE = gettext_noop("The weight “%(given)s” for %(name)s is not a number from 0 to 10.")
_DEFAULT_USED = gettext_noop("The default, %(default)s, is used.")
_UNKNOWN = gettext_noop("There is no weight called “%(name)s”.")
_ALL_ZERO = gettext_noop("All weights are 0.")
_BOTH_ZERO = gettext_noop("Both scores have weight 0.")
_DEFAULTS_USED = gettext_noop("The defaults are used.")

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
"""What the weight of a variable is multiplied by, by challenge and variable; 1 where nothing is given.

Floods, heat and drought come from land and weather: a landlocked capital in the mountains is no peer of a port in a
delta when it comes to flooding, however alike the two are in size and wealth. The factors are a judgement by what each
hazard rests on (IPCC, Sixth Assessment Report, working group II, chapter 6 on cities): few cities of the catalogue name
such challenges, too few to choose factors on.
"""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights by name (those of DEFAULTS), each from 0 to 10; not all of the variables' 0, nor both scores'."""

    of: Mapping[str, float]

    @property
    def variables(self) -> Floats:
        """The weights of the variables in their order, shape (variables,)."""
        return np.array([self.of[code] for code in CODES])

    def combined(self, context: Floats, challenge: Floats) -> Floats:
        """Both scores in one, from 0 to 1, arrays of one shape; an unknown challenge score (NaN) counts as 0.

        A weighted geometric mean, so that neither score makes up for the other, as the Human Development Index has it
        since 2010: a city that names the same challenges under other circumstances is no close peer.
        """
        share = self.of[CONTEXT] / (self.of[CONTEXT] + self.of[CHALLENGES])
        shared = UNSHARED + (1 - UNSHARED) * np.nan_to_num(challenge)
        combined: Floats = context**share * shared ** (1 - share)
        return combined


DEFAULT_WEIGHTS = Weights(DEFAULTS)


def understood(given: Mapping[str, SupportsFloat | str | None]) -> tuple[Weights, tuple[Note, ...]]:
    """Weights as someone typed them, and notes on what was not understood, for which the default stands."""
    weights = dict(DEFAULTS)
    notes: list[Note] = []
    for name, value in given.items():
        if name not in DEFAULTS:
            notes.append(Note(Message(_UNKNOWN, {"name": str(name)[:40]}), LEFT_OUT))
        elif value is None or value == "":
            continue
        elif (weight := _weight(value)) is None:
            reason = Message(_NONSENSE, {"given": str(value)[:40], "name": Message(LABELS[name])})
            notes.append(Note(reason, Message(_DEFAULT_USED, {"default": DEFAULTS[name]})))
        else:
            weights[name] = weight
    for names, template in ((CODES, _ALL_ZERO), ((CONTEXT, CHALLENGES), _BOTH_ZERO)):
        if not any(weights[name] for name in names):
            weights |= {name: DEFAULTS[name] for name in names}
            notes.append(Note(Message(template), Message(_DEFAULTS_USED)))
    return Weights(weights), tuple(notes)


def _weight(value: SupportsFloat | str) -> float | None:
    try:
        weight = float(value.replace(",", ".") if isinstance(value, str) else value)
    except (TypeError, ValueError):
        return None
    return weight if math.isfinite(weight) and 0 <= weight <= MOST else None


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
