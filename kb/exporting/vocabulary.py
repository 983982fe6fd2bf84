"""The words of schema.org and Dublin Core for what the catalogue holds."""

from collections.abc import Mapping

from kb.catalogue.entries import EntryKind

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
