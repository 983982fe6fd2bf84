"""Facets and words that documents of several kinds share."""

from collections.abc import Iterable, Sequence

from kb.catalogue.choices import city_size
from kb.catalogue.models import Challenge, City, InitiativeGoal, InitiativeTarget, Technology, VisionGoal
from kb.core.text import fold


def challenge_facets(challenges: Iterable[Challenge]) -> dict[str, tuple[str, ...]]:
    """Facets of challenges and of the aims they serve."""
    listed = list(challenges)
    return {
        "challenge": tuple(challenge.code for challenge in listed),
        "aim": distinct(aim.code for challenge in listed for aim in challenge.aims),
    }


def city_facets(cities: Sequence[City]) -> dict[str, tuple[str, ...]]:
    """Facets of where cities lie and how large they are."""
    countries = [city.country for city in cities]
    return {
        "country": distinct(country.code for country in countries),
        "region": distinct(country.region_code for country in countries),
        "income": distinct(country.income_group for country in countries),
        "size": distinct(city_size(city.place.population) for city in cities),
    }


def link_words(link: InitiativeGoal | VisionGoal | InitiativeTarget) -> str:
    """A goal or target as people type it."""
    if isinstance(link, InitiativeTarget):
        return f"{link.target_code} {link.target.label}"
    return f"SDG {link.goal_number} goal {link.goal_number} {link.goal.label}"


def term_words(term: Challenge | Technology) -> str:
    """A term's label, and the words of its code that the label lacks: wifi, cctv, iot and gis are typed as well."""
    label = fold(term.label)
    return " ".join([term.label, *(word for word in term.code.split("-") if word not in label)])


def where(city: City) -> str:
    """A city with its country and region."""
    return joined(city.name, country(city))


def country(city: City) -> str:
    """A city's country and region."""
    region = city.country.region
    return joined(city.country.name, region.label if region else None)


def known(value: str | None) -> tuple[str, ...]:
    """A facet of one value, or of none."""
    return () if value is None else (value,)


def distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    """The values that are there, each once."""
    return tuple(dict.fromkeys(value for value in values if value))


def joined(*parts: str | None) -> str:
    """The pieces that are there, a line each."""
    return "\n".join(part for part in parts if part)
