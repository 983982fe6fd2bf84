"""The shores of the sea as points, from the file beside this one, which `scripts/coastline.py` writes.

Cells of 0.2 degrees: a place's distance from the sea is right to some 15 km. Lakes are no sea, nor is the Caspian Sea.
"""

from functools import cache
from importlib.resources import files

import numpy as np

from .geodesy import Floats

_STEP = 0.2


@cache
def shore() -> Floats:
    """Latitude and longitude of points of the shore, shape (about 32,000, 2), ascending by latitude; read-only."""
    lines = files(__package__).joinpath("coastline.txt").read_text(encoding="ascii").splitlines()
    rows = [np.array(line.split(), dtype=np.int16) for line in lines]
    points = np.concatenate([np.stack([np.full(len(row) - 1, row[0]), row[1:]], axis=1) for row in rows]) * _STEP
    points.setflags(write=False)
    return points
