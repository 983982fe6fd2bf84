"""JSON schemas of what is answered, made from the declarations of the entries: nothing is declared anew here."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import inspect

from kb.catalogue.choices import CITY_SIZES, CLIMATE_ZONES
from kb.catalogue.entries import ENTRIES, TERMS, EntryKind, TermKind, schema_of
from kb.catalogue.entries.fields import Day, Declared, Number, Text, Web, Whole, YesNo
from kb.catalogue.entries.lists import Rows, Several
from kb.core.languages import LANGUAGE_ROLES

from .reading import expandable

JsonSchema = dict[str, Any]

STRING: JsonSchema = {"type": "string"}
WHOLE: JsonSchema = {"type": "integer"}
ADDRESS: JsonSchema = {"type": "string", "format": "uri"}
MOMENT: JsonSchema = {"type": "string", "format": "date-time"}
DAY: JsonSchema = {"type": "string", "format": "date"}

_TYPES: Mapping[type[Any], JsonSchema] = {
    Whole: WHOLE,
    Number: {"type": "number"},
    YesNo: {"type": "boolean"},
    Day: DAY,
    # People copy addresses from their browser, which may hold letters of any script (RFC 3987).
    Web: {"type": "string", "format": "iri"},
}

_ID = {**WHOLE, "description": "The number of the entry. It is never used again for another one of its kind."}
_PAGE = {**ADDRESS, "description": "The page of the entry."}
_CHANGE = {
    **WHOLE,
    "description": "The catalogue's change number. Send it later as `changed_since` to get what changed.",
}


def array(items: JsonSchema, description: str = "") -> JsonSchema:
    """A list of items."""
    return {"type": "array", "items": items, **({"description": description} if description else {})}


def nullable(schema: JsonSchema) -> JsonSchema:
    """A schema that may be null, which means that it is not known."""
    if "enum" in schema:
        schema = {**schema, "enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def named(name: str) -> JsonSchema:
    """A schema of the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def name_of(kind: EntryKind | TermKind) -> str:
    """What the schema of a kind is called among the components."""
    return kind.value.capitalize()


def of_object(properties: Mapping[str, JsonSchema], description: str = "", required: Any = None) -> JsonSchema:
    """An object that has these properties and no others."""
    return {
        "type": "object",
        **({"description": description} if description else {}),
        "properties": dict(properties),
        "required": list(properties if required is None else required),
        "additionalProperties": False,
    }


def entry_schema(kind: EntryKind) -> JsonSchema:
    """A whole entry; with `fields` it has fewer properties, with `expand` objects in the place of slugs and codes."""
    model: Any = ENTRIES[kind].model
    declared = schema_of(kind).declared
    expanded = expandable(kind)
    columns = inspect(model).columns
    properties = {
        "id": _ID,
        "url": _PAGE,
        "kind": {"const": str(kind)},
        "slug": {**STRING, "description": "The last part of its address."},
        "version": {**WHOLE, "description": "It grows by one with every change."},
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "confirmed_on": nullable({**DAY, "description": "When someone last confirmed that the entry is true."}),
    }
    for name, field in declared.items():
        schema = _of_field(field)
        target = expanded.get(name)
        if target is not None:
            schema = _or_object(schema, target.inner, target.schema_name)
        is_needed = field.stored in columns and not columns[field.stored].nullable
        is_list = isinstance(field, Several)
        properties[name] = schema if is_needed or is_list or _has_default(field) else nullable(schema)
    return of_object(properties, ENTRIES[kind].label, required=["id", "url"])


def sent_schema(kind: EntryKind) -> JsonSchema:
    """An entry as it is sent: every field may be left out, or null, which means that it is not known."""
    properties = {}
    for name, field in schema_of(kind).declared.items():
        schema = _of_field(field)
        if isinstance(field, Rows):
            schema = {**schema, "items": {**schema["items"], "required": []}}
        properties[name] = nullable(schema)
    return of_object(properties, ENTRIES[kind].label, required=())


def _or_object(schema: JsonSchema, inner: str | None, name: str) -> JsonSchema:
    """A schema of slugs or codes that also admits, where they are expanded, the objects in their place."""
    if schema.get("type") != "array":
        described = {key: value for key, value in schema.items() if key == "description"}
        bare = {key: value for key, value in schema.items() if key != "description"}
        return {"anyOf": [bare, named(name)], **described}
    if inner is None:
        return {**schema, "items": {"anyOf": [schema["items"], named(name)]}}
    row = schema["items"]
    properties = {**row["properties"], inner: {"anyOf": [row["properties"][inner], named(name)]}}
    return {**schema, "items": {**row, "properties": properties}}


def _has_default(field: Any) -> bool:
    return field.load_default is not None


def _of_field(field: Any) -> JsonSchema:
    described = {"description": _description(field)} if field.label else {}
    return {**_type_of(field), **described}


def _type_of(field: Any) -> JsonSchema:
    if isinstance(field, Rows):
        return array(of_object({name: _of_row_field(inner) for name, inner in field.fields.items()}))
    if isinstance(field, Several):
        return array(_type_of(field.inner))
    simple = next((schema for kind, schema in _TYPES.items() if isinstance(field, kind)), STRING)
    if isinstance(field, Text):
        return {**simple, "maxLength": field.longest}
    return {**simple, "enum": list(field.choices)} if simple is STRING and field.choices else simple


def _of_row_field(field: Any) -> JsonSchema:
    schema = _of_field(field)
    return schema if _has_default(field) else nullable(schema)


def _description(field: Declared) -> str:
    """What a field is called, and what its codes mean."""
    if not field.choices:
        return field.label
    return f"{field.label}. {'; '.join(f'{code}: {label}' for code, label in field.choices.items())}."


def term_schema(kind: TermKind) -> JsonSchema:
    """A term of a list; `initiatives` is how many have it."""
    definition = TERMS[kind]
    properties: dict[str, JsonSchema] = {"url": {**_PAGE, "description": "The page of the term."}}
    if definition.schema is None:
        columns = inspect(definition.model).columns
        for column in columns:
            if column.key != "position":
                properties[column.key.removesuffix("_number")] = WHOLE if column.type.python_type is int else STRING
    else:
        for name, field in schema_of(kind).declared.items():
            properties[name] = _of_field(field)
    if kind is TermKind.GOAL:
        properties["targets"] = array(STRING, "The codes of its targets.")
    properties["initiatives"] = {**WHOLE, "description": "How many initiatives have it."}
    return of_object(properties, required=["url", "label", "gist"])


def list_schema(kind_schema: JsonSchema) -> JsonSchema:
    """A page of a list; with `group_by` counts in the place of items, with `changed_since` also what is gone."""
    return of_object(
        {
            "total": {**WHOLE, "description": "How many entries match, on all pages."},
            "change": _CHANGE,
            "items": array(kind_schema),
            "next": nullable({**ADDRESS, "description": "The address of the next page; null on the last."}),
            "deleted": array(named("Deleted"), "With `changed_since`: entries that are no longer in the catalogue."),
            "unmatched": array(
                of_object({"id": _ID, "slug": STRING}),
                "With `changed_since` and filters: entries that changed and do not match now. Some matched before.",
            ),
            "groups": array(
                {
                    "type": "object",
                    "properties": {"count": WHOLE},
                    "required": ["count"],
                    "additionalProperties": nullable(STRING),
                },
                "With `group_by`: the code and the label of each value, and how many entries match. An entry with "
                "several values counts for each.",
            ),
        },
        required=["change"],
    )


DELETED = of_object(
    {
        "id": _ID,
        "kind": STRING,
        "slug": nullable({**STRING, "description": "The last part of its former address, if known."}),
        "change": {**WHOLE, "description": "The number of the change that removed it."},
        "at": MOMENT,
        "reason": {**STRING, "enum": ["withdrawn", "merged", "deleted"]},
        "merged_into": nullable({**ADDRESS, "description": "The page of the entry into which it was merged."}),
    },
    "An entry that is no longer in the catalogue.",
)

PROBLEM = {
    "type": "object",
    "description": "An error, as RFC 9457 describes it.",
    "properties": {
        "type": {**STRING, "format": "uri-reference"},
        "title": STRING,
        "status": WHOLE,
        "detail": {**STRING, "description": "What went wrong and what to do, in one sentence."},
        "errors": {
            "type": "object",
            "description": "The same for each parameter or field.",
            "additionalProperties": array(STRING),
        },
        "request_id": {**STRING, "description": "Of errors on our side: please include it if you report one."},
    },
    "required": ["type", "title", "status", "detail"],
}


PLACE = of_object(
    {
        "id": {**WHOLE, "description": "Its number in GeoNames."},
        "url": {
            **ADDRESS,
            "description": "The page of the city, if it has one; otherwise the page of the place's peers.",
        },
        "name": STRING,
        "country": {**STRING, "description": "The code of the country (ISO 3166-1)."},
        "admin1": nullable({**STRING, "description": "The code of the province."}),
        "latitude": {"type": "number"},
        "longitude": {"type": "number"},
        "population": nullable(WHOLE),
        "size": nullable({**STRING, "enum": list(CITY_SIZES), "description": "The size class of the population."}),
        "timezone": nullable(STRING),
        "is_capital": {"type": "boolean"},
        "climate_zone": nullable(
            {
                **STRING,
                "enum": list(CLIMATE_ZONES),
                "description": "The climate zone (Köppen-Geiger), on the map of Rubel and others (2017) for 1986-2010.",
            }
        ),
        "elevation_m": nullable({**WHOLE, "description": "Metres above the sea, in the elevation model of GeoNames."}),
        "relief_m": nullable(
            {
                **WHOLE,
                "description": "Metres between the highest and the lowest place of GeoNames within 50 km.",
            }
        ),
        "languages": array(
            of_object({"code": STRING, "role": {**STRING, "enum": list(LANGUAGE_ROLES)}, "share": {"type": "number"}}),
            "Languages of the country that are official in all of it, or used by at least half of its people, and the "
            "share of its people who use them in per cent (Unicode CLDR).",
        ),
        "city": nullable({**STRING, "description": "The slug of the city there, if it has a page."}),
    },
    "A populated place of the list of GeoNames.",
)


def components() -> dict[str, JsonSchema]:
    """Every schema that others refer to, by name."""
    terms = {name_of(kind): term_schema(kind) for kind in TermKind if kind is not TermKind.AIM}
    entries = {name_of(kind): entry_schema(kind) for kind in EntryKind}
    return {**entries, **terms, "Place": PLACE, "Deleted": DELETED, "Problem": PROBLEM}
