"""Examples of the description: real answers, which `python -m tools.api_examples` gets from the seeded site."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("examples.json")

SITE = "https://peers.example"
"""The site that answers in examples."""

VOLATILE = frozenset({"created_at", "updated_at", "change", "at", "next"})
"""What differs from site to site: moments, numbers of changes, and cursors, which are signed."""

ADDRESSES: Mapping[str, str] = {
    "/api/v1": "/api/v1",
    "/api/v1/initiatives": "/api/v1/initiatives?goal=11&region=southern-asia&fields=title,summary,cities,goals&limit=2",
    "/api/v1/initiatives/{slug}": "/api/v1/initiatives/petajakarta-flood-map-from-social-media",
    "/api/v1/cities": "/api/v1/cities?country=IN&fields=name,place,challenges&limit=2",
    "/api/v1/cities/{slug}": "/api/v1/cities/surat?expand=place",
    "/api/v1/cities/{slug}/peers": "/api/v1/cities/surat/peers?limit=1",
    "/api/v1/leaders": "/api/v1/leaders?fields=name,terms&limit=2",
    "/api/v1/leaders/{slug}": "/api/v1/leaders/basuki-tjahaja-purnama",
    "/api/v1/visions": "/api/v1/visions?fields=title,city,goals&limit=2",
    "/api/v1/visions/{slug}": "/api/v1/visions/jakarta-smart-city-programme",
    "/api/v1/challenges/{code}": "/api/v1/challenges/flooding",
    "/api/v1/technologies/{code}": "/api/v1/technologies/early-warning",
    "/api/v1/goals/{number}": "/api/v1/goals/11",
    "/api/v1/targets/{code}": "/api/v1/targets/11.2",
    "/api/v1/goals/suggest": "/api/v1/goals/suggest?text=Solar+panels+on+the+roofs+of+schools",
    "/api/v1/places": "/api/v1/places?q=beira&limit=1",
    "/api/v1/places/{place_id}": "/api/v1/places/1052373",
    "/api/v1/peers": "/api/v1/peers?place=Beira&challenge=flooding&limit=1",
    "/api/v1/search": "/api/v1/search?q=flood+warning&limit=2",
    "/api/v1/changes": "/api/v1/changes?kind=city&limit=2",
    "/api/v1/sessions": "/api/v1/sessions?limit=1",
}
"""The address that is asked for the example of each path."""

COUNTED = "/api/v1/initiatives?group_by=goal,region&challenge=flooding&technology=early-warning"
"""A second example of the list of initiatives: counts."""

REFUSED = "/api/v1/initiatives?goal=18"
"""The example of an error."""


@cache
def examples() -> dict[str, Any]:
    """Answers by the address that they are of."""
    read: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return read


def example_of(path: str) -> dict[str, Any]:
    """The examples of a path, as OpenAPI has them; none for a path without."""
    addresses = [
        address for address in (ADDRESSES.get(path), COUNTED if path == "/api/v1/initiatives" else None) if address
    ]
    return {
        f"example {number}": {"summary": f"GET {address}", "value": examples()[address]}
        for number, address in enumerate(addresses, start=1)
    }
