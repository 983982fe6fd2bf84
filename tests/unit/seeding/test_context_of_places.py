"""The file of the seed with the climate zone, elevation and relief of places."""

from functools import cache

import pytest

from config import ROOT
from kb.catalogue.choices import CLIMATE_ZONES
from kb.seeding.facts import wanted_places
from kb.seeding.gazetteer import CONTEXT_FILE, Context, cities_of, read_contexts

SEED = ROOT / "seed_data"


@cache
def contexts() -> dict[int, Context]:
    return read_contexts(SEED)


# What atlases say, and for relief whether there are mountains, hills or none within 50 km.
KNOWN = {
    "La Paz": (3911925, "C", (3_500, 4_000), (700, 2_500)),
    "Beira": (1052373, "Aw", (0, 20), None),
    "Quito": (3652462, "C", (2_700, 3_000), None),
    "Amsterdam": (2759794, "Cfb", (-5, 20), (0, 60)),
    "Dhaka": (1185241, "Aw", (0, 30), (0, 60)),
    "Nairobi": (184745, "C", (1_600, 1_800), (300, 1_500)),
    "Mexico City": (3530597, "Cwb", (2_200, 2_350), (700, 2_500)),
    "Oslo": (3143244, "", (0, 120), (200, 700)),
    "Dubai": (292223, "BWh", (0, 40), None),
    "Reykjavík": (3413829, "Cfc", (0, 60), (20, 300)),
    "Singapore": (1880252, "Af", (0, 40), (0, 200)),
    "Ushuaia": (3833367, "ET", (0, 60), None),
    "Medellín": (3674962, "", (1_400, 1_600), (1_000, 3_000)),
    "Cairo": (360630, "BWh", (10, 60), (0, 400)),
    "Moscow": (524901, "Dfb", (110, 200), (50, 250)),
    "Tokyo": (1850147, "Cfa", (0, 60), (50, 1_000)),
    "Addis Ababa": (344979, "Cwb", (2_300, 2_500), (300, 1_500)),
    "Lima": (3936456, "BWh", (100, 250), (500, 3_000)),
    "Mumbai": (1275339, "Am", (0, 30), None),
    "Lhasa": (1280737, "", (3_600, 3_700), None),
    "Shanghai": (1796236, "Cfa", (0, 20), (0, 100)),
    "Denver": (5419384, "BSk", (1_550, 1_700), (700, 2_500)),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_city_is_where_an_atlas_has_it(name: str) -> None:
    place_id, zone, elevation, relief = KNOWN[name]
    context = contexts()[place_id]
    assert str(context["climate_zone"]).startswith(zone)
    assert elevation[0] <= int(context["elevation_m"] or 0) <= elevation[1]
    if relief:
        assert relief[0] <= int(context["relief_m"] or 0) <= relief[1]


def test_the_file_covers_the_gazetteer_and_says_whose_data_it_is() -> None:
    ids = {int(city["geonameid"]) for city in cities_of(wanted_places(SEED))}
    assert ids - contexts().keys() == set()
    assert {context["climate_zone"] for context in contexts().values()} <= {*CLIMATE_ZONES, None}
    known = {
        name: sum(context[name] is not None for context in contexts().values()) / len(contexts())
        for name in ("climate_zone", "elevation_m", "relief_m")
    }
    assert (known["climate_zone"] > 0.98, known["elevation_m"] > 0.75, known["relief_m"] > 0.8) == (True, True, True)
    assert "CC BY 4.0" in (SEED / CONTEXT_FILE).read_text("ascii").partition("\n")[0]
