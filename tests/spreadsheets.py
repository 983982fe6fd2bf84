"""A spreadsheet of initiatives as a network of cities might send it, made up, of as many rows as are wanted."""

import csv
import io
import random
from collections.abc import Iterator, Sequence

HEADING = (
    "Project ID", "Project title", "City", "Country", "Description", "Status", "Start date", "Challenges",
    "Technologies", "SDGs", "Total cost (EUR)", "Partners", "Website",
)  # fmt: skip

_CITIES = (
    ("Prefeitura de Curitiba", "Brasil"), ("City of Cape Town", "South Africa"), ("Surat", "IND"),
    ("Ville de Dakar", "Senegal"), ("Ayuntamiento de Madrid", "España"), ("Comune di Torino", "Italy"),
    ("City of Melbourne", "Australia"), ("Seoul Metropolitan Government", "Republic of Korea"), ("Amman", "Jordan"),
    ("Pemerintah Kota Semarang", "Indonesia"), ("Portland, OR", "USA"), ("Medellín", "Colombia"),
)  # fmt: skip
_STAGES = ("Ongoing", "Planned", "Completed", "Pilot")
_CHALLENGES = ("flooding", "Heat", "waste; air-quality", "congestion")
_WORDS = ("sensors", "lamps", "buses", "pumps", "trees", "meters", "sirens", "maps", "kiosks", "bins")


def rows(count: int, seed: int = 4) -> Iterator[list[str]]:
    """So many rows beneath the heading; the same ones each time."""
    chance = random.Random(seed)  # noqa: S311 - rows are drawn, not secrets
    for number in range(1, count + 1):
        city, country = chance.choice(_CITIES)
        what = f"{chance.choice(_WORDS)} and {chance.choice(_WORDS)}"
        yield [
            f"P-{number:05}",
            f"Made-up project {number}: {what}",
            city,
            country,
            f"Made up for a test: {what} for a quarter of the city, number {number}.",
            chance.choice(_STAGES),
            f"{chance.randint(1, 28):02}/{chance.randint(1, 12):02}/{chance.randint(2012, 2024)}",
            chance.choice(_CHALLENGES),
            chance.choice(("sensors-iot", "Open data", "mobile-app")),
            f"SDG {chance.randint(1, 17)}; 11",
            f"{chance.randint(1, 999)}.{chance.randint(0, 999):03},00",
            "Made-up University (academic); Made-up Works Ltd (private)",
            f"https://example.org/made-up/{number}",
        ]


def as_csv(lines: Sequence[Sequence[str]], separator: str = ",", heading: Sequence[str] = HEADING) -> bytes:
    """The rows under their heading as UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows([heading, *lines])
    return text.getvalue().encode()
