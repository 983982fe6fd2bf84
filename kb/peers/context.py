"""The context score: how alike two places are, from 0 to 1, with each variable's part in what is missing to 1.

    distance = sqrt(sum of weight * steps^2 / sum of weight), over the variables that both places have
    score    = exp(-distance)

This is a weighted Euclidean distance over standardised variables, as in Gower's coefficient (Biometrics 27, 1971) in
how it leaves out what is missing: a variable that either place lacks is in neither sum.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .feature_matrix import CLIMATE_CODES, NUMERIC, FeatureMatrix
from .geodesy import Floats, Rows, kilometres
from .variables import CODES, NEAR_KM


def climate_steps(zones: Sequence[str]) -> Floats:
    """Steps between zones of Köppen and Geiger, by how much of their codes is the same; the last ones are unknown."""
    table = np.full((len(zones) + 1, len(zones) + 1), np.nan)
    for row, zone in enumerate(zones):
        for column, other in enumerate(zones):
            same = [zone == other, zone[:2] == other[:2], zone[0] == other[0], True].index(True)
            table[row, column] = (0.0, 0.5, 1.0, 1.5)[same]
    table.setflags(write=False)
    return table


CLIMATE_STEPS = climate_steps(CLIMATE_CODES)
"""Steps of the variable "climate" by the numbers of two zones; the last row and column are of what is unknown."""

SAME_COUNTRY, SAME_REGION, SAME_CONTINENT, ELSEWHERE = 0.0, 0.5, 1.0, 1.5
"""Steps of the variable "region"."""

FARTHEST = 2.0
"""Steps of distance that are never passed; 1 step is NEAR_KM * ln 2, or 693 km."""


class Part(NamedTuple):
    """What one variable does to a score: its steps (None where either place lacks it), and how much it took away.

    The parts' `took` of one comparison add up to 1 - score.
    """

    code: str
    weight: float
    steps: float | None
    took: float


def steps(matrix: FeatureMatrix, row: int, others: Rows | None = None) -> Floats:
    """Steps between a place and others (all, where none are given), shape (variables, others); NaN where unknown."""
    chosen: Rows | slice = slice(None) if others is None else others
    all_steps = np.empty((len(CODES), len(matrix) if others is None else len(others)))
    for place, code in enumerate(CODES):
        match code:
            case "distance":
                all_steps[place] = near_steps(kilometres(matrix.vectors[chosen], matrix.vectors[row]))
            case "region":
                all_steps[place] = _region_steps(matrix, row, chosen)
            case "language":
                all_steps[place] = _language_steps(matrix, row)[matrix.country[chosen]]
            case "climate":
                all_steps[place] = CLIMATE_STEPS[matrix.climate[row]][matrix.climate[chosen]]
            case _:
                column = matrix.numeric[NUMERIC.index(code)]
                np.abs(column[chosen] - column[row], out=all_steps[place])
    return all_steps


def near_steps(km: Floats) -> Floats:
    """Steps of distance: 0 at 0 km, 1 at 693 km, never more than FARTHEST."""
    return FARTHEST * -np.expm1(-km / NEAR_KM)


def alike(steps: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Scores and known shares from steps (variables, n) and weights (variables,); two arrays of shape (n,).

    A place of which nothing weighted is known scores 0, with a known share of 0.
    """
    known_weight, squared = np.zeros(steps.shape[1]), np.zeros(steps.shape[1])
    # Summed row by row and not as a product of matrices, whose order of adding, and last bit, depend on the column.
    for step, weight in zip(steps, weights.tolist(), strict=True):
        product = step * step
        product *= weight
        unknown = np.isnan(product)
        if unknown.any():
            product[unknown] = 0.0
            known_weight += weight * ~unknown
        else:
            known_weight += weight
        squared += product
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = np.exp(-np.sqrt(squared / known_weight))
    return np.where(known_weight > 0, scores, 0.0), known_weight / weights.sum()


def context_scores(
    matrix: FeatureMatrix, row: int, weights: Floats, others: Rows | None = None
) -> tuple[Floats, Floats]:
    """Scores and known shares of others (all, where none are given) against a place; two arrays of shape (others,)."""
    if others is None or 2 * len(others) <= len(matrix):
        return alike(steps(matrix, row, others), weights)
    # Of most places, to compare all takes two thirds of the time in which the values of these are picked first.
    scores, known = alike(steps(matrix, row), weights)
    return scores[others], known[others]


def parts(matrix: FeatureMatrix, row: int, others: Rows, weights: Floats) -> list[tuple[Part, ...]]:
    """Each variable's part in the comparison of a row with each of others, in the order of CODES.

    What is missing to 1 is shared out by squared distance.
    """
    apart = steps(matrix, row, others)
    scores, _ = alike(apart, weights)
    squared = weights[:, None] * np.nan_to_num(apart) ** 2
    total = squared.sum(axis=0)
    took = np.divide((1.0 - scores) * squared, total, out=np.zeros_like(squared), where=total > 0)
    return [
        tuple(
            Part(code, weight, None if math.isnan(step) else step, away)
            for code, weight, step, away in zip(CODES, weights.tolist(), column, taken, strict=True)
        )
        for column, taken in zip(apart.T.tolist(), took.T.tolist(), strict=True)
    ]


def _language_steps(matrix: FeatureMatrix, row: int) -> Floats:
    """Steps by the number of the other's country: 0 where both have a common language, else 1; unknown without any."""
    country = matrix.country[row]
    language_steps = np.where(matrix.share_language(row), 0.0, 1.0)
    is_known = np.logical_or.reduce(matrix.languages, axis=0)
    language_steps[~is_known if is_known[country] else slice(None)] = np.nan
    language_steps[country] = 0.0
    return language_steps


def _region_steps(matrix: FeatureMatrix, row: int, chosen: Rows | slice) -> Floats:
    """Steps by country, sub-region and continent; unknown where either has no region and the countries differ."""
    region, continent = matrix.region[chosen], matrix.continent[chosen]
    region_steps = np.where(continent == matrix.continent[row], SAME_CONTINENT, ELSEWHERE)
    region_steps[region == matrix.region[row]] = SAME_REGION
    unknown = (region < 0) | (continent < 0)
    if matrix.region[row] < 0 or matrix.continent[row] < 0:
        unknown[:] = True
    region_steps[unknown] = np.nan
    region_steps[matrix.country[chosen] == matrix.country[row]] = SAME_COUNTRY
    return region_steps
