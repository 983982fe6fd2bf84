"""The list of all cities: pages of whole screens, by country, with a way to the page on which a country begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from kb.catalogue import queries

from ..core import jsonld
from ..core.paging import pages_of

CITIES_A_PAGE = 200


@dataclass(frozen=True, slots=True)
class CountryLink:
    """A country with cities: its name (English, to be translated), how many, and where in the list they begin."""

    name: str
    count: int
    url: str


def page_of_cities(session: Session, page: int) -> Mapping[str, Any]:
    """Everything the template needs, by name; a page beyond the last has no cities."""
    countries = queries.cities_per_country(session)
    total = sum(count for _code, _name, count in countries)
    pages = pages_of(page, max(-(-total // CITIES_A_PAGE), 1), _link)
    shown = queries.cities_by_country().offset((page - 1) * CITIES_A_PAGE).limit(CITIES_A_PAGE)
    cities = queries.city_cards(session, shown) if page <= pages.last else []
    return {
        "total": total,
        "pages": pages,
        "link": _link(page),
        "jumps": _jumps(countries) if pages.last > 1 else [],
        "countries": [(country, list(group)) for country, group in groupby(cities, key=lambda city: city.country)],
        "jsonld": jsonld.collection("Cities", cities),
        "per_city": queries.initiatives_per_city(session, cities),
    }


def _jumps(countries: list[tuple[str, str, int]]) -> list[CountryLink]:
    links = []
    before = 0
    for code, name, count in countries:
        links.append(CountryLink(name, count, f"{_link(before // CITIES_A_PAGE + 1)}#{code}"))
        before += count
    return links


def _link(page: int) -> str:
    return url_for("cities.cities", page=page if page > 1 else None)
