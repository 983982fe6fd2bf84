"""What a page says to machines: schema.org as JSON-LD."""

import json
from collections.abc import Iterable
from typing import Any

from flask import Flask, url_for
from markupsafe import Markup

from kb.catalogue.models import Challenge, City, Goal, Initiative, Leader, LeaderTerm, Technology, Vision
from kb.catalogue.queries import Coverage

from .links import absolute, link_to

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})

JSONLD = dict[str, Any]


def jsonld(data: JSONLD) -> Markup:
    """JSON that is safe inside a script element: nothing in it can end the element."""
    text = json.dumps({"@context": "https://schema.org", **data}, ensure_ascii=False)
    return Markup(text.translate(_ESCAPES))  # noqa: S704 - every sign that HTML reads is escaped above


def website() -> JSONLD:
    """The site, and how to search it."""
    return {
        "@type": "WebSite",
        "name": "CityPeers",
        "url": absolute("/"),
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": absolute(url_for("search.search")) + "?q={search_term_string}",
            },
            "query-input": "required name=search_term_string",
        },
    }


def initiative(entry: Initiative) -> JSONLD:
    """An initiative as a work about a problem, in places and years, with its sources."""
    return _without_none(
        {
            "@type": "CreativeWork",
            "name": entry.title,
            "abstract": entry.summary,
            "url": absolute(link_to(entry)),
            "license": LICENCE,
            "dateModified": entry.updated_at.date().isoformat(),
            "temporalCoverage": f"{entry.start_year}/{entry.end_year or '..'}" if entry.start_year else None,
            "spatialCoverage": [_city(city) for city in entry.cities],
            "about": [_term(link.goal) for link in entry.goals]
            + [_term(challenge) for challenge in entry.challenges]
            + [_term(technology) for technology in entry.technologies],
            "citation": [
                _without_none({"@type": "WebPage", "name": one.title or one.source.title, "url": one.source.url})
                for one in entry.citations
            ],
        }
    )


def city(entry: City) -> JSONLD:
    """A city with its coordinates and country."""
    return _city(entry) | {
        "geo": {"@type": "GeoCoordinates", "latitude": entry.place.latitude, "longitude": entry.place.longitude},
        "sameAs": f"https://sws.geonames.org/{entry.place_id}/",
    }


def leader(entry: Leader) -> JSONLD:
    """A leader with the offices held."""
    return {
        "@type": "Person",
        "name": entry.name,
        "url": absolute(link_to(entry)),
        "hasOccupation": [_office(term) for term in entry.terms],
    }


def vision(entry: Vision) -> JSONLD:
    """A vision as a published work about a city."""
    return _without_none(
        {
            "@type": "CreativeWork",
            "name": entry.title,
            "abstract": entry.gist,
            "url": absolute(link_to(entry)),
            "datePublished": str(entry.adopted_year) if entry.adopted_year else None,
            "spatialCoverage": _city(entry.city),
            "citation": [source.url for source in entry.sources],
        }
    )


def term(entry: Goal | Challenge | Technology) -> JSONLD:
    """A goal, challenge or technology as a defined term."""
    return _term(entry) | {"description": entry.gist}


def dataset(coverage: Coverage) -> JSONLD:
    """The whole catalogue as a dataset."""
    return {
        "@type": "Dataset",
        "name": "CityPeers catalogue",
        "description": f"{coverage.initiatives} initiatives of {coverage.cities} cities in {coverage.countries} "
        "countries, with outcomes, costs, lessons and sources.",
        "url": absolute(url_for("about.about")),
        "license": LICENCE,
        "creator": {"@type": "Organization", "name": "CityPeers", "url": absolute("/")},
        "isAccessibleForFree": True,
    }


def trail(steps: Iterable[tuple[str, str]]) -> JSONLD:
    """Breadcrumbs from (name, path)."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": absolute(path)}
            for position, (name, path) in enumerate(steps, 1)
        ],
    }


def _city(entry: City) -> JSONLD:
    return {
        "@type": "City",
        "name": entry.name,
        "url": absolute(link_to(entry)),
        "containedInPlace": {"@type": "Country", "name": entry.country.name, "identifier": entry.country_code},
    }


def _term(entry: Goal | Challenge | Technology) -> JSONLD:
    code = str(entry.number) if isinstance(entry, Goal) else entry.code
    return {"@type": "DefinedTerm", "name": entry.label, "termCode": code, "url": absolute(link_to(entry))}


def _office(held: LeaderTerm) -> JSONLD:
    return _without_none(
        {
            "@type": "Role",
            "roleName": held.title,
            "startDate": str(held.start_year) if held.start_year else None,
            "endDate": str(held.end_year) if held.end_year else None,
            "hasOccupation": {"@type": "Occupation", "name": held.title, "occupationLocation": _city(held.city)},
        }
    )


def _without_none(data: JSONLD) -> JSONLD:
    return {key: value for key, value in data.items() if value is not None and value != []}


def register(app: Flask) -> None:
    """Let the base template write JSON-LD."""
    app.jinja_env.filters["jsonld"] = jsonld
