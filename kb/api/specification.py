"""Describes the interface by OpenAPI 3.1; the description is made when somebody first asks for it."""

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from threading import Lock
from typing import Any

from apispec import APISpec
from flask import Flask
from flask_smorest import Api, Blueprint

from kb.search.facets import FILTERS
from kb.search.labels import Labels
from kb.web.core import context
from kb.web.core.problem_details import MIMETYPE
from kb.web.core.query_schemas import VALUES_OF_A_NAME, Several, Text

from . import json_schemas
from .answer_schemas import ANSWER_SCHEMAS
from .examples import REFUSED, example_of, examples
from .query_schemas import Names, Since
from .writing.documentation import KEYS, SCHEME
from .writing.documentation import schemas as writing_schemas

API_VERSION = "1.0"

DESCRIPTION = (
    "What cities do with technology to become sustainable, as JSON. Reading needs no key. The data are under CC BY "
    "4.0. A list comes in pages: use the address in `next`, or in the header `Link`, until there is none. To get only "
    "what changed later, save the number `change` of your first answer and send it as `changed_since`. You also get "
    "the entries that were removed. Every answer has an ETag. Send it as `If-None-Match`: the answer is 304 if nothing "
    "has changed. `RateLimit` says how many requests you have left. If there are too many, the answer is 429, and "
    "`Retry-After` says how many seconds to wait. Errors are problem details (RFC 9457). Writing needs a key from your "
    "account. It makes proposals, which editors review."
)

_HEADERS = {
    "ETag": "Send it as `If-None-Match`. The answer is 304 if nothing has changed.",
    "Catalogue-Change": "The change number. Send it later as `changed_since`.",
    "RateLimit": "How many requests are left (r), and after how many seconds you have all of them again (t).",
}


class Specification(Api):  # type: ignore[misc] # flask-smorest has no types
    """Flask-smorest, but for its errors, which are the site's own, and for when it describes the addresses."""

    def __init__(self, app: Flask) -> None:
        self._options: dict[str, Any] = {}
        self._blueprints: list[Blueprint] = []
        self._is_described = False
        self._describing = Lock()
        app.config.update(API_TITLE="CityPeers", API_VERSION=API_VERSION, OPENAPI_VERSION="3.1.0")
        servers = [{"url": app.config["KB"].site_path or "/"}]
        super().__init__(app, spec_kwargs={"info": {"description": DESCRIPTION}, "servers": servers})
        app.extensions["kb_specification"] = self

    def _init_spec(self, **options: Any) -> None:
        """Keep what the description is begun with: to begin it takes a third of the time in which the site is made."""
        self._options = options

    def _register_error_handlers(self) -> None:
        """Leave the errors to the site, which answers them in one shape."""

    def _register_responses(self) -> None:
        """Every error has the one shape."""
        content = {MIMETYPE: {"schema": json_schemas.named("Problem"), "example": examples()[REFUSED]}}
        for status in HTTPStatus:
            described = {"description": status.phrase} | (
                {"content": content} if status >= HTTPStatus.BAD_REQUEST else {}
            )
            self.spec.components.response(status.name, described, lazy=True)
        self.spec.components.response("DEFAULT_ERROR", {"description": "An error", "content": content}, lazy=True)

    def register_blueprint(self, blp: Blueprint, **options: Any) -> None:
        """Put the addresses of a blueprint on the application, and describe them later: that takes a while."""
        app: Flask = self._app
        app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        app.register_blueprint(blp, **options)
        self._blueprints.append(blp)

    def described(self) -> dict[str, Any]:
        """The whole description as JSON has it; the values of filters are those of the catalogue now."""
        with self._describing:
            if not self._is_described:
                self._describe()
                self._is_described = True
            described: dict[str, Any] = self.spec.to_dict()
        _complete(described, context.search().labels(context.session()))
        return described

    def _describe(self) -> None:
        super()._init_spec(**self._options)
        spec: APISpec = self.spec
        converter = self.ma_plugin.converter
        converter.add_attribute_function(_values_of_names)
        converter.add_attribute_function(_length_of_text)
        converter.add_attribute_function(_forms_of_since)
        converter.add_parameter_attribute_function(_style_of_names)
        spec.components.security_scheme(SCHEME, KEYS)
        for name, schema in {**json_schemas.components(), **ANSWER_SCHEMAS, **writing_schemas()}.items():
            spec.components.schema(name, schema)
        for blueprint in self._blueprints:
            blueprint.register_views_in_doc(self, self._app, spec, name=blueprint.name, parameters=None)


def _values_of_names(_converter: Any, field: Any, **_settings: Any) -> dict[str, Any]:
    """A list of names is an array."""
    if not isinstance(field, Names):
        return {}
    most = {} if field.most is None else {"maxItems": field.most}
    return {"type": "array", "items": {"type": "string", "enum": list(field.known)}, **most}


def _forms_of_since(_converter: Any, field: Any, **_settings: Any) -> dict[str, Any]:
    """A number, or a moment."""
    if not isinstance(field, Since):
        return {}
    number = {"type": "string", "pattern": "^[0-9]{1,9}$"}
    return {"anyOf": [number, {**json_schemas.STRING, "format": "date"}, json_schemas.MOMENT]}


def _length_of_text(_converter: Any, field: Any, **_settings: Any) -> dict[str, Any]:
    return {"maxLength": field.longest} if isinstance(field, Text) else {}


def _style_of_names(_converter: Any, field: Any, **_settings: Any) -> dict[str, Any]:
    """Its names are apart by commas; values of a filter are repeated."""
    if isinstance(field, Names):
        return {"explode": False, "style": "form"}
    return {"explode": True, "style": "form"} if isinstance(field, Several) else {}


def _complete(described: dict[str, Any], labels: Labels) -> None:
    """Say what the values of filters are, once for all lists, and what every answer carries."""
    parameters = described.setdefault("components", {}).setdefault("parameters", {})
    for path, operation in _operations(described):
        listed = operation.get("parameters", [])
        is_search = any(parameter.get("name") == "group_by" for parameter in listed)
        for place, parameter in enumerate(listed):
            if "$ref" in parameter:
                continue
            schema = parameter.get("schema", {})
            if schema.get("default") in {"", None}:
                schema.pop("default", None)
            _limit(parameter, labels)
            choices = labels.of.get(parameter["name"]) if is_search else None
            if choices is not None:
                name = f"filter_{parameter['name']}"
                parameters[name] = _filter(parameter, choices)
                listed[place] = {"$ref": f"#/components/parameters/{name}"}
        for status, response in operation.get("responses", {}).items():
            if status == "200" and operation.get("security") is None:
                response["headers"] = {
                    name: {"description": words, "schema": {"type": "string"}} for name, words in _HEADERS.items()
                }
                if shown := example_of(path):
                    response["content"]["application/json"]["examples"] = shown


def _limit(parameter: dict[str, Any], labels: Labels) -> None:
    """Say which values there are where a parameter that is no filter takes those of one, as its metadata name it."""
    schema = parameter["schema"]
    of = schema.pop("x-values-of", None)
    if of is None:
        return
    limited = schema["items"] if schema.get("type") == "array" else schema
    if followed := schema.pop("x-followed-by", None):
        limited["pattern"] = f"^({'|'.join(labels.of[of])})(:({'|'.join(followed)}))?$"
    else:
        limited["enum"] = list(labels.of[of])


def _filter(parameter: dict[str, Any], choices: Iterable[str]) -> dict[str, Any]:
    """A filter with its values."""
    label = FILTERS[parameter["name"]].label
    listed = list(choices)
    schema: dict[str, Any] = {"type": "string", **({"enum": listed} if listed else {})}
    if parameter["schema"].get("type") != "array":
        schema["enum"] = ["", *listed]
    else:
        schema = {"type": "array", "items": schema, "maxItems": VALUES_OF_A_NAME}
    return {**parameter, "description": f"{label}. With several values, one of them is enough.", "schema": schema}


def _operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Paths with what is read there."""
    return ((path, methods["get"]) for path, methods in described.get("paths", {}).items() if "get" in methods)
