"""What the weights of the context score are chosen on: cities of one type shall come before others.

    python -m tools.calibrate_peers

`urban_types.csv` has 331 cities in 12 types by form, economy and transport (Oke et al. 2019). For each city, the chance
that one of its type comes before one of another type, in the order of the context score; averaged over the cities,
among all others and among those abroad. Printed for the default weights, and without each variable. The types are no
ranking of peers, so the weights are set by hand from this, in round numbers, and size and nearness are kept above what
the types ask for, since nothing else tells cities of one country apart.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from config import Config
from kb.core.db import Database
from kb.peers.context import alike, steps
from kb.peers.feature_matrix import FeatureMatrix
from kb.peers.geodesy import Floats, Rows, kilometres, unit_vectors
from kb.peers.service import PLACES, Peers
from kb.peers.variables import CODES
from kb.peers.weights import DEFAULT_WEIGHTS

TYPES = Path(__file__).with_name("urban_types.csv")

NEAR_KM = 40.0
"""The largest place so near to the coordinates of a city is the city."""


class TypedPlaces(NamedTuple):
    """The rows of places in the feature matrix and the type of each."""

    rows: Rows
    types: Rows


def typed_places(matrix: FeatureMatrix, file: Path = TYPES) -> TypedPlaces:
    """The places of the file that the gazetteer has."""
    with file.open(encoding="utf-8", newline="") as lines:
        listed = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    points = unit_vectors(*(np.array([float(row[name]) for row in listed]) for name in ("latitude", "longitude")))
    rows = [_largest_near(matrix, point) for point in points]
    found = [(row, int(city["type"])) for row, city in zip(rows, listed, strict=True) if row is not None]
    return TypedPlaces(*np.array(found, dtype=np.intp).T)


def agreement(matrix: FeatureMatrix, places: TypedPlaces, weights: Floats, *, abroad: bool = False) -> float:
    """The mean chance, from 0 to 1, that a place of the same type comes before one of another; 0.5 is chance."""
    chances = []
    for number, row in enumerate(places.rows.tolist()):
        scores, _ = alike(steps(matrix, row, places.rows), weights)
        others = np.arange(len(scores)) != number
        if abroad:
            others &= matrix.country[places.rows] != matrix.country[row]
        same = places.types == places.types[number]
        mine, rest = scores[others & same], scores[others & ~same]
        if len(mine) and len(rest):
            before = (mine[:, None] > rest).mean() + (mine[:, None] == rest).mean() / 2
            chances.append(float(before))
    return float(np.mean(chances))


def _largest_near(matrix: FeatureMatrix, point: Floats) -> int | None:
    near = np.flatnonzero(kilometres(matrix.vectors, point) < NEAR_KM)
    return int(near[np.argmax(np.nan_to_num(matrix.population[near]))]) if len(near) else None


def _report(matrix: FeatureMatrix) -> Sequence[str]:
    places, weights = typed_places(matrix), DEFAULT_WEIGHTS.variables
    without = {f"without_{code}": np.where(np.array(CODES) == code, 0.0, weights) for code in CODES}
    return [f"cities: {len(places.rows)}"] + [
        f"{name}: {agreement(matrix, places, of):.3f}, abroad {agreement(matrix, places, of, abroad=True):.3f}"
        for name, of in ({"default_weights": weights} | without).items()
    ]


if __name__ == "__main__":
    config = Config.from_environment()
    peers = Peers(Database(config.database_url), config.instance / PLACES)
    print("\n".join(_report(peers.feature_matrix)))  # noqa: T201 - the report is what the command is for
