"""Synthetic records: made up by a seeded generator, titled "Synthetic record N", with the shape of real ones.

Words follow Zipf's law over a made-up vocabulary, with the words of our lists strewn in, so that queries have both rare
and common words.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from kb.catalogue.choices import STAGES
from kb.catalogue.models import (
    Challenge,
    City,
    Initiative,
    InitiativeCity,
    InitiativeGoal,
    Place,
    Target,
    Technology,
    initiative_challenges,
    initiative_technologies,
)
from kb.core.db import Database
from kb.core.text import sort_key

VOCABULARY = 20_000
WORDS_A_RECORD = 180
FEWEST_CITIES = 1_000
MOST_CITIES = 20_000
RECORDS_A_CITY = 5
FIRST_ID = 1_000_000
"""Entries that are made up have ids from here on; those of the seed are smaller."""

_BATCH = 2_000
_REAL_WORDS = [
    "flood",
    "warning",
    "early",
    "sensor",
    "traffic",
    "school",
    "clinic",
    "water",
    "energy",
    "waste",
    "bus",
    "open",
    "data",
    "platform",
    "street",
    "light",
    "air",
    "quality",
    "heat",
    "housing",
    "permit",
    "resident",
    "mobile",
    "payment",
    "camera",
    "drain",
    "forecast",
    "budget",
    "citizen",
    "report",
    "map",
    "network",
]
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "or", "el")]


@dataclass(frozen=True, slots=True)
class Asked:
    """One query of the bench: its text and the filters chosen with it."""

    text: str
    filters: dict[str, tuple[str, ...]]


def vocabulary() -> list[str]:
    """The words in order of frequency; the same in every run."""
    chance = random.Random(1)
    made = {"".join(chance.choices(_SYLLABLES, k=chance.choice((2, 2, 3, 3, 4)))) for _ in range(VOCABULARY * 2)}
    words = sorted(made)
    chance.shuffle(words)
    words = words[:VOCABULARY]
    for rank, word in enumerate(_REAL_WORDS):
        words[rank * 12 + 7] = word
    return words


def how_many_cities(records: int) -> int:
    """Cities that so many records belong to; the gazetteer has places for them all."""
    return min(max(records // RECORDS_A_CITY, FEWEST_CITIES), MOST_CITIES)


def fill(database: Database, records: int) -> None:
    """Add synthetic cities and initiatives to a database that holds the seed's terms and places.

    Written by the tables, unseen by the change log: the index is rebuilt afterwards.
    """
    chance = random.Random(records)
    with database.writing() as session:
        places = session.execute(
            select(Place.id, Place.name, Place.country_code)
            .where(Place.id.not_in(select(City.place_id)))
            .order_by(Place.population.desc(), Place.id)
            .limit(how_many_cities(records))
        ).all()
        first_city = FIRST_ID
        now = datetime.now(UTC)
        common = {"version": 1, "created_at": now, "updated_at": now}
        cities = [
            {
                "id": first_city + n,
                "slug": f"synthetic-city-{n}",
                "name": f"Synthetic {place.name}",
                "sort_key": sort_key(f"Synthetic {place.name}"),
                "country_code": place.country_code,
                "place_id": place.id,
                **common,
            }
            for n, place in enumerate(places)
        ]
        session.execute(insert(City.__table__), cities, execution_options={"unlogged": True})
        challenges = session.scalars(select(Challenge.code)).all()
        technologies = session.scalars(select(Technology.code)).all()
        assert session.scalar(select(Target.code).limit(1)), "the terms must be seeded first"
        for batch in _batches(range(records)):
            rows, links = _rows(chance, batch, challenges, technologies, first_city, len(cities), common)
            session.execute(insert(Initiative.__table__), rows, execution_options={"unlogged": True})
            for table, values in links.items():
                session.execute(insert(table), values, execution_options={"unlogged": True})


_WORDS = vocabulary()
_WEIGHTS: list[float] = []
_total = 0.0
for _rank in range(1, VOCABULARY + 1):
    _total += 1 / _rank
    _WEIGHTS.append(_total)


def prose(chance: random.Random, words: int) -> str:
    """Made-up prose of so many words."""
    drawn = chance.choices(_WORDS, cum_weights=_WEIGHTS, k=words)
    sentences = [" ".join(drawn[start : start + 14]).capitalize() + "." for start in range(0, words, 14)]
    return " ".join(sentences)


def _rows(chance, numbers, challenges, technologies, first_city, cities, common):
    rows, links = [], {t: [] for t in (InitiativeCity.__table__, InitiativeGoal.__table__)}
    links |= {initiative_challenges: [], initiative_technologies: []}
    stages = list(STAGES)
    for number in numbers:
        key = FIRST_ID + number
        title = f"Synthetic record {number} {prose(chance, 5)[:-1]}"
        rows.append(
            {
                "id": key,
                "slug": f"synthetic-record-{number}",
                "title": title,
                "sort_key": sort_key(title),
                "summary": prose(chance, 25),
                "problem": prose(chance, 40),
                "action": prose(chance, 70),
                "results": prose(chance, WORDS_A_RECORD - 140),
                "stage": chance.choice(stages),
                "start_year": chance.choice([None, *range(1998, 2026)]),
                "evidence_level": chance.choice([None, 0, 1, 1, 1, 2, 3]),
                **common,
            }
        )
        links[InitiativeCity.__table__].append(
            {"initiative_id": key, "city_id": first_city + chance.randrange(cities), "position": 0}
        )
        for goal in chance.sample(range(1, 18), chance.randint(1, 4)):
            links[InitiativeGoal.__table__].append({"initiative_id": key, "goal_number": goal, "origin": "editor"})
        for code in chance.sample(list(challenges), chance.randint(1, 3)):
            links[initiative_challenges].append({"initiative_id": key, "challenge_code": code})
        for code in chance.sample(list(technologies), chance.randint(1, 3)):
            links[initiative_technologies].append({"initiative_id": key, "technology_code": code})
    return rows, links


def queries(number: int = 200) -> list[Asked]:
    """A fixed mix: one to three words of any frequency, phrases, prefixes, and filters on two queries of five."""
    chance = random.Random(7)
    asked = []
    for n in range(number):
        words = [
            _WORDS[min(VOCABULARY - 1, int(chance.paretovariate(0.5)) + 3)]
            for _ in range(chance.choice((1, 1, 2, 2, 3)))
        ]
        if n % 10 == 3:
            words = chance.sample(_REAL_WORDS, 2)
        text = " ".join(words)
        if n % 10 == 7:
            text = f'"{words[0]} {_WORDS[chance.randrange(40)]}"'
        if n % 10 == 9:
            text = words[0][:4] + "*"
        filters = {}
        if n % 5 == 1:
            filters = {"goal": (str(chance.randint(1, 17)),)}
        elif n % 5 == 2:
            filters = {"stage": ("pilot", "operational"), "income": ("lower-middle",)}
        asked.append(Asked(text, filters))
    return asked


def some_places(session: Session, number: int) -> list[int]:
    """Ids of places of the gazetteer, drawn at random, the same ones each time."""
    return random.Random(11).sample(sorted(session.scalars(select(Place.id))), number)


def _batches(numbers: range) -> Iterator[range]:
    for start in range(0, len(numbers), _BATCH):
        yield numbers[start : start + _BATCH]
