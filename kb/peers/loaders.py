"""Loads what lists show of places, challenges and initiatives, each in one query or few."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from kb.catalogue.models import City, Country, Place, Region
from kb.catalogue.queries import InitiativeCard, initiative_cards_by_ids
from kb.core.db import read_columns
from kb.core.sql_functions import among_ids
from kb.core.text import sort_key

from .answers import LabelNames, NamedChallenge, PlaceSummary
from .profiles import Profiles

_CITY_NAMES = select(City.id, City.name).where(among_ids(City.id))


def place_summaries(session: Session, place_ids: Collection[int]) -> dict[int, PlaceSummary]:
    """Load places by id in one query; those that are gone are left out."""
    rows = read_columns(session, _place_summaries(), ids=sorted(place_ids))
    return {row[0]: PlaceSummary(*row) for row in rows}


@cache
def _place_summaries() -> Select[*tuple[Any, ...]]:
    """Made once, as is the one below: to make such a statement takes a quarter of the time of asking it."""
    return (
        select(
            Place.id,
            Place.name,
            Place.country_code,
            Country.name,
            Country.region_code,
            Region.label,
            Place.admin1,
            Place.latitude,
            Place.longitude,
            Place.population,
            City.slug,
        )
        .join(Country, Country.code == Place.country_code)
        .outerjoin(Region, Region.code == Country.region_code)
        .outerjoin(City, City.place_id == Place.id)
        .where(among_ids(Place.id))
    )


def names_of(summaries: Mapping[int, PlaceSummary]) -> LabelNames:
    """The names of some places, and the labels of their countries and regions."""
    return LabelNames(
        places={place_id: place_summary.name for place_id, place_summary in summaries.items()},
        countries={place_summary.country_code: place_summary.country for place_summary in summaries.values()},
        regions={
            place_summary.region_code: place_summary.region
            for place_summary in summaries.values()
            if place_summary.region_code and place_summary.region
        },
    )


def named_challenges(
    codes: Collection[str], labels: Mapping[str, str], profiles: Profiles, derived: Collection[str] = ()
) -> tuple[NamedChallenge, ...]:
    """Challenges with label and share, the rarest first; `derived` are those from the initiatives of a city alone."""
    rarity = profiles.challenge_rarity
    known = [
        NamedChallenge(code, labels[code], rarity.share(code), code in derived) for code in codes if code in labels
    ]
    return tuple(sorted(known, key=lambda challenge: (challenge.share, sort_key(challenge.label))))


def initiative_cards_by_id(session: Session, ids: Collection[int]) -> dict[int, InitiativeCard]:
    """The cards of initiatives without their goals, in two queries."""
    return {card.id: card for card in initiative_cards_by_ids(session, sorted(ids), with_goals=False)}


def city_names_by_id(session: Session, ids: Collection[int]) -> dict[int, str]:
    """The names of cities by id, in one query."""
    return {row.id: row.name for row in read_columns(session, _CITY_NAMES, ids=sorted(ids))}
