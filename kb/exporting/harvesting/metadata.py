"""Entries as metadata for harvesters: unqualified Dublin Core, and every declared field in a format of our own.

The format of our own derives from the declarations, and so does its XML schema.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from kb.catalogue.entries import ENTRIES, STANDARD_FIELDS, Data, EntryKind, TermKind, schema_of
from kb.catalogue.entries.fields import Day, Number, PlaceId, Whole, YesNo
from kb.catalogue.entries.lists import Rows, Several

from ..export import LICENCE, PUBLISHER, Links
from ..labels import labelled
from ..names import Names, cities_of
from .xml import add, document

Write = Callable[[ET.Element, EntryKind, Data, Names, Links], None]


@dataclass(frozen=True, slots=True)
class MetadataFormat:
    """A format by its prefix: its namespace and the address of its schema by that of the site, and what writes it."""

    prefix: str
    namespace: Callable[[str], str]
    schema: Callable[[str], str]
    write: Write


_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
_OAI_DC_SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"

SCHEMA_PATH = "/oai/citypeers.xsd"

_KEPT = tuple(name for name in STANDARD_FIELDS if name not in {"kind", "slug"})


def _namespace(site: str) -> str:
    return f"{site}/oai/citypeers/1/"


def _schema(site: str) -> str:
    return f"{site}{SCHEMA_PATH}"


def _write_dublin_core(parent: ET.Element, kind: EntryKind, entry: Data, names: Names, links: Links) -> None:
    root = add(
        parent,
        "oai_dc:dc",
        **{
            "xmlns:oai_dc": _OAI_DC,
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
            "xmlns:xsi": _XSI,
            "xsi:schemaLocation": f"{_OAI_DC} {_OAI_DC_SCHEMA}",
        },
    )
    for name, value in _dublin_core(kind, entry, names, links):
        if value:
            language = entry["language"] if name in {"title", "description"} else None
            add(root, f"dc:{name}", str(value), xml_lang=language)


def _dublin_core(kind: EntryKind, entry: Data, names: Names, links: Links) -> Iterator[tuple[str, Any]]:
    """The elements of Dublin Core with their values; what is unknown is None."""
    definition = ENTRIES[kind]
    cities = cities_of(kind, entry)
    yield "title", entry[definition.title]
    for city in cities if kind in {EntryKind.INITIATIVE, EntryKind.VISION} else ():
        yield "creator", names.entries[EntryKind.CITY].get(city)
    for row in entry.get("goals", ()):
        yield "subject", f"SDG {row['goal']}: {names.terms[TermKind.GOAL].get(row['goal'])}"
    for row in entry.get("targets", ()):
        yield "subject", f"SDG target {row['target']}: {names.terms[TermKind.TARGET].get(row['target'])}"
    for row in entry.get("challenges", ()):
        yield "subject", names.terms[TermKind.CHALLENGE].get(row["challenge"] if isinstance(row, dict) else row)
    for code in entry.get("technologies", ()):
        yield "subject", names.terms[TermKind.TECHNOLOGY].get(code)
    yield "description", entry[definition.summary] if definition.summary else None
    yield "publisher", PUBLISHER
    for row in entry.get("partners", ()):
        yield "contributor", row["name"]
    yield "date", entry.get("start_year") or entry.get("adopted_year")
    yield "type", definition.label
    yield "format", "text/html"
    yield "identifier", links.entry(kind, entry["slug"])
    for row in entry.get("sources", ()):
        yield "source", row["url"]
    yield "language", entry["language"]
    for name, of in (("vision", EntryKind.VISION), ("adapted_from", EntryKind.INITIATIVE)):
        yield "relation", links.entry(of, entry[name]) if entry.get(name) else None
    for city in cities:
        facts = names.cities.get(city)
        yield "coverage", f"{facts.name}, {facts.country}" if facts else None
    yield "rights", LICENCE


def _write_all_fields(parent: ET.Element, kind: EntryKind, entry: Data, names: Names, links: Links) -> None:
    data = labelled(kind, entry, names, links)
    namespace = _namespace(links.site)
    root = add(
        parent,
        str(kind),
        xmlns=namespace,
        slug=entry["slug"],
        address=data["address"],
        **{"xmlns:xsi": _XSI, "xsi:schemaLocation": f"{namespace} {_schema(links.site)}"},
        **{name: None if entry[name] is None else str(entry[name]) for name in _KEPT},
    )
    for name, field in schema_of(kind).declared.items():
        value = data[name]
        if isinstance(field, Rows):
            items = add(root, name) if value else root
            for row in value:
                item = add(items, "row")
                for inner in field.fields:
                    _add_value(item, inner, row[inner], row.get(f"{inner}_label"))
        elif isinstance(field, Several):
            items = add(root, name) if value else root
            for code, label in zip(value, data.get(f"{name}_label") or [None] * len(value), strict=True):
                _add_value(items, "code", code, label)
        else:
            _add_value(root, name, value, data.get(f"{name}_label"))


def _add_value(parent: ET.Element, name: str, value: Any, label: Any) -> None:
    if value is not None:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        add(parent, name, text, label=None if label is None else str(label))


FORMATS: Mapping[str, MetadataFormat] = {
    made.prefix: made
    for made in (
        MetadataFormat("oai_dc", lambda _site: _OAI_DC, lambda _site: _OAI_DC_SCHEMA, _write_dublin_core),
        MetadataFormat("citypeers", _namespace, _schema, _write_all_fields),
    )
}
"""The formats by their prefixes."""


def xml_schema(site: str) -> bytes:
    """The XML schema of the format of our own."""
    root = ET.Element(
        "xs:schema",
        {
            "xmlns:xs": "http://www.w3.org/2001/XMLSchema",
            "xmlns": _namespace(site),
            "targetNamespace": _namespace(site),
            "elementFormDefault": "qualified",
        },
    )
    for kind, definition in ENTRIES.items():
        element = add(root, "xs:element", name=str(kind))
        _explain(element, definition.label)
        entry = add(element, "xs:complexType")
        fields = add(entry, "xs:sequence")
        for name, field in schema_of(kind).declared.items():
            if isinstance(field, Several):
                _add_list(fields, name, field)
            else:
                _add_field(fields, name, field)
        add(entry, "xs:attribute", name="slug", type="xs:string", use="required")
        add(entry, "xs:attribute", name="address", type="xs:anyURI", use="required")
        add(entry, "xs:attribute", name="version", type="xs:positiveInteger", use="required")
        add(entry, "xs:attribute", name="created_at", type="xs:dateTime", use="required")
        add(entry, "xs:attribute", name="updated_at", type="xs:dateTime", use="required")
        add(entry, "xs:attribute", name="confirmed_on", type="xs:date")
    return document(root)


def _explain(element: ET.Element, words: str) -> None:
    add(add(element, "xs:annotation"), "xs:documentation", words, xml_lang="en")


def _add_list(parent: ET.Element, name: str, field: Several) -> None:
    element = add(parent, "xs:element", name=name, minOccurs="0")
    _explain(element, field.label)
    items = add(add(element, "xs:complexType"), "xs:sequence")
    if isinstance(field, Rows):
        row = add(items, "xs:element", name="row", maxOccurs="unbounded")
        fields = add(add(row, "xs:complexType"), "xs:sequence")
        for inner, row_field in field.fields.items():
            _add_field(fields, inner, row_field)
    else:
        code = add(items, "xs:element", name="code", maxOccurs="unbounded")
        _add_content(code, "xs:string")


def _add_field(parent: ET.Element, name: str, field: Any) -> None:
    element = add(parent, "xs:element", name=name, minOccurs="0")
    _explain(element, field.label)
    _add_content(element, _type(field))


def _add_content(element: ET.Element, type_: str) -> None:
    """A value of a type, with the label of what is a code."""
    extension = add(add(add(element, "xs:complexType"), "xs:simpleContent"), "xs:extension", base=type_)
    add(extension, "xs:attribute", name="label", type="xs:string")


def _type(field: Any) -> str:
    types = ((PlaceId, "xs:positiveInteger"), (Whole, "xs:integer"), (Number, "xs:double"), (YesNo, "xs:boolean"))
    return next((name for class_, name in (*types, (Day, "xs:date")) if isinstance(field, class_)), "xs:string")
