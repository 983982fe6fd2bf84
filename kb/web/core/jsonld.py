"""What a page says to machines: schema.org as JSON-LD."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask, url_for
from markupsafe import Markup

from kb.catalogue.choices import LICENCE_PAGES
from kb.catalogue.models import (
    Challenge,
    City,
    Goal,
    Initiative,
    Leader,
    LeaderTerm,
    Picture,
    Technology,
    Vision,
)
from kb.catalogue.queries import CityOnMap, Statistics
from kb.exporting.export import LICENCE
from kb.forum.models import ForumSession
from kb.forum.rules import may_have_spoken
from kb.peers.answers import PeerAnswer, PlaceSummary
from kb.search.results import PAGE_SIZE, Results

from .links import absolute, canonical, link_to, origin, search_link, site_address

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
        "url": f"{site_address()}/",
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
                _without_none(
                    {
                        "@type": "WebPage",
                        "name": initiative_source.title or initiative_source.source.title,
                        "url": initiative_source.source.url,
                    }
                )
                for initiative_source in entry.citations
            ],
            "image": [_image(picture) for picture in entry.pictures] or None,
        }
    )


def _image(picture: Picture) -> JSONLD:
    """A picture with its author, and the page of its licence, or else where it comes from."""
    return {
        "@type": "ImageObject",
        "contentUrl": absolute(url_for("images.image", key=picture.image.key, size="large")),
        "description": picture.alt,
        "creditText": picture.author,
        "license": LICENCE_PAGES.get(picture.licence, picture.source_url),
        "acquireLicensePage": picture.source_url,
    }


def city(entry: City) -> JSONLD:
    """A city with its coordinates and country."""
    return _city(entry) | _without_none(
        {
            "geo": {"@type": "GeoCoordinates", "latitude": entry.place.latitude, "longitude": entry.place.longitude},
            "sameAs": f"https://sws.geonames.org/{entry.place_id}/",
            "image": [_image(picture) for picture in entry.pictures] or None,
        }
    )


def leader(entry: Leader) -> JSONLD:
    """A leader with the offices held."""
    return _without_none(
        {
            "@type": "Person",
            "name": entry.name,
            "url": absolute(link_to(entry)),
            "hasOccupation": [_office(term) for term in entry.terms],
            "image": [_image(picture) for picture in entry.pictures] or None,
        }
    )


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
            "image": [_image(picture) for picture in entry.pictures] or None,
        }
    )


def forum_session(forum_session: ForumSession) -> JSONLD:
    """A session as an event, with its place, its organisers and who speaks."""
    return _without_none(
        {
            "@type": "Event",
            "name": forum_session.title,
            "description": forum_session.theme,
            "url": absolute(link_to(forum_session)),
            "startDate": forum_session.local_start.isoformat(),
            "endDate": forum_session.ends_at.astimezone(forum_session.local_start.tzinfo).isoformat()
            if forum_session.ends_at
            else None,
            "eventStatus": "https://schema.org/EventCancelled"
            if forum_session.state == "cancelled"
            else "https://schema.org/EventScheduled",
            "location": {"@type": "Place", "name": forum_session.place, "address": forum_session.place}
            if forum_session.place
            else None,
            "inLanguage": forum_session.languages,
            "organizer": [{"@type": "Organization", "name": name} for name in forum_session.organisers],
            "performer": [
                _without_none({"@type": "Person", "name": speaker.name, "jobTitle": speaker.title})
                for speaker in forum_session.speakers
                if may_have_spoken(speaker)
            ],
            "superEvent": {"@type": "Event", "name": forum_session.forum.title},
            "citation": [source.url for source in forum_session.sources],
        }
    )


def term(entry: Goal | Challenge | Technology) -> JSONLD:
    """A goal, challenge or technology as a defined term."""
    return _term(entry) | {"description": entry.gist}


def term_set(name: str, entries: Iterable[Goal | Challenge | Technology]) -> JSONLD:
    """A closed list of goals, challenges or technologies, at the address of the request."""
    return {
        "@type": "DefinedTermSet",
        "name": name,
        "url": canonical(),
        "hasDefinedTerm": [_term(entry) | {"description": entry.gist} for entry in entries],
    }


def collection(name: str, entries: Iterable[City | CityOnMap]) -> JSONLD:
    """A page that lists cities, at the address of the request."""
    return {
        "@type": "CollectionPage",
        "name": name,
        "url": canonical(),
        "mainEntity": _list((entry.name, entry) for entry in entries),
    }


def results(answer: Results) -> JSONLD:
    """A page of search results, the first of them numbered by its place among all."""
    question = answer.question
    return {
        "@type": "SearchResultsPage",
        "name": question.text or "CityPeers",
        "url": absolute(search_link(question)),
        "mainEntity": _list(
            (("".join(piece for piece, _matched in hit.title), hit.entry) for hit in answer.hits),
            first=(answer.page - 1) * PAGE_SIZE + 1,
        )
        | {"numberOfItems": answer.total},
    }


def _list(named: Iterable[tuple[str, Any]], first: int = 1) -> JSONLD:
    """Things with pages of their own, in their order, by (name, thing)."""
    root = origin()
    return {
        "@type": "ItemList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "url": root + link_to(thing)}
            for position, (name, thing) in enumerate(named, first)
        ],
    }


def peers(answer: PeerAnswer) -> JSONLD:
    """The peers of a city as a list in order; those without a page here by name alone."""
    return {
        "@type": "ItemList",
        "name": f"Cities like {answer.place.name}",
        "itemListOrder": "https://schema.org/ItemListOrderDescending",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "item": _place(peer.place)}
            for position, peer in enumerate(answer.peers, 1)
        ],
    }


def dataset(entries: Statistics) -> JSONLD:
    """The whole catalogue as a dataset."""
    return {
        "@type": "Dataset",
        "name": "CityPeers catalogue",
        "description": f"{entries.initiatives} initiatives of {entries.cities} cities in {entries.countries} "
        "countries, with outcomes, costs, lessons and sources.",
        "url": absolute(url_for("about.about")),
        "license": LICENCE,
        "creator": {"@type": "Organization", "name": "CityPeers", "url": f"{site_address()}/"},
        "isAccessibleForFree": True,
    }


def figures(name: str, description: str, files: Mapping[str, str]) -> JSONLD:
    """Figures on the page of the request as a dataset with its CSV files, from name to path."""
    return {
        "@type": "Dataset",
        "name": name,
        "description": description,
        "url": canonical(),
        "license": LICENCE,
        "creator": {"@type": "Organization", "name": "CityPeers", "url": f"{site_address()}/"},
        "isAccessibleForFree": True,
        "distribution": [
            {"@type": "DataDownload", "name": name, "encodingFormat": "text/csv", "contentUrl": absolute(path)}
            for name, path in files.items()
        ],
    }


def _city(entry: City) -> JSONLD:
    return {
        "@type": "City",
        "name": entry.name,
        "url": absolute(link_to(entry)),
        "containedInPlace": {"@type": "Country", "name": entry.country.name, "identifier": entry.country_code},
    }


def _place(place_summary: PlaceSummary) -> JSONLD:
    return _without_none(
        {
            "@type": "City",
            "name": place_summary.name,
            "url": absolute(url_for("cities.city", slug=place_summary.slug)) if place_summary.slug else None,
            "sameAs": f"https://sws.geonames.org/{place_summary.id}/",
            "containedInPlace": {
                "@type": "Country",
                "name": place_summary.country,
                "identifier": place_summary.country_code,
            },
        }
    )


def _term(entry: Goal | Challenge | Technology) -> JSONLD:
    code = str(entry.number) if isinstance(entry, Goal) else entry.code
    return {"@type": "DefinedTerm", "name": entry.label, "termCode": code, "url": absolute(link_to(entry))}


def _office(leader_term: LeaderTerm) -> JSONLD:
    return _without_none(
        {
            "@type": "Role",
            "roleName": leader_term.title,
            "startDate": str(leader_term.start_year) if leader_term.start_year else None,
            "endDate": str(leader_term.end_year) if leader_term.end_year else None,
            "hasOccupation": {
                "@type": "Occupation",
                "name": leader_term.title,
                "occupationLocation": _city(leader_term.city),
            },
        }
    )


def _without_none(data: JSONLD) -> JSONLD:
    return {key: value for key, value in data.items() if value is not None and value != []}


def register(app: Flask) -> None:
    """Let the base template write JSON-LD."""
    app.jinja_env.filters["jsonld"] = jsonld
