"""The description of the interface."""

from typing import Any

from flask import Response, current_app

from ..answers import answer
from ..blueprint import gives


@gives("/openapi.json", {"type": "object"}, tag="About", summary="The description of all addresses, as OpenAPI 3.1")
def openapi(_query: dict[str, Any]) -> Response:
    """Describe every address, as OpenAPI 3.1."""
    return answer(current_app.extensions["kb_specification"].described())
