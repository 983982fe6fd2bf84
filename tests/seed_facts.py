"""The facts of `seed_data/`, so that tests count what it holds and not what it once held."""

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

from config import ROOT


@cache
def facts(name: str) -> list[dict[str, Any]]:
    """The facts in a file of the seed data; not to be changed."""
    read: list[dict[str, Any]] = json.loads((ROOT / "seed_data" / f"{name}.json").read_text("utf-8"))
    return read


def count(name: str) -> int:
    """How many entries the facts of a file make: the terms of a person in a city are one leader."""
    if name == "leaders":
        return len({(fact["name"], fact["city"]) for fact in facts(name)})
    return len(facts(name))


def first_initiatives(number: int, folder: Path) -> Path:
    """Copy the seed data to a folder with the first initiatives alone, and the cities, leaders and visions of these."""
    shutil.copytree(ROOT / "seed_data", folder)
    initiatives = facts("initiatives")[:number]
    cities = {city for fact in initiatives for city in fact["cities"]}
    kept = {"initiatives": initiatives, "cities": [fact for fact in facts("cities") if fact["name"] in cities]}
    kept |= {name: [fact for fact in facts(name) if fact["city"] in cities] for name in ("leaders", "visions")}
    for name, rows in kept.items():
        (folder / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    return folder
