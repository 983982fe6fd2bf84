"""The method as data, for its own page: variables, formulas, weights, sources, limits, and a worked example."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from kb.catalogue.choices import CLIMATE_ZONES, INCOME_GROUPS
from kb.core.i18n import Label, Message, gettext_noop
from kb.core.languages import language_name

from .answers import PlaceSummary
from .challenges import BESIDES, GOALS_SHARE, SEVERITY_WEIGHTS, UNSTATED_SEVERITY
from .context import Part, alike, parts, steps
from .feature_matrix import CAPITAL, LEADING, FeatureMatrix
from .loaders import names_of, place_summaries
from .peer_initiatives import EVIDENCE_SHARE
from .place_context import CONTEXT_VARIABLES, ContextVariable
from .ranking import LEAST_CONTEXT, STRENGTHS, Strength
from .reasons import differences, reasons
from .similar_initiatives import LIKENESS, SUITS_CHALLENGE
from .variables import VARIABLES, Variable
from .weights import CHALLENGES, CONTEXT, DEFAULT_WEIGHTS, DEFAULTS, EMPHASIS, UNSHARED, emphasised


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula, in signs that need no translation, with what it says; `explained` is marked for translation."""

    code: str
    formula: str
    explained: str


FORMULAS = (
    Formula(
        "context",
        "exp(-√(Σ w·d² / Σ w))",
        gettext_noop(
            "The context score. d is the difference between two places in a variable, in steps; w is its weight. Only "
            "variables known for both places count. The distance from 1 is shared among the variables by w·d²."
        ),
    ),
    Formula(
        "challenge",
        f"Σ(both) r·s / (Σ(both) r·s + Σ(yours alone) r·s + {BESIDES:g} · Σ(theirs alone) r·s)",
        gettext_noop(
            "The overlap of the challenges that the cities face: those that their pages name, and those that their "
            "initiatives address. Stopped initiatives count too. r is the rarity of a challenge, s its severity. For "
            "a challenge that both face, s is the mean of the two. If a challenge comes only from the initiatives of "
            "a city, it counts half as much. A challenge that only the peer faces counts a quarter. When cities are "
            "compared side by side, it counts in full."
        ),
    ),
    Formula(
        "rarity",
        "r = ln((N + 1) / n)",
        gettext_noop(
            "N cities face any challenge, n of them this one. A challenge that every city faces counts very little."
        ),
    ),
    Formula(
        "goals",
        f"{1 - GOALS_SHARE:g} · challenges + {GOALS_SHARE:g} · goals",
        gettext_noop(
            "The challenge score where the goals of both cities are known. Goals are compared by rarity as well."
        ),
    ),
    Formula(
        "combined",
        f"context^(a/(a+b)) · ({UNSHARED:g} + {1 - UNSHARED:g} · challenge)^(b/(a+b))",
        gettext_noop(
            "The combined score. It decides the order of the list, and whether a peer is strong, fair or weak. The "
            "two scores are multiplied, so both must be high: a city with the same challenges but another context is "
            "not a close peer. A city without a known challenge gets 0 for challenges. If you choose no challenge, "
            "this is the context score."
        ),
    ),
    Formula(
        "did",
        f"closeness · ({1 - EVIDENCE_SHARE:g} + {EVIDENCE_SHARE:g} · level / 5)",
        gettext_noop(
            "The order of the initiatives of peers: by how similar the city is, and by the level of evidence."
        ),
    ),
    Formula(
        "similar",
        " + ".join(f"{share:g} · {kind}" for kind, share in LIKENESS.items()),
        gettext_noop(
            "How similar two initiatives are. Each part is an overlap by rarity. A part unknown for either is left out."
        ),
    ),
    Formula(
        "suits",
        f"{SUITS_CHALLENGE:g} · challenges + {1 - SUITS_CHALLENGE:g} · context",
        gettext_noop(
            "Which cities an initiative may suit: those that face its challenges and are like the city it comes from."
        ),
    ),
)

ROLES = (
    gettext_noop(
        "A city reports results on a challenge if it has an initiative on that challenge with evidence of level 2 or "
        "more: data show a change, and the change is not for the worse."
    ),
    gettext_noop(
        "A city faces the same challenge if its page names the challenge, or one of its initiatives addresses it, and "
        "it reports no results on it. The page says if a challenge comes from its initiatives."
    ),
)

CHOSEN_BY = (
    gettext_noop(
        "We chose the weights with two sets of public data, and then rounded them. These data are not rankings of "
        "peers. Income, language, population and distance show best which cities are of one type. Land and climate "
        "add little in general."
    ),
    gettext_noop(
        "Between countries: 330 cities in 12 types by form, economy and transport (Oke and others 2019, Environmental "
        "Research Letters 14). The chance that a city of the same type comes before a city of another type is 0.81. "
        "With the earlier weights it was 0.80. For pairs in different countries it is 0.78, and was 0.77."
    ),
    gettext_noop(
        "Within a country: income, age, ethnic groups, density and unemployment of 554 counties of the United States, "
        "1996 and 2009. The order of 1,653 places by context has a rank correlation of 0.28 with the order in these "
        "data. With the earlier weights it was 0.27. The order within the United States is nearly the same as before: "
        "the rank correlation of both orders is 0.97."
    ),
    gettext_noop("In our own catalogue 13 initiatives were adapted from others. These are too few to choose weights."),
)

LIMITS = (
    gettext_noop(
        "Nothing is estimated. A variable unknown for either place is left out, and the known share is shown."
    ),
    gettext_noop(
        "Populations are those of GeoNames, which gives no year. Some are of the city alone, others include its "
        "suburbs."
    ),
    gettext_noop("Income is that of the whole country. There are no data on the income of cities."),
    gettext_noop("Climate zones are those of a map with cells of 9 km. Elevation is not known for one place in six."),
    gettext_noop(
        "Hills and mountains nearby are measured by the places within 50 km. The real difference in height may be "
        "larger. There are no data on rivers, deltas or soil."
    ),
    gettext_noop("Languages are those of the country, not of the city."),
    gettext_noop("Distances from the sea may be wrong by 15 km. Lakes do not count as sea."),
    gettext_noop("The largest city in a province or state is not always its capital."),
    gettext_noop("Challenges are those that a city has named in public or works on. It may have others."),
    gettext_noop("Few sources say how severe a challenge is. Where they do not, all challenges count the same."),
    gettext_noop("Change the weights to see whether the result stays the same."),
)


@dataclass(frozen=True, slots=True)
class Method:
    """All that the page of the method shows."""

    variables: tuple[Variable, ...]
    context: tuple[ContextVariable, ...]
    formulas: tuple[Formula, ...]
    between: Mapping[str, float]
    emphasis: Mapping[str, Mapping[str, float]]
    strengths: Mapping[Strength, float]
    least_context: float
    severities: Mapping[str, float]
    unstated_severity: float
    roles: tuple[str, ...]
    chosen_by: tuple[str, ...]
    limits: tuple[str, ...]


METHOD = Method(
    variables=VARIABLES,
    context=CONTEXT_VARIABLES,
    formulas=FORMULAS,
    between={name: DEFAULTS[name] for name in (CONTEXT, CHALLENGES)},
    emphasis=EMPHASIS,
    strengths=STRENGTHS,
    least_context=LEAST_CONTEXT,
    severities=SEVERITY_WEIGHTS,
    unstated_severity=UNSTATED_SEVERITY,
    roles=ROLES,
    chosen_by=CHOSEN_BY,
    limits=LIMITS,
)


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """One variable of the example: both values in words (None where unknown), its part, and weight * steps squared."""

    variable: Variable
    mine: Message | None
    theirs: Message | None
    part: Part
    product: float


@dataclass(frozen=True, slots=True)
class Example:
    """A context score, step by step: the sums, the distance, the score."""

    place: PlaceSummary
    other: PlaceSummary
    lines: tuple[ExampleLine, ...]
    sum_of_products: float
    sum_of_weights: float
    distance: float
    score: float
    known: float
    reasons: tuple[Message, ...]
    differences: tuple[Message, ...]


def worked_example(
    session: Session, matrix: FeatureMatrix, place_id: int, other_id: int, challenges: Collection[str] = ()
) -> Example:
    """Compute the example for two places with the default weights, in one query; NotFound where one is missing.

    With challenges, what counts more for them does so.
    """
    row, other = matrix.row(place_id), matrix.row(other_id)
    weights = emphasised(DEFAULT_WEIGHTS, challenges).variables
    rows = np.array([other])
    scores, known = alike(steps(matrix, row, rows), weights)
    its_parts = parts(matrix, row, rows, weights)[0]
    summaries = place_summaries(session, {place_id, other_id})
    names = names_of(summaries)
    lines = tuple(
        ExampleLine(
            variable=variable,
            mine=value_in_words(matrix, row, variable.code, summaries[place_id]),
            theirs=value_in_words(matrix, other, variable.code, summaries[other_id]),
            part=part,
            product=part.weight * (part.steps or 0.0) ** 2,
        )
        for variable, part in zip(VARIABLES, its_parts, strict=True)
    )
    return Example(
        place=summaries[place_id],
        other=summaries[other_id],
        lines=lines,
        sum_of_products=sum(line.product for line in lines),
        sum_of_weights=sum(line.part.weight for line in lines if line.part.steps is not None),
        distance=float(-np.log(scores[0])) if scores[0] > 0 else float("inf"),
        score=float(scores[0]),
        known=float(known[0]),
        reasons=reasons(matrix, row, other, its_parts, names),
        differences=differences(matrix, row, other, its_parts, names),
    )


def value_in_words(matrix: FeatureMatrix, row: int, code: str, place_summary: PlaceSummary) -> Message | None:
    """What a place has for a variable, in words; None where that is unknown."""
    match code:
        case "region":
            return Message(
                gettext_noop("%(country)s, %(region)s"),
                {"country": Label(place_summary.country), "region": Label(place_summary.region or "–")},
            )
        case "language":
            names = tuple(Label(language_name(code) or code) for code in matrix.languages_of(row))
            return Message(gettext_noop("%(languages)s"), {"languages": names}) if names else None
        case "distance" | "latitude":
            degrees = {"latitude": round(place_summary.latitude, 1), "longitude": round(place_summary.longitude, 1)}
            return Message(gettext_noop("%(latitude)s°, %(longitude)s°"), degrees)
    value = float(getattr(matrix, _COLUMNS.get(code, code))[row])
    if np.isnan(value) or (code == "climate" and value < 0):
        return None
    return _NUMBERS_IN_WORDS[code](value)


_COLUMNS = {"coast": "km_from_sea", "surroundings": "around"}


def _people_in_words(value: float) -> Message:
    return Message(gettext_noop("%(people)s people"), {"people": round(value)})


def _metres_in_words(value: float) -> Message:
    return Message(gettext_noop("%(metres)s m"), {"metres": round(value)})


def _standing_in_words(value: float) -> Message:
    named = {
        CAPITAL: gettext_noop("National capital"),
        LEADING: gettext_noop("Largest city in its province or state"),
    }
    return Message(named.get(int(value), gettext_noop("Neither")))


_NUMBERS_IN_WORDS: Mapping[str, Callable[[float], Message]] = {
    "population": _people_in_words,
    "income": lambda value: Message(list(INCOME_GROUPS.values())[int(value)]),
    "climate": lambda value: Message(list(CLIMATE_ZONES.values())[int(value)]),
    "coast": lambda value: Message(gettext_noop("%(km)s km"), {"km": round(value)}),
    "elevation": _metres_in_words,
    "relief": _metres_in_words,
    "surroundings": _people_in_words,
    "standing": _standing_in_words,
}
