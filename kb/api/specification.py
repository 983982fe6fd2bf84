"""Describes the interface by OpenAPI 3.1; the description is made when somebody first asks for it."""

from typing import Any

from apispec import APISpec
from flask import Flask
from flask_smorest import Api, Blueprint

API_VERSION = "1.0"


class Specification(Api):  # type: ignore[misc] # flask-smorest has no types
    """Flask-smorest, but for its errors, which are the site's own, and for when it describes the addresses."""

    def __init__(self, app: Flask) -> None:
        self._undescribed: list[Blueprint] = []
        app.config.update(API_TITLE="CityPeers", API_VERSION=API_VERSION, OPENAPI_VERSION="3.1.0")
        super().__init__(app)
        app.extensions["kb_specification"] = self

    def _register_error_handlers(self) -> None:
        """Leave the errors to the site, which answers them in one shape."""

    def register_blueprint(self, blp: Blueprint, **options: Any) -> None:
        """Put the addresses of a blueprint on the application, and describe them later: that takes a while."""
        app: Flask = self._app
        app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        app.register_blueprint(blp, **options)
        self._undescribed.append(blp)

    def described(self) -> dict[str, Any]:
        """The whole description as JSON has it."""
        spec: APISpec = self.spec
        while self._undescribed:
            blueprint = self._undescribed.pop(0)
            blueprint.register_views_in_doc(self, self._app, spec, name=blueprint.name, parameters=None)
            spec.tag({"name": blueprint.name, "description": blueprint.description})
        described: dict[str, Any] = spec.to_dict()
        return described
