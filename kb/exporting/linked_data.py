"""Entries as linked data: nodes of JSON-LD in the words of schema.org and Dublin Core, each with an address of its own.

What schema.org has a word for is said by it; every other declared field is an `additionalProperty` with its path and
label. Nothing says here who linked a goal, or how serious a challenge is: JSON and tables do. No node is blank, so that
the same data give the same triples.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from kb.catalogue.choices import LICENCE_PAGES
from kb.catalogue.entries import ENTRIES, Data, EntryKind, TermKind, schema_of
from kb.catalogue.entries.lists import Several

from .export import LICENCE, PUBLISHER, Links
from .labels import label_of
from .names import CityFacts, Names

SCHEMA = "https://schema.org/"

SCHEMA_TYPES: Mapping[EntryKind, str] = {
    EntryKind.INITIATIVE: f"{SCHEMA}CreativeWork",
    EntryKind.CITY: f"{SCHEMA}City",
    EntryKind.LEADER: f"{SCHEMA}Person",
    EntryKind.VISION: f"{SCHEMA}CreativeWork",
}
"""The class of each kind, as on its pages."""

CONTEXT: Mapping[str, str] = {
    "@vocab": SCHEMA,
    "dcterms": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""The context of JSON-LD: words without a prefix are of schema.org."""


Node = dict[str, Any]

_Maker = Callable[["_Entry", Any], Node]


class _Entry:
    """An entry with what its nodes are made from; `address` is that of its page."""

    def __init__(self, kind: EntryKind, data: Data, names: Names, links: Links) -> None:
        self.kind, self.data, self.names, self.links = kind, data, names, links
        self.address = links.entry(kind, data["slug"])

    def part(self, name: str, position: int) -> str:
        """The address of an item of one of its lists, from 1."""
        return f"{self.address}#{name}-{position}"

    def linked(self, kind: EntryKind, slug: str) -> Node:
        """Another entry."""
        return _known({"@id": self.links.entry(kind, slug), "name": self.names.entries[kind].get(slug)})

    def city(self, slug: str) -> Node:
        """A city, with its place where that is known."""
        facts = self.names.cities.get(slug)
        found: Node = {"@id": self.links.entry(EntryKind.CITY, slug), "@type": "City"}
        return found | (_place(facts) if facts is not None else {})

    def term(self, kind: TermKind, code: Any) -> Node:
        """A term by its code."""
        return _known(
            {
                "@id": self.links.term(kind, code),
                "@type": "DefinedTerm",
                "termCode": str(code),
                "name": self.names.terms[kind].get(code),
            }
        )


def node(kind: EntryKind, data: Data, names: Names, links: Links) -> Node:
    """A whole entry."""
    entry = _Entry(kind, data, names, links)
    made: Node = {
        "@id": entry.address,
        "@type": SCHEMA_TYPES[kind].rpartition("/")[2],
        "name": data[ENTRIES[kind].title],
        "url": {"@id": entry.address},
        "dcterms:identifier": data["slug"],
        "dcterms:created": _moment(data["created_at"]),
        "dcterms:modified": _moment(data["updated_at"]),
        "dcterms:license": {"@id": LICENCE},
        "dcterms:publisher": PUBLISHER,
        "version": data["version"],
    }
    said = {ENTRIES[kind].title}
    for name, make in _SAID[kind].items():
        said.add(name)
        _add(made, make(entry, data[name]))
    if kind is EntryKind.CITY:
        _add(made, entry.city(data["slug"]))
    made["additionalProperty"] = list(_others(entry, said))
    return _known(made)


def _add(made: Node, more: Node) -> None:
    """Add what is said of an entry; lists of the same go on."""
    for key, value in more.items():
        made[key] = [*made.get(key, ()), *value] if isinstance(value, list) else value


def _others(entry: _Entry, said: set[str]) -> Iterator[Node]:
    """The fields that schema.org has no word for."""
    for name, field in schema_of(entry.kind).declared.items():
        value = entry.data[name]
        if name in said or value is None or value == []:
            continue
        if isinstance(field, Several):
            for position, item in enumerate(value, 1):
                yield _property(entry.part(name, position), name, field, item, entry)
        else:
            yield _property(f"{entry.address}#{name}", name, field, value, entry)


def _property(address: str, path: str, field: Any, value: Any, entry: _Entry) -> Node:
    label = label_of(field, value, entry.names)
    return _known(
        {
            "@id": address,
            "@type": "PropertyValue",
            "propertyID": f"{entry.kind}.{path}",
            "name": field.label,
            "value": json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value,
            "description": label if label != str(value) else None,
        }
    )


def _text(key: str) -> _Maker:
    return lambda _entry, value: {key: value}


def _year(key: str) -> _Maker:
    return lambda _entry, value: {key: _gyear(value)}


def _gyear(year: int | None) -> Node | None:
    return None if year is None else {"@value": f"{year:04}", "@type": "xsd:gYear"}


def _terms(entry: _Entry, kind: TermKind, codes: list[Any]) -> Node:
    return {"about": [entry.term(kind, code) for code in codes]}


def _goals(entry: _Entry, rows: list[Data]) -> Node:
    return _terms(entry, TermKind.GOAL, [row["goal"] for row in rows])


def _targets(entry: _Entry, rows: list[Data]) -> Node:
    return _terms(entry, TermKind.TARGET, [row["target"] for row in rows])


def _challenges(entry: _Entry, items: list[Any]) -> Node:
    codes = [item["challenge"] if isinstance(item, dict) else item for item in items]
    return _terms(entry, TermKind.CHALLENGE, codes)


def _technologies(entry: _Entry, codes: list[str]) -> Node:
    return _terms(entry, TermKind.TECHNOLOGY, codes)


def _cities(entry: _Entry, slugs: list[str]) -> Node:
    return {"spatialCoverage": [entry.city(slug) for slug in slugs]}


def _sources(_entry: _Entry, rows: list[Data]) -> Node:
    """Sources by their addresses; the title by which this entry cites one is its own."""
    return {
        "citation": [_known({"@id": _address(row["url"]), "@type": "WebPage", "name": row["title"]}) for row in rows],
        "dcterms:source": [{"@id": _address(row["url"])} for row in rows],
    }


def _partners(entry: _Entry, rows: list[Data]) -> Node:
    return {
        "contributor": [
            _known(
                {
                    "@id": entry.part("partner", position),
                    "@type": "Organization",
                    "name": row["name"],
                    "additionalType": row["role"],
                }
            )
            for position, row in enumerate(rows, 1)
        ]
    }


def _outcomes(entry: _Entry, rows: list[Data]) -> Node:
    return {
        "subjectOf": [
            _known(
                {
                    "@id": entry.part("outcome", position),
                    "@type": "Observation",
                    "name": row["measure"],
                    "value": row["value"],
                    "unitText": row["unit"],
                    "description": row["qualifier"],
                    "observationDate": _gyear(row["year"]),
                    "measurementQualifier": "target" if row["is_target"] else "result",
                    "additionalType": row["direction"],
                    "citation": _page(row["source"]),
                    "additionalProperty": _before(entry.part("outcome", position), row),
                }
            )
            for position, row in enumerate(rows, 1)
        ]
    }


def _before(address: str, row: Data) -> Node | None:
    """The value before, with its year."""
    if row["baseline_value"] is None:
        return None
    return _known(
        {
            "@id": f"{address}-before",
            "@type": "PropertyValue",
            "propertyID": "initiative.outcomes.baseline_value",
            "value": row["baseline_value"],
            "unitText": row["unit"],
            "validFrom": _gyear(row["baseline_year"]),
        }
    )


def _pictures(entry: _Entry, rows: list[Data]) -> Node:
    return {
        "image": [
            {
                "@id": entry.links.image(row["image"]),
                "@type": "ImageObject",
                "caption": row["alt"],
                "creditText": row["author"],
                "license": {"@id": LICENCE_PAGES.get(row["licence"]) or _address(row["source"])},
                "acquireLicensePage": {"@id": _address(row["source"])},
            }
            for row in rows
        ]
    }


def _offices(entry: _Entry, rows: list[Data]) -> Node:
    return {
        "hasOccupation": [
            _known(
                {
                    "@id": entry.part("term", position),
                    "@type": "Role",
                    "roleName": row["title"],
                    "startDate": _gyear(row["start_year"]),
                    "endDate": _gyear(row["end_year"]),
                    "spatialCoverage": entry.city(row["city"]),
                    "citation": _page(row["source"]),
                }
            )
            for position, row in enumerate(rows, 1)
        ]
    }


def _link(key: str, kind: EntryKind) -> _Maker:
    return lambda entry, slug: {key: [] if slug is None else [entry.linked(kind, slug)]}


def _language(_entry: _Entry, code: str) -> Node:
    return {"inLanguage": code, "dcterms:language": code}


def _website(_entry: _Entry, address: str | None) -> Node:
    return {"sameAs": [] if address is None else [_page(address)]}


def _place_id(_entry: _Entry, number: int | None) -> Node:
    return {} if number is None else {"identifier": f"geonames:{number}"}


def _place(facts: CityFacts) -> Node:
    """Where a city is, with its country."""
    place: Node = {
        "name": facts.name,
        "sameAs": [{"@id": f"https://sws.geonames.org/{facts.place_id}/"}],
        "latitude": facts.latitude,
        "longitude": facts.longitude,
        "containedInPlace": {
            "@id": f"https://www.iso.org/obp/ui/#iso:code:3166:{facts.country_code}",
            "@type": "Country",
            "name": facts.country,
            "identifier": facts.country_code,
        },
    }
    return _known(place)


def _page(address: str | None) -> Node | None:
    return None if address is None else {"@id": _address(address)}


def _address(address: str) -> str:
    """An address in the signs that RDF allows."""
    return quote(address, safe=":/?#[]@!$&'()*+,;=%~")


def _moment(iso: str) -> Node:
    return {"@value": iso, "@type": "xsd:dateTime"}


def _known(made: Node) -> Node:
    """What is known of a node; a number without decimals is whole, since readers of JSON differ over 20.0."""
    return {
        key: int(value) if isinstance(value, float) and value.is_integer() else value
        for key, value in made.items()
        if value is not None and value != []
    }


_SAID: Mapping[EntryKind, Mapping[str, _Maker]] = {
    EntryKind.INITIATIVE: {
        "summary": _text("abstract"),
        "action": _text("description"),
        "language": _language,
        "start_year": _year("startDate"),
        "end_year": _year("endDate"),
        "cities": _cities,
        "challenges": _challenges,
        "goals": _goals,
        "targets": _targets,
        "technologies": _technologies,
        "outcomes": _outcomes,
        "partners": _partners,
        "leader": _link("contributor", EntryKind.LEADER),
        "vision": _link("isPartOf", EntryKind.VISION),
        "adapted_from": _link("isBasedOn", EntryKind.INITIATIVE),
        "pictures": _pictures,
        "sources": _sources,
    },
    EntryKind.CITY: {
        "place": _place_id,
        "website": _website,
        "language": _language,
        "challenges": _challenges,
        "pictures": _pictures,
        "sources": _sources,
    },
    EntryKind.LEADER: {"language": _language, "terms": _offices, "pictures": _pictures},
    EntryKind.VISION: {
        "gist": _text("abstract"),
        "language": _language,
        "city": lambda entry, slug: {"spatialCoverage": [entry.city(slug)]},
        "adopted_year": _year("datePublished"),
        "horizon_year": _year("expires"),
        "goals": _goals,
        "pictures": _pictures,
        "sources": _sources,
    },
}
"""What schema.org has words for, by field."""
