"""Distances on the Earth for many points at once: great circles, the nearest of many, and people within a radius.

The Earth is a sphere of 6,371 km (its mean radius, IUGG), which errs by half a per cent at most.
"""

import numpy as np
import numpy.typing as npt

EARTH_KM = 6_371.0

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

_BLOCK = 256
"""Points that are compared with a band of others at a time; keeps a block's matrix within some megabytes."""


def is_on_earth(latitude: float, longitude: float) -> bool:
    """Whether these may be a latitude and a longitude, in degrees."""
    return -90 <= latitude <= 90 and -180 <= longitude <= 180


def unit_vectors(latitude: Floats, longitude: Floats) -> Floats:
    """Points as unit vectors, shape (n, 3); degrees in."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)


def kilometres(points: Floats, others: Floats) -> Floats:
    """Great-circle distance between unit vectors, broadcast over all but the last axis.

    By the chord, which stays exact for near points where the cosine does not, and is symmetric to the last bit.
    """
    apart = points - others
    chord = np.sqrt(apart[..., 0] ** 2 + apart[..., 1] ** 2 + apart[..., 2] ** 2)
    distances: Floats = 2 * EARTH_KM * np.arcsin(np.minimum(chord / 2, 1.0))
    return distances


def nearest_km(latitude: Floats, longitude: Floats, others: Floats, most: float) -> Floats:
    """Distance from each point to the nearest of others, in km, `most` where none is nearer; shape (n,).

    `others` has shape (m, 2): latitude and longitude, ascending by latitude.
    """
    distances = np.full(len(latitude), most)
    theirs = unit_vectors(others[:, 0], others[:, 1]).astype(np.float32)
    mine = unit_vectors(latitude, longitude).astype(np.float32)
    for block, first, last in _bands(latitude, others[:, 0], most):
        if last > first:
            cosine = (mine[block] @ theirs[first:last].T).max(axis=1).astype(np.float64)
            distances[block] = np.minimum(most, EARTH_KM * np.arccos(np.clip(cosine, -1, 1)))
    return distances


def sum_within(latitude: Floats, longitude: Floats, amounts: Floats, radius: float) -> Floats:
    """For each point, the sum of the amounts of all other points within a radius in km; shape (n,)."""
    order = np.argsort(latitude, kind="stable")
    vectors = unit_vectors(latitude, longitude)[order].astype(np.float32)
    ordered = amounts[order]
    sums = np.zeros(len(latitude))
    bound = np.float32(np.cos(radius / EARTH_KM))
    for block, first, last in _bands(latitude, latitude[order], radius):
        near = (unit_vectors(latitude[block], longitude[block]).astype(np.float32) @ vectors[first:last].T) >= bound
        sums[block] = near @ ordered[first:last] - amounts[block]
    return np.maximum(sums, 0.0)


def _bands(latitude: Floats, ascending: Floats, reach: float) -> "list[tuple[npt.NDArray[np.intp], int, int]]":
    """Blocks of points of like latitude, each with the extent of the others that may be within reach in km."""
    degrees = np.degrees(reach / EARTH_KM)
    order = np.argsort(latitude, kind="stable")
    blocks = [order[start : start + _BLOCK] for start in range(0, len(order), _BLOCK)]
    return [
        (
            block,
            int(np.searchsorted(ascending, latitude[block[0]] - degrees)),
            int(np.searchsorted(ascending, latitude[block[-1]] + degrees, side="right")),
        )
        for block in blocks
    ]
