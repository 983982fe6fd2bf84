"""The description of the interface: its examples are real answers, and what it promises holds for made-up requests."""

import itertools
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, seed, settings
from jsonschema_rs import Draft202012Validator
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance
from sqlalchemy.orm import Session

from kb.api.examples import ADDRESSES, COUNTED, REFUSED, SITE, VOLATILE, examples
from kb.catalogue.entries import ENTRIES, EntryKind, schema_of
from tests.api_keys import Program, make_key
from tests.factories import make_city, make_initiative, make_user

FEW = 3
"""Made-up requests for each operation; the same in each run."""

NAMED = {"city": ["surat"], "place": "Surat", "challenge": ["flooding"]}
"""Values of parameters by which the seed is asked for what it has."""

ONE_AT_A_TIME = ("group_by", "sample", "changed_since")
"""Parameters that do not go together."""


def without_volatile(value: Any) -> Any:
    """A value without what differs from site to site."""
    if isinstance(value, dict):
        return {name: without_volatile(inner) for name, inner in value.items() if name not in VOLATILE}
    return [without_volatile(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("address", [*ADDRESSES.values(), COUNTED, REFUSED])
def test_an_example_is_what_the_site_answers(visitor: FlaskClient, address: str) -> None:
    answer = visitor.get(address, base_url=SITE).get_json()
    assert without_volatile(answer) == without_volatile(examples()[address]), "run: python -m tools.api_examples"


def test_every_path_and_parameter_is_described(visitor: FlaskClient) -> None:
    described = visitor.get("/api/v1/openapi.json").get_json()
    assert described["openapi"] == "3.1.0"
    shared = described["components"]["parameters"]
    silent = []
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if method == "parameters" or operation.get("security"):
                continue
            if not operation.get("summary"):
                silent.append(f"{method} {path}")
            for parameter in operation.get("parameters", []):
                whole = shared[parameter["$ref"].rpartition("/")[2]] if "$ref" in parameter else parameter
                if whole["in"] == "query" and not whole.get("description"):
                    silent.append(f"{method} {path} {whole['name']}")
    assert silent == []


@pytest.mark.parametrize("kind", EntryKind)
def test_every_field_that_is_declared_is_described_and_answered(visitor: FlaskClient, kind: EntryKind) -> None:
    schemas = visitor.get("/api/v1/openapi.json").get_json()["components"]["schemas"]
    entry = visitor.get(f"/api/v1/{ENTRIES[kind].folder}?limit=1").get_json()["items"][0]
    assert set(schema_of(kind).declared) <= set(schemas[kind.capitalize()]["properties"])
    assert set(schemas[kind.capitalize()]["properties"]) == set(entry)


@pytest.mark.parametrize("kind", EntryKind)
def test_every_entry_is_as_the_description_says(visitor: FlaskClient, kind: EntryKind) -> None:
    described = visitor.get("/api/v1/openapi.json").get_json()
    page = {"type": "array", "items": {"$ref": f"#/components/schemas/{kind.capitalize()}"}}
    validator = Draft202012Validator({**page, "components": described["components"]}, validate_formats=True)
    address = f"/api/v1/{ENTRIES[kind].folder}?limit=200"
    while address:
        answer = visitor.get(address).get_json()
        assert [(error.instance_path, error.message) for error in validator.iter_errors(answer["items"])] == []
        address = answer["next"]


def answered(call: Any, operation: schemathesis.APIOperation, mode: GenerationMode, *excluded: Any) -> None:
    """Check the answers to some made-up requests of an operation: status, headers and body as described."""

    @seed(11)
    @settings(max_examples=FEW, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: Case) -> None:
        case.validate_response(call(case), excluded_checks=list(excluded))

    check()


@pytest.fixture(scope="module")
def description(seeded_app: Flask) -> schemathesis.BaseSchema:
    """The description of the seeded site."""
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", seeded_app)


def there_is(client: FlaskClient, path: str) -> dict[str, Any]:
    """What the description does not tell: of a path the name of the first entry, of a list a cursor, by parameter."""
    folder, _, name = path.partition("/{")
    name = name.partition("}")[0]
    listed = client.get(folder, query_string={} if name else {"limit": 1}).get_json()
    items = listed.get("items", [])
    if name:
        return {name: items[0].get(name, items[0].get("id"))} if items else {}
    following = parse_qs(urlsplit(listed.get("next") or "").query)
    return {"cursor": following["cursor"][0]} if following else {}


def read(real: Iterator[dict[str, Any]], case: Case) -> Any:
    """The answer to a request that is right by the description, with what `real` gives next for its parameters."""
    query, there = case.query or {}, next(real)
    query.pop("cursor", None)
    if "cursor" in there:
        # It goes with the question that it is of, however many entries are wanted, and what of them.
        query = {name: query[name] for name in ("limit", "fields", "expand") if name in query}
    query |= {name: value for name, value in NAMED.items() if name in query}
    in_path = case.path_parameters or {}
    case.path_parameters = {**in_path, **{name: value for name, value in there.items() if name in in_path}}
    query |= {name: value for name, value in there.items() if name not in in_path}
    case.query = query
    for name in [name for name in ONE_AT_A_TIME if name in query][1:]:
        del query[name]
    for name in ("since", "changed_since"):
        # Numbers of changes that there are not yet are refused.
        if str(query.get(name, "")).isdecimal():
            query[name] = "0"
    return plain(case)


def plain(case: Case) -> Any:
    """The answer, as it is: this client reads no packed ones."""
    return case.call(headers={"Accept-Encoding": "identity"})


def operations(description: schemathesis.BaseSchema, *methods: str) -> list[schemathesis.APIOperation]:
    """The operations of some methods; those that need a key apart."""
    found = [result.ok() for result in description.get_all_operations()]
    return [operation for operation in found if operation.method in methods]


def test_what_is_right_by_the_description_is_answered_as_it_says(description, visitor: FlaskClient) -> None:
    for operation in operations(description, "get"):
        # What is made up may not be there, so that what is there comes once as well.
        named = {parameter.name: NAMED[parameter.name] for parameter in operation.query if parameter.name in NAMED}
        real = itertools.chain([{}, there_is(visitor, operation.path)], itertools.repeat(named))
        answered(partial(read, real), operation, GenerationMode.POSITIVE)


def test_what_is_wrong_by_the_description_is_refused_as_it_says(description) -> None:
    for operation in operations(description, "get"):
        # Of a path alone nothing can be wrong: whatever is asked for might be there.
        if operation.query:
            answered(plain, operation, GenerationMode.NEGATIVE)


LIKE_INITIATIVES = tuple(f"/api/v1/{ENTRIES[kind].folder}" for kind in EntryKind if kind is not EntryKind.INITIATIVE)
"""Paths whose views are made by the same function as those of initiatives; what they take differs."""


def test_programs_that_write_are_answered_as_the_description_says(app: Flask, session: Session) -> None:
    entries = {"initiatives": make_initiative(session).slug, "cities": make_city(session).slug}
    key = make_key(session, app.config["SECRET_KEY"], make_user(session))
    session.commit()
    program = Program(app.test_client(), key)
    proposal = program.send("POST", "/initiatives", {"title": "Made-up"}).json["id"]
    numbers = itertools.count()

    def send(versions: Iterator[str], case: Case) -> Any:
        for folder, slug in entries.items():
            if case.path == f"/api/v1/{folder}/{{slug}}":
                case.path_parameters["slug"] = slug
        if "key" in case.path_parameters:
            case.path_parameters["key"] = proposal
        number, version = next(numbers), next(versions)
        keys = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"made-up-{number}", "If-Match": version}
        return case.call(headers={"Accept-Encoding": "identity", **keys})

    description = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    writing = operations(description, "post", "put", "patch") + operations(description, "delete")
    for operation in writing:
        # An entry has rules beyond its shape, and the key that is sent is always a good one.
        excluded = [positive_data_acceptance, ignored_auth]
        right = partial(send, itertools.cycle(["*", '"1"']))
        answered(right, operation, GenerationMode.POSITIVE, *excluded)
        if not operation.path.startswith(LIKE_INITIATIVES):
            # Of a proposal that is there, what is made up as wrong may be a header that is sent right.
            excluded += [negative_data_rejection] if "{key}" in operation.path else []
            answered(partial(send, itertools.repeat('"1"')), operation, GenerationMode.NEGATIVE, *excluded)
    assert len(writing) == 3 * len(EntryKind) + 4
