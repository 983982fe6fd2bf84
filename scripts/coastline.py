"""Write kb/peers/coastline.txt from the npm package world-atlas 2.0.2 (Natural Earth 1:50m land, public domain).

Run `npm ci --ignore-scripts` first. One line for each row of a grid of 0.2 degrees: the row, then the columns that the
shore crosses, as whole numbers of steps from the equator and from Greenwich. Only outer rings are taken, and no island
inside a hole, so that a lake, the Caspian Sea among them, is no sea; and only what lies between 60 degrees south and 79
north, where cities are.
"""

import json
import sys
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
STEP = 0.2
SOUTH, NORTH = -60, 79


def main() -> None:
    """Read the land, walk its shores in small steps, and write the cells they cross."""
    land = json.loads((ROOT / "node_modules/world-atlas/land-50m.json").read_text(encoding="utf-8"))
    scale, shift = np.array(land["transform"]["scale"]), np.array(land["transform"]["translate"])
    arcs = [np.cumsum(np.array(arc), axis=0) * scale + shift for arc in land["arcs"]]
    polygons = [
        [np.concatenate([arcs[i] if i >= 0 else arcs[~i][::-1] for i in ring]) for ring in polygon]
        for geometry in land["objects"]["land"]["geometries"]
        for polygon in geometry["arcs"]
    ]
    lakes = [hole for polygon in polygons for hole in polygon[1:]]
    rows: dict[int, set[int]] = defaultdict(set)
    for shore in (polygon[0] for polygon in polygons):
        if any(holds(lake, shore[0]) for lake in lakes):
            continue
        for longitude, latitude in walked(shore):
            if SOUTH < latitude < NORTH:
                rows[round(latitude / STEP)].add(round(longitude / STEP))
    lines = [f"{row} {' '.join(map(str, sorted(rows[row])))}" for row in sorted(rows)]
    (ROOT / "kb/peers/coastline.txt").write_text("\n".join(lines) + "\n", encoding="ascii")
    print(f"{sum(map(len, rows.values()))} cells", file=sys.stderr)


def holds(ring: np.ndarray, point: np.ndarray) -> bool:
    """Whether a point lies within a ring: a line eastward from it crosses the ring an odd number of times."""
    start, end = ring[:-1], ring[1:]
    crossed = (start[:, 1] > point[1]) != (end[:, 1] > point[1])
    start, end = start[crossed], end[crossed]
    where = start[:, 0] + (point[1] - start[:, 1]) / (end[:, 1] - start[:, 1]) * (end[:, 0] - start[:, 0])
    return bool((where > point[0]).sum() % 2)


def walked(ring: np.ndarray) -> np.ndarray:
    """The points of a ring, with more between them, at most half a step apart; edges of the map are left out."""
    pieces = []
    for start, end in pairwise(ring):
        length = np.abs(end - start).max()
        # The land is cut at the 180th meridian, and a cut runs along it.
        if length > 180 or abs(start[0]) == abs(end[0]) == 180:
            continue
        count = max(1, int(np.ceil(length / (STEP / 2))))
        pieces.append(start + (end - start) * np.linspace(0, 1, count, endpoint=False)[:, None])
    return np.concatenate(pieces) if pieces else np.empty((0, 2))


if __name__ == "__main__":
    main()
